"""The value segment of each customer: nearest centre, or likeliest component, and runner-up."""

from __future__ import annotations

from pyspark.ml import PipelineModel
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences.clustering.methods import method_of
from audiences.clustering.mixture import entropy
from audiences.clustering.points import distance, vectors
from audiences.config import ValueSegments
from audiences.schema import value_segments as value_table


def value_segments(
    features_scaled: DataFrame, *, names: DataFrame, model: PipelineModel, segments: ValueSegments
) -> DataFrame:
    """The nearest centre and the runner-up of each customer; equal distances go to the smaller segment id.

    Of a mixture: the likeliest component and the second likeliest, with all membership probabilities in the order of
    the segment ids, and their entropy.
    """
    rows = vectors(features_scaled, features=segments.features)
    one = F.struct("segment_id", "cluster_id", "name", "centre")
    centres = names.agg(F.array_sort(F.collect_list(one)).alias("centres"))  # one row of k
    clusters = model.stages[-1]
    with_memberships = method_of(clusters).with_memberships(rows, model=clusters)
    is_soft = with_memberships is not None
    rows = rows if with_memberships is None else with_memberships
    by_id = F.transform("centres", lambda one: F.get(F.col("probabilities"), one["cluster_id"]))
    memberships = by_id if is_soft else F.lit(None).cast("array<double>")
    rank = (lambda one: -F.get(F.col("probabilities"), one["cluster_id"])) if is_soft else _away
    ranked = F.array_sort(
        F.transform(
            "centres",
            lambda one: F.struct(
                rank(one).alias("rank"), one["segment_id"].alias("id"), one["name"].alias("name"),
                _away(one).alias("distance"),
            ),
        )
    )  # fmt: skip
    nearest, second = F.col("ranked")[0], F.try_element_at("ranked", F.lit(2))
    return (
        rows.crossJoin(F.broadcast(centres))
        .withColumn("ranked", ranked)
        .withColumn("memberships", memberships)
        .select(
            "customer_id",
            nearest["id"].alias("segment_id"),
            nearest["name"].alias("name"),
            nearest["distance"].alias("distance"),
            second["id"].alias("runner_up_id"),
            second["distance"].alias("runner_up_distance"),
            "memberships",
            (entropy(F.col("memberships")) if is_soft else F.lit(None).cast("double")).alias("entropy"),
        )
        .select(*(column.name for column in value_table.body))
    )


def _away(one: Column) -> Column:
    return distance(F.col("features"), one["centre"])
