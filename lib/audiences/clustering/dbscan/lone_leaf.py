"""S0 to S6 where one leaf holds all rows: one Python worker collapses, solves and labels them, in one Spark job.

Most of a small run is the cost of Spark's jobs, not of the kernel.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from audiences.clustering.dbscan import columns as c
from audiences.clustering.dbscan import kernel as kernels
from audiences.clustering.dbscan import merge, phase_a, stream
from audiences.clustering.dbscan.kernel import Floats, Ints, KernelName, Lists

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_MOST_THREADS = 8  # of a machine that others use as well


def labelled(
    rows: DataFrame, key_type: str, *, dimensions: int, eps: float, min_points: int, kernel: KernelName
) -> DataFrame:
    """`columns.lone_rows` of (key, weight, features), rows of which some may be equal; all meet in one worker."""
    program = functools.partial(_labelled, dimensions=dimensions, eps=eps, min_points=min_points, kernel=kernel)
    return rows.select(c.KEY, c.WEIGHT, c.FEATURES).repartition(1).mapInArrow(program, c.lone_rows(key_type))


def _labelled(
    batches: Iterator[pa.RecordBatch], *, dimensions: int, eps: float, min_points: int, kernel: KernelName
) -> Iterator[pa.RecordBatch]:
    parts = list(batches)
    if not parts:
        return
    own = pa.Table.from_batches(parts)
    given = stream.points(own.column(c.FEATURES), dimensions)
    ranks = stream.Ranks(own.column(c.KEY))
    keys = ranks.encode(own.column(c.KEY))
    order = np.argsort(keys, kind="stable")
    is_repeated = np.zeros(len(keys), np.bool_)
    is_repeated[order[1:]] = np.diff(keys[order]) == 0
    group, first = equal_rows(given, keys)
    found = phase_a.solve(
        kernels.choose(kernel, _idle_cores()), given[first],
        np.bincount(group, stream.integers(own.column(c.WEIGHT))).astype(np.int64), keys[first], iter(()),
        eps=eps, min_points=min_points,
    )  # fmt: skip
    is_first = np.zeros(len(given), np.bool_)
    is_first[first] = True
    yield from stream.out({
        c.KEY: own.column(c.KEY),
        c.FEATURES: stream.points_column(given),
        c.LABEL: pa.array(_smallest(found.names)[group], pa.int32()),
        c.IS_CORE: pa.array(found.is_core[group]),
        c.IS_FIRST: pa.array(is_first),
        c.IS_REPEATED: pa.array(is_repeated),
    })  # fmt: skip


def _idle_cores() -> int:
    """Cores that this worker may use: it runs the only task of its job, so the others' tasks leave theirs idle."""
    known = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    return min(known, _MOST_THREADS)


def equal_rows(points: Floats, keys: Ints) -> tuple[Ints, Ints]:
    """S0 in memory: the number of each row's group of equal rows, (n,), and each group's row of smallest key, (m,).

    Groups are numbered by that key, so the result does not depend on the order in which the rows came.
    """
    by_value = np.lexsort((keys, *points.T))
    in_order = points[by_value]
    begins = np.concatenate([[True], (in_order[1:] != in_order[:-1]).any(axis=1)])
    first = by_value[begins]  # of equal rows the smallest key comes first
    rank = np.empty(len(first), np.int64)
    by_key = np.argsort(keys[first], kind="stable")
    rank[by_key] = np.arange(len(first))
    group = np.empty(len(points), np.int64)
    group[by_value] = rank[np.cumsum(begins) - 1]
    return group, first[by_key]


def _smallest(names: Lists) -> Ints:
    """The smallest label among the components that each row can reach, else -1, (n,)."""
    known, label = merge.ranked(names.values, (np.empty(0, np.int64), np.empty(0, np.int64)))
    smallest = np.full(len(names.starts) - 1, kernels.NO_LABEL)
    has_any = np.diff(names.starts) > 0
    if has_any.any():
        values = label[np.searchsorted(known, names.values)]
        smallest[has_any] = np.minimum.reduceat(values, names.starts[:-1][has_any])
    return smallest
