"""Which column is what: names tested by values, and a person asked where both fit."""

from __future__ import annotations

from datetime import timedelta

import pytest
from raw_shop import Line, drafted_and_previewed, plain_cells, settings_of, shop_lines, total, write_table

from audiences.errors import ConfigError
from audiences.scaffold.amounts import role_of
from audiences.scaffold.cells import Cells
from audiences.scaffold.draft import draft


def _day(line: Line) -> str:
    return f"{line.when:%Y-%m-%d}"


def test_a_day_of_registration_belongs_to_the_customer_and_is_no_purchase(tmp_path):
    header = ("order_id", "customer_id", "date", "ordered", "quantity", "unit_price")
    cells = lambda line: (line.order, line.customer, f"2019-{1 + line.customer % 12:02}-05", _day(line),  # noqa: E731
                          line.quantity, line.price)  # fmt: skip
    drafted, settings, _ = drafted_and_previewed(write_table(tmp_path / "crm.csv", header, cells), tmp_path)
    assert settings.sources.transactions.columns.ts == ("ordered",)
    assert "not ts: date (a customer has one value whatever the order" in drafted.text


def test_of_two_times_the_earlier_step_is_taken_and_the_other_named(tmp_path):
    header = ("order_id", "customer_id", "Paid at", "Ordered on", "quantity", "unit_price")
    later = timedelta(days=2)
    cells = lambda line: (line.order, line.customer, f"{line.when + later:%Y-%m-%d}", _day(line),  # noqa: E731
                          line.quantity, line.price)  # fmt: skip
    drafted, settings, _ = drafted_and_previewed(write_table(tmp_path / "paid.csv", header, cells), tmp_path)
    assert settings.sources.transactions.columns.ts == ("Ordered on",)
    assert "it could be as well: Paid at (never before Ordered on)" in drafted.text


def test_an_id_for_each_order_gives_way_to_the_one_of_the_person(tmp_path):
    header = ("order_id", "customer_id", "customer_unique_id", "date", "quantity", "unit_price")
    cells = lambda line: (line.order, f"c{line.order}", f"u{line.customer}", _day(line), line.quantity, line.price)  # noqa: E731
    drafted, settings, found = drafted_and_previewed(write_table(tmp_path / "flat.csv", header, cells), tmp_path)
    assert settings.sources.transactions.columns.customer_id == ("customer_unique_id",)
    assert "not customer_id, which has another value for every order" in drafted.text
    assert len(found.tally.spend) == len({line.customer for line in shop_lines()})


def test_two_ids_that_both_can_be_the_customer_are_left_to_a_person(tmp_path):
    header = ("order_id", "client_id", "buyer_id", "date", "quantity", "unit_price")
    cells = lambda line: (line.order, line.customer % 7, line.customer, _day(line), line.quantity, line.price)  # noqa: E731
    file = write_table(tmp_path / "b2b.csv", header, cells)
    drafted = draft([file], ["currency=EUR"])
    with pytest.raises(ConfigError, match=r"columns.customer_id: still to be chosen"):
        settings_of(drafted, tmp_path)
    assert {words for words, _ in drafted.options} == {"customer_id client_id", "customer_id buyer_id"}
    said = draft([file], ["currency=EUR", "sources.transactions.columns.customer_id=buyer_id"])
    assert settings_of(said, tmp_path).sources.transactions.columns.customer_id == ("buyer_id",)


@pytest.mark.parametrize(
    ("is_line_amount", "role"),
    [pytest.param(False, "unit_price", id="unit"), pytest.param(True, "line_amount", id="line")],
)
def test_amount_of_a_line_or_price_of_a_unit_by_the_products(tmp_path, is_line_amount, role):
    header = ("order_id", "customer_id", "date", "sku", "quantity", "price")
    cells = lambda line: (line.order, line.customer, _day(line), f"P{line.product}", line.quantity,  # noqa: E731
                          line.amount if is_line_amount else line.price)  # fmt: skip
    drafted, settings, found = drafted_and_previewed(write_table(tmp_path / "price.csv", header, cells), tmp_path)
    assert getattr(settings.sources.transactions.columns, role) == ("price",)
    words = "amount / quantity is constant for 100%" if is_line_amount else "the amount itself for 100%"
    assert words in drafted.text
    assert found.tally.kept.money == total()


