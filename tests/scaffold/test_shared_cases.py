"""The inputs that once failed, each with its right value; without Spark."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from raw_shop import drafted_and_previewed

from audiences.errors import InputError
from audiences.scaffold.draft import draft

_ROOT = Path(__file__).resolve().parents[2]
_PLACES = (_ROOT.parent / "shared" / "cases", _ROOT.parent.parent / "shared" / "cases")
_OF_LINES, _WITH_RETURNS = Decimal("24908.67"), Decimal("24064.73")


@pytest.fixture
def case():
    """A function: the one file of a case, or the test is skipped."""

    def find(name: str) -> Path:
        folder = next((place / name for place in _PLACES if (place / name).exists()), None)
        if folder is None:
            pytest.skip(f"the case {name} is not on this machine")
        return next(file for file in sorted(folder.iterdir()) if file.name != "CASE.md")

    return find


@pytest.mark.parametrize(
    ("name", "rows", "money", "customers", "columns"),
    [
        pytest.param("amazon-order-report", 254, _OF_LINES, 40,
                     {"line_amount": "item-price", "customer_id": "buyer-email", "ts": "purchase-date"}, id="amazon"),
        pytest.param("shopify-orders", 254, _OF_LINES, 40,
                     {"customer_id": "Email", "invoice_id": "Name", "unit_price": "Lineitem price"}, id="shopify"),
        pytest.param("customer-date-amount", 254, _OF_LINES, 40,
                     {"customer_id": "customer_id", "ts": "order_date", "order_amount": "revenue"}, id="smallest"),
        pytest.param("birth-date", 254, _OF_LINES, 40, {"ts": "ordered_on"}, id="birth-date"),
        pytest.param("date-shipped", 254, _OF_LINES, 40, {"ts": "Day of Order"}, id="date-shipped"),
        pytest.param("invoice-letter-a", 262, _WITH_RETURNS, 40, {}, id="channel-a"),
        pytest.param("sizes-as-codes", 262, _WITH_RETURNS, 40, {"product_id": "StockCode"}, id="sizes"),
        pytest.param("pandas-index", 262, _WITH_RETURNS, 40, {"customer_id": "CustomerID"}, id="pandas-index"),
        pytest.param("trailing-delimiter", 262, _WITH_RETURNS, 40, {"country": "Country"}, id="trailing-delimiter"),
        pytest.param("preamble", 262, _WITH_RETURNS, 40, {"invoice_id": "InvoiceNo"}, id="preamble"),
        pytest.param("header-again", 262, _WITH_RETURNS, 40, {"quantity": "Quantity"}, id="header-again"),
        pytest.param("thousands-separators-few", 262, Decimal("120479.84"), 40, {}, id="few-thousands"),
        pytest.param("thousands-everywhere", 262, 100 * _WITH_RETURNS, 40, {}, id="thousands"),
        pytest.param("quantity-thousands", 262, Decimal("996980.84"), 40, {}, id="quantities-with-thousands"),
        pytest.param("negative-in-parentheses", 262, _WITH_RETURNS, 40, {}, id="parentheses"),
        pytest.param("returns-negative-price", 262, _WITH_RETURNS, 40, {}, id="negative-prices"),
        pytest.param("one-unreadable-time", 261, Decimal("23804.15"), 40, {}, id="one-time-that-is-none"),
        pytest.param("utc-word", 262, _WITH_RETURNS, 40, {}, id="zone-in-words"),
        pytest.param("epoch-times", 262, _WITH_RETURNS, 40, {}, id="epochs"),
        pytest.param("two-digit-years", 262, _WITH_RETURNS, 40, {}, id="years-of-two-digits"),
        pytest.param("open-quote-pair", 262, _WITH_RETURNS, 40, {}, id="stray-quotes"),
        pytest.param("mixed-line-ends", 262, _WITH_RETURNS, 40, {}, id="line-ends-of-two-kinds"),
        pytest.param("customer-null", 196, _WITH_RETURNS - Decimal("5684.01"), 40, {}, id="nobody-is-nobody"),
        pytest.param("encoding-cyrillic", 262, _WITH_RETURNS, 40, {}, id="cyrillic"),
    ],
)  # fmt: skip
def test_init_and_its_preview_have_the_right_rows_money_and_customers(
    case, tmp_path, name, rows, money, customers, columns
):
    _, settings, found = drafted_and_previewed(case(name), tmp_path)
    candidates = settings.sources.transactions.columns.candidates()
    assert {canonical: candidates[canonical] for canonical in columns} == {
        canonical: (column,) for canonical, column in columns.items()
    }
    assert (found.tally.kept.rows, found.tally.kept.money, len(found.tally.spend)) == (rows, money, customers)
    assert found.fault is None


def test_superstore_sales_are_amounts_and_profit_is_none(case, tmp_path):
    file = case("superstore")
    _, settings, found = drafted_and_previewed(file, tmp_path)
    with file.open(newline="", encoding="utf-8") as text:
        sales = sum(Decimal(row["Sales"]) for row in csv.DictReader(text))
    assert settings.sources.transactions.columns.line_amount == ("Sales",)
    assert (found.tally.kept.rows, found.tally.kept.money) == (254, sales)


def test_a_kind_of_customer_is_refused_as_customer(case):
    with pytest.raises(InputError, match="nothing in it looks like customer_id") as fault:
        draft([case("customer-type")])
    assert "not customer_id: Customer type" in str(fault.value)
    assert "2 values: Member, Normal" in str(fault.value)
    assert "audiences init FILE --set sources.transactions.columns.customer_id=NAME" in str(fault.value)


@pytest.mark.parametrize(("name", "word", "lines"), [("customer-null", "NULL", 66), ("customer-nan", "nan", None)])
def test_nobody_is_told_with_lines_and_money(case, name, word, lines):
    text = draft([case(name)]).text
    told = next(line for line in text.splitlines() if "no customers:" in line)
    assert f"{word} (" in told
    if lines is not None:
        assert f"{word} ({lines} lines, 5,684.01)" in told


def test_several_currencies_are_told_and_never_added(case, tmp_path):
    drafted, settings, found = drafted_and_previewed(case("several-currencies"), tmp_path)
    assert settings.sources.transactions.columns.currency == ("Currency",)
    assert "EUR 153, JPY 101 lines" in drafted.text
    assert found.fault is not None
    assert "money of several currencies is never added" in str(found.fault)
    assert found.tally.reasons["other_currency"].rows == 101


def test_birth_dates_and_shipping_dates_are_named_beside_the_choice(case):
    assert "not ts: Date of Birth (" in draft([case("birth-date")]).text
    assert "Date Shipped (never before Day of Order)" in draft([case("date-shipped")]).text


def test_windows_1251_is_a_guess_with_a_sample(case, tmp_path):
    drafted, settings, _ = drafted_and_previewed(case("encoding-cyrillic"), tmp_path)
    assert settings.sources.transactions.encoding == "windows-1251"
    assert any("a guess" in message and "Лампа" in message for message in drafted.messages)


def test_ids_that_a_spreadsheet_rounded_are_refused(case):
    with pytest.raises(InputError, match="nothing in it looks like customer_id") as fault:
        draft([case("ids-scientific")])
    assert "a spreadsheet has rounded its ids (1.2352E+07)" in str(fault.value)


def test_german_reviews_are_told(case):
    drafted = draft([case("reviews-german")])
    assert any("100% German" in message for message in drafted.messages)
