"""The leaf kernel on SciPy alone: where Numba is missing, and as a second opinion.

`cKDTree` rounds distances in its own way, so it decides nothing near eps: what it finds within `eps * (1 - TIE)` is
taken, what lies in the band up to `eps * (1 + TIE)` is decided by the formula of `kernel.py`. Memory is
O(max(enough, 16)) per row of a chunk; only rows with pairs in the band look at whole balls, a few rows at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from audiences.clustering.dbscan.kernel import Flags, Floats, Ints, Lists

TIE = 1e-9
_CHUNK_VALUES = 2_000_000  # neighbours looked at together, the memory of a step
_CHUNK_QUERIES = 20_000  # whose nearest points are looked at together; more than one each only at ties
_NEIGHBOURS = 16  # nearest core neighbours that the first round of linking takes


class Index(NamedTuple):
    """A tree, or none over no points."""

    tree: cKDTree | None
    points: Floats


def squared_distance(p: Floats, q: Floats) -> Floats:
    """The formula, over the last axis and in column order."""
    total = np.zeros(np.broadcast_shapes(p.shape, q.shape)[:-1])
    for j in range(p.shape[-1]):
        step = p[..., j] - q[..., j]
        total += step * step
    return total


def is_within(p: Floats, q: Floats, eps: float) -> Flags:
    """Whether the formula says so."""
    within: Flags = squared_distance(p, q) <= eps * eps
    return within


def nearest(index: Index, queries: Floats, k: int, eps: float) -> Iterator[tuple[Ints, Ints, Flags, Flags]]:
    """Chunks of query rows, their k nearest points (rows, k), which are within eps by the formula, and who is in doubt.

    In doubt (rows,) are those with all k slots taken: a point that the formula accepts may be left out.
    """
    if index.tree is None:
        return
    n = len(index.points)
    k = min(k, n)
    for begin in range(0, len(queries), max(1, _CHUNK_VALUES // k)):
        rows = np.arange(begin, min(len(queries), begin + max(1, _CHUNK_VALUES // k)))
        _, found = index.tree.query(queries[rows], k=np.arange(1, k + 1), distance_upper_bound=_outer(eps))
        is_found = found < n
        found = np.where(is_found, found, 0)
        is_near = is_found & is_within(queries[rows][:, None, :], index.points[found], eps)
        yield rows, found, is_near, is_found[:, -1] if k < n else np.zeros(len(rows), np.bool_)


def balls(index: Index, queries: Floats, rows: Ints, eps: float) -> Iterator[tuple[Ints, Ints]]:
    """All pairs (query row, point) within eps of the given query rows, a bounded number of candidates at a time."""
    if index.tree is None or not len(rows):
        return
    sizes = index.tree.query_ball_point(queries[rows], _outer(eps), return_length=True)
    part = np.cumsum(sizes) // _CHUNK_VALUES
    for chunk in np.split(np.arange(len(rows)), np.flatnonzero(np.diff(part)) + 1):
        lists = index.tree.query_ball_point(queries[rows[chunk]], _outer(eps))
        owner = np.repeat(rows[chunk], sizes[chunk])
        point = np.concatenate([np.asarray(found, np.int64) for found in lists])
        keep = is_within(queries[owner], index.points[point], eps)
        yield owner[keep], point[keep]


def _outer(eps: float) -> float:
    return float(np.nextafter(eps * (1 + TIE), np.inf))


class ScipyKernel:
    """See `Kernel`."""

    name = "scipy"

    def index(self, points: Floats) -> Index:
        """n log n."""
        points = np.ascontiguousarray(points, np.float64)
        return Index(cKDTree(points) if len(points) else None, points)

    def weigh(self, index: Index, weights: Ints, queries: Floats, counted: Ints, *, eps: float, enough: int) -> Ints:
        """See `Kernel.weigh`: the weight of the `enough` nearest, which are enough if they are all within eps."""
        counted = np.array(counted, np.int64)
        weights = np.asarray(weights, np.int64)
        open_rows = np.flatnonzero(counted < enough)
        if index.tree is None or not len(open_rows):
            return counted
        for rows, found, is_near, in_doubt in nearest(index, queries[open_rows], enough, eps):
            more = np.where(is_near, weights[found], 0).sum(axis=1)
            again = in_doubt & (counted[open_rows[rows]] + more < enough)  # only where the formula refused a neighbour
            counted[open_rows[rows]] += np.where(again, 0, more)
            for owner, point in balls(index, queries, open_rows[rows[again]], eps):
                np.add.at(counted, owner, weights[point])
        return counted

    def components(self, index: Index, groups: Ints, *, eps: float) -> Ints:
        """See `Kernel.components`: nearest neighbours first, then one search per bit of the component number.

        Two different numbers differ in some bit, so when no search finds a pair across its bit, nothing is left.
        """
        n = len(index.points)
        if index.tree is None:
            return np.empty(0, np.int64)
        label = _joined(np.asarray(groups, np.int64), np.arange(n), np.arange(n))
        for rows, found, is_near, _ in nearest(index, index.points, _NEIGHBOURS, eps):
            label = _joined(label, np.repeat(rows, is_near.sum(axis=1)), found[is_near])
        bit = 0
        is_quiet = 0  # bits in a row without a find
        while is_quiet < max(1, int(label.max()).bit_length()):
            side = (label >> bit) & 1 == 1
            small, large = sorted((np.flatnonzero(side), np.flatnonzero(~side)), key=len)
            pairs = self._across(index.points, small, large, eps)
            is_quiet = 0 if len(pairs[0]) else is_quiet + 1
            if len(pairs[0]):
                label = _joined(label, *pairs)
            bit = (bit + 1) % max(1, int(label.max()).bit_length())
        smallest = np.full(n, n, np.int64)
        np.minimum.at(smallest, label, np.arange(n))
        return smallest[label]

    def _across(self, points: Floats, queries: Ints, others: Ints, eps: float) -> tuple[Ints, Ints]:
        """For each query row that has any, one or more rows of the others within eps."""
        if not len(queries) or not len(others):
            return np.empty(0, np.int64), np.empty(0, np.int64)
        index = self.index(points[others])
        pairs: list[tuple[Ints, Ints]] = []
        for rows, found, is_near, in_doubt in nearest(index, points[queries], 1, eps):
            hit = is_near[:, 0]
            pairs.append((queries[rows[hit]], others[found[hit, 0]]))
            for owner, point in balls(index, points[queries], rows[in_doubt & ~hit], eps):
                pairs.append((queries[owner], others[point]))
        return np.concatenate([a for a, _ in pairs]), np.concatenate([b for _, b in pairs])

    def names_within(self, index: Index, names: Ints, queries: Floats, *, eps: float) -> Lists:
        """See `Kernel.names_within`; looks at whole balls, a bounded number of pairs at a time."""
        owners, found = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        if index.tree is not None:
            for owner, point in balls(index, queries, np.arange(len(queries)), eps):
                pairs = np.unique(np.column_stack([owner, np.asarray(names, np.int64)[point]]), axis=0)
                owners.append(pairs[:, 0])
                found.append(pairs[:, 1])
        owner = np.concatenate(owners)
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.bincount(owner, minlength=len(queries)))])
        return Lists(starts.astype(np.int64), np.concatenate(found))

    def smallest_label(self, index: Index, labels: Ints, queries: Floats, *, eps: float) -> Ints:
        """See `Kernel.smallest_label`."""
        out = np.full(len(queries), np.iinfo(np.int64).max)
        if index.tree is not None:
            for owner, point in balls(index, queries, np.arange(len(queries)), eps):
                np.minimum.at(out, owner, np.asarray(labels, np.int64)[point])
        return np.where(out == np.iinfo(np.int64).max, -1, out)

    def nearest(self, index: Index, queries: Floats) -> Floats:
        """See `Kernel.nearest`: the tree's own nearest, and whatever it may have taken for farther by rounding."""
        out = np.full(len(queries), np.inf)
        if index.tree is None or not len(queries):
            return out
        _, found = index.tree.query(queries)
        np.minimum(out, squared_distance(queries, index.points[found]), out=out)
        for begin in range(0, len(queries), _CHUNK_QUERIES):
            rows = np.arange(begin, min(len(queries), begin + _CHUNK_QUERIES))
            lists = index.tree.query_ball_point(queries[rows], np.sqrt(out[rows]) * (1 + TIE))
            owner = np.repeat(rows, [len(near) for near in lists])
            point = np.concatenate([np.asarray(near, np.int64) for near in lists])
            np.minimum.at(out, owner, squared_distance(queries[owner], index.points[point]))
        return out

    def warm_up(self) -> None:
        """Nothing to do."""


def _joined(label: Ints, a: Ints, b: Ints) -> Ints:
    """Component numbers 0, 1, … after the rows a[i] and b[i] have been joined."""
    count = int(label.max()) + 1
    graph = coo_matrix((np.ones(len(a), np.bool_), (label[a], label[b])), shape=(count, count))
    joined: Ints = connected_components(graph, directed=False)[1].astype(np.int64)[label]
    return joined


def make(_threads: int) -> ScipyKernel:
    """The kernel; a second opinion needs no second thread."""
    return ScipyKernel()
