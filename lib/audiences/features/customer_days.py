"""Daily partial aggregates: one row per customer and day."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences import schema
from audiences.config import Behaviour
from audiences.features.columns import (
    KEY_HASH,
    UNITS_PER_QUANTITY,
    as_declared,
    is_adjustment,
    is_counted,
    is_customers,
    is_purchase,
    key_hash,
    money_units,
    to_amount,
    units_count,
)
from audiences.schema.features import HOUR_BANDS

_AMOUNTS = ("gross", "returned", "adjusted", *(f"gross_{band}" for band in HOUR_BANDS))


def customer_days(transactions: DataFrame, *, orders: DataFrame, behaviour: Behaviour) -> DataFrame:
    """One row per customer and day with a purchase, return or adjustment line; rows of several days can be added up.

    Args:
        transactions: `schema.transactions`.
        orders: `schema.orders` of the same transactions; gives the orders of each day.
        behaviour: settings; `hour_starts` are the first hours of night, morning, afternoon and evening.

    Returns:
        The columns of `schema.customer_days`.
    """
    bought = is_purchase()
    lines = transactions.where(is_customers() & is_counted()).select(
        key_hash(),
        "customer_id",
        "day",
        "ts",
        "country",
        bought.alias("is_bought"),
        "is_return",
        is_adjustment().alias("is_adjustment"),
        _band(behaviour).alias("band"),
        units_count(F.col("quantity")).alias("unit_count"),
        money_units(F.col("amount")).alias("amount"),
        money_units(F.col("discount")).alias("discount"),
        F.when(bought & F.col("product_id").isNotNull(), F.xxhash64("product_id")).alias("product"),
        F.when(bought, F.col("category")).alias("category"),
    )
    # orders come in as rows of their own, so that one grouping serves both and nothing is joined
    events = lines.unionByName(orders.select(key_hash(), "customer_id", "day", F.lit(True).alias("is_order")), True)
    # a day has few lines: grouping before the shuffle would sort twice and save next to nothing
    days = events.repartition("customer_id").groupBy(KEY_HASH, "customer_id", "day").agg(*_sums(), *_collected())
    return days.withColumns(
        {
            **{name: to_amount(F.col(name)) for name in _AMOUNTS},
            "units": F.col("unit_count") / F.lit(UNITS_PER_QUANTITY),
            "products": F.sort_array("products"),
            "categories": _per_category(F.col("spends")),
            "country": F.col("place.country"),
            "discount": to_amount(F.col("discount")),
        }
    ).transform(as_declared, schema.customer_days)


def _band(behaviour: Behaviour) -> Column:
    """The number of the hour's band in HOUR_BANDS; hours before the first start belong to the last band."""
    night, morning, afternoon, evening = behaviour.hour_starts
    hour = F.col("hour")
    return F.when((hour < night) | (hour >= evening), 3).when(hour < morning, 0).when(hour < afternoon, 1).otherwise(2)


def _sums() -> list[Column]:
    bought, returned = F.col("is_bought"), F.col("is_return")
    amount = F.col("amount")
    return [
        F.count("is_order").alias("orders"),
        F.count(F.when(bought, 1)).alias("lines"),
        _sum(bought, F.col("unit_count")).alias("unit_count"),
        _sum(bought, amount).alias("gross"),
        F.count(F.when(returned, 1)).alias("return_lines"),
        _sum(returned, amount).alias("returned"),
        _sum(F.col("is_adjustment"), amount).alias("adjusted"),
        _known(F.sum(F.when(bought, F.col("discount")))).alias("discount"),
        _known(F.count(F.when(bought & (F.col("discount") == 0), 1))).alias("full_price_lines"),
        *(_sum(bought & (F.col("band") == i), amount).alias(f"gross_{band}") for i, band in enumerate(HOUR_BANDS)),
    ]


def _sum(where: Column, value: Column) -> Column:
    return F.sum(F.when(where, value).otherwise(0))


def _known(of_discounts: Column) -> Column:
    """Null where the discount of a purchase line is null, or where there is no purchase line."""
    purchases = F.count(F.when(F.col("is_bought"), 1))
    known = F.count(F.when(F.col("is_bought"), F.col("discount")))
    return F.when((purchases > 0) & (known == purchases), of_discounts)


def _collected() -> list[Column]:
    spend = F.struct("category", F.col("amount").alias("units"))
    place = F.struct((-F.unix_micros("ts")).alias("age"), "country")
    return [
        F.min("ts").alias("first_ts"),
        F.max("ts").alias("last_ts"),
        F.collect_set("product").alias("products"),
        F.collect_list(F.when(F.col("category").isNotNull(), spend)).alias("spends"),
        F.min(F.when(F.col("country").isNotNull(), place)).alias("place"),
    ]


def _per_category(spends: Column) -> Column:
    """[(category, units), …] with repeats to one entry per category, sorted."""
    names = F.sort_array(F.array_distinct(spends["category"]))

    def total(name: Column) -> Column:
        same = F.filter(spends, lambda spend: spend["category"] == name)
        units = F.aggregate(same, F.lit(0).cast("bigint"), lambda added, spend: added + spend["units"])
        return F.struct(name.alias("category"), to_amount(units).alias("spend"))

    return F.transform(names, total)
