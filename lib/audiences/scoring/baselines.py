"""What a model must beat: the most frequent segment, and the nearest mean of the early features."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from audiences.schema.scoring import EARLY_FEATURES

MAJORITY, NEAREST = "majority", "nearest_centre"


def majority(customers: DataFrame, *, training: DataFrame) -> DataFrame:
    """truth, predicted and stated: the training's most frequent segment (ties by name), its shares as probabilities."""
    counts = {row["segment"]: row["count"] for row in training.groupBy("segment").count().collect()}
    names, total = sorted(counts), sum(counts.values())
    shares = F.array(*(F.lit(counts[name] / total) for name in names))
    most = min(names, key=lambda name: (-counts[name], name))
    return customers.select(F.col("segment").alias("truth"), F.lit(most).alias("predicted"), shares.alias("stated"))


def nearest_centre(customers: DataFrame, *, training: DataFrame) -> DataFrame:
    """truth and predicted (stated is null): the segment whose mean is nearest, in standard deviations of all customers.

    A feature without spread does not count.
    """
    moments = [F.avg(name).alias(f"mean_{name}") for name in EARLY_FEATURES]
    moments += [F.stddev_pop(name).alias(f"sd_{name}") for name in EARLY_FEATURES]
    whole = training.agg(*moments).collect()[0]
    spread = [name for name in EARLY_FEATURES if whole[f"sd_{name}"] > 0]
    means = training.groupBy("segment").agg(*(F.avg(name).alias(name) for name in spread)).orderBy("segment").collect()
    points = F.array(*(_in_deviations(name, whole[f"sd_{name}"]) for name in spread))
    ranked = [
        F.struct(
            _squared("point", [row[name] / whole[f"sd_{name}"] for name in spread]).alias("away"),
            F.lit(row["segment"]).alias("name"),
        )
        for row in means
    ]
    return customers.withColumn("point", points).select(
        F.col("segment").alias("truth"),
        F.array_min(F.array(*ranked))["name"].alias("predicted"),
        F.lit(None).cast("array<double>").alias("stated"),
    )


def _in_deviations(name: str, deviation: float):  # type: ignore[no-untyped-def]
    return F.col(name) / F.lit(deviation)


def _squared(point: str, centre: Sequence[float]):  # type: ignore[no-untyped-def]
    squares = F.zip_with(point, F.array(*(F.lit(value) for value in centre)), lambda x, c: (x - c) * (x - c))
    return F.aggregate(squares, F.lit(0.0), lambda total, square: total + square)
