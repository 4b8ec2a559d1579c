"""Cells as people and programs write them, through the checks of transactions: one Spark job for all of them."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from test_judge import landed

from audiences.config import Cleaning, Settings, TransactionSource, load
from audiences.sources.connectors.files import counted_rows
from audiences.sources.deliveries import figures
from audiences.sources.transactions import judge

SHARED_CASES = next(
    (folder for above in Path(__file__).resolve().parents if (folder := above / "shared" / "cases").exists()), Path()
)

# what is changed in a good row (customer 17850, quantity 6, price 2.55), and what then is in columns, or the reasons
CASES: dict[str, tuple[dict, dict | list]] = {
    "thousands": ({"unit_price": "2,318.00"}, {"amount": Decimal("13908.0000")}),
    "ambiguous": ({"unit_price": "2,318"}, ["invalid_price"]),
    "apostrophe": ({"unit_price": "1'234.50"}, {"amount": Decimal("7407.0000")}),
    "currency": ({"unit_price": "€12.50"}, {"amount": Decimal("75.0000"), "currency": "EUR"}),
    "other-sign": ({"unit_price": "$12.50"}, ["other_currency"]),
    "other-code": ({"unit_price": "USD 12.50"}, ["other_currency"]),
    "more-than-a-sign": ({"unit_price": "€12.50 CHF"}, ["other_currency"]),
    "own-sign": ({"unit_price": "12,50 €"}, ["invalid_price"]),
    "blank": (
        dict.fromkeys(("customer_id", "invoice_id", "ts", "quantity", "unit_price", "product_id", "description",
                       "country"), " "), ["blank_row"],
    ),
    "no-break-space": ({"unit_price": "1\u00a0234.50"}, {"amount": Decimal("7407.0000")}),
    "parentheses": ({"quantity": "(1)"}, {"quantity": Decimal("-1.000"), "amount": Decimal("-2.5500"), "is_return": True}),
    "typographic-minus": ({"quantity": "\u22121"}, {"quantity": Decimal("-1.000")}),
    "trailing-minus": ({"quantity": "1-"}, {"quantity": Decimal("-1.000")}),
    "float-noise": ({"unit_price": "2.5500000000000003"}, {"amount": Decimal("15.3000")}),
    "barcode": ({"quantity": "99999999", "unit_price": "9999999"}, ["amount_out_of_range"]),
    "too-many-digits": ({"quantity": "9" * 40}, ["invalid_quantity"]),
    "null": ({"customer_id": "NULL"}, ["missing_customer"]),
    "nan": ({"customer_id": "nan"}, ["missing_customer"]),
    "guest": ({"customer_id": "Guest"}, ["missing_customer"]),
    "zero": ({"customer_id": "0.0"}, ["missing_customer"]),
    "java-double": ({"customer_id": "1.2346034E7"}, {"customer_id": "12346034"}),
    "spreadsheet": ({"customer_id": "1.2352E+07"}, ["lost_customer_id"]),
    "no-break-id": ({"customer_id": "1016\u00a0"}, {"customer_id": "1016"}),
    "carriage-return": ({"customer_id": "\u200b1016\r"}, {"customer_id": "1016"}),
    "separate-accent": ({"customer_id": "Cafe\u0301"}, {"customer_id": "Café"}),
    "no-time": ({"ts": "0000-00-00 00:00:00"}, ["invalid_date"]),
    "header": (
        {"customer_id": "CustomerID", "invoice_id": "InvoiceNo", "ts": "InvoiceDate", "quantity": "Quantity",
         "unit_price": "UnitPrice", "product_id": "StockCode", "description": "Description", "country": "Country"},
        ["header_again"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("ansi", ["true", "false"])
def test_what_is_written_is_what_is_read(spark, ansi):
    spark.conf.set("spark.sql.ansi.enabled", ansi)
    judged = judge(
        landed(spark, *(change for change, _ in CASES.values())), source=TransactionSource(), cleaning=Cleaning(),
        time_zone="UTC", currency="EUR", among_others=False,
    )  # fmt: skip
    rows = {row["position"]: row.asDict() for row in judged.collect()}
    for place, (name, (_, expected)) in enumerate(CASES.items()):
        if isinstance(expected, list):
            assert rows[place]["reasons"] == expected, name
        else:
            assert (rows[place]["reasons"], {key: rows[place][key] for key in expected}) == ([], expected), name


@pytest.mark.parametrize(
    ("written", "settings"),
    [
        ("2023-01-03 12:41:00 UTC", {"timestamp_format": "yyyy-MM-dd HH:mm:ss z"}),
        ("1672749660000", {"epoch": "milliseconds"}),
        ("03/01/23 12:41", {"timestamp_format": "dd/MM/yy HH:mm"}),
        ("2023-01-03T12:41:00.000000Z", {"timestamp_format": "dd/MM/yy HH:mm"}),
    ],
)
def test_times_are_read_in_the_configured_way(spark, written, settings):
    judged = judge(
        landed(spark, {"ts": written}), source=TransactionSource(**settings), cleaning=Cleaning(), time_zone="UTC",
        currency="EUR", among_others=False,
    )  # fmt: skip
    assert judged.first()["ts"].astimezone(timezone.utc) == datetime(2023, 1, 3, 12, 41, tzinfo=timezone.utc)


def settings_of(*assignments: str) -> Settings:
    return load([], [f"sources.transactions.{one}" for one in assignments], {})


@pytest.mark.parametrize(
    ("file", "assignments", "expected"),
    [
        ("mixed-line-ends/mixed_eol.csv", [], (262, {}, "24064.73")),
        ("open-quote-pair/open_quote_two.csv", [], (262, {}, "24064.73")),
        ("header-again/concat.csv", [], (263, {"header_again": 1}, "24064.73")),
        ("trailing-delimiter/trailing_comma.csv", [], (262, {}, "24064.73")),
        ("negative-in-parentheses/paren_neg.csv", [], (262, {}, "24064.73")),
        ("thousands-separators-few/thousands_few.csv", [], (262, {}, "120479.84")),
        ("thousands-everywhere/thousands.csv", [], (262, {}, "2406473.00")),
        ("quantity-thousands/qty_thousands.csv", ["numbers=point"], (262, {}, "996980.84")),
        ("amount-overflow/overflow.csv", [], (262, {"amount_out_of_range": 1}, None)),
        ("ids-nbsp/nbsp_ids.csv", [], (262, {}, "24064.73")),
        ("ids-scientific/sci_ids.csv", [], (262, {"lost_customer_id": 262}, "0")),
        ("customer-null/null_customer.csv", [], (262, {"missing_customer": 66}, None)),
        ("customer-nan/nan_customer.csv", [], (262, {"missing_customer": 66}, None)),
        ("epoch-times/epoch_ms.csv", ["epoch=milliseconds"], (262, {}, "24064.73")),
        ("one-unreadable-time/one_bad_date.csv", [], (262, {"invalid_date": 1}, None)),
        ("two-digit-years/yy.csv", ["timestamp_format=dd/MM/yy"], (262, {}, "24064.73")),
        ("utc-word/utc_suffix.csv", ["timestamp_format=yyyy-MM-dd HH:mm:ss z"], (262, {}, "24064.73")),
    ],
)
def test_the_cases_have_their_right_values(spark, file, assignments, expected):
    path = SHARED_CASES / file
    if not path.exists():
        pytest.skip(f"the case {file} is not on this machine")
    settings = settings_of(*assignments)
    rows, _ = counted_rows(
        spark, [f"file:{path.resolve()}"], settings.sources.transactions, setting="sources.transactions"
    )
    (found,) = figures(rows, source="transactions", settings=settings).values()
    count, reasons, money = expected
    assert (found.rows, dict(found.reasons)) == (count, reasons)
    if money is not None:
        assert found.money_kept + found.credit_kept == Decimal(money)
