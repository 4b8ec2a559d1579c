from datetime import date
from decimal import Decimal

import pytest
from clean_lines import line

from audiences import schema
from audiences.config import Affinity
from audiences.features import category_affinity

AS_OF = date(2024, 3, 1)


def of(days, body, top=12):
    return body(category_affinity(days, as_of=AS_OF, affinity=Affinity(top=top)), schema.category_affinity)


def test_shares_of_known_other_and_unknown_categories(days, body):
    found = days(
        line("a", "1", "2024-02-01 10:00", 1, "50.00", category="toys"),
        line("a", "2", "2024-02-03 10:00", 1, "10.00", category="toys"),
        line("a", "2", "2024-02-03 10:00", 1, "20.00", category="books"),
        line("a", "3", "2024-02-04 10:00", 1, "4.00", category="games"),
        line("a", "3", "2024-02-04 10:00", 1, "6.00", category="art"),
        line("a", "3", "2024-02-04 10:00", 1, "10.00"),
        line("b", "4", "2024-02-04 10:00", 1, "1.00", category="books"),
        line("b", "5", "2024-03-01 10:00", 1, "900.00", category="art"),
        line("c", "C6", "2024-02-04 10:00", -1, "9.00", category="art"),
    )
    rows = {(row.customer_id, row.category): row for row in of(found, body, top=2)}
    assert {key: (row.spend, row.share, row["rank"]) for key, row in rows.items()} == {
        ("a", "toys"): (Decimal(60), 0.6, 1),
        ("a", "books"): (Decimal(20), 0.2, 2),
        ("a", "other"): (Decimal(10), 0.1, 3),  # other and unknown are equal: by name
        ("a", "unknown"): (Decimal(10), 0.1, 4),
        ("b", "books"): (Decimal(1), 1.0, 1),
    }
    assert all(row.categories == ["toys", "books", "other", "unknown"] for row in rows.values())
    assert rows["a", "books"].shares == [0.6, 0.2, 0.1, 0.1]
    assert rows["b", "books"].shares == [0.0, 1.0, 0.0, 0.0]


def test_equal_categories_are_ranked_by_name(days, body):
    found = days(*(line("a", "1", "2024-02-01 10:00", category=name) for name in ("c", "b", "a")))
    first = of(found, body, top=2)[0]
    assert first.categories == ["a", "b", "other", "unknown"]


@pytest.mark.parametrize("name", ["other", "unknown"])
def test_a_source_category_of_a_reserved_name_is_counted_there(days, body, name):
    found = days(
        line("a", "1", "2024-02-01 10:00", 1, "9.00", category=name),
        line("a", "1", "2024-02-01 10:00", 1, "1.00", category="x"),
    )
    rows = {row.category: row.share for row in of(found, body)}
    assert rows == {"x": 0.1, name: 0.9}


def test_without_any_category_there_are_no_rows(days, body):
    assert of(days(line("a", "1", "2024-02-01 10:00")), body) == []
