"""The density model: GridDBSCAN at the chosen eps, and a KMeans with as many clusters, to show what it would force."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.ml import PipelineModel, Transformer
from pyspark.ml.clustering import KMeans, KMeansModel
from pyspark.ml.feature import PCAModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences.clustering.dbscan.estimator import GridDBSCAN
from audiences.clustering.dbscan.model import GridDBSCANModel
from audiences.config import Density
from audiences.schema import density_model as table
from audiences.segments.density.points import POINT, chosen_features, fitted_pca, in_fixed_order, points

FORCED = "forced_cluster"
NOISE = -1


def fit_density(
    activity_scaled: DataFrame, *, eps_selection: DataFrame, density: Density
) -> tuple[PipelineModel, DataFrame]:
    """Fits on all users; collects figures and the clusters that have a share of users to speak of.

    Args:
        activity_scaled: `schema.activity_scaled` of one as_of.
        eps_selection: its chosen row says eps and min_points.
        density: features, budgets.

    Returns:
        (PipelineModel of a PCAModel if configured, the GridDBSCANModel and a KMeansModel; the body of
        `schema.density_model`).

    Raises:
        InputError, ConfigError: as `GridDBSCAN.fit`.
    """
    features = chosen_features(activity_scaled, density)
    pca = fitted_pca(activity_scaled, features=features, density=density)
    rows = points(activity_scaled, features=features, pca=pca)
    eps = eps_selection.where("is_chosen").select("eps", "min_points").collect()[0]
    model = GridDBSCAN(
        featuresCol=POINT, idCol="user_id", eps=eps["eps"], minPoints=eps["min_points"], leafRows=density.leaf_rows,
        maxDimensions=density.max_dimensions, maxShuffleGb=density.max_shuffle_gb, maxCoreHours=density.max_core_hours,
        predictionCol="label",
    ).fit(rows)  # fmt: skip
    large = large_clusters(model, density.min_share)
    k = max(2, len(large))
    kmeans = KMeans(k=k, seed=density.seed, featuresCol=POINT, predictionCol=FORCED).fit(in_fixed_order(rows))
    noise = model.labels.where(F.col("label") == NOISE).count()
    figures = {**model.figures, "noise_rows": noise, "large_clusters": len(large), "kmeans_clusters": k}
    schema = T.StructType([column.field() for column in table.body])
    body = [(name, float(value)) for name, value in figures.items()]
    stages: list[Transformer] = [model, kmeans] if pca is None else [pca, model, kmeans]
    return PipelineModel(stages=stages), activity_scaled.sparkSession.createDataFrame(body, schema)


@dataclass(frozen=True)
class Parts:
    """The saved pipeline's models."""

    pca: PCAModel | None
    dbscan: GridDBSCANModel
    kmeans: KMeansModel


def parts(model: PipelineModel) -> Parts:
    """The models of a pipeline that `fit_density` made.

    Raises:
        TypeError: it is another pipeline.
    """
    *pca, dbscan, kmeans = model.stages
    if not isinstance(dbscan, GridDBSCANModel) or not isinstance(kmeans, KMeansModel):
        raise TypeError(f"a density model is needed, not {[type(stage).__name__ for stage in model.stages]}")
    return Parts(next((one for one in pca if isinstance(one, PCAModel)), None), dbscan, kmeans)


def large_clusters(model: GridDBSCANModel, share: float) -> dict[int, int]:
    """Label -> users of each cluster with at least this share of all users; at most 1 / share of them."""
    least = share * model.figures["rows"]
    sizes = model.summary.where((F.col("label") != NOISE) & (F.col("rows") >= F.lit(least)))
    return {row["label"]: row["rows"] for row in sizes.orderBy("label").collect()}
