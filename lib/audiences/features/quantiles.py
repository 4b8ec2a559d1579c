"""Exact quantiles at any scale: a sketch brackets, an exact count inside the bracket decides."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

ACCURACY = 10_000
"""Rank error of the sketch: n / ACCURACY."""

MARGIN = 5 / ACCURACY
"""Half the bracket's width in rank; several times the sketch's error, and still only 0.1 % of the rows."""


def quantiles(frame: DataFrame, *, columns: Mapping[str, Column], parts: int) -> DataFrame:
    """For each column, the values at ranks ceil(i * n / parts), i = 1 … parts - 1, of its n non-null values.

    This is percentile_disc, numpy's `inverted_cdf`. Lazy: nothing runs here. Cost: one pass for the sketch, one for the
    counts; what is sorted is one row per distinct value inside a bracket.

    Args:
        frame: any rows.
        columns: name -> numeric column; compared as doubles. NaN is not allowed.
        parts: into how many equal parts the quantiles cut.

    Returns:
        `metric` string, `n` bigint (values that are not null), `cut_points` array<double>, ascending, of parts - 1
        values; a column without values has no row.

    Raises:
        When run, a Spark error if a rank falls outside its bracket; that would be a fault of the sketch.
    """
    values = frame.select(*(column.cast("double").alias(name) for name, column in columns.items()))
    fractions = [i / parts for i in range(1, parts)]
    sketch = values.agg(*(_brackets(name, fractions).alias(name) for name in columns))
    brackets = F.broadcast(sketch.select(*(F.col(name).alias(f"{name} brackets") for name in columns)))
    keyed = values.crossJoin(brackets).select(
        F.explode(F.array(*(_entry(name, fractions) for name in columns))).alias("entry")
    )
    counts = keyed.where("entry.value IS NOT NULL").groupBy("entry.metric", "entry.value", "entry.beyond")
    by_value = Window.partitionBy("metric").orderBy("value", "beyond")
    ranks = (
        counts.agg(F.count(F.lit(1)).alias("rows"))
        # the window sees the few values inside the brackets, never the customers
        .withColumn("up_to", F.sum("rows").over(by_value))
        .withColumn("n", F.sum("rows").over(Window.partitionBy("metric")))
    )
    hits = [_hit(i, parts) for i in range(1, parts)]
    return (
        ranks.groupBy("metric", "n")
        .agg(*(hit.alias(f"hit {i}") for i, hit in enumerate(hits)))
        .select("metric", "n", F.array(*(_decided(F.col(f"hit {i}")) for i in range(len(hits)))).alias("cut_points"))
    )


def _brackets(name: str, fractions: list[float]) -> Column:
    """[low, high] around each quantile, from one sketch."""
    edges = [edge for p in fractions for edge in (max(p - MARGIN, 0.0), min(p + MARGIN, 1.0))]
    return F.percentile_approx(name, edges, ACCURACY)


def _entry(name: str, fractions: list[float]) -> Column:
    """A value inside a bracket stands for itself; one outside for the bracket's end below it, `beyond` that end."""
    value, edges = F.col(name), F.col(f"`{name} brackets`")
    pairs = [(edges[2 * i], edges[2 * i + 1]) for i in range(len(fractions))]
    inside = reduce(or_, (value.between(low, high) for low, high in pairs))
    below = F.greatest(F.lit(float("-inf")), *(F.when(high < value, high) for _, high in pairs))
    return F.struct(
        F.lit(name).alias("metric"),
        F.when(inside | value.isNull(), value).otherwise(below).alias("value"),
        F.when(inside, 0).otherwise(1).alias("beyond"),
    )


def _hit(i: int, parts: int) -> Column:
    """The first value that i/parts of the rows do not exceed."""
    rank = F.expr(f"(CAST({i} AS BIGINT) * n + {parts - 1}) DIV {parts}")
    return F.min(F.when(F.col("up_to") >= rank, F.struct("value", "beyond")))


def _decided(hit: Column) -> Column:
    outside = F.raise_error(F.lit("a quantile lies outside the bracket of its sketch")).cast("double")
    return F.when(hit["beyond"] == 0, hit["value"]).otherwise(outside)
