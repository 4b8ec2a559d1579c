"""KMeans with Spark's own estimator: reproducible rows, several starts, distances to the centres."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from pyspark.ml.clustering import KMeans, KMeansModel
from pyspark.ml.functions import array_to_vector
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences.config import ValueSegments

VECTOR = "vector"


def vectors(features_scaled: DataFrame, *, features: Sequence[str]) -> DataFrame:
    """customer_id, features (array<double> of the chosen ones, in order) and vector."""
    chosen = F.array(
        *(F.element_at("features", F.array_position("feature_names", name).cast("int")) for name in features)
    )
    return features_scaled.select("customer_id", chosen.alias("features")).withColumn(
        VECTOR, array_to_vector(F.col("features"))
    )


def in_fixed_order(rows: DataFrame, *, customers: int, rows_per_partition: int) -> DataFrame:
    """Rows hash-partitioned by key and sorted within: their number alone decides the layout, not the cluster's size."""
    partitions = -(-customers // rows_per_partition) or 1
    return rows.repartition(partitions, "customer_id").sortWithinPartitions("customer_id")


def best_of(rows: DataFrame, *, k: int, seeds: Sequence[int], settings: ValueSegments) -> KMeansModel:
    """The fit with the lowest inertia over several seeds: a single k-means|| start is a lottery.

    Args:
        rows: frame with a `vector` column, cached by the caller.
        k: number of clusters, at most the number of distinct rows.
        seeds: one start each; of equal inertias the first wins.
    """
    return min(fits(rows, k=k, seeds=seeds, settings=settings), key=lambda model: float(model.summary.trainingCost))


def fits(rows: DataFrame, *, k: int, seeds: Sequence[int], settings: ValueSegments) -> list[KMeansModel]:
    """One fit per seed, in order; `fits_at_once` of them side by side, as one fit on few rows keeps one core busy."""

    def fit(seed: int) -> KMeansModel:
        return KMeans(
            k=k, seed=seed, maxIter=settings.max_iterations, tol=settings.tolerance, featuresCol=VECTOR,
        ).fit(rows)  # fmt: skip

    with ThreadPoolExecutor(settings.fits_at_once) as pool:
        return list(pool.map(fit, seeds))


def distance(point: Column, centre: Column) -> Column:
    """Euclidean distance of two array<double> columns."""
    squares = F.zip_with(point, centre, lambda x, c: (x - c) * (x - c))
    return F.sqrt(F.aggregate(squares, F.lit(0.0), lambda total, square: total + square))
