"""Settings of the sources: where raw rows are, how they are read, and which are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any, ClassVar, Literal
from zoneinfo import available_timezones

from pydantic import Field, ValidationInfo, field_validator

from audiences.config.section import Names, Section
from audiences.schema.clean import TRANSACTION_OPTIONAL, TRANSACTION_REQUIRED

# java.time.format.DateTimeFormatter letters that Spark takes for parsing
_PATTERN_LETTERS = set("GyMdDQqLEFahHKkmsSVzOXxu")

CHOOSE = "CHOOSE"
"""Stands in a drafted settings file for what the sample does not tell; refused until a person has chosen."""


class SourceColumns(Section):
    """Source columns of each canonical column: the first name that a file's header has is taken."""

    REQUIRED: ClassVar[tuple[str, ...]] = ()
    OPTIONAL: ClassVar[tuple[str, ...]] = ()

    @field_validator("*")
    @classmethod
    def _named(cls, names: Any, info: ValidationInfo) -> Any:
        if not names and info.field_name in cls.REQUIRED:
            raise ValueError("at least one source column must be named; this column is required")
        return names

    def candidates(self) -> dict[str, tuple[str, ...]]:
        """Canonical name -> source names, required columns first."""
        return {name: getattr(self, name) for name in (*self.REQUIRED, *self.OPTIONAL)}


class Source(Section):
    """A raw input; without a path its branch of the pipeline is absent."""

    JUDGED: ClassVar[tuple[str, ...]] = ("timestamp_format", "time_zone")
    """Fields by which landed rows are judged; all others but the path decide which raw rows are landed."""

    # not part of a fingerprint: what counts is which files it leads to
    path: Names = Field((), exclude=True, description="file, folder, glob or a list of them; any Hadoop path")
    format: str = Field("csv", description="csv, parquet, delta, or any Spark data source")
    options: Mapping[str, str] = Field(default_factory=dict, description="further options of the Spark reader")
    encoding: str = Field("UTF-8", description="of CSV files; Online Retail copies are often ISO-8859-1")
    multi_line: bool = Field(True, description="CSV: quoted text may hold line breaks; false lets big files be split")
    timestamp_format: str = Field("yyyy-MM-dd HH:mm:ss", description="of text timestamps, Java pattern letters")
    time_zone: str | None = Field(None, description="zone of timestamps without one; null: the top-level time_zone")
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

    customer_id: Names = Field(("customer_id", "CustomerID", "Customer ID"), description="required")
    invoice_id: Names = Field(("invoice_id", "InvoiceNo", "Invoice"), description="required")
    ts: Names = Field(("ts", "InvoiceDate"), description="required")
    quantity: Names = Field(("quantity", "Quantity"), description="required")
    unit_price: Names = Field(("unit_price", "UnitPrice", "Price"), description="required")
    product_id: Names = Field(("product_id", "StockCode"), description="optional")
    description: Names = Field(("description", "Description"), description="optional")
    category: Names = Field(("category", "Category"), description="optional")
    country: Names = Field(("country", "Country"), description="optional")


class TransactionSource(Source):
    """The raw transactions."""

    JUDGED = (*Source.JUDGED, "decimal")

    decimal: Literal[".", ","] = Field(".", description='decimal sign; with "," points may group thousands: 1.234,50')
    columns: TransactionColumns = Field(default_factory=TransactionColumns)

    @field_validator("decimal", mode="before")
    @classmethod
    def _chosen(cls, sign: object) -> object:
        if sign == CHOOSE:
            raise ValueError("still to be chosen: the lines beside it in the drafted file say between what")
        return sign


class CleaningRules(Section):
    """Which rules reject a row. Unreadable dates, quantities and prices and missing invoices always do."""

    missing_customer: bool = True
    date_out_of_range: bool = True
    non_positive_price: bool = True
    non_product: bool = True
    bad_debt: bool = True
    exact_duplicate: bool = True
    negative_quantity: bool = Field(True, description="a quantity <= 0 without a cancellation")


class Cleaning(Section):
    """How landed rows are judged."""

    rules: CleaningRules = Field(default_factory=CleaningRules)
    min_date: date = Field(date(1990, 1, 1), description="earliest day in range")
    max_date: date = Field(date(2100, 12, 31), description="latest day in range")
    cancellation_pattern: str = Field("^C", description="regular expression on the invoice number")
    bad_debt_pattern: str = Field("^A", description="regular expression on the invoice number")
    non_product_codes: Names = Field(
        (
            "POST", "D", "M", "m", "C2", "S", "B", "DOT", "CRUK", "PADS", "ADJUST", "ADJUST2", "TEST001", "TEST002",
            "BANK CHARGES", "AMAZONFEE",
        ),
        description="product codes that are no products: postage, discounts, fees, …",
    )  # fmt: skip
    id_suffix_pattern: str = Field(r"\.0+$", description="removed from customer ids: 17850.0 is 17850; empty: nothing")

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
    """Quality floors: a run below one is refused before any feature is made (exit 3)."""

    max_rejected_share: float = Field(0.5, ge=0, le=1, description="rejected / landed rows")
    max_undecodable_share: float = Field(
        0.0, ge=0, le=1, description="rows with characters that the configured encoding could not read / landed rows"
    )
    min_customers: int = Field(10, ge=1, description="customers with a purchase before as_of")
    min_history_days: int = Field(1, ge=1, description="days from the first purchase to as_of")
    min_repeat_buyers: int = Field(1, ge=0, description="customers with two or more orders before as_of")
