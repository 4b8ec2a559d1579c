"""The final segment of each customer."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from audiences.schema import segments as segments_table


def final_segments(value: DataFrame) -> DataFrame:
    """The final segment: the value segment (the hybrid one stands here where there is text)."""
    final = value.select("customer_id", "segment_id", "name", F.lit("value").alias("segmentation"))
    return final.select(*(column.name for column in segments_table.body))
