"""The KMeans segment of each customer: nearest centre and runner-up."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from audiences.clustering.kmeans import distance, vectors
from audiences.config import ValueSegments
from audiences.schema import value_segments as value_table


def value_segments(features_scaled: DataFrame, *, names: DataFrame, segments: ValueSegments) -> DataFrame:
    """The nearest centre and the runner-up of each customer; equal distances go to the smaller segment id."""
    rows = vectors(features_scaled, features=segments.features)
    centres = names.agg(F.collect_list(F.struct("segment_id", "name", "centre")).alias("centres"))  # one row of k
    ranked = F.array_sort(
        F.transform(
            "centres",
            lambda one: F.struct(
                distance(F.col("features"), one["centre"]).alias("distance"), one["segment_id"].alias("id"),
                one["name"].alias("name"),
            ),
        )
    )  # fmt: skip
    nearest, second = F.col("ranked")[0], F.try_element_at("ranked", F.lit(2))
    return (
        rows.crossJoin(F.broadcast(centres))
        .withColumn("ranked", ranked)
        .select(
            "customer_id",
            nearest["id"].alias("segment_id"),
            nearest["name"].alias("name"),
            nearest["distance"].alias("distance"),
            second["id"].alias("runner_up_id"),
            second["distance"].alias("runner_up_distance"),
        )
        .select(*(column.name for column in value_table.body))
    )
