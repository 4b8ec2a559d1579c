"""The points that are clustered: the chosen scaled features of each user, or principal components of them."""

from __future__ import annotations

from pyspark.ml.feature import PCA, PCAModel
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from audiences.clustering.lapack import warm_up
from audiences.config import Density
from audiences.config.density import DENSITY_FEATURES
from audiences.errors import ConfigError, InputError

CHOSEN = "chosen"
POINT = "point"
PARTITIONS = 8
"""Rows go to PCA and KMeans in so many sorted partitions, whatever the cluster's size."""


def chosen_features(activity_scaled: DataFrame, density: Density) -> list[str]:
    """The configured features; by default the stated six where there are events, else all that were measured.

    Raises:
        InputError: there is no user.
        ConfigError: a feature is not scaled, or there are more than `max_dimensions` and no PCA.
    """
    first = activity_scaled.select("feature_names").first()
    if first is None:
        raise InputError("there are no users to cluster", where="activity_scaled", found="0 rows")
    known = list(first["feature_names"])
    default = DENSITY_FEATURES if set(DENSITY_FEATURES) <= set(known) else known
    names = list(density.features or default)
    missing = [name for name in names if name not in known]
    if missing:
        raise ConfigError(
            "density.features names features that are not scaled", where="density.features",
            found=", ".join(missing), allowed=", ".join(known),
        )  # fmt: skip
    if density.pca_components is None and len(names) > density.max_dimensions:
        raise ConfigError(
            "density loses its meaning, and a run its price, in so many dimensions", where="density.features",
            found=f"{len(names)} features", allowed=f"at most {density.max_dimensions} (density.max_dimensions)",
            advice="choose fewer, or set density.pca_components",
        )  # fmt: skip
    return names


def points(activity_scaled: DataFrame, *, features: list[str], pca: PCAModel | None = None) -> DataFrame:
    """user_id, chosen (array<double>, in the order of `features`) and point (vector)."""
    values = F.array(
        *(F.element_at("features", F.array_position("feature_names", name).cast("int")) for name in features)
    )
    rows = activity_scaled.select("user_id", values.alias(CHOSEN))
    if pca is None:
        return rows.withColumn(POINT, array_to_vector(F.col(CHOSEN)))
    vectors = rows.withColumn("vector", array_to_vector(F.col(CHOSEN)))
    return pca.setInputCol("vector").setOutputCol(POINT).transform(vectors).drop("vector")


def fitted_pca(activity_scaled: DataFrame, *, features: list[str], density: Density) -> PCAModel | None:
    """The configured principal components of the features; None where none are asked for.

    Raises:
        ConfigError: more components than features.
    """
    if density.pca_components is None:
        return None
    if density.pca_components > len(features):
        raise ConfigError(
            "there are fewer features than principal components", where="density.pca_components",
            found=density.pca_components, allowed=f"at most {len(features)}",
        )  # fmt: skip
    rows = in_fixed_order(points(activity_scaled, features=features))
    warm_up(rows)
    return PCA(k=density.pca_components, inputCol=POINT, outputCol="component").fit(rows)


def in_fixed_order(rows: DataFrame) -> DataFrame:
    """Rows hash-partitioned by user and sorted within: the same sums whatever the cluster's size."""
    return rows.repartition(PARTITIONS, "user_id").sortWithinPartitions("user_id")
