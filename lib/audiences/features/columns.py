"""Small column expressions that every feature needs: money in whole units, counted lines, the declared shape."""

from __future__ import annotations

from datetime import date, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences.schema import Table
from audiences.schema.table import LINE_AMOUNT, MONEY

UNITS_PER_MONEY = 10_000
"""Money is summed as whole 1/10,000 of the currency: exact, as amounts have 4 decimals, and a long sums far faster."""


KEY_HASH = "key_hash"


def key_hash() -> Column:
    """The customer's hash, to stand before the customer in keys that rows are sorted by.

    Sorting compares eight bytes first; those of ids with a common beginning are equal, those of hashes are not.
    """
    return F.xxhash64("customer_id").alias(KEY_HASH)


def money_units(amount: Column) -> Column:
    """A decimal(18,4) amount as a whole number of 1/10,000; every such amount fits a long."""
    return (amount * F.lit(UNITS_PER_MONEY)).cast("bigint")


def to_amount(units: Column) -> Column:
    """Whole 1/10,000 back to decimal(18,4)."""
    return _decimal(units).cast(LINE_AMOUNT)


def to_money(units: Column) -> Column:
    """Whole 1/10,000 to decimal(18,2), rounded once, halves away from zero."""
    return _decimal(units).cast(MONEY)


def _decimal(units: Column) -> Column:
    return units.cast("decimal(18,0)") * F.lit("0.0001").cast("decimal(4,4)")


def share(part: Column, whole: Column) -> Column:
    """part / whole as a double; 0 where the whole is 0 (orders of nothing but rounded-away prices)."""
    return F.when(whole == 0, F.lit(0.0)).otherwise(part.cast("double") / whole.cast("double"))


def is_customers() -> Column:
    return F.col("customer_id").isNotNull()


def is_purchase() -> Column:
    """A purchase line: quantity and price above 0, and not a return."""
    return ~F.col("is_return") & (F.col("quantity") > 0) & (F.col("unit_price") > 0)


def before(as_of: date, *, days: int = 0) -> Column:
    """Whether `day` lies before D, or before D minus some days."""
    return F.col("day") < F.lit(as_of - timedelta(days=days))


def as_declared(frame: DataFrame, table: Table) -> DataFrame:
    """The columns of `table` without its slice, in order and with the declared types."""
    return frame.select(*(F.col(column.name).cast(column.type) for column in table.body))
