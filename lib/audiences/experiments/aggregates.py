"""From customers to a few rows: what the statistics of this room read, as Spark's group-bys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences.experiments.moments import covariance_name

_STEPS = 500
"""Equal steps from 0 to the cap, to which outcomes are rounded before equal ones are counted."""


def moments_by(frame: DataFrame, by: Sequence[str], columns: Sequence[str]) -> DataFrame:
    """One row per group, for `Moments.of_row`: customers, means, sample covariances and skewness of the columns."""
    values = frame.select(*by, *(F.col(name).cast("double").alias(name) for name in columns))
    pairs = [(one, other) for place, one in enumerate(columns) for other in columns[place:]]
    return values.groupBy(*by).agg(
        F.count("*").alias("customers"),
        *(F.avg(name).alias(f"mean_{name}") for name in columns),
        *(F.covar_samp(one, other).alias(covariance_name(one, other, columns)) for one, other in pairs),
        *(F.skewness(name).alias(f"skewness_{name}") for name in columns),
    )


def outcomes(customer_days: DataFrame, *, starts: date, ends: date, returns_until: date) -> DataFrame:
    """One row per customer with a line in the period: bought (0 or 1), orders and net_spend.

    Purchases count from `starts` until `ends`, money of returns and adjustments until `returns_until` (days, not
    included).
    """
    days = customer_days.where((F.col("day") >= F.lit(starts)) & (F.col("day") < F.lit(max(ends, returns_until))))
    is_inside = F.col("day") < F.lit(ends)
    return days.groupBy("customer_id").agg(
        F.max(F.when(is_inside & (F.col("orders") > 0), 1.0).otherwise(0.0)).alias("bought"),
        F.sum(F.when(is_inside, F.col("orders")).otherwise(0)).cast("double").alias("orders"),
        F.sum(_net(is_inside, returns_until)).cast("double").alias("net_spend"),
    )


def _net(is_inside: Column, returns_until: date) -> Column:
    is_returnable = F.col("day") < F.lit(returns_until)
    nothing = F.lit(0)
    return F.when(is_inside, F.col("gross")).otherwise(nothing) + F.when(is_returnable, _credits()).otherwise(nothing)


def _credits() -> Column:
    """Money of returns and of adjustments, both below 0; a table of an older root knows no adjustments."""
    return F.col("returned") + F.coalesce("adjusted", F.lit(0))


def history(customer_days: DataFrame, *, as_of: date, days: int) -> DataFrame:
    """One row per customer known before as_of: spend_before (net, not capped), bought_before, has_history.

    The first two are of the `days` before as_of; has_history says that the first purchase lies before those.
    """
    first = as_of - timedelta(days=days)
    known = customer_days.where(F.col("day") < F.lit(as_of))
    is_recent = F.col("day") >= F.lit(first)
    net = F.when(is_recent, F.col("gross") + _credits()).otherwise(F.lit(0))
    return known.groupBy("customer_id").agg(
        F.sum(net).cast("decimal(18,2)").alias("spend_before"),
        F.max(is_recent & (F.col("orders") > 0)).alias("bought_before"),
        (F.min("day") < F.lit(first)).alias("has_history"),
    )


def capped(column: str, cap: float) -> Column:
    """The column, no further from 0 than the cap."""
    return F.greatest(F.least(F.col(column), F.lit(cap)), F.lit(-cap))


def histogram_by(frame: DataFrame, by: Sequence[str], outcome: str, cap: float | None) -> DataFrame:
    """How many customers of each group have which outcome, in at most 1,001 steps: by columns, value, customers.

    With a cap, outcomes of money are rounded to a 500th of it.
    """
    value = F.col(outcome) if cap is None else F.round(F.col(outcome) / F.lit(cap / _STEPS)) * F.lit(cap / _STEPS)
    return frame.groupBy(*by, value.cast("double").alias("value")).agg(F.count("*").alias("customers"))
