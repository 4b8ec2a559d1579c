"""The money of a row, whatever its file gives: unit prices, amounts of lines or orders, and refunds in any form."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from test_judge import landed

from audiences import schema
from audiences.config import Categories, Cleaning, RateSource, RowRule, TransactionSource
from audiences.sources.rates import judge_rates
from audiences.sources.transactions import judge, transactions

AMOUNT_ALONE = {"quantity": None, "unit_price": None, "invoice_id": None, "product_id": None}


def judged(spark, *changes: dict, source: dict | None = None, cleaning: dict | None = None, currency: str = "EUR"):
    """The rows with their typed values and reasons, in order."""
    frame = judge(
        landed(spark, *changes), source=TransactionSource(**source or {}), cleaning=Cleaning(**cleaning or {}),
        time_zone="UTC", currency=currency,
    )  # fmt: skip
    return frame.orderBy("file", "position").collect()


def money(row) -> tuple:
    return row["quantity"], row["unit_price"], row["amount"], row["is_return"], row["is_adjustment"], row["reasons"]


def test_the_amount_of_a_line_is_the_fact_and_prices_are_not_rounded_on_the_way(spark):
    rows = judged(
        spark,
        {"line_amount": "10.00", "quantity": "3", "unit_price": None},
        {"line_amount": "10.00", "quantity": None, "unit_price": None},
        {"line_amount": "54.76", "quantity": "4", "unit_price": "99"},
        {"line_amount": "7.5", "quantity": "0", "unit_price": None},
        {"line_amount": "?", "quantity": "1", "unit_price": "2.00"},
    )
    third = Decimal("3.333333")
    assert [money(row)[:3] for row in rows[:4]] == [
        (3, third, 10), (1, 10, 10), (4, Decimal("13.69"), Decimal("54.76")), (0, None, Decimal("7.5")),
    ]  # fmt: skip
    assert [row["reasons"] for row in rows] == [[], [], [], [], ["invalid_amount"]]


def test_customer_date_and_amount_are_enough_and_an_order_is_its_customer_s_at_one_time(spark):
    rows = judged(
        spark,
        {**AMOUNT_ALONE, "order_amount": "54.76", "ts": "2023-01-03 00:00:00"},
        {**AMOUNT_ALONE, "order_amount": "79.65", "ts": "2023-01-03 00:00:00"},
        {**AMOUNT_ALONE, "order_amount": "5", "ts": "2023-01-04 00:00:00", "product_id": "P1", "quantity": "9"},
        source={"grain": "order"},
    )
    assert [(row["amount"], row["quantity"], row["product_id"], row["reasons"]) for row in rows] == [
        (Decimal("54.76"), 1, None, []), (Decimal("79.65"), 1, None, []), (5, 1, None, []),
    ]  # fmt: skip
    assert [row["invoice_id"] for row in rows] == ["17850@1672704000", "17850@1672704000", "17850@1672790400"]


def test_of_an_order_s_equal_rows_one_counts_and_its_refund_stays(spark):
    order = {**AMOUNT_ALONE, "invoice_id": "1"}
    rows = judged(
        spark, {**order, "order_amount": "20"}, {**order, "order_amount": "20"}, {**order, "order_amount": "-20"},
        source={"grain": "order"},
    )  # fmt: skip
    assert [(row["amount"], row["reasons"]) for row in rows] == [(20, []), (20, ["repeated_order"]), (-20, [])]


def test_an_order_s_total_is_no_line_s_amount(spark):
    (row,) = judged(spark, {"order_amount": "20", "unit_price": None})
    assert row["reasons"] == ["invalid_price", "amount_of_a_whole_order"]


@pytest.mark.parametrize(
    ("change", "source", "cleaning"),
    [
        pytest.param({"quantity": "-2"}, {}, {}, id="negative-quantity"),
        pytest.param({"unit_price": "-2.55", "quantity": "2"}, {}, {}, id="negative-price"),
        pytest.param({"unit_price": "-2.55", "quantity": "-2"}, {}, {}, id="both"),
        pytest.param({"line_amount": "-5.10", "quantity": "2"}, {}, {}, id="negative-amount"),
        pytest.param(
            {"quantity": "2", "extras": '{"Status":"Refunded "}'},
            {"returns": [RowRule(column="Status", any_of=["refunded", "returned"])]}, {}, id="status",
        ),
        pytest.param({"quantity": "2", "invoice_id": "CN17"}, {}, {"cancellation_pattern": "^CN"}, id="credit-note"),
        pytest.param(
            {"quantity": "-2", "invoice_id": "CN17", "unit_price": "-2.55"}, {}, {"cancellation_pattern": "^CN"},
            id="in-every-way",
        ),
    ],
)  # fmt: skip
def test_a_return_is_negative_money_whatever_says_so(spark, change, source, cleaning):
    (row,) = judged(spark, change, source=source, cleaning=cleaning)
    assert money(row) == (-2, Decimal("2.55"), Decimal("-5.1"), True, False, [])


def test_a_credit_of_a_code_that_is_no_product_is_an_adjustment_and_a_charge_is_left_out(spark):
    codes = {"non_product_codes": ["M"]}
    credit, charge = judged(spark, {"product_id": "M", "quantity": "-1"}, {"product_id": "M"}, cleaning=codes)
    assert money(credit) == (-1, Decimal("2.55"), Decimal("-2.55"), False, True, [])
    assert charge["reasons"] == ["non_product"]


def test_no_shop_s_rules_hold_for_every_shop(spark):
    changes = ({"invoice_id": "A10001"}, {"product_id": "S"}, {"product_id": "M"}, {"product_id": "POST"}, {}, {},
               {"unit_price": "0"}, {"invoice_id": "C17"})  # fmt: skip
    rows = judged(spark, *changes)
    assert [row["reasons"] for row in rows] == [[]] * len(changes)
    assert [row["amount"] for row in rows[-2:]] == [0, Decimal("15.3")]
    assert not any(row["is_return"] for row in rows)


def test_what_two_deliveries_both_hold_counts_once_and_repeats_within_one_all_count(spark):
    in_file = [{"file": file, "quantity": quantity} for file, quantity in
               [("a", "1"), ("a", "1"), ("a", "2"), ("b", "1"), ("b", "1"), ("b", "1"), ("b", "3"), ("c", "3")]]  # fmt: skip
    rows = judged(spark, *in_file)
    assert [row["reasons"] for row in rows] == [
        [], [], [], ["delivered_twice"], ["delivered_twice"], [], [], ["delivered_twice"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"quantity": "99999999", "unit_price": "9999999"}, ["amount_out_of_range"], id="product"),
        pytest.param({"quantity": "4006381333931"}, ["quantity_out_of_range"], id="barcode"),
        pytest.param({"quantity": "0.1234567"}, ["quantity_out_of_range"], id="beyond-the-scale"),
        pytest.param({"quantity": "0.123456"}, [], id="within-the-scale"),
        pytest.param({"unit_price": "9" * 27}, ["amount_out_of_range"], id="price"),
        pytest.param({"line_amount": "9" * 27}, ["amount_out_of_range"], id="amount"),
        pytest.param({"quantity": "2", "unit_price": "1250000000"}, [], id="dear-goods"),
        pytest.param({"discount": "x"}, ["invalid_deduction"], id="deduction"),
        pytest.param({"discount": "16"}, ["invalid_deduction"], id="more-than-the-amount"),
        pytest.param({"quantity": None}, ["invalid_quantity"], id="no-quantity"),
    ],
)
def test_what_is_out_of_range_is_a_rejected_row(spark, change, expected):
    (row,) = judged(spark, change)
    assert row["reasons"] == expected
    kept = transactions(
        landed(spark, change), source=TransactionSource(), cleaning=Cleaning(), categories=Categories(),
        time_zone="UTC", currency="EUR",
    )  # fmt: skip
    assert kept.count() == (expected == [])


def test_discount_tax_and_shipping_are_taken_off_the_amount_of_purchases_and_of_returns(spark):
    parts = {"discount": "-1.30", "tax": "2", "shipping": "1"}
    bought, returned = judged(spark, parts, {**parts, "quantity": "-6"})
    assert money(bought) == (6, Decimal("1.833333"), 11, False, False, [])
    assert money(returned) == (-6, Decimal("1.833333"), -11, True, False, [])


def test_the_discount_stays_beside_the_amount_where_the_source_has_a_column_for_it(spark):
    changes = (
        {"discount": "-1.30"},
        {"discount": None},
        {"discount": "0.5", "quantity": "-6"},
        {"discount": "1.00005"},
    )
    rows = judged(spark, *changes, source={"columns": {"discount": ("Discount",)}})
    assert [(row["amount"], row["discount"], row["reasons"]) for row in rows] == [
        (14, Decimal("1.3"), []), (Decimal("15.3"), 0, []), (Decimal("-14.8"), Decimal("0.5"), []),
        (Decimal("14.2999"), Decimal("1.0001"), []),
    ]  # fmt: skip
    assert [row["discount"] for row in judged(spark, {})] == [None]
    rates = [(date(2010, 11, 1), "GBP", "EUR", Decimal("1.1"))]
    (converted,) = judge(
        landed(spark, {"currency": "GBP", "discount": "5.3"}),
        source=TransactionSource(columns={"discount": ("Discount",)}), cleaning=Cleaning(), time_zone="UTC",
        currency="EUR", rates=spark.createDataFrame(rates, schema.exchange_rates.schema), max_age_days=60,
    ).collect()  # fmt: skip
    assert (converted["amount"], converted["discount"]) == (Decimal("11"), Decimal("5.83"))


def test_money_of_several_currencies_is_never_added(spark):
    rows = judged(spark, {"currency": "gbp"}, {"currency": "JPY"}, {}, currency="GBP")
    assert [row["reasons"] for row in rows] == [[], ["other_currency"], []]


def test_rows_that_a_rule_leaves_out_have_that_one_reason(spark):
    paid = RowRule(column="Financial Status", any_of=["paid", ""])
    rows = judged(
        spark, {"extras": '{"Financial Status":"Paid"}'}, {"extras": '{"Financial Status":"voided"}', "ts": "?"}, {},
        source={"where": [paid, RowRule(column="Country", none_of=["Atlantis"])], "columns": {"country": "Country"}},
    )  # fmt: skip
    assert [row["reasons"] for row in rows] == [[], ["filtered_out"], []]


def test_rows_that_were_landed_before_a_column_was_declared_are_judged_without_it(spark):
    rows = landed(spark, {}).drop("line_amount", "order_amount", "discount", "tax", "shipping", "currency", "store")
    (row,) = judge(
        rows, source=TransactionSource(), cleaning=Cleaning(), time_zone="UTC", currency="EUR"
    ).collect()  # fmt: skip
    assert (row["amount"], row["reasons"]) == (Decimal("15.3"), [])


def test_amounts_in_another_currency_are_converted_by_the_rate_of_their_day(spark):
    rates = [
        (date(2010, 11, 1), "GBP", "EUR", Decimal("1.1")), (date(2010, 12, 1), "GBP", "EUR", Decimal("1.2")),
        (date(2010, 12, 2), "GBP", "EUR", Decimal("9")), (date(2010, 12, 1), "EUR", "JPY", Decimal("100")),
    ]  # fmt: skip
    rows = judge(
        landed(
            spark, {"currency": "GBP", "unit_cost": "1"}, {"currency": "JPY", "quantity": "-6"}, {"currency": "EUR"}, {},
            {"currency": "USD"}, {"currency": "GBP", "ts": "2010-11-12 00:00:00"},
            {"currency": "GBP", "ts": "2010-11-13 00:00:00"},
        ),
        source=TransactionSource(), cleaning=Cleaning(), time_zone="UTC", currency="EUR",
        rates=spark.createDataFrame(rates, schema.exchange_rates.schema), max_age_days=11,
    ).orderBy("position").collect()  # fmt: skip
    assert [(row["amount"], row["reasons"]) for row in rows] == [
        (Decimal("18.36"), []), (Decimal("-0.153"), []), (Decimal("15.3"), []), (Decimal("15.3"), []),
        (None, ["missing_rate"]), (Decimal("16.83"), []), (None, ["missing_rate"]),
    ]  # fmt: skip
    assert (rows[0]["unit_price"], rows[0]["unit_cost"]) == (Decimal("3.06"), Decimal("1.2"))


def test_rates_are_judged_like_any_other_rows(spark):
    good = ("r", "a.csv", "2023-01-02", "eur", "USD", "1.08", None, None)
    rows = [(*good[:2], place, *good[2:]) for place in range(2)]
    rows += [("r", "a.csv", 2, "?", "EUR", None, "-1", None, None)]
    frame = spark.createDataFrame(rows, schema.landed_rates.schema).drop("reader")
    found = judge_rates(frame, source=RateSource(), time_zone="UTC").orderBy("position").collect()
    assert [(row["day"], row["from_currency"], row["rate"]) for row in found[:1]] == [
        (date(2023, 1, 2), "EUR", Decimal("1.08"))
    ]
    assert [row["reasons"] for row in found] == [
        [], ["repeated_rate"], ["invalid_date", "missing_to_currency", "invalid_rate"],
    ]  # fmt: skip
