"""The density segment of each user: cluster, persona, anomaly score, and why."""

from __future__ import annotations

from pyspark.ml import PipelineModel
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences import schema
from audiences.clustering.dbscan.model import GridDBSCANModel
from audiences.config import Density, Personas
from audiences.segments.density.fit import FORCED, large_clusters, parts
from audiences.segments.density.personas import named
from audiences.segments.density.points import CHOSEN, chosen_features, points


def density_segments(
    activity_scaled: DataFrame,
    *,
    model: PipelineModel,
    identities: DataFrame | None = None,
    density: Density,
    personas: Personas,
    are_fitted: bool = True,
) -> DataFrame:
    """One row per user as the body of `schema.density_segments`.

    Collects a few numbers per feature and per large cluster.

    Args:
        activity_scaled: the users that the model was fitted on, or others.
        model: `fit_density`'s pipeline.
        identities: `schema.identities`, if there are any.
        density: features and min_share.
        personas: names, activity level, reference of the score.
        are_fitted: whether the users are those of the fit; others get the label of the nearest core row within eps and
            are not core themselves. Cluster sizes are the fit's.
    """
    features = chosen_features(activity_scaled, density)
    models = parts(model)
    dbscan = models.dbscan
    rows = points(activity_scaled, features=features, pca=models.pca)
    forced = models.kmeans.transform(rows).select("user_id", CHOSEN, FORCED)
    scores = reference(dbscan, personas.reference_share).nearest_core(rows)
    labels = dbscan.labels if are_fitted else _nearest(dbscan, rows)
    sizes = dbscan.summary.select("label", F.col("rows").alias("cluster_size"))
    level = activity_scaled.select(
        "user_id", _level(personas.level_features or _default_level(activity_scaled, features))
    )
    users = (
        labels.join(sizes, "label", "left")
        .join(forced, "user_id")
        .join(level, "user_id")
        .join(scores.withColumnRenamed("distance", "anomaly_score"), "user_id")
        .withColumn("cluster_size", F.coalesce("cluster_size", F.lit(0)))  # noise, where the fit had none
        .withColumn("cluster_share", F.col("cluster_size") / F.lit(dbscan.figures["rows"]))
    )
    large = large_clusters(dbscan, density.min_share)
    found = named(users, features=features, large=large, rules=personas)
    return _with_customers(found, identities).select(*(column.name for column in schema.density_segments.body))


def _nearest(model: GridDBSCANModel, rows: DataFrame) -> DataFrame:
    placed = model.transform(rows)
    return placed.select("user_id", model.getPredictionCol(), F.lit(False).alias("is_core"))


def density_customers(density_segments: DataFrame) -> DataFrame:
    """One row per customer as the body of `schema.density_customers`."""
    first = F.min_by(F.struct("segment_id", "persona"), F.struct(-F.col("activity_level"), F.col("user_id")))
    return (
        density_segments.groupBy("customer_id")
        .agg(first.alias("first"), F.count(F.lit(1)).alias("users"))
        .select("customer_id", "first.segment_id", F.col("first.persona").alias("name"), "users")
    )


def reference(model: GridDBSCANModel, share: float) -> GridDBSCANModel:
    """The model with the core rows of normal clusters alone: those with at least this share, else the largest.

    A small dense group of bots is a cluster too; were its core rows to count, each would be at distance 0.
    """
    large = list(large_clusters(model, share)) or _largest(model)
    core = model.core_rows.where(F.col("label").isin(large)).withColumn("is_core", F.lit(True))
    figures = {**model.figures, "core_rows": core.count()}
    reduced = GridDBSCANModel.of(labelled=core, labels=model.labels, boxes=model.boxes, figures=figures, cached=core)
    return model._copyValues(reduced)


def _largest(model: GridDBSCANModel) -> list[int]:
    found = model.summary.where("label >= 0").orderBy(F.desc("rows"), "label").limit(1).collect()
    return [row["label"] for row in found]


def _level(names: list[str] | tuple[str, ...]) -> Column:
    values = [F.element_at("features", F.array_position("feature_names", name).cast("int")) for name in names]
    return (sum(values[1:], values[0]) / F.lit(len(values))).alias("activity_level")


def _default_level(activity_scaled: DataFrame, features: list[str]) -> list[str]:
    first = activity_scaled.select("feature_names").first()
    known = list(first["feature_names"]) if first else []
    return ["events_per_week"] if "events_per_week" in known else features


def _with_customers(users: DataFrame, identities: DataFrame | None) -> DataFrame:
    if identities is None:
        return users.withColumn("customer_id", F.col("user_id"))
    return users.join(identities.select("user_id", "customer_id"), "user_id", "left").withColumn(
        "customer_id", F.coalesce("customer_id", "user_id")
    )
