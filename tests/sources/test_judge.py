"""Each landed row is kept or rejected with every reason."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from audiences.config import Categories, Cleaning, TransactionSource, load
from audiences.schema import landed_transactions
from audiences.sources.transactions import judge, rejected_transactions, transactions

pytestmark = pytest.mark.contract

GOOD = {
    "file": "a.csv", "position": 0, "customer_id": "17850.0", "invoice_id": "536365", "ts": "2010-12-01 08:26:00",
    "quantity": "6", "unit_price": "2.55", "product_id": "85123A", "description": "TEA SET", "category": None,
    "country": "United Kingdom", "extras": None, "corrupt_record": None,
}  # fmt: skip


def landed(spark, *changes: dict):
    schema = landed_transactions.schema
    rows = [{**GOOD, "reader": "r", "position": place, **change} for place, change in enumerate(changes)]
    return spark.createDataFrame([tuple(row.get(name) for name in schema.names) for row in rows], schema).drop("reader")


def cleaning(*assignments: str) -> Cleaning:
    return load([], [f"cleaning.{one}" for one in assignments], {}).cleaning


ONE_SHOP = cleaning(
    "cancellation_pattern=^C", "bad_debt_pattern=^A", "non_product_codes=[POST, M, D]", "rules.missing_invoice=true",
    "rules.non_positive_price=true", "rules.negative_quantity=true", "rules.exact_duplicate=true",
)  # fmt: skip
"""The rules of a shop whose file is known; the defaults reject what is unusable and nothing else."""


def reasons(
    spark, change: dict, rules: Cleaning = ONE_SHOP, source: TransactionSource | None = None, currency: str = "EUR"
) -> list[str]:
    judged = judge(
        landed(spark, change),
        source=source or TransactionSource(),
        cleaning=rules or Cleaning(),
        time_zone="UTC",
        currency="EUR",
    )
    return judged.select("reasons").first()[0]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({}, [], id="good"),
        pytest.param({"customer_id": None}, ["missing_customer"], id="no-customer"),
        pytest.param({"customer_id": "  "}, ["missing_customer"], id="blank-customer"),
        pytest.param({"invoice_id": None}, ["missing_invoice"], id="no-invoice"),
        pytest.param({"ts": "01-12-2010 08:26"}, ["invalid_date"], id="other-date-format"),
        pytest.param({"ts": "2010-02-30 00:00:00"}, ["invalid_date"], id="no-such-day"),
        pytest.param({"ts": "1066-10-14 09:00:00"}, ["date_out_of_range"], id="too-early"),
        pytest.param({"quantity": "six"}, ["invalid_quantity"], id="no-number"),
        pytest.param({"unit_price": "2,55"}, ["invalid_price"], id="decimal-comma"),
        pytest.param({"unit_price": "0"}, ["non_positive_price"], id="free"),
        pytest.param(
            {"unit_price": "-11062.06", "invoice_id": "A563186"}, ["non_positive_price", "bad_debt"], id="debt"
        ),
        pytest.param({"product_id": "POST"}, ["non_product"], id="postage"),
        pytest.param({"quantity": "-1"}, ["negative_quantity"], id="negative-without-cancellation"),
        pytest.param({"quantity": "0"}, ["negative_quantity"], id="zero"),
        pytest.param({"quantity": "-1", "invoice_id": "C536379"}, [], id="cancellation"),
        pytest.param({"description": "CAF\ufffd"}, ["undecodable_text"], id="encoding"),
        pytest.param({"corrupt_record": "x"}, ["corrupt_record"], id="corrupt"),
        pytest.param(
            {"customer_id": None, "ts": "?", "quantity": "?", "unit_price": "?"},
            ["missing_customer", "invalid_date", "invalid_quantity", "invalid_price"],
            id="several",
        ),
    ],
)
def test_every_reason_has_its_name(spark, change, expected):
    assert reasons(spark, change) == expected


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("missing_customer", {"customer_id": None}),
        ("date_out_of_range", {"ts": "1066-10-14 09:00:00"}),
        ("non_positive_price", {"unit_price": "0"}),
        ("non_product", {"product_id": "POST"}),
        ("bad_debt", {"invoice_id": "A1"}),
        ("negative_quantity", {"quantity": "-1"}),
        ("missing_invoice", {"invoice_id": None}),
    ],
)
def test_a_rule_can_be_switched_off(spark, rule, change):
    assert reasons(spark, change) == [rule]
    switched_off = ONE_SHOP.model_copy(update={"rules": ONE_SHOP.rules.model_copy(update={rule: False})})
    assert reasons(spark, change, switched_off) == []


def test_kept_rows_are_typed_and_money_is_exact(spark):
    kept = transactions(
        landed(spark, {"quantity": "3", "unit_price": "0.1"}, {"quantity": "-2", "invoice_id": "C1"}),
        source=TransactionSource(), cleaning=ONE_SHOP, categories=Categories(), time_zone="UTC", currency="EUR",
    ).orderBy("amount").collect()  # fmt: skip
    assert [row["amount"] for row in kept] == [Decimal("-5.1000"), Decimal("0.3000")]
    assert [row["is_return"] for row in kept] == [True, False]
    bought = kept[1]
    assert bought["customer_id"] == "17850"
    assert bought["quantity"] == Decimal("3.000")
    assert (bought["day"], bought["hour"], bought["ts"]) == (date(2010, 12, 1), 8, datetime(2010, 12, 1, 8, 26))


def test_days_and_hours_are_those_of_the_configured_time_zone(spark):
    source = TransactionSource(time_zone="America/New_York")
    rows = landed(spark, {"ts": "2010-12-01 23:30:00"})
    kept = transactions(
        rows, source=source, cleaning=Cleaning(), categories=Categories(), time_zone="Europe/London", currency="EUR"
    ).first()
    assert kept["ts"] == datetime(2010, 12, 2, 4, 30)
    assert (kept["day"], kept["hour"]) == (date(2010, 12, 2), 4)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        pytest.param("2010-07-01T08:26:00.500000Z", datetime(2010, 7, 1, 8, 26, 0, 500000), id="typed-instant"),
        pytest.param("2010-07-01T08:26:00.000000", datetime(2010, 7, 1, 7, 26), id="typed-wall-clock"),
        pytest.param("2010-07-01 08:26:00", datetime(2010, 7, 1, 7, 26), id="text"),
    ],
)
def test_timestamps_of_typed_and_text_sources_mean_the_same(spark, text, instant):
    judged = judge(
        landed(spark, {"ts": text}),
        source=TransactionSource(),
        cleaning=Cleaning(),
        time_zone="Europe/London",
        currency="EUR",
    )
    assert judged.first()["ts"] == instant


def test_of_exact_duplicates_the_first_is_kept_also_across_files(spark):
    rows = landed(
        spark, {}, {}, {"file": "b.csv", "customer_id": "17850"}, {"quantity": "7"}, {"extras": '{"line":"2"}'},
        {"ts": "?"}, {"ts": "??"},
    )  # fmt: skip
    judged = judge(rows, source=TransactionSource(), cleaning=ONE_SHOP, time_zone="UTC", currency="EUR").orderBy(
        "position"
    )
    found = [(row["position"], row["reasons"]) for row in judged.collect()]
    assert found == [
        (0, []), (1, ["exact_duplicate"]), (2, ["exact_duplicate"]), (3, []), (4, []), (5, ["invalid_date"]),
        (6, ["invalid_date"]),
    ]  # fmt: skip


def test_rows_in_are_rows_kept_and_rejected_and_a_rejected_row_is_whole(spark):
    rows = landed(
        spark, {}, {"customer_id": None, "position": 7, "file": "b.csv"}, {"ts": "?", "position": 8, "file": "b.csv"}
    )
    arguments = {"source": TransactionSource(), "cleaning": Cleaning(), "time_zone": "UTC", "currency": "EUR"}
    kept = transactions(rows, categories=Categories(), **arguments)
    refused = rejected_transactions(rows, **arguments).orderBy("row_number").collect()
    assert kept.count() + len(refused) == rows.count() == 3
    assert [(row["file"], row["row_number"], row["reasons"]) for row in refused] == [
        ("b.csv", 1, ["missing_customer"]),
        ("b.csv", 2, ["invalid_date"]),
    ]
    assert '"ts":"?"' in refused[1]["row"]


@pytest.mark.parametrize(
    ("positions", "expected"),
    [
        pytest.param([0, 1, 1 << 33, (1 << 33) + 1], [3, 4], id="parts-follow-each-other"),
        pytest.param([0, 2, 1 << 33, (1 << 33) + 1], [None, None], id="a-part-with-a-gap"),
    ],
)
def test_a_file_read_in_parts_has_row_numbers_where_the_parts_are_whole(spark, positions, expected):
    changes = [{"position": place, "ts": "?" if place >> 33 else "2010-12-01 08:26:00"} for place in positions]
    refused = rejected_transactions(
        landed(spark, *changes), source=TransactionSource(), cleaning=Cleaning(), time_zone="UTC", currency="EUR"
    )
    assert [row["row_number"] for row in refused.orderBy("row_number").collect()] == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"category": "drinks"}, "drinks", id="source"),
        pytest.param({"product_id": "P1"}, "mapped", id="mapping"),
        pytest.param({"description": "white TEA set"}, "tea", id="keyword"),
        pytest.param({"description": "steam iron"}, None, id="no-part-of-a-word"),
        pytest.param({"description": "C++ (book)"}, "books", id="keyword-with-signs"),
        pytest.param({"description": None}, None, id="no-description"),
    ],
)
def test_a_category_comes_from_source_mapping_or_keywords(spark, change, expected):
    categories = Categories(mapping={"P1": "mapped"}, keywords={"tea": ("tea",), "books": ("book",)})
    kept = transactions(
        landed(spark, change),
        source=TransactionSource(),
        cleaning=Cleaning(),
        categories=categories,
        time_zone="UTC",
        currency="EUR",
    )
    assert kept.first()["category"] == expected
