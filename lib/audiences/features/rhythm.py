"""The shop's own rhythm: after how many days customers usually come back, and how late each customer is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from audiences import schema
from audiences.features.columns import as_declared, before

ORDER_NUMBERS = (1, 2, 3, 4, 6, 11, 21)
"""Where the classes of order numbers begin: 1, 2, 3, 4 to 5, 6 to 10, 11 to 20, 21 and more purchase days."""

_PEER_WEIGHT = 3
"""The gap of customers like them counts as much as three gaps of a customer's own."""

_FEW_GAPS = 20
"""A class in which fewer customers came back takes the rhythm of the classes around it as well."""

Counts = Iterable[tuple[int, bool, int]]
"""(days, came back, customers): gaps between purchase days; the last gap of each customer is still open at D."""


def rhythm(customer_days: DataFrame, *, as_of: date) -> DataFrame:
    """How late each customer with a purchase before D is, against customers like them and against themselves.

    Customers are alike when they have bought on the same number of days (in the classes of `ORDER_NUMBERS`). Of each
    class the usual gap is estimated from all gaps that followed such a purchase, with the gap that is still open at D
    as censored, so that customers who have not come back yet count. The driver collects one row per class, length in
    days and outcome: their number is bounded by the days of the history, not by the customers.

    Args:
        customer_days: `schema.customer_days`.
        as_of: D; days before D count.

    Returns:
        The columns of `schema.rhythm` without as_of. `lateness` is null where nobody has ever come back.
    """
    bought = customer_days.where(before(as_of)).where(F.col("lines") > 0).select("customer_id", "day")
    by_day = Window.partitionBy("customer_id").orderBy("day")
    purchases = bought.select(
        "customer_id", "day", F.row_number().over(by_day).alias("number"), F.lead("day").over(by_day).alias("next_day")
    )
    ends = F.coalesce("next_day", F.lit(as_of))
    gaps = purchases.select(
        _class_of(F.col("number")).alias("order_class"), F.datediff(ends, "day").alias("days"),
        F.col("next_day").isNotNull().alias("came_back"),
    )  # fmt: skip
    counts: dict[int, list[tuple[int, bool, int]]] = defaultdict(list)
    for row in gaps.groupBy("order_class", "days", "came_back").agg(F.count("*").alias("customers")).collect():
        counts[row["order_class"]].append((row["days"], row["came_back"], row["customers"]))
    customers = bought.groupBy("customer_id").agg(
        F.count("*").alias("purchase_days"), F.min("day").alias("first_day"), F.max("day").alias("last_day")
    )
    return customers.select("customer_id", "purchase_days", *_lateness(usual_gaps(counts), as_of)).transform(
        as_declared, schema.rhythm
    )


def _class_of(number: Column) -> Column:
    """The place of the customer's class in `ORDER_NUMBERS`."""
    return F.lit(-1) + sum(((number >= start).cast("int") for start in ORDER_NUMBERS), F.lit(0))


def _lateness(gaps: Sequence[float | None], as_of: date) -> list[Column]:
    """peer_gap_days, usual_gap_days and lateness, from purchase_days, first_day and last_day."""
    number = F.col("purchase_days")
    peers = F.get(F.array(*(F.lit(gap).cast("double") for gap in gaps)), _class_of(number))
    own_days, own_gaps = F.datediff("last_day", "first_day"), number - 1
    # never below a day: purchases are counted by day, so that less cannot be told apart
    usual = F.greatest((own_days + _PEER_WEIGHT * peers) / (own_gaps + _PEER_WEIGHT), F.lit(1.0))
    usual = F.when(peers.isNotNull(), usual)
    return [
        peers.alias("peer_gap_days"),
        usual.alias("usual_gap_days"),
        (F.datediff(F.lit(as_of), "last_day") / usual).alias("lateness"),
    ]


def usual_gaps(counts: Mapping[int, Counts]) -> list[float | None]:
    """The usual gap of each class in days; a class with few gaps is pooled with its neighbours, nearest first."""
    classes = [list(counts.get(number, ())) for number in range(len(ORDER_NUMBERS))]
    gaps: list[float | None] = []
    for number in range(len(ORDER_NUMBERS)):
        pooled, reach = list(classes[number]), 0
        while sum(customers for _, came_back, customers in pooled if came_back) < _FEW_GAPS and reach < len(classes):
            reach += 1
            for neighbour in (number - reach, number + reach):
                if 0 <= neighbour < len(classes):
                    pooled += classes[neighbour]
        gaps.append(usual_gap(pooled))
    return gaps


def usual_gap(counts: Counts) -> float | None:
    """The days within which half of those who come back at all have come back; None if nobody has.

    Kaplan and Meier (1958): S(t) is the product of 1 - returns / still open over all lengths up to t. "Who come back at
    all" are 1 - S at the longest gap that ended in a purchase: beyond it the history says nothing.
    """
    curve = kaplan_meier(counts)
    if not curve:
        return None
    half = 1 - (1 - curve[-1][1]) / 2
    return float(next(days for days, still_open in curve if still_open <= half + 1e-12))


def kaplan_meier(counts: Counts) -> list[tuple[int, float]]:
    """(days, share that has not come back within so many days), ascending, at each length that ended in a purchase."""
    returns: dict[int, int] = defaultdict(int)
    ends: dict[int, int] = defaultdict(int)
    for days, came_back, customers in counts:
        ends[days] += customers
        if came_back:
            returns[days] += customers
    still_open, survival, curve = sum(ends.values()), 1.0, []
    for days in sorted(ends):
        if returns[days]:
            survival *= 1 - returns[days] / still_open
            curve.append((days, survival))
        still_open -= ends[days]
    return curve
