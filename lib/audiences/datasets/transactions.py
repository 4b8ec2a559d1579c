"""Generated shop transactions: orders of planted customers, line by line, with a shop's usual dirt."""

from __future__ import annotations

import math
from datetime import date

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from audiences.datasets.catalogue import choose_product, favourite, products
from audiences.datasets.customers import customer_id, partitions_for, planted_customers
from audiences.datasets.draws import at, below, geometric, lognormal, numbered, pick, uniform
from audiences.datasets.planted import (
    HYBRID_SEGMENTS,
    MAX_ORDERS,
    ORDERS_SPREAD,
    RECENCY_SPREAD,
    VALUE_GROUPS,
    YEAR,
    ValueGroup,
)
from audiences.errors import ConfigError

# Dirt: share of orders (first four), share of lines (last two).
MISSING_CUSTOMER = 0.01
RETURN = 0.04
EXTRA_LINE = {"POST": 0.02, "M": 0.004, "D": 0.004}
DUPLICATE = 0.006
ZERO_PRICE = 0.002

_QUANTITIES = {1: 46, 2: 22, 3: 9, 4: 8, 6: 7, 8: 5, 10: 2, 12: 1}
_HOURS = {
    6: 1, 7: 2, 8: 4, 9: 7, 10: 9, 11: 10, 12: 12, 13: 10, 14: 9,
    15: 8, 16: 7, 17: 5, 18: 4, 19: 4, 20: 4, 21: 3, 22: 1,
}  # fmt: skip
_COUNTRIES = {
    "United Kingdom": 62, "Germany": 9, "France": 8, "Ireland": 6, "Spain": 4, "Netherlands": 4,
    "Belgium": 3, "Switzerland": 2, "Portugal": 1, "Australia": 1,
}  # fmt: skip
_EXTRA_DESCRIPTIONS = {"POST": "POSTAGE", "M": "Manual", "D": "Discount"}
_RETURN_DAYS = 14
_SUNDAY_MOVED = 0.6


def transactions(
    spark: SparkSession,
    *,
    customers: int,
    days: int,
    seed: int,
    start: date = date(2024, 1, 1),
    partitions: int | None = None,
) -> DataFrame:
    """Transaction lines of `customers` planted customers from `start` 00:00 UTC over `days` days; as_of = start + days.

    Columns:
        invoice_id string; digits, or 'C' and the digits of the invoice that is returned or credited.
        product_id string; digits, or POST, M, D.
        description string; adjective and noun.
        category string; one of ten, null for POST, M, D.
        quantity int; units, negative on 'C' lines.
        ts timestamp; UTC, one per invoice; busy at noon, quiet on Sundays.
        unit_price decimal(12,2); price of one unit.
        customer_id string; see `truth`.
        country string; of the customer.

    Dirt, at stated rates. Of orders: 1 % have no customer id (all their lines), 4 % get one line returned within 14
    days (those that fall after the end are left out), 2.8 % have one line that is no product (2 % POST, 0.4 % M, 0.4 %
    D, which is a credit: 'C', quantity -1). Of product lines: 0.2 % have price 0; 0.6 % of those after an order's first
    are an exact copy of the line before (and 0.3 % more agree by chance).

    About 35 lines per customer and year; `partitions` sets the tasks and files, never the rows.
    """
    if days < 1:
        raise ConfigError("The number of days must be positive.", where="days", found=days, allowed=">= 1")
    partitions = partitions or partitions_for(customers * lines_per_customer(days))
    planted = planted_customers(spark, customers=customers, seed=seed, partitions=partitions)
    placed = planted.transform(_orders, days=days, seed=seed, first_day=(start - date(1970, 1, 1)).days)
    chosen = placed.transform(_lines, seed=seed)
    return chosen.join(F.broadcast(products(spark, seed=seed)), "product").transform(_as_columns, seed=seed)


def customers_for(rows: int, days: int) -> int:
    """How many customers make about `rows` transaction lines over `days` days (within some 2 % for 10,000 and more)."""
    return max(1, round(rows / lines_per_customer(days)))


