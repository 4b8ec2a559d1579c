"""Small column expressions that every feature needs: money in whole units, counted lines, the declared shape."""

from __future__ import annotations

from datetime import date, timedelta
from functools import reduce
from operator import add

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences.schema import Table
from audiences.schema.table import LINE_AMOUNT, MONEY

UNITS_PER_MONEY = 10_000
"""Money is summed as whole 1/10,000 of the currency: exact, as amounts have 4 decimals, and a long sums far faster."""


UNITS_PER_QUANTITY = 1_000_000.0
"""Quantities are summed as whole millionths, as they have 6 decimals."""

_NET = ("gross", "returned", "adjusted")
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
    """A purchase line: its money is above 0. Free lines, returns and adjustments are none."""
    return F.col("amount") > 0


def is_counted() -> Column:
    """A line with money: a purchase, a return or an adjustment."""
    return is_purchase() | F.col("is_return") | is_adjustment()


def is_adjustment() -> Column:
    """Negative money of a code that is no product; never null."""
    return F.coalesce(F.col("is_adjustment"), F.lit(False))


def net_units() -> Column:
    """Net money of a day of `customer_days` as a whole number of 1/10,000; what is null counts nothing."""
    return reduce(add, (F.coalesce(money_units(F.col(name)), F.lit(0)) for name in _NET))


def units_count(quantity: Column) -> Column:
    """A quantity as whole millionths: a long, so that the sum does not depend on the order of the rows."""
    return (quantity * F.lit(int(UNITS_PER_QUANTITY))).cast("bigint")


def before(as_of: date, *, days: int = 0) -> Column:
    """Whether `day` lies before D, or before D minus some days."""
    return F.col("day") < F.lit(as_of - timedelta(days=days))


def as_declared(frame: DataFrame, table: Table) -> DataFrame:
    """The columns of `table` without its slice, in order and with the declared types."""
    return frame.select(*(F.col(column.name).cast(column.type) for column in table.body))
