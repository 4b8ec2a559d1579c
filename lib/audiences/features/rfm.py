"""Recency, frequency, monetary value: cut points, scores and named segments."""

from __future__ import annotations

from datetime import date
from functools import reduce
from operator import and_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences import schema
from audiences.config import Rfm, RfmRule
from audiences.errors import ConfigError
from audiences.features.columns import as_declared, before, net_units, to_money
from audiences.features.quantiles import quantiles
from audiences.schema.features import RFM_METRICS

_SCALE = 5
"""Segment rules are written for scores of 1 to 5, whatever the number of bins."""


def rfm_cut_points(customer_days: DataFrame, *, as_of: date, rfm: Rfm, frozen: DataFrame | None = None) -> DataFrame:
    """Where the RFM scores change: exact quantiles of this as_of, the configured values, or those of an earlier run.

    Args:
        customer_days: `schema.customer_days`.
        as_of: D; days before D count.
        rfm: settings; `bins` and own `cut_points` per metric.
        frozen: the cut points of an earlier run, which are kept; None: there are none to keep.

    Returns:
        The columns of `schema.rfm_cut_points` without as_of. Without customers a fitted metric has no row.

    Raises:
        ConfigError: the frozen cut points are of another number of bins.
    """
    if frozen is not None:
        _check_bins(frozen, rfm.bins)
        return frozen.withColumn("origin", F.lit("frozen")).transform(as_declared, schema.rfm_cut_points)
    fitted = {metric: F.col(metric) for metric in RFM_METRICS if metric not in rfm.cut_points}
    own = [(metric, list(cuts), "configured") for metric, cuts in sorted(rfm.cut_points.items())]
    given = customer_days.sparkSession.createDataFrame(own, "metric string, cut_points array<double>, origin string")
    if fitted:
        cuts = quantiles(_metrics(customer_days, as_of), columns=fitted, parts=rfm.bins)
        given = cuts.withColumn("origin", F.lit("fitted")).drop("n").unionByName(given)
    return as_declared(given, schema.rfm_cut_points)


def rfm(customer_days: DataFrame, *, cut_points: DataFrame, as_of: date, rfm: Rfm) -> DataFrame:
    """Recency, frequency and monetary value, their scores and the named segment, per customer with a purchase before D.

    A value's bin is 1 + the number of cut points below it, so equal values have equal scores; recency is reversed (the
    most recent customers score highest). Segment rules see scores on 1 to 5: ceil(score * 5 / bins).

    Args:
        customer_days: `schema.customer_days`.
        cut_points: `schema.rfm_cut_points`: one row per metric; fitted, configured or frozen.
        as_of: D; days before D count.
        rfm: settings; the `segments` rules.

    Returns:
        The columns of `schema.rfm` without as_of.
    """
    of_metric = {metric: F.when(F.col("metric") == metric, F.col("cut_points")) for metric in RFM_METRICS}
    cuts = cut_points.agg(*(F.max(own).alias(f"{metric}_cuts") for metric, own in of_metric.items()))
    customers = _metrics(customer_days, as_of).crossJoin(F.broadcast(cuts))
    scored = customers.withColumns(
        {
            "r_score": _bins("recency_days") + 1 - _bin("recency_days"),
            "f_score": _bin("frequency"),
            "m_score": _bin("monetary"),
            "border_distance": F.least(*(_border_distance(metric) for metric in RFM_METRICS)),
        }
    )
    return scored.withColumn("segment", _segment(rfm.segments)).transform(as_declared, schema.rfm)


def _check_bins(frozen: DataFrame, bins: int) -> None:
    sizes = {len(row["cut_points"]) + 1 for row in frozen.select("cut_points").collect()}  # one row per metric
    if sizes - {bins}:
        raise ConfigError(
            "the frozen cut points are of another number of bins", where="rfm.cut_points_of",
            found=f"{', '.join(map(str, sorted(sizes)))} bins in that run", allowed=f"rfm.bins {bins}",
        )  # fmt: skip


def _metrics(customer_days: DataFrame, as_of: date) -> DataFrame:
    bought = F.col("lines") > 0
    return (
        customer_days.where(before(as_of))
        .groupBy("customer_id")
        .agg(
            F.max(F.when(bought, F.col("day"))).alias("last_purchase"),
            F.sum("orders").alias("frequency"),
            F.sum(net_units()).alias("units"),
        )
        # customers who only return have no recency
        .where(F.col("last_purchase").isNotNull())
        .select(
            "customer_id",
            F.datediff(F.lit(as_of), "last_purchase").alias("recency_days"),
            "frequency",
            to_money(F.col("units")).alias("monetary"),
        )
    )


def _cuts(metric: str) -> Column:
    return F.col(f"{metric}_cuts")


def _bins(metric: str) -> Column:
    return F.size(_cuts(metric)) + 1


def _bin(metric: str) -> Column:
    value = F.col(metric).cast("double")
    return F.size(F.filter(_cuts(metric), lambda cut: cut < value)) + 1


def _border_distance(metric: str) -> Column:
    value, cuts = F.col(metric).cast("double"), _cuts(metric)
    nearest = F.array_min(F.transform(cuts, lambda cut: F.abs(cut - value)))
    span = F.array_max(cuts) - F.array_min(cuts)
    # one cut point, or equal ones, span nothing: then a distance of 1 is one unit of the metric
    return nearest / F.when(span > 0, span).otherwise(F.lit(1.0))


def _segment(rules: tuple[RfmRule, ...]) -> Column:
    """The name of the first rule that matches; the settings promise that one always does."""
    scores = {"r": _rescaled("r_score", "recency_days"), "f": _rescaled("f_score", "frequency")}
    scores["m"] = _rescaled("m_score", "monetary")
    scores["fm"] = _quotient(scores["f"] + scores["m"] + 1, 2)
    cases = [
        (reduce(and_, (score.between(*getattr(rule, key)) for key, score in scores.items())), rule.name)
        for rule in rules
    ]
    return reduce(lambda chain, case: chain.when(*case), cases[1:], F.when(*cases[0]))


def _rescaled(score: str, metric: str) -> Column:
    """ceil(score * 5 / bins) in whole numbers."""
    bins = _bins(metric)
    return _quotient(F.col(score) * _SCALE + bins - 1, bins)


def _quotient(whole: Column, parts: Column | int) -> Column:
    return F.floor(whole / parts).cast("int")
