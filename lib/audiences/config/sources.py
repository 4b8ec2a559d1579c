"""Settings of the sources: where raw rows are, how they are read, and which are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any, ClassVar, Literal
from zoneinfo import available_timezones

from pydantic import Field, ValidationInfo, field_validator, model_validator

from audiences.config.notations import FIRST_YEAR, ID_SUFFIX, NOBODY, Epoch, IdCase, NumberStyle
from audiences.config.row_rule import RowRule
from audiences.config.section import Names, Section
from audiences.schema.clean import TRANSACTION_MONEY, TRANSACTION_OPTIONAL, TRANSACTION_REQUIRED

# java.time.format.DateTimeFormatter letters that Spark takes for parsing
_PATTERN_LETTERS = set("GyMdDQqLEFahHKkmsSVzOXxu")

CHOOSE = "CHOOSE"
"""Stands in a drafted settings file for what the sample does not tell; refused until a person has chosen."""


class SourceColumns(Section):
    """Source columns of each canonical column: the first name that a file's header has is taken."""

    REQUIRED: ClassVar[tuple[str, ...]] = ()
    OPTIONAL: ClassVar[tuple[str, ...]] = ()
    ONE_OF: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Sets of columns of which a file must have at least one set whole; empty: nothing beside REQUIRED is needed."""

    @field_validator("*")
    @classmethod
    def _named(cls, names: Any, info: ValidationInfo) -> Any:
        if CHOOSE in (names or ()):
            raise ValueError("still to be chosen: the lines above it in the drafted file name the columns that fit")
        if not names and info.field_name in cls.REQUIRED:
            raise ValueError("at least one source column must be named; this column is required")
        return names

    def candidates(self) -> dict[str, tuple[str, ...]]:
        """Canonical name -> source names, required columns first."""
        return {name: getattr(self, name) for name in (*self.REQUIRED, *self.OPTIONAL)}


class Source(Section):
    """A raw input; without a path its branch of the pipeline is absent."""

    JUDGED: ClassVar[tuple[str, ...]] = ("timestamp_format", "time_zone", "epoch", "first_year")
    """Fields by which landed rows are judged; all others but the path decide which raw rows are landed."""

    # not part of a fingerprint: what counts is which files it leads to
    path: Names = Field((), exclude=True, description="file, folder, glob or a list of them; any Hadoop path")
    format: str = Field("csv", description="csv, parquet, delta, or any Spark data source")
    options: Mapping[str, str] = Field(default_factory=dict, description="further options of the Spark reader")
    encoding: str = Field("UTF-8", description="of CSV files; Online Retail copies are often ISO-8859-1")
    skip_lines: int = Field(0, ge=0, description="CSV: lines above the header (or the first row) that are no table")
    row_names: bool = Field(
        False,
        description="CSV: each row begins with a cell that the header has no name for, as R writes it: column _c0",
    )
    records: str | None = Field(
        None, description='JSON: the list that holds the records, such as tickets of {"tickets": [...]}'
    )
    multi_line: bool = Field(True, description="CSV: quoted text may hold line breaks; false: each line is a row")
    quote: str = Field('"', description="CSV: around texts; none: quotes are letters, as in many tab-separated files")
    timestamp_format: str = Field("yyyy-MM-dd HH:mm:ss", description="of text timestamps, Java pattern letters")
    epoch: Epoch | None = Field(
        None,
        description="times are numbers in this unit since 1970-01-01 UTC; excel_days: a spreadsheet's serial numbers",
    )
    first_year: int = Field(
        FIRST_YEAR, ge=1901, le=2000, description="of two-digit years: 1969 reads 69 as 1969, 68 as 2068"
    )
    time_zone: str | None = Field(None, description="zone of timestamps without one; null: the top-level time_zone")
    time_column: str | None = Field(
        None, description="the column with the time of day, where ts holds the day alone; joined to it by a blank"
    )
    first_filled: Names = Field(
        (),
        description="canonical columns of which each row takes the first listed name that is filled in it, such as a "
        "signed-in user's id before a device's; others take the first name that the header has",
    )
    columns: SourceColumns = Field(default_factory=SourceColumns)

    @field_validator("timestamp_format")
    @classmethod
    def _pattern(cls, pattern: str) -> str:
        if pattern == CHOOSE:
            raise ValueError("still to be chosen: the lines above it in the drafted file are the formats that fit")
        unknown = sorted(set(re.findall(r"[A-Za-z]", re.sub(r"'[^']*'", "", pattern))) - _PATTERN_LETTERS)
        if unknown or not pattern.strip():
            raise ValueError(
                f"not a timestamp pattern: letters {unknown} mean nothing; for example yyyy-MM-dd HH:mm:ss"
            )
        return pattern

    @field_validator("quote")
    @classmethod
    def _mark(cls, quote: str) -> str:
        if len(quote) != 1 and quote != "none":
            raise ValueError("one character, or none")
        return quote

    @model_validator(mode="after")
    def _knows_first_filled(self) -> Source:
        unknown = [name for name in self.first_filled if name not in self.columns.candidates()]
        if unknown:
            raise ValueError(f"first_filled: {unknown[0]} is none of {', '.join(self.columns.candidates())}")
        return self

    @property
    def has_quotes(self) -> bool:
        """Whether quotes stand around texts."""
        return self.quote != "none"

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, zone: str | None) -> str | None:
        return zone if zone is None else checked_zone(zone)


@cache
def _zones() -> frozenset[str]:
    """The names of this machine's time zones: looked up once, for that reads some hundred files."""
    return frozenset(available_timezones())


