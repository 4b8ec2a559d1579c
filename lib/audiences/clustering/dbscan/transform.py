"""What core rows say about any other rows: the smallest label within eps, and how far the nearest one is.

For the fitted rows the label is what `fit` found: all core rows within eps of a core row bear its label. Other rows
get the documented extension; they neither become core nor link clusters. Core rows stay in their home leaf and the
rows that ask visit the leaves: a worker holds one leaf's core rows and one block of visitors, whatever eps is.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from audiences.clustering.dbscan import columns as c
from audiences.clustering.dbscan import kernel as kernels
from audiences.clustering.dbscan import route, stream
from audiences.clustering.dbscan.boxes import Boxes
from audiences.clustering.dbscan.check import is_bad
from audiences.clustering.dbscan.collapse import features_column, quoted
from audiences.clustering.dbscan.kernel import Floats, Ints, KernelName

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

DISTANCE = "distance"
KNOWN_ROWS = 16_384  # core rows at the most that come to the driver, to bound how far the nearest one can be
_POINT = "_dbscan_point"


Program = Callable[..., Iterator[pa.RecordBatch]]


class _Own(NamedTuple):
    """A leaf's own core rows, indexed, and their labels, (n,)."""

    index: Any
    labels: Ints


@dataclass(frozen=True)
class Core:
    """The distinct core rows and how to ask them.

    Attributes:
        rows: (features array<double>, label int).
        count: how many there are.
        block_rows: visitors that a worker holds at once.
    """

    rows: DataFrame
    count: int
    boxes: Boxes
    kernel: KernelName
    block_rows: int


def predicted(rows: DataFrame, core: Core, *, eps: float, features_col: str, prediction_col: str) -> DataFrame:
    """The rows with the smallest label within eps, -1 without any; lazy.

    Rows whose features are not as many finite numbers as were fitted fail the query.
    """
    from pyspark.sql import functions as F

    pointed = _pointed(rows, core, features_col)
    found = _answers(pointed, core, functools.partial(_labels, eps=eps), f"{c.LABEL} int", eps)
    label = F.coalesce(c.LABEL, F.lit(kernels.NO_LABEL)).alias(prediction_col)
    kept = [quoted(name) for name in rows.columns if name != prediction_col]
    return pointed.join(found, _POINT, "left").select(*kept, label)


def distances(rows: DataFrame, core: Core, *, id_col: str, features_col: str) -> DataFrame:
    """(id, distance) of the rows, null where there are no core rows at all; lazy but for a sample of core rows.

    A row visits every leaf that is no farther than the nearest of some known core rows.
    """
    pointed = _pointed(rows, core, features_col)
    known = np.empty((0, core.boxes.low.shape[1]))
    if core.boxes.count > 1:
        known = route.sampled(core.rows, known.shape[1], share=KNOWN_ROWS / max(1, core.count), by=c.FEATURES)
    radius = functools.partial(_distance_to, known=known, kernel=core.kernel)
    found = _answers(pointed, core, _distances, f"{DISTANCE} double", radius)
    return pointed.join(found, _POINT, "left").select(quoted(id_col), DISTANCE)


def _pointed(rows: DataFrame, core: Core, features_col: str) -> DataFrame:
    """The rows and their features as sound arrays; a row without fails the query and says why."""
    from pyspark.sql import functions as F

    dimensions = core.boxes.low.shape[1]
    pointed = rows.withColumn(_POINT, features_column(rows, features_col))
    is_sound = F.coalesce((F.size(_POINT) == dimensions) & ~is_bad(_POINT), F.lit(False))
    message = F.lit(f"{features_col}: a row's features are not {dimensions} finite numbers")
    return pointed.withColumn(_POINT, F.when(is_sound, F.col(_POINT)).otherwise(F.raise_error(message)))


def _answers(pointed: DataFrame, core: Core, program: Program, answer: str, eps: float | route.Radius) -> DataFrame:
    """(_POINT, the least answer in any leaf within eps) of each distinct visitor that got one."""
    from pyspark.sql import functions as F

    boxes = core.boxes
    partitions = route.partitions(pointed.sparkSession, boxes.count)
    bin_keys = route.bins(np.ones(boxes.count), partitions)
    visitors = pointed.select(F.col(_POINT).alias(c.FEATURES)).distinct().withColumn(c.LABEL, F.lit(kernels.NO_LABEL))
    at_home = route.route(core.rows, c.visits(), boxes=boxes, bin_keys=bin_keys, eps=None)
    visiting = route.route(visitors, c.visits(), boxes=boxes, bin_keys=bin_keys, eps=eps)
    both = at_home.unionByName(visiting.withColumn(c.IS_FOREIGN, F.lit(True)))
    asked = functools.partial(
        program, kernel=core.kernel, dimensions=core.boxes.low.shape[1], block_rows=core.block_rows
    )
    found = route.gathered(both, partitions).mapInArrow(asked, f"{c.FEATURES} array<double>, {answer}")
    value = answer.split(maxsplit=1)[0]
    return found.groupBy(F.col(c.FEATURES).alias(_POINT)).agg(F.min(value).alias(value))


def _labels(
    batches: Iterator[pa.RecordBatch], *, eps: float, kernel: KernelName, dimensions: int, block_rows: int
) -> Iterator[pa.RecordBatch]:
    """The smallest label within eps of each visitor that has any in this leaf."""
    asked = kernels.choose(kernel)
    for own, points in _visits(batches, kernel, dimensions, block_rows):
        label = asked.smallest_label(own.index, own.labels, points, eps=eps)
        is_near = label >= 0
        yield from stream.out({
            c.FEATURES: stream.points_column(points[is_near]), c.LABEL: pa.array(label[is_near], pa.int32()),
        })  # fmt: skip


def _distances(
    batches: Iterator[pa.RecordBatch], *, kernel: KernelName, dimensions: int, block_rows: int
) -> Iterator[pa.RecordBatch]:
    """How far each visitor is from this leaf's nearest core row."""
    asked = kernels.choose(kernel)
    for own, points in _visits(batches, kernel, dimensions, block_rows):
        yield from stream.out({
            c.FEATURES: stream.points_column(points), DISTANCE: np.sqrt(asked.nearest(own.index, points)),
        })  # fmt: skip


def _visits(
    batches: Iterator[pa.RecordBatch], kernel: KernelName, dimensions: int, block_rows: int
) -> Iterator[tuple[_Own, Floats]]:
    """Blocks of visitors, each with the core rows of the leaf that they came to."""
    for _, own, blocks in stream.leaves(batches, block_rows):
        if not own.num_rows:
            continue
        index = kernels.choose(kernel).index(stream.points(own.column(c.FEATURES), dimensions))
        asked = _Own(index, stream.integers(own.column(c.LABEL)))
        for block in blocks:
            yield asked, stream.points(block.column(c.FEATURES), dimensions)


def _distance_to(points: Floats, *, known: Floats, kernel: KernelName) -> Floats:
    """How far each of the points is from the nearest of the known ones, infinite without any, (n,)."""
    asked = kernels.choose(kernel)
    found: Floats = np.sqrt(asked.nearest(asked.index(known), points))
    return found
