"""Daily partial aggregates: one row per customer and day."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences import schema
from audiences.config import Behaviour
from audiences.features.columns import as_declared, is_customers, is_purchase, money_units, to_amount
from audiences.schema.features import HOUR_BANDS

_BANDS = tuple(f"gross_{band}" for band in HOUR_BANDS)
_SUMS = ("orders", "lines", "milliunits", "gross", "return_lines", "returned", *_BANDS)


def customer_days(transactions: DataFrame, *, orders: DataFrame, behaviour: Behaviour) -> DataFrame:
    """One row per customer and day with a purchase or return line; rows of several days can be added up.

    Args:
        transactions: `schema.transactions`.
        orders: `schema.orders` of the same transactions; gives the orders of each day.
        behaviour: settings; `hour_starts` are the first hours of night, morning, afternoon and evening.

    Returns:
        The columns of `schema.customer_days`.
    """
    lines = transactions.where(is_customers() & (is_purchase() | F.col("is_return"))).select(*_line(behaviour))
    counted = orders.select("customer_id", "day", F.lit(1).cast("bigint").alias("orders"))
    # one shuffle, by customer: both levels of grouping below find their rows in place
    events = lines.unionByName(counted, allowMissingColumns=True).repartition("customer_id")
    parts = events.groupBy("customer_id", "day", "product", "category", "country").agg(
        *(F.sum(name).alias(name) for name in _SUMS), F.min("ts").alias("first_ts"), F.max("ts").alias("last_ts")
    )
    spend = F.struct("category", F.col("gross").alias("spend"))
    place = F.struct((-F.unix_micros("last_ts")).alias("age"), "country")
    days = parts.groupBy("customer_id", "day").agg(
        *(F.coalesce(F.sum(name), F.lit(0)).alias(name) for name in _SUMS),
        F.min("first_ts").alias("first_ts"),
        F.max("last_ts").alias("last_ts"),
        F.sort_array(F.collect_set("product")).alias("products"),
        F.collect_list(F.when(F.col("category").isNotNull() & (F.col("lines") > 0), spend)).alias("spends"),
        F.min(F.when(F.col("country").isNotNull(), place)).alias("place"),
    )
    amounts = {name: to_amount(F.col(name)) for name in ("gross", "returned", *_BANDS)}
    return days.withColumns(
        {
            **amounts,
            "units": F.col("milliunits") / F.lit(1000.0),
            "categories": _per_category(F.col("spends")),
            "country": F.col("place.country"),
        }
    ).transform(as_declared, schema.customer_days)


def _line(behaviour: Behaviour) -> list[Column]:
    """What one line adds to its day; product and category count for purchases only."""
    amount = money_units(F.col("amount"))
    bought = ~F.col("is_return")
    night, morning, afternoon, evening = behaviour.hour_starts
    hour = F.col("hour")
    bands = {
        "night": (hour >= night) & (hour < morning),
        "morning": (hour >= morning) & (hour < afternoon),
        "afternoon": (hour >= afternoon) & (hour < evening),
        "evening": (hour >= evening) | (hour < night),
    }
    return [
        F.col("customer_id"),
        F.col("day"),
        F.col("ts"),
        F.col("country"),
        F.when(bought & F.col("product_id").isNotNull(), F.xxhash64("product_id")).alias("product"),
        F.when(bought, F.col("category")).alias("category"),
        F.when(bought, 1).otherwise(0).cast("bigint").alias("lines"),
        F.when(bought, (F.col("quantity") * 1000).cast("bigint")).otherwise(0).alias("milliunits"),
        F.when(bought, amount).otherwise(0).alias("gross"),
        F.when(bought, 0).otherwise(1).cast("bigint").alias("return_lines"),
        F.when(bought, 0).otherwise(amount).alias("returned"),
        *(F.when(bought & inside, amount).otherwise(0).alias(f"gross_{band}") for band, inside in bands.items()),
    ]


def _per_category(spends: Column) -> Column:
    """[(category, spend), …] with repeats to one entry per category, sorted."""
    names = F.array_sort(F.array_distinct(F.transform(spends, lambda spend: spend["category"])))

    def total(name: Column) -> Column:
        same = F.filter(spends, lambda spend: spend["category"] == name)
        units = F.aggregate(same, F.lit(0).cast("bigint"), lambda added, spend: added + spend["spend"])
        return F.struct(name.alias("category"), to_amount(units).alias("spend"))

    return F.transform(names, total)
