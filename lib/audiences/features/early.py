"""What was known of a customer when its first days were over: the same for training and scoring."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from audiences import schema
from audiences.config import Behaviour
from audiences.features.columns import (
    UNITS_PER_MONEY,
    UNITS_PER_QUANTITY,
    as_declared,
    before,
    is_customers,
    is_purchase,
    money_units,
    share,
    units_count,
)


def early_features(transactions: DataFrame, *, window_days: int, behaviour: Behaviour, as_of: date) -> DataFrame:
    """One row per customer with a purchase or return line before D; lines after the window are not looked at.

    Args:
        transactions: `schema.transactions`.
        window_days: N; the day of the first line and the N - 1 days after it.
        behaviour: settings; what the weekend and the evening are.
        as_of: D; days before D count. A window that is not over yet is marked, not left out.

    Returns:
        The columns of `schema.early_features` without as_of.
    """
    lines = transactions.where(is_customers() & (is_purchase() | F.col("is_return")) & before(as_of))
    first_day = F.min("day").over(Window.partitionBy("customer_id"))
    early = lines.withColumn("first_day", first_day).where(F.datediff("day", "first_day") < window_days)
    bought = is_purchase()
    sums = early.groupBy("customer_id", "first_day").agg(
        F.size(F.collect_set(F.when(bought, F.col("invoice_id")))).alias("orders"),
        F.size(F.collect_set("day")).alias("active_days"),
        F.datediff(F.max("day"), "first_day").alias("span_days"),
        F.count(F.when(bought, 1)).alias("lines"),
        _sum(bought, units_count(F.col("quantity"))).alias("unit_count"),
        _money(bought).alias("gross"),
        _money(~bought).alias("returned"),
        F.count(F.when(~bought, 1)).alias("return_lines"),
        F.size(F.collect_set(F.when(bought, F.col("product_id")))).alias("distinct_products"),
        F.coalesce(F.max(F.when(bought, money_units(F.col("amount")))), F.lit(0)).alias("largest_line"),
        _money(bought & (F.col("day") == F.col("first_day"))).alias("first_day_gross"),
        _money(bought & (F.weekday("day") + 1).isin(*behaviour.weekend)).alias("weekend"),
        _money(bought & _is_evening(behaviour)).alias("evening"),
    )
    units = F.col("unit_count") / F.lit(UNITS_PER_QUANTITY)
    money = {name: F.col(name) / F.lit(float(UNITS_PER_MONEY)) for name in _MONEY}
    return sums.select(
        "customer_id",
        "first_day",
        F.lit(window_days).alias("window_days"),
        (F.date_add("first_day", window_days) <= F.lit(as_of)).alias("is_complete"),
        *(F.col(name) for name in _COUNTS),
        units.alias("units"),
        *(column.alias(name) for name, column in money.items()),
        share(money["gross"], F.col("orders")).alias("average_order_value"),
        share(units, F.col("orders")).alias("items_per_basket"),
        share(money["gross"], units).alias("price_per_unit"),
        share(F.col("weekend"), F.col("gross")).alias("weekend_share"),
        share(F.col("evening"), F.col("gross")).alias("evening_share"),
    ).transform(as_declared, schema.early_features)


_COUNTS = ("orders", "active_days", "span_days", "lines", "return_lines", "distinct_products")
_MONEY = ("gross", "returned", "largest_line", "first_day_gross")


def _sum(where: Column, value: Column) -> Column:
    return F.sum(F.when(where, value).otherwise(0))


def _money(where: Column) -> Column:
    """Whole 1/10,000: a long, so that the sum does not depend on the order of the rows."""
    return _sum(where, money_units(F.col("amount")))


def _is_evening(behaviour: Behaviour) -> Column:
    night, _, _, evening = behaviour.hour_starts
    return (F.col("hour") < night) | (F.col("hour") >= evening)
