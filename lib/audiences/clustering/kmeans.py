"""KMeans and Gaussian mixtures behind one interface: reproducible rows, several starts, centres, distances."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from pyspark.ml import Transformer
from pyspark.ml.clustering import GaussianMixtureModel, KMeans, KMeansModel
from pyspark.ml.functions import array_to_vector
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences.clustering import mixture
from audiences.config import FEATURES, ValueSegments
from audiences.schema.customers import level

VECTOR = "vector"
Clusters = KMeansModel | GaussianMixtureModel


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


def best_of(rows: DataFrame, *, k: int, seeds: Sequence[int], settings: ValueSegments) -> Clusters:
    """The fit with the lowest cost over several seeds: a single start is a lottery.

    Args:
        rows: frame with a `vector` column, cached by the caller.
        k: number of clusters, at most the number of distinct rows.
        seeds: one start each; of equal costs the first wins.
    """
    return min(fits(rows, k=k, seeds=seeds, settings=settings), key=cost)


def fits(rows: DataFrame, *, k: int, seeds: Sequence[int], settings: ValueSegments) -> Sequence[Clusters]:
    """One fit per seed, in order; `fits_at_once` of them side by side, as one fit on few rows keeps one core busy."""

    if settings.method == "gaussian_mixture":
        return mixture.fits(rows, k=k, seeds=seeds, settings=settings)

    def fit(seed: int) -> KMeansModel:
        return KMeans(
            k=k, seed=seed, maxIter=settings.max_iterations, tol=settings.tolerance, featuresCol=VECTOR,
        ).fit(rows)  # fmt: skip

    with ThreadPoolExecutor(settings.fits_at_once) as pool:
        return list(pool.map(fit, seeds))


def cost(model: Clusters) -> float:
    """What a start is judged by, lower is better: the inertia, or minus the log-likelihood."""
    if isinstance(model, KMeansModel):
        return float(model.summary.trainingCost)
    return -float(model.summary.logLikelihood)


def clusters_of(model: Transformer) -> Clusters:
    """The last part of a saved pipeline as what it must be."""
    if isinstance(model, (KMeansModel, GaussianMixtureModel)):
        return model
    raise TypeError(f"a KMeansModel or GaussianMixtureModel is needed, not {type(model).__name__}")


def centres_of(model: Clusters) -> list[list[float]]:
    """The centre (of a mixture: the mean) of each cluster, in the model's own order."""
    if isinstance(model, KMeansModel):
        return [np.asarray(centre).tolist() for centre in model.clusterCenters()]
    return [row["mean"].toArray().tolist() for row in model.gaussiansDF.collect()]


def distance(point: Column, centre: Column) -> Column:
    """Euclidean distance of two array<double> columns."""
    squares = F.zip_with(point, centre, lambda x, c: (x - c) * (x - c))
    return F.sqrt(F.aggregate(squares, F.lit(0.0), lambda total, square: total + square))
