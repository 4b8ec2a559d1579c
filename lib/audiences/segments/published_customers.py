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
    hybrid: DataFrame | None = None,
    rhythm: DataFrame | None = None,
    fits: DataFrame | None = None,
) -> DataFrame:
    """One row per customer: main segment, the other segment names beside it, scores and main features.

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
    if hybrid is not None:
        beside.append(hybrid.select("customer_id", F.col("name").alias("hybrid_segment")))
    if rhythm is not None:
        beside.append(rhythm.select("customer_id", "usual_gap_days", "lateness"))
    if fits is not None:
        beside.append(fits.select("customer_id", "fits_name", "own_name"))
    if density is not None:
        beside.append(density.select("customer_id", F.col("name").alias("persona")))
    known = _with_key(segments, names).withColumnRenamed("name", "segment")
    for frame in beside:
        known = known.join(frame, "customer_id", "left")
    return known.select(
        *(
            F.col(column.name) if column.name in known.columns else F.lit(None).cast(column.type).alias(column.name)
            for column in table.body
        )
    )


def _with_key(segments: DataFrame, names: DataFrame | None) -> DataFrame:
    """The segments with `segment_key`: of a value segment by its rule, of any other its name as an id."""
    by_name = F.btrim(F.regexp_replace(F.lower("name"), "[^a-z0-9]+", "_"), F.lit("_"))
    # a name without a Latin letter or a digit has no such id
    by_name = F.when(by_name != "", by_name).otherwise(F.col("segment_id").cast("string"))
    key = F.concat_ws("-", "segmentation", by_name)
    if names is None:
        return segments.withColumn("segment_key", key)
    keys = names.select("segment_id", F.lit("value").alias("segmentation"), F.col("segment_key").alias("rule_key"))
    joined = segments.join(F.broadcast(keys), ["segmentation", "segment_id"], "left")
    return joined.withColumn("segment_key", F.coalesce("rule_key", key)).drop("rule_key")


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
