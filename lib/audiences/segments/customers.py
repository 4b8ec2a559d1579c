"""The one table to act on."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from audiences.schema import published_customers as table


def customers(
    segments: DataFrame,
    *,
    value: DataFrame,
    names: DataFrame,
    rfm: DataFrame,
    behaviour: DataFrame,
    affinity: DataFrame,
) -> DataFrame:
    """One row per customer: final segment, the other segment names beside it, scores and main features."""
    final = segments.withColumnRenamed("name", "segment")
    runner_up = names.select(F.col("segment_id").alias("runner_up_id"), F.col("name").alias("value_runner_up"))
    by_value = value.select(
        "customer_id", F.col("name").alias("value_segment"), F.col("distance").alias("value_distance"), "runner_up_id"
    ).join(F.broadcast(runner_up), "runner_up_id", "left")
    largest = affinity.where(F.col("rank") == 1).select("customer_id", F.col("category").alias("top_category"))
    return (
        final.join(by_value, "customer_id")
        .join(rfm.withColumnRenamed("segment", "rfm_segment"), "customer_id")
        .join(behaviour, "customer_id")
        .join(largest, "customer_id", "left")
        .select(*(column.name for column in table.body))
    )