def checked_zone(zone: str) -> str:
    """The name of a time zone; anything else is a ValueError."""
    if zone not in _zones():
        raise ValueError("not a time zone; for example UTC or Europe/London")
    return zone


class TransactionColumns(SourceColumns):
    """Source columns of each canonical column: the first name that a file's header has is taken."""

    REQUIRED = TRANSACTION_REQUIRED
    OPTIONAL = TRANSACTION_OPTIONAL
    ONE_OF = TRANSACTION_MONEY

    customer_id: Names = Field(("customer_id", "CustomerID", "Customer ID"), description="required")
    ts: Names = Field(("ts", "InvoiceDate"), description="required")
    invoice_id: Names = Field(
        ("invoice_id", "InvoiceNo", "Invoice"),
        description="optional; a row without one belongs to the order of its customer and time",
    )
    quantity: Names = Field(("quantity", "Quantity"), description="optional where a row gives its amount")
    unit_price: Names = Field(
        ("unit_price", "UnitPrice", "Price"),
        description="price of one unit; needs a quantity beside it",
    )
    line_amount: Names = Field(("line_amount",), description="money of a whole line; goes before unit_price")
    order_amount: Names = Field(("order_amount",), description="money of the whole order; needs grain: order")
    product_id: Names = Field(("product_id", "StockCode"), description="optional")
    description: Names = Field(("description", "Description"), description="optional")
    category: Names = Field(("category", "Category"), description="optional")
    country: Names = Field(("country", "Country"), description="optional")
    discount: Names = Field(
        (), description="optional: money off the amount, or a share of it (10%); taken off it, whatever its sign"
    )
    tax: Names = Field((), description="optional: tax within the amount; taken off it")
    shipping: Names = Field((), description="optional: shipping within the amount; taken off it")
    currency: Names = Field(
        ("currency", "Currency"),
        description="optional: ISO 4217 code of the row's money",
    )
    unit_cost: Names = Field(("unit_cost",), description="optional: cost of one unit")
    margin_rate: Names = Field(("margin_rate",), description="optional: margin as a share of the amount")
    store: Names = Field(("store",), description="optional: shop, branch or channel")


class TransactionSource(Source):
    """The raw transactions."""

    JUDGED = (*Source.JUDGED, "decimal", "numbers", "grain", "where", "returns", "order_deductions")

    decimal: Literal[".", ","] = Field(".", description='decimal sign; with "," points may group thousands: 1.234,50')
    numbers: NumberStyle | None = Field(
        None,
        description="plain, unambiguous (1,234.50 but not 1,234), point (1,234 is a thousand), comma (1.234 is one); "
        "null: comma where decimal is a comma, else unambiguous",
    )
    grain: Literal["line", "order"] = Field(
        "line", description="what a row is; an order row is one line of quantity 1 without a product"
    )
    where: tuple[RowRule, ...] = Field(
        (), description="only rows for which all of these rules hold count; the others are rejected as filtered_out"
    )
    returns: tuple[RowRule, ...] = Field(
        (), description="a row for which one of these rules holds is a return, whatever the sign of its money"
    )
    order_deductions: Names = Field(
        (),
        description="source columns with money off a whole order, such as discounts and refunds, on its first line or "
        "on all: taken off its lines in proportion to their money, down to 0 at the most",
    )
    columns: TransactionColumns = Field(default_factory=TransactionColumns)

    @property
    def number_style(self) -> NumberStyle:
        """How numbers are written."""
        return self.numbers or ("comma" if self.decimal == "," else "unambiguous")

    @field_validator("decimal", mode="before")
    @classmethod
    def _chosen(cls, sign: object) -> object:
        if sign == CHOOSE:
            raise ValueError("still to be chosen: the lines beside it in the drafted file say between what")
        return sign


