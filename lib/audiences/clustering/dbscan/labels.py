"""S5 and S6 on Spark: names to labels, labels to rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from audiences.clustering.dbscan import columns as c
from audiences.clustering.dbscan import merge
from audiences.clustering.dbscan.kernel import NO_LABEL
from audiences.errors import ConfigError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

DRIVER_NAMES = 5_000_000  # names of components, and links between them, that come to the driver: some 2 GB at the most


def merged_names(solved: DataFrame, crossed: DataFrame, key_type: str) -> DataFrame:
    """S5: (name, label) of every component of every leaf; small, and made on the driver.

    Components and links come to the driver, at most `DRIVER_NAMES` of each.

    Raises:
        ConfigError: there are more of either.
    """
    from pyspark.sql import functions as F

    first = F.get(c.NAMES, F.lit(0))
    # a component's name is one of its core rows' keys, so each name is seen once
    names = solved.where(F.col(c.IS_CORE) & (F.col(c.KEY) == first)).select(c.KEY)
    links = crossed.where(F.col(c.KEY).isNull()).select(first, F.get(c.NAMES, F.lit(1))).distinct()
    for frame in (names, links):
        _refuse_too_many(frame.count())
    kind = np.int64 if key_type == "bigint" else object
    known = np.array([row[0] for row in names.collect()], kind)
    pairs = links.collect()
    a, b = (np.array([pair[side] for pair in pairs], kind) for side in (0, 1))
    known, label = merge.ranked(known, (a, b))
    schema = f"{c.NAME} {key_type}, {c.LABEL} int"
    return solved.sparkSession.createDataFrame(list(zip(known.tolist(), label.tolist(), strict=True)), schema)


def _refuse_too_many(count: int) -> None:
    if count > DRIVER_NAMES:
        raise ConfigError(
            "so many components cannot be merged on the driver", where="eps, minPoints",
            found=f"{count:,} components or links between leaves", allowed=f"at most {DRIVER_NAMES:,}",
            advice="nearly every row is a cluster of its own: a larger eps or a larger minPoints",
        )  # fmt: skip


def labelled(solved: DataFrame, crossed: DataFrame, names: DataFrame) -> DataFrame:
    """S6: (key, features, label, is_core) of every unique row: the smallest label of its names, -1 without any."""
    from pyspark.sql import functions as F

    parts = (c.KEY, c.FEATURES, c.IS_CORE, c.NAMES)
    settled = solved.where(F.col(c.IS_CORE) | (F.size(c.REACH) == 0)).select(*parts)
    border = crossed.where(F.col(c.KEY).isNotNull()).withColumn(c.IS_CORE, F.lit(False)).select(*parts)
    rows = settled.unionByName(border)
    label = F.coalesce(c.LABEL, F.lit(NO_LABEL)).alias(c.LABEL)
    # nearly all rows have at most one name; only border rows between clusters have to be regrouped
    single = (
        rows.where(F.size(c.NAMES) <= 1)
        .withColumn(c.NAME, F.get(c.NAMES, F.lit(0)))
        .join(F.broadcast(names), c.NAME, "left")
        .select(c.KEY, c.FEATURES, label, c.IS_CORE)
    )
    several = (
        rows.where(F.size(c.NAMES) > 1)
        .select(c.KEY, c.FEATURES, c.IS_CORE, F.explode(c.NAMES).alias(c.NAME))
        .join(F.broadcast(names), c.NAME)
        .groupBy(c.KEY, c.FEATURES, c.IS_CORE)
        .agg(F.min(c.LABEL).alias(c.LABEL))
        .select(c.KEY, c.FEATURES, c.LABEL, c.IS_CORE)
    )
    return single.unionByName(several)
