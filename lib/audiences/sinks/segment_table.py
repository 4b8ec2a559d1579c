"""What a run prints at its end: the segments that it published."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from audiences.engine.manifest import Published
from audiences.pipeline import activity as users
from audiences.pipeline import purchases, text

_COLUMNS = (
    "segmentation", "segment_id", "name", "customers", "customer_share", "revenue", "revenue_share", "last_year_spend",
    "currency", "segment_key", "fits_share", "close_to", "reason",
)  # fmt: skip


def segment_table(run: Published) -> list[dict[str, Any]]:
    """One row per value segment, hybrid segment and persona, the main segmentation first; None: not known.

    `fits_share` is the share of a segment's customers who fit its name by themselves. Collects as many rows.
    """
    parts = []
    described = {
        "value": (purchases.VALUE_PROFILES, purchases.NAMES),
        "hybrid": (text.HYBRID_PROFILES, text.HYBRID_NAMES),
    }
    for segmentation, stages in described.items():
        profiles, names = map(run.frame, stages)
        if profiles is not None and names is not None:
            parts.append(_by_profile(segmentation, profiles, names))
    density = run.frame(users.DENSITY)
    if density is not None:
        parts.append(_by_density(density))
    rows = [row.asDict() for part in parts for row in part.collect()]
    return [{name: row.get(name) for name in _COLUMNS} for row in rows]


def _by_profile(segmentation: str, profiles: DataFrame, names: DataFrame) -> DataFrame:
    shares = profiles.where("rank = 1").select(
        F.lit(segmentation).alias("segmentation"), "segment_id", "name", "customers",
        F.round("customer_share", 3).alias("customer_share"), "revenue",
        F.round("revenue_share", 3).alias("revenue_share"), F.col("money_at_stake").alias("last_year_spend"),
        "currency",
    )  # fmt: skip
    fits_share = F.round(F.col("fits") / F.col("customers"), 3).alias("fits_share")
    reasons = names.select("segment_id", "reason", "segment_key", "close_to", fits_share)
    return shares.join(reasons, "segment_id").orderBy("segment_id")


def _by_density(density: DataFrame) -> DataFrame:
    total = density.agg(F.count(F.lit(1)).alias("total"))
    counted = density.groupBy("segment_id", F.col("persona").alias("name")).agg(
        F.count(F.lit(1)).alias("customers"), F.countDistinct("label").alias("labels")
    )
    return counted.crossJoin(F.broadcast(total)).select(
        F.lit("density").alias("segmentation"), "segment_id", "name", "customers",
        F.round(F.col("customers") / F.col("total"), 3).alias("customer_share"),
        F.format_string("%d of DBSCAN's labels", "labels").alias("reason"),
    ).orderBy("segment_id")  # fmt: skip