class CleaningRules(Section):
    """Which rules reject a row. Unreadable times, quantities and amounts and amounts out of range always do."""

    missing_customer: bool = True
    missing_invoice: bool = Field(False, description="else such rows are one order per customer and time")
    date_out_of_range: bool = True
    non_positive_price: bool = Field(False, description="a price <= 0; else below 0 is a return, 0 is a free line")
    non_product: bool = Field(True, description="of cleaning.non_product_codes; credits of them stay as adjustments")
    bad_debt: bool = Field(True, description="of cleaning.bad_debt_pattern")
    exact_duplicate: bool = Field(False, description="every row but the first of equal ones, also within one file")
    delivered_twice: bool = Field(
        True, description="a row that an earlier file has as often already; within exact_duplicate"
    )
    negative_quantity: bool = Field(False, description="a quantity <= 0 without a cancellation; else it is a return")


class Cleaning(Section):
    """How landed rows are judged."""

    rules: CleaningRules = Field(default_factory=CleaningRules)
    min_date: date = Field(date(1990, 1, 1), description="earliest day in range")
    max_date: date = Field(date(2100, 12, 31), description="latest day in range")
    max_amount: int = Field(
        100_000_000_000, ge=1, le=1_000_000_000_000, description="money of one row, without its sign, in range"
    )
    cancellation_pattern: str = Field(
        "", description="regular expression on the invoice number: its money is negative; empty: no number says so"
    )
    bad_debt_pattern: str = Field(
        "", description="regular expression on the invoice number of rows that are no sales; empty: none"
    )
    non_product_codes: Names = Field((), description="product codes that are no products: postage, discounts, fees, …")
    nobody: Names = Field(
        NOBODY, description="customer ids, in any case, that stand for no customer; a guest is nobody"
    )
    id_suffix_pattern: str = Field(ID_SUFFIX, description="removed from customer ids: 17850.0 is 17850; empty: nothing")
    id_case: IdCase = Field(
        "keep", description="of customer and user ids of every source: lower or upper makes Ann@x.org and ann@X.org one"
    )

    @field_validator("cancellation_pattern", "bad_debt_pattern", "id_suffix_pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as fault:
            raise ValueError(f"not a regular expression: {fault}") from None
        return pattern


class Categories(Section):
    """Where a line's category comes from: the source's column, else the mapping, else the keyword rules."""

    mapping: Mapping[str, str] = Field(default_factory=dict, description="product_id -> category")
    keywords: Mapping[str, Names] = Field(
        default_factory=dict, description="category -> words; the first category with a word in the description wins"
    )


class Gates(Section):
    """Quality floors: a delivery below one is not landed, a run below one is refused before any feature (exit 3)."""

    max_rejected_share: float = Field(0.5, ge=0, le=1, description="rejected / all rows, of a file and of a source")
    max_rejected_money_share: float = Field(
        0.5, ge=0, le=1, description="rejected / all money of a file, without signs, where it can be read"
    )
    max_unreadable_share: float = Field(
        0.1, ge=0, le=1, description="rows of a file with a time, number or line that cannot be read / its rows"
    )
    max_undecodable_share: float = Field(
        0.0, ge=0, le=1, description="rows with characters that the configured encoding could not read / rows of a file"
    )
    max_swapped_dates: int = Field(
        2, ge=0, description="rows of a file whose date tells that day and month are the other way round in part of it"
    )
    min_customers: int = Field(10, ge=1, description="customers with a purchase before as_of")
    min_history_days: int = Field(1, ge=1, description="days from the first purchase to as_of")
    min_repeat_buyers: int = Field(1, ge=0, description="customers with two or more orders before as_of")
