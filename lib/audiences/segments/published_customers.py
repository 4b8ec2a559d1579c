"""The one table to act on."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from audiences.schema import published_customers as table


def customers(
    segments: DataFrame,
    *,
    value: DataFrame | None = None,
    names: DataFrame | None = None,
    rfm: DataFrame | None = None,
    behaviour: DataFrame | None = None,
    affinity: DataFrame | None = None,
    said: DataFrame | None = None,
    density: DataFrame | None = None,
) -> DataFrame:
    """One row per customer: final segment, the other segment names beside it, scores and main features.

    What a run has no branch for, or does not know of a customer, is null.
    """
    beside = []
    if value is not None and names is not None:
        beside.append(_by_value(value, names))
    if rfm is not None:
        beside.append(rfm.withColumnRenamed("segment", "rfm_segment"))
    if behaviour is not None:
        beside.append(behaviour)
    if affinity is not None:
        largest = affinity.where(F.col("rank") == 1)
        beside.append(largest.select("customer_id", F.col("category").alias("top_category")))
    if said is not None:
        beside.append(said.select("customer_id", "dominant_topic", "reviews"))
    if density is not None:
        beside.append(density.select("customer_id", F.col("name").alias("persona")))
    known = segments.withColumnRenamed("name", "segment")
    for frame in beside:
        known = known.join(frame, "customer_id", "left")
    return known.select(
        *(
            F.col(column.name) if column.name in known.columns else F.lit(None).cast(column.type).alias(column.name)
            for column in table.body
        )
    )


def _by_value(value: DataFrame, names: DataFrame) -> DataFrame:
    runner_up = names.select(F.col("segment_id").alias("runner_up_id"), F.col("name").alias("value_runner_up"))
    return (
        value.select(
            "customer_id", F.col("name").alias("value_segment"), F.col("distance").alias("value_distance"),
            "runner_up_id",
        )
        .join(F.broadcast(runner_up), "runner_up_id", "left")
        .drop("runner_up_id")
    )  # fmt: skip