def lines_per_customer(days: int) -> float:
    """Expected transaction lines per customer over `days` days, all dirt included."""
    per_order = RETURN * _share_returned_in_time(days) + sum(EXTRA_LINE.values())
    share = {group.name: 0.0 for group in VALUE_GROUPS}
    for segment in HYBRID_SEGMENTS:
        share[segment.value_group] += segment.percent / 100
    return sum(share[group.name] * _mean_orders(group, days) * (group.lines + per_order) for group in VALUE_GROUPS)


def _mean_orders(group: ValueGroup, days: int) -> float:
    """Mean of max(1, round(lognormal)), by summing its upper tail."""
    median = group.orders * days / YEAR
    spread = ORDERS_SPREAD * math.sqrt(2)
    return 1 + sum(math.erfc(math.log((n - 0.5) / median) / spread) / 2 for n in range(2, MAX_ORDERS + 1))


def _share_returned_in_time(days: int) -> float:
    return max(0.0, 1 - _RETURN_DAYS / 2 / days)


def _orders(planted: DataFrame, *, days: int, seed: int, first_day: int) -> DataFrame:
    """customers -> orders: counted back from the last one, whose day is the planted recency."""
    number, group, place = F.col("number"), F.col("group_at"), F.col("place")
    median_recency = at([group.recency_days * days / YEAR for group in VALUE_GROUPS], group)
    median_orders = at([group.orders * days / YEAR for group in VALUE_GROUPS], group)
    recency = lognormal(seed, "recency", number, median=median_recency, sigma=RECENCY_SPREAD)
    orders = F.round(lognormal(seed, "orders", number, median=median_orders, sigma=ORDERS_SPREAD))
    buyers = planted.select(
        "number",
        "group_at",
        customer_id(number).alias("customer_id"),
        pick(uniform(seed, "country", number), _COUNTRIES).alias("country"),
        favourite(seed, number).alias("favourite"),
        F.least(F.greatest(recency, F.lit(1.0)), F.lit(float(days))).alias("recency"),
        F.least(F.greatest(orders, F.lit(1.0)), F.lit(float(MAX_ORDERS))).cast("int").alias("orders"),
    )
    order = (number * (MAX_ORDERS + 1) + place).alias("order")
    back = _days_back(seed, days).alias("days_back")
    placed = buyers.withColumn("place", numbered(F.col("orders"))).select(
        order, back, "group_at", "country", "favourite", "customer_id"
    )
    day = _fewer_sundays(F.lit(first_day + days) - F.col("days_back"), seed, first_day)
    moment = pick(uniform(seed, "hour", F.col("order")), _HOURS) * 3600 + below(
        uniform(seed, "second", F.col("order")), 3600
    )
    more_lines = geometric(
        uniform(seed, "lines", F.col("order")), mean=at([group.lines - 1 for group in VALUE_GROUPS], F.col("group_at"))
    )
    delay = below(uniform(seed, "return_after", F.col("order")), _RETURN_DAYS) + 1
    is_returned = (uniform(seed, "is_returned", F.col("order")) < RETURN) & (delay < F.col("days_back"))
    has_customer = uniform(seed, "is_guest", F.col("order")) >= MISSING_CUSTOMER
    return placed.select(
        "order",
        "favourite",
        "country",
        F.when(has_customer, F.col("customer_id")).alias("customer_id"),
        (day * 86_400 + moment).alias("second"),
        (F.least(more_lines, F.lit(199)) + 1).cast("int").alias("lines"),
        _extra_line(uniform(seed, "extra", F.col("order"))).alias("extra"),
        F.when(is_returned, delay).alias("returned_after"),
    )


def _days_back(seed: int, days: int) -> Column:
    """Days from an order to the end, 1 .. days: the last at the planted recency, the others spread evenly before it."""
    number, place = F.col("number"), F.col("place")
    span = at([group.span for group in VALUE_GROUPS], F.col("group_at")) * (F.lit(float(days)) - F.col("recency"))
    jitter = (uniform(seed, "jitter", number, place) - 0.5) * 0.8
    before = F.when(place > 0, (place + jitter) * span / F.col("orders")).otherwise(F.lit(0.0))
    return F.least(F.floor(F.col("recency") + before), F.lit(days))


