"""Customers as points: vectors in a fixed order of rows, and distances between them."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.ml.functions import array_to_vector
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences.config import FEATURES
from audiences.schema.customers import level

VECTOR = "vector"


def vectors(features_scaled: DataFrame, *, features: Sequence[str]) -> DataFrame:
    """customer_id, features (array<double> of the chosen ones, in order; of an attribute all levels) and vector."""
    chosen = F.concat(*map(_values, features))
    return features_scaled.select("customer_id", chosen.alias("features")).withColumn(
        VECTOR, array_to_vector(F.col("features"))
    )


def _values(name: str) -> Column:
    """The value of a feature, or the values of an attribute's levels, as an array."""
    if name in FEATURES:
        return F.array(F.element_at("features", F.array_position("feature_names", name).cast("int")))
    pairs = F.arrays_zip("feature_names", "features")
    own = F.filter(pairs, lambda one: one["feature_names"].startswith(level(name, "")))
    return F.transform(own, lambda one: one["features"])


def feature_names(features_scaled: DataFrame, *, features: Sequence[str]) -> list[str]:
    """The names of what `vectors` takes, in its order; collects one row."""
    row = features_scaled.select("feature_names").first()
    known = row["feature_names"] if row else []
    return [one for name in features for one in known if one == name or one.startswith(level(name, ""))]


def in_fixed_order(rows: DataFrame, *, customers: int, rows_per_partition: int) -> DataFrame:
    """Rows hash-partitioned by key and sorted within: their number alone decides the layout, not the cluster's size."""
    partitions = -(-customers // rows_per_partition) or 1
    return rows.repartition(partitions, "customer_id").sortWithinPartitions("customer_id")


def distance(point: Column, centre: Column) -> Column:
    """Euclidean distance of two array<double> columns."""
    squares = F.zip_with(point, centre, lambda x, c: (x - c) * (x - c))
    return F.sqrt(F.aggregate(squares, F.lit(0.0), lambda total, square: total + square))
