"""Labels for any rows: the smallest label among the core rows within eps, else -1.

For the fitted rows that is what `fit` found: all core rows within eps of a core row bear its label. Other rows get
the documented extension; they neither become core nor link clusters.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from audiences.clustering.dbscan import columns as c
from audiences.clustering.dbscan import kernel as kernels
from audiences.clustering.dbscan import route, stream
from audiences.clustering.dbscan.boxes import Boxes
from audiences.clustering.dbscan.collapse import features_column
from audiences.clustering.dbscan.kernel import KernelName

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

_SCHEMA = f"{c.FEATURES} array<double>, {c.LABEL} int"
_ROUTED = f"{c.BIN} int, {c.LEAF} int, {c.IS_FOREIGN} boolean, {_SCHEMA}"


def predicted(
    rows: DataFrame,
    core: DataFrame,
    *,
    boxes: Boxes,
    eps: float,
    dimensions: int,
    features_col: str,
    prediction_col: str,
    kernel: KernelName,
    block_rows: int,
) -> DataFrame:
    """The rows with their label; lazy. Rows whose features are not `dimensions` finite numbers fail the query.

    Core rows stay in their home leaf, rows to label visit every leaf within eps: a worker holds one leaf's core rows
    and one block of rows to label, whatever eps is.
    """
    from pyspark.sql import functions as F

    point = "_dbscan_point"
    pointed = rows.withColumn(point, _sound(features_column(rows, features_col), dimensions, features_col))
    spark = rows.sparkSession
    partitions = min(boxes.count, int(spark.conf.get("spark.sql.shuffle.partitions") or 1))
    bin_keys = route.bins(np.ones(boxes.count), partitions)
    queries = pointed.select(F.col(point).alias(c.FEATURES)).distinct().withColumn(c.LABEL, F.lit(-1))
    at_home = route.route(core, _ROUTED, boxes=boxes, bin_keys=bin_keys, eps=eps, is_reaching=False)
    visiting = route.route(queries, _ROUTED, boxes=boxes, bin_keys=bin_keys, eps=eps).withColumn(
        c.IS_FOREIGN, F.lit(True)
    )
    program = functools.partial(_labels, eps=eps, dimensions=dimensions, kernel=kernel, block_rows=block_rows)
    found = (
        route.gathered(at_home.unionByName(visiting), partitions)
        .mapInArrow(program, _SCHEMA)
        .groupBy(F.col(c.FEATURES).alias(point))
        .agg(F.min(c.LABEL).alias(c.LABEL))
    )
    return (
        pointed.join(found, point, "left")
        .withColumn(prediction_col, F.coalesce(c.LABEL, F.lit(-1)))
        .select(*[f"`{name}`" for name in rows.columns if name != prediction_col], prediction_col)
    )


def _sound(features: Column, dimensions: int, name: str) -> Column:
    """The features, or a failing query that says what is wrong with them."""
    from pyspark.sql import functions as F

    is_finite = F.forall(features, lambda x: x.isNotNull() & ~F.isnan(x) & (F.abs(x) != float("inf")))
    is_sound = F.coalesce((F.size(features) == dimensions) & is_finite, F.lit(False))
    message = f"{name}: a row's features are not {dimensions} finite numbers"
    return F.when(is_sound, features).otherwise(F.raise_error(F.lit(message)).cast("array<double>"))


def _labels(
    batches: Iterator[pa.RecordBatch], *, eps: float, dimensions: int, kernel: KernelName, block_rows: int
) -> Iterator[pa.RecordBatch]:
    """The smallest label within eps of each row that has any in this leaf."""
    chosen = kernels.choose(kernel)
    for _, own, blocks in stream.leaves(batches, block_rows):
        if not own.num_rows:
            continue
        index = chosen.index(stream.points(own.column(c.FEATURES), dimensions))
        labels = stream.integers(own.column(c.LABEL))
        for block in blocks:
            points = stream.points(block.column(c.FEATURES), dimensions)
            label = chosen.smallest_label(index, labels, points, eps=eps)
            hit = label >= 0
            yield from stream.out({
                c.FEATURES: stream.points_column(points[hit]), c.LABEL: pa.array(label[hit], pa.int32()),
            })  # fmt: skip