def _fewer_sundays(day: Column, seed: int, first_day: int) -> Column:
    """Moves most Sunday orders (day counted from 1970-01-01, a Thursday) to one of the three days before."""
    u = uniform(seed, "sunday", F.col("order"))
    earlier = day - 1 - below(u / _SUNDAY_MOVED, 3)
    is_moved = (day % 7 == 3) & (u < _SUNDAY_MOVED) & (earlier >= first_day)
    return F.when(is_moved, earlier).otherwise(day)


def _extra_line(u: Column) -> Column:
    """The code of an order's line that is no product; null for most orders."""
    code, bound = F.lit(None).cast("string"), 0.0
    for name, share in EXTRA_LINE.items():
        code = F.when((u >= bound) & (u < bound + share), F.lit(name)).otherwise(code)
        bound += share
    return code


def _lines(placed: DataFrame, *, seed: int) -> DataFrame:
    """orders -> lines: slots 0 .. lines-1 are products, then the extra line and the return where there is one.

    `line` is what the slot holds: its own number, the one before for an exact copy, any for a return.
    """
    order, slot, lines = F.col("order"), F.col("slot"), F.col("lines")
    has_extra, has_return = F.col("extra").isNotNull(), F.col("returned_after").isNotNull()
    slots = lines + has_extra.cast("int") + has_return.cast("int")
    is_copy = (slot > 0) & (uniform(seed, "is_copy", order, slot) < DUPLICATE)
    line = (
        F.when(slot < lines, F.when(is_copy, slot - 1).otherwise(slot))
        .when(has_extra & (slot == lines), slot)
        .otherwise(below(uniform(seed, "returned_line", order), lines))
    )
    return (
        placed.withColumn("slot", numbered(slots))
        .withColumn("is_extra", has_extra & (slot == lines))
        .withColumn("is_return", (slot >= lines) & ~F.col("is_extra"))
        .withColumn("line", line)
        .withColumn("product", choose_product(seed, "product", order, F.col("line"), favourite=F.col("favourite")))
    )


def _as_columns(lines: DataFrame, *, seed: int) -> DataFrame:
    """The frame's contract: names, order and types."""
    order, line = F.col("order"), F.col("line")
    is_extra, is_return, extra = F.col("is_extra"), F.col("is_return"), F.col("extra")
    is_credit = is_extra & (extra == "D")
    digits = (order + 500_000).cast("string")
    units = pick(uniform(seed, "quantity", order, line), _QUANTITIES)
    charge = F.when(extra == "POST", F.lit(3.95)).otherwise(1 + below(uniform(seed, "charge", order), 40))
    price = F.when(uniform(seed, "is_free", order, line) < ZERO_PRICE, F.lit(0).cast("decimal(12,2)")).otherwise(
        F.col("price")
    )
    second = F.col("second") + F.when(is_return, F.col("returned_after") * 86_400).otherwise(F.lit(0))
    extra_text = F.coalesce(*[F.when(extra == code, F.lit(text)) for code, text in _EXTRA_DESCRIPTIONS.items()])
    quantity = F.when(is_credit, F.lit(-1)).when(is_extra, F.lit(1)).when(is_return, -units).otherwise(units)
    return lines.select(
        F.when(is_return | is_credit, F.concat(F.lit("C"), digits)).otherwise(digits).alias("invoice_id"),
        F.when(is_extra, extra).otherwise(F.col("product_id")).alias("product_id"),
        F.when(is_extra, extra_text).otherwise(F.col("description")).alias("description"),
        F.when(~is_extra, F.col("category")).alias("category"),
        quantity.cast("int").alias("quantity"),
        F.timestamp_seconds(second).alias("ts"),
        F.when(is_extra, charge.cast("decimal(12,2)")).otherwise(price).alias("unit_price"),
        "customer_id",
        "country",
    )
