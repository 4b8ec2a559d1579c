"""Who gets what: customers in the order of a hash, divided inside each stratum, with random rounding."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from audiences.experiments.design import Arm

_BUCKET_DIGITS = 3
"""Hexadecimal digits of the hash that make a bucket: 4,096 buckets of a stratum are ordered side by side."""


def assigned(customers: DataFrame, *, arms: Sequence[Arm], salt: str) -> DataFrame:
    """The customers with their `arm`.

    Of N customers of a stratum an arm of share p gets N p, rounded down or up by chance so that its expectation is
    N p. The same salt and customers give the same arms; another salt gives independent ones.

    Args:
        customers: customer_key (unique), stratum, and whatever else.
        arms: their shares sum to 1.
        salt: names the experiment and its seed.
    """
    order = F.sha2(F.concat_ws("|", F.lit(salt), F.lit("order"), "customer_key"), 256)
    bucket = F.substring("_order", 1, _BUCKET_DIGITS)
    ordered = customers.withColumn("_order", order).withColumn("_bucket", bucket)
    # Only counts are ordered over a whole stratum; customers are ordered within their bucket.
    sizes = ordered.groupBy("stratum", "_bucket").agg(F.count("*").alias("_size"))
    stratum = Window.partitionBy("stratum")
    earlier = stratum.orderBy("_bucket").rowsBetween(Window.unboundedPreceding, -1)
    starts = sizes.select(
        "stratum", "_bucket", F.coalesce(F.sum("_size").over(earlier), F.lit(0)).alias("_before"),
        F.sum("_size").over(stratum).alias("_stratum_size"),
    )  # fmt: skip
    within = Window.partitionBy("stratum", "_bucket").orderBy("_order", "customer_key")
    placed = ordered.join(F.broadcast(starts), ["stratum", "_bucket"]).withColumn(
        "_position", F.col("_before") + F.row_number().over(within)
    )
    return placed.withColumn("arm", _arm_at(arms, salt)).select(*customers.columns, "arm")


def _arm_at(arms: Sequence[Arm], salt: str) -> Column:
    """The arm of `_position`: arm a ends at floor(N (p_1 + .. + p_a) + u), u uniform and of the stratum."""
    digits = F.substring(F.sha2(F.concat_ws("|", F.lit(salt), F.lit("rounding"), "stratum"), 256), 1, 12)
    uniform = F.conv(digits, 16, 10).cast("double") / float(16**12)
    chosen = F.lit(arms[-1].name)
    for number in range(len(arms) - 1, 0, -1):
        upto = sum(arm.share for arm in arms[:number])
        ends = F.floor(F.col("_stratum_size") * F.lit(upto) + uniform)
        chosen = F.when(F.col("_position") <= ends, F.lit(arms[number - 1].name)).otherwise(chosen)
    return chosen