def test_where_both_fit_a_person_chooses_and_sees_what_it_makes(tmp_path):
    header = ("order_id", "customer_id", "date", "quantity", "amount")
    some = shop_lines()[:40]
    cells = lambda line: (line.order, line.customer, _day(line), line.quantity, line.amount)  # noqa: E731
    drafted = draft([write_table(tmp_path / "few.csv", header, cells, lines=some)], ["currency=EUR"])
    assert {words for words, _ in drafted.options} == {"amount as unit_price", "amount as line_amount"}
    with pytest.raises(ConfigError, match="still to be chosen"):
        settings_of(drafted, tmp_path)


def test_what_was_paid_goes_before_the_list_price(tmp_path):
    header = ("order_id", "customer_id", "date", "sku", "quantity", "unit price", "list price", "line total")
    paid = lambda line: line.amount * (9 if line.product % 2 else 10) / 10  # noqa: E731
    cells = lambda line: (line.order, line.customer, _day(line), f"P{line.product}", line.quantity, line.price,  # noqa: E731
                          line.price * 2, paid(line))  # fmt: skip
    drafted, settings, found = drafted_and_previewed(write_table(tmp_path / "sale.csv", header, cells), tmp_path)
    assert settings.sources.transactions.columns.line_amount == ("line total",)
    assert "unit price (a price of a unit before discounts)" in drafted.text
    assert found.tally.kept.money == sum(paid(line) for line in shop_lines())


def test_an_order_total_on_each_line_is_not_counted_again(tmp_path):
    header = ("order_id", "customer_id", "date", "sku", "quantity", "order total")
    totals: dict[int, object] = {}
    for line in shop_lines():
        totals[line.order] = totals.get(line.order, 0) + line.amount
    cells = lambda line: (line.order, line.customer, _day(line), f"P{line.product}", line.quantity, totals[line.order])  # noqa: E731
    file = write_table(tmp_path / "totals.csv", header, cells)
    drafted, settings, found = drafted_and_previewed(file, tmp_path)
    assert settings.sources.transactions.grain == "order"
    assert (found.tally.kept.rows, found.tally.kept.money) == (len(totals), sum(totals.values()))
    assert any("counts once" in message for message in drafted.messages)


def test_evidence_says_nothing_where_every_quantity_is_the_same():
    ones = Cells("quantity", ("1",) * 50)
    found = role_of(Cells("price", tuple(f"{number}.50" for number in range(50))), ones, None, "unambiguous")
    assert found.role is None
    assert "both readings give the same money" in found.words


def test_money_without_a_quantity_is_the_amount_of_the_line(tmp_path):
    header = ("order_id", "customer_id", "date", "sku", "price")
    cells = lambda line: (line.order, line.customer, _day(line), f"P{line.product}", line.amount)  # noqa: E731
    _, settings, found = drafted_and_previewed(write_table(tmp_path / "items.csv", header, cells), tmp_path)
    assert settings.sources.transactions.columns.line_amount == ("price",)
    assert found.tally.kept.money == total()


@pytest.mark.parametrize(
    ("names", "code"),
    [
        pytest.param(("amount EUR", "note"), "EUR", id="in-the-name"),
        pytest.param(("amount", "currency"), "EUR", id="in-a-column"),
        pytest.param(("amount", "note"), None, id="nowhere"),
    ],
)
def test_the_currency_is_chosen_only_where_the_file_says_it(tmp_path, names, code):
    header = ("customer_id", "date", *names)
    file = write_table(tmp_path / "c.csv", header, lambda line: (line.customer, _day(line), line.amount, "EUR"))
    drafted = draft([file])
    if code is None:
        with pytest.raises(ConfigError, match="currency: still to be chosen"):
            settings_of(drafted, tmp_path)
    else:
        assert settings_of(drafted, tmp_path).currency == code


def test_an_assignment_that_init_does_not_take_is_told(tmp_path):
    file = write_table(tmp_path / "c.csv", ("customer_id", "date", "amount"), lambda line: plain_cells(line)[:3])
    for assignment, what in (("cleaning.min_date=2020-01-01", "init takes no such setting"),
                             ("sources.transactions.columns.ts=when", "the file has no such column")):  # fmt: skip
        with pytest.raises(ConfigError, match=what):
            draft([file], [assignment])
