"""How each customer buys: baskets, rhythm, returns, times, recent spend."""

from __future__ import annotations

from datetime import date, timedelta

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from audiences import schema
from audiences.config import Behaviour
from audiences.features.columns import (
    KEY_HASH,
    UNITS_PER_QUANTITY,
    as_declared,
    before,
    key_hash,
    money_units,
    net_units,
    share,
    to_money,
)
from audiences.schema.features import HOUR_BANDS

_SPEND_DAYS = (30, 90, 365)
_TREND_DAYS = 90


def behaviour(customer_days: DataFrame, *, as_of: date, settings: Behaviour) -> DataFrame:
    """How each customer with a purchase line before D buys; the customers are those of `rfm`.

    Every definition stands in its column's comment.

    Args:
        customer_days: `schema.customer_days`.
        as_of: D; days before D count.
        settings: `weekend` lists the ISO weekdays that count as weekend.

    Returns:
        The columns of `schema.behaviour` without as_of.
    """
    past = customer_days.where(before(as_of)).select("*", key_hash())
    days = past.select("*", _previous_order_day().alias("previous_order_day"))
    gap = F.datediff("day", "previous_order_day").cast("bigint")
    bought = F.col("lines") > 0
    ordered = F.col("orders") > 0
    gross, returned = money_units(F.col("gross")), money_units(F.col("returned"))
    is_known = F.col("full_price_lines").isNotNull()

    def recent(amount: Column, days_back: int) -> Column:
        return F.sum(F.when(F.col("day") >= F.lit(as_of - timedelta(days=days_back)), amount).otherwise(0))

    customers = days.groupBy(KEY_HASH, "customer_id").agg(
        F.min(F.when(bought, F.col("day"))).alias("first_purchase"),
        F.min(F.when(ordered, F.col("day"))).alias("first_order"),
        F.max(F.when(ordered, F.col("day"))).alias("last_order"),
        F.sum("orders").alias("orders"),
        F.sum(F.when(ordered, gap * gap)).alias("squared_gaps"),
        F.sum(F.round(F.col("units") * UNITS_PER_QUANTITY).cast("bigint")).alias("unit_count"),
        F.sum(gross).alias("gross"),
        F.sum(returned).alias("returned"),
        F.sum(F.when(_is_weekend(settings), gross).otherwise(0)).alias("weekend"),
        *(F.sum(money_units(F.col(f"gross_{band}"))).alias(band) for band in HOUR_BANDS),
        *(recent(net_units(), n).alias(f"spend_{n}d") for n in _SPEND_DAYS),
        recent(gross, _TREND_DAYS).alias("recent_gross"),
        recent(gross, 2 * _TREND_DAYS).alias("half_year_gross"),
        F.size(F.array_distinct(F.flatten(F.collect_list("products")))).cast("bigint").alias("distinct_products"),
        F.max(F.when(F.col("country").isNotNull(), F.struct("day", "country"))).alias("place"),
        F.sum(money_units(F.col("discount"))).alias("discount"),
        F.sum(F.when(is_known, gross)).alias("known_gross"),
        F.sum("full_price_lines").alias("full_price_lines"),
        F.sum(F.when(is_known, F.col("lines"))).alias("known_lines"),
    )
    return (
        customers.where(F.col("first_purchase").isNotNull())
        .select("customer_id", *_features(as_of))
        .transform(as_declared, schema.behaviour)
    )


def _previous_order_day() -> Column:
    """The day of the customer's order before this day's first; several orders of one day are 0 days apart."""
    earlier = Window.partitionBy(KEY_HASH, "customer_id").orderBy("day").rowsBetween(Window.unboundedPreceding, -1)
    return F.max(F.when(F.col("orders") > 0, F.col("day"))).over(earlier)


def _is_weekend(settings: Behaviour) -> Column:
    # weekday() counts from Monday = 0, ISO from Monday = 1
    return F.weekday("day").isin([day - 1 for day in settings.weekend])


def _features(as_of: date) -> list[Column]:
    gross, orders = F.col("gross"), F.col("orders")
    gaps = F.when(orders > 1, orders - 1)
    span = F.datediff("last_order", "first_order").cast("bigint")
    # n * sum of squares - square of sum stays in whole numbers until the one division
    variance = (gaps * F.coalesce("squared_gaps", F.lit(0)) - span * span) / (gaps * gaps).cast("double")
    earlier = F.col("half_year_gross") - F.col("recent_gross")
    return [
        F.datediff(F.lit(as_of), "first_purchase").alias("tenure_days"),
        (gross / F.lit(10_000.0) / orders).alias("average_order_value"),
        (F.col("unit_count") / F.lit(UNITS_PER_QUANTITY) / orders).alias("items_per_basket"),
        (span / gaps).alias("days_between_orders_mean"),
        F.sqrt(variance).alias("days_between_orders_sd"),
        share(-F.col("returned"), gross).alias("return_rate"),
        F.nullif("distinct_products", F.lit(0)).alias("distinct_products"),
        share(F.col("weekend"), gross).alias("weekend_share"),
        *(share(F.col(band), gross).alias(f"{band}_share") for band in HOUR_BANDS),
        *(to_money(F.col(f"spend_{n}d")).alias(f"spend_{n}d") for n in _SPEND_DAYS),
        share(F.col("recent_gross") - earlier, F.col("half_year_gross")).alias("spend_trend"),
        F.col("place.country").alias("country"),
        share(F.col("discount"), F.col("known_gross") + F.col("discount")).alias("discount_share"),
        share(F.col("full_price_lines"), F.col("known_lines")).alias("full_price_share"),
    ]
