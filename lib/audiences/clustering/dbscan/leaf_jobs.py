"""S3 and S4 on Spark: the frames that leaves come in and go out as, and the programs that run in Python workers."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from audiences.clustering.dbscan import columns as c
from audiences.clustering.dbscan import kernel as kernels
from audiences.clustering.dbscan import phase_a, phase_b, stream
from audiences.clustering.dbscan.boxes import Boxes
from audiences.clustering.dbscan.kernel import Floats, Ints, KernelName, Lists

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Job:
    """What a worker needs to know; a few kilobytes.

    Attributes:
        block_rows: foreign rows held in memory at once.
    """

    boxes: Boxes
    eps: float
    min_points: int
    kernel: KernelName
    block_rows: int


def solved(gathered: DataFrame, job: Job, key_type: str) -> DataFrame:
    """S3: phase A over leaves, as `columns.solved_rows`."""
    return gathered.mapInArrow(functools.partial(_phase_a, job=job), c.solved_rows(key_type))


def _phase_a(batches: Iterator[pa.RecordBatch], *, job: Job) -> Iterator[pa.RecordBatch]:
    for leaf, own, points, ranks, found in _each_solved(batches, job):
        yield from stream.out({
            c.KEY: own.column(c.KEY),
            c.FEATURES: stream.points_column(points),
            c.IS_CORE: pa.array(found.is_core),
            c.NAMES: stream.list_column(found.names, ranks),
            c.LEAF: pa.array(np.full(len(points), leaf), pa.int32()),
            c.REACH: _reach(job, points),
        })  # fmt: skip


def _each_solved(
    batches: Iterator[pa.RecordBatch], job: Job
) -> Iterator[tuple[int, pa.Table, Floats, stream.Ranks, phase_a.Solved]]:
    kernel = kernels.choose(job.kernel)
    d = job.boxes.low.shape[1]
    for leaf, own, blocks in stream.leaves(batches, job.block_rows):
        if not own.num_rows:
            continue
        points = stream.points(own.column(c.FEATURES), d)
        ranks = stream.Ranks(own.column(c.KEY))
        halo = ((stream.points(b.column(c.FEATURES), d), stream.integers(b.column(c.WEIGHT))) for b in blocks)
        found = phase_a.solve(
            kernel, points, stream.integers(own.column(c.WEIGHT)), ranks.encode(own.column(c.KEY)), halo,
            eps=job.eps, min_points=job.min_points,
        )  # fmt: skip
        yield leaf, own, points, ranks, found


def _reach(job: Job, points: Floats) -> pa.Array:
    row, leaf = job.boxes.reach(points, job.eps)
    starts = np.searchsorted(row, np.arange(len(points) + 1))
    return pa.ListArray.from_arrays(pa.array(starts, pa.int32()), pa.array(leaf, pa.int32()))


def boundary(solved: DataFrame, bin_keys: Ints) -> DataFrame:
    """Rows near a cut at home, and core rows as messages to every leaf within eps. Only core rows send messages."""
    from pyspark.sql import functions as F

    near = solved.where(F.size(c.REACH) > 0)
    own = near.select(
        c.LEAF, F.lit(False).alias(c.IS_FOREIGN), c.KEY, c.FEATURES, c.IS_CORE, c.NAMES,
        F.lit(False).alias(c.IS_LINKING),
    )  # fmt: skip
    to = "to"
    messages = (
        near.where(c.IS_CORE)
        .select(F.explode(c.REACH).alias(to), F.col(c.LEAF).alias("sender"), c.FEATURES, c.NAMES)
        .select(
            F.col(to).alias(c.LEAF), F.lit(True).alias(c.IS_FOREIGN),
            F.lit(None).cast(solved.schema[c.KEY].dataType).alias(c.KEY), c.FEATURES,
            F.lit(True).alias(c.IS_CORE), c.NAMES, (F.col("sender") < F.col(to)).alias(c.IS_LINKING),
        )
    )  # fmt: skip
    keys = F.array(*[F.lit(int(key)) for key in bin_keys])
    return own.unionByName(messages).withColumn(c.BIN, F.get(keys, F.col(c.LEAF)))


def crossed(gathered: DataFrame, job: Job, key_type: str) -> DataFrame:
    """S4: phase B over leaves, as `columns.crossed_rows`."""
    return gathered.mapInArrow(functools.partial(_phase_b, job=job), c.crossed_rows(key_type))


def _phase_b(batches: Iterator[pa.RecordBatch], *, job: Job) -> Iterator[pa.RecordBatch]:
    kernel = kernels.choose(job.kernel)
    d = job.boxes.low.shape[1]
    for _, own, blocks in stream.leaves(batches, job.block_rows):
        if not own.num_rows:
            continue  # messages to a leaf whose own rows are all far from them
        points = stream.points(own.column(c.FEATURES), d)
        is_core = stream.flags(own.column(c.IS_CORE))
        key_type = own.schema.field(c.KEY).type
        numbers = stream.Numbers(key_type)
        found = phase_b.solve(
            kernel, points, is_core, stream.as_lists(own.column(c.NAMES), numbers),
            (_messages(block, numbers, d) for block in blocks), eps=job.eps,
        )  # fmt: skip
        others = own.filter(pa.array(~is_core))
        yield from stream.out({
            c.KEY: others.column(c.KEY),
            c.FEATURES: others.column(c.FEATURES),
            c.NAMES: stream.list_column(found.names, numbers),
        })  # fmt: skip
        links = len(found.links)
        pairs = Lists(np.arange(0, 2 * links + 1, 2), found.links.reshape(-1))
        yield from stream.out({
            c.KEY: pa.nulls(links, key_type),
            c.FEATURES: pa.nulls(links, pa.list_(pa.float64())),
            c.NAMES: stream.list_column(pairs, numbers),
        })  # fmt: skip


def _messages(block: pa.Table, numbers: stream.Numbers, dimensions: int) -> phase_b.Messages:
    names = stream.as_lists(block.column(c.NAMES), numbers).values  # one each: messages come from core rows
    linking = stream.flags(block.column(c.IS_LINKING))
    return phase_b.Messages(stream.points(block.column(c.FEATURES), dimensions), names, linking)
