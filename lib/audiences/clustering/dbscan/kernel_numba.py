"""The compiled leaf kernel: one kd-tree, no neighbour lists, memory linear in rows.

Where it comes from and what it was measured at is in `dbscan.md`, section 3.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from audiences.clustering.dbscan import numba_count, numba_link, numba_reach, numba_tree
from audiences.clustering.dbscan.kernel import Floats, Ints, Lists

_UNSORTED = 4096  # fewer queries than this are not worth bringing into an order


class Index(NamedTuple):
    """A tree, or none over no points; the points as given are needed for queries about themselves."""

    tree: numba_tree.Tree | None
    points: Floats


class NumbaKernel:
    """See `Kernel`; `threads` share the queries of `weigh` and `names_within` (compiled code runs without the lock)."""

    name = "numba"

    def __init__(self, threads: int = 1) -> None:
        self.threads = threads

    def index(self, points: Floats) -> Index:
        """n log n; a tree of about n / 12 nodes and one copy of the points."""
        points = _own(points)
        return Index(numba_tree.build(points) if len(points) else None, points)

    def weigh(self, index: Index, weights: Ints, queries: Floats, counted: Ints, *, eps: float, enough: int) -> Ints:
        """See `Kernel.weigh`; queries that are the index's own points (`index.points`) profit from dense boxes."""
        counted = np.array(counted, np.int64)
        if index.tree is None or not len(queries):
            return counted
        prefix = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.asarray(weights, np.int64)[index.tree.order])])
        if queries is index.points:
            numba_count.count_dense_boxes(index.tree, prefix, eps * eps, enough, counted)
            order = index.tree.order
        else:
            queries = _own(queries)
            order = _nearby_order(queries)
        tree = index.tree
        self._each(order, lambda part: numba_count.weigh(tree, prefix, queries, part, counted, eps * eps, enough))
        return counted

    def components(self, index: Index, groups: Ints, *, eps: float) -> Ints:
        """See `Kernel.components`."""
        if index.tree is None:
            return np.empty(0, np.int64)
        return numba_link.components(index.tree, np.asarray(groups, np.int64), eps * eps)

    def names_within(self, index: Index, names: Ints, queries: Floats, *, eps: float) -> Lists:
        """See `Kernel.names_within`."""
        if index.tree is None or not len(queries):
            return Lists(np.zeros(len(queries) + 1, np.int64), np.empty(0, np.int64))
        queries = _own(queries)
        tree, in_tree_order = index.tree, np.asarray(names, np.int64)[index.tree.order]
        # a part knows its own queries' lists alone: the other entries of its begins and lengths are 0
        parts = self._each(
            _nearby_order(queries),
            lambda part: numba_reach.names_within(tree, in_tree_order, queries, part, eps * eps),
        )
        begins, lengths, values = parts[0]
        for more_begins, more_lengths, more_values in parts[1:]:
            begins = begins + np.where(more_lengths > 0, more_begins + len(values), 0)
            lengths, values = lengths + more_lengths, np.concatenate([values, more_values])
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        within = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
        return Lists(starts, values[np.repeat(begins, lengths) + within])

    def smallest_label(self, index: Index, labels: Ints, queries: Floats, *, eps: float) -> Ints:
        """See `Kernel.smallest_label`."""
        if index.tree is None or not len(queries):
            return np.full(len(queries), -1, np.int64)
        queries = _own(queries)
        in_tree_order = np.asarray(labels, np.int64)[index.tree.order]
        return numba_reach.smallest_label(index.tree, in_tree_order, queries, _nearby_order(queries), eps * eps)

    def nearest(self, index: Index, queries: Floats) -> Floats:
        """See `Kernel.nearest`."""
        if index.tree is None or not len(queries):
            return np.full(len(queries), np.inf)
        queries = _own(queries)
        return numba_reach.nearest(index.tree, queries, _nearby_order(queries))

    def _each(self, order: Ints, ask: Callable[[Ints], Any]) -> list[Any]:
        """What is said of each thread's share of the queries, taken in this order."""
        shares = np.array_split(order, min(self.threads, max(1, len(order) // _UNSORTED)))
        if len(shares) == 1:
            return [ask(order)]
        with ThreadPoolExecutor(len(shares)) as pool:
            return list(pool.map(ask, shares))

    def warm_up(self) -> None:
        """Compiles every function, or reads it from the cache: some 20 s against 1 s."""
        points = np.arange(400.0).reshape(200, 2) ** 1.5  # far from narrow, so that every pass has work
        index = self.index(points)
        ones = np.ones(200, np.int64)
        self.weigh(index, ones, index.points, 0 * ones, eps=30.0, enough=4)
        self.components(index, np.arange(200), eps=30.0)
        self.names_within(index, np.arange(200), points, eps=30.0)
        self.smallest_label(index, np.arange(200), points, eps=30.0)
        self.nearest(index, points)


def _own(points: Floats) -> Floats:
    """Contiguous and writable: read-only views (of Arrow buffers) would be another type and compile once more."""
    return np.require(points, np.float64, ["C", "W"])


def _nearby_order(queries: Floats) -> Ints:
    """An order that keeps neighbours together, (queries,)."""
    if len(queries) < _UNSORTED:
        return np.arange(len(queries))
    return numba_tree.build(queries, 256).order


def make(threads: int) -> NumbaKernel:
    """The kernel with so many threads."""
    return NumbaKernel(threads)
