"""Orders: one row per customer and purchase invoice."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from audiences import schema
from audiences.features.columns import (
    UNITS_PER_QUANTITY,
    as_declared,
    is_customers,
    is_purchase,
    money_units,
    to_money,
    units_count,
)


def orders(transactions: DataFrame) -> DataFrame:
    """One row per order: a customer's purchase invoice, on the day of its first purchase line.

    An invoice that spans midnight, or whose lines come from two files, is one order. Returns and adjustments make none.

    Args:
        transactions: `schema.transactions`.

    Returns:
        The columns of `schema.orders`.
    """
    purchases = transactions.where(is_customers() & is_purchase())
    return (
        purchases.groupBy("customer_id", "invoice_id")
        .agg(
            # a later instant never has an earlier day, so both minima belong to the first line
            F.min("day").alias("day"),
            F.min("ts").alias("first_ts"),
            F.count(F.lit(1)).alias("lines"),
            F.sum(units_count(F.col("quantity"))).alias("unit_count"),
            F.sum(money_units(F.col("amount"))).alias("gross_units"),
        )
        .withColumn("units", F.col("unit_count") / F.lit(UNITS_PER_QUANTITY))
        .withColumn("gross", to_money(F.col("gross_units")))
        .transform(as_declared, schema.orders)
    )
