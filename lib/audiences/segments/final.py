"""The final segment of each customer."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from audiences.errors import InputError
from audiences.schema import segments as segments_table


def final_segments(
    value: DataFrame | None = None, *, density: DataFrame | None = None, hybrid: DataFrame | None = None
) -> DataFrame:
    """One row per customer: of the segmentations that know the customer, the first of value, hybrid and density.

    Args:
        value, density, hybrid: customer_id, segment_id, name; None where the run has no such branch.

    Returns:
        The columns of `schema.segments` without as_of.

    Raises:
        InputError: there is no segmentation at all.
    """
    ranked = {"value": value, "hybrid": hybrid, "density": density}
    final = None
    for segmentation, frame in ranked.items():
        if frame is None:
            continue
        named = frame.select("customer_id", "segment_id", "name", F.lit(segmentation).alias("segmentation"))
        if final is not None:
            named = final.unionByName(named.join(final, "customer_id", "left_anti"))
        final = named
    if final is None:
        raise InputError("there is no segmentation to take the final segment from", allowed=", ".join(ranked))
    return final.select(*(column.name for column in segments_table.body))
