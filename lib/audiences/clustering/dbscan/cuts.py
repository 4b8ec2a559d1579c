"""S1, the cuts: from a sample, each where the fewest rows lie within eps of the plane."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from audiences.clustering.dbscan.boxes import Boxes, from_cuts
from audiences.clustering.dbscan.kernel import Floats

_CANDIDATES = 33  # values tried per column, evenly by rows between the quartiles


class _Cut(NamedTuple):
    cost: tuple[float, float, int]  # rows near the plane, imbalance, column: the smallest wins, ties by column
    column: int
    value: float


def grow(sample: Floats, *, eps: float, leaf_rows: float) -> Boxes:
    """Boxes with at most `leaf_rows` sampled rows each (single values that cannot be cut aside).

    Args:
        sample: (n, d) rows, n >= 1.
        eps: rows this near to a plane have to be shipped across it.
        leaf_rows: in rows of the sample.

    Cost: n log n * d per level. The result depends on the set of sampled rows only, not on their order.
    """
    column, cut, first = [-1], [0.0], [-1]
    waiting = [(0, np.arange(len(sample)))]
    while waiting:
        node, rows = waiting.pop(0)
        best = _best_cut(sample[rows], eps, leaf_rows) if len(rows) > leaf_rows else None
        if best is None:
            continue
        column[node], cut[node], first[node] = best.column, best.value, len(column)
        is_upper = sample[rows, best.column] >= best.value
        waiting += [(len(column), rows[~is_upper]), (len(column) + 1, rows[is_upper])]
        column += [-1, -1]
        cut += [0.0, 0.0]
        first += [-1, -1]
    return from_cuts(column, cut, first, sample.shape[1])


def split(boxes: Boxes, leaf: int, sample: Floats, *, eps: float, leaf_rows: float) -> Boxes:
    """The boxes with one leaf cut further, by a sample of that leaf's own rows; leaf numbers change."""
    inner = grow(sample, eps=eps, leaf_rows=leaf_rows)
    column, cut, first = boxes.column.tolist(), boxes.cut.tolist(), boxes.first.tolist()
    node = int(np.flatnonzero(boxes.leaf == leaf)[0])
    shift = len(column) - 1  # the inner root takes the leaf's place, its other nodes follow at the end
    column[node], cut[node] = int(inner.column[0]), float(inner.cut[0])
    first[node] = int(inner.first[0]) + shift if inner.first[0] >= 0 else -1
    column += inner.column[1:].tolist()
    cut += inner.cut[1:].tolist()
    first += [child + shift if child >= 0 else -1 for child in inner.first[1:].tolist()]
    return from_cuts(column, cut, first, sample.shape[1])


def _best_cut(points: Floats, eps: float, leaf_rows: float) -> _Cut | None:
    """The cheapest cut of a node, none if all its rows are the same."""
    leaves = int(np.ceil(len(points) / leaf_rows))
    found = [cut for column in range(points.shape[1]) for cut in _cuts(points, column, eps, leaves)]
    balanced = [cut for cut in found if cut.cost[1] <= 1.25]
    if balanced:
        return min(balanced)
    return min(found, key=lambda cut: (cut.cost[1], cut.cost[0], cut.column, cut.value), default=None)


def _cuts(points: Floats, column: int, eps: float, leaves: int) -> list[_Cut]:
    """Candidates of one column: rows within eps of the plane, and the fuller side's load for its share of leaves."""
    values = np.sort(points[:, column])
    n = len(values)
    candidates = np.unique(values[np.linspace(0.25 * n, 0.75 * n, _CANDIDATES).astype(np.int64).clip(0, n - 1)])
    # a value that most rows have: the next larger one can still be cut at
    larger = np.searchsorted(values, candidates[-1], side="right")
    if larger < n:
        candidates = np.append(candidates, values[larger])
    below = np.searchsorted(values, candidates)
    candidates, below = candidates[below > 0], below[below > 0]
    near = np.searchsorted(values, candidates + eps, side="right") - np.searchsorted(values, candidates - eps)
    lower_leaves = np.clip(np.rint(below / n * leaves), 1, max(1, leaves - 1))
    upper_leaves = np.maximum(leaves - lower_leaves, 1)
    load = np.maximum(below / lower_leaves, (n - below) / upper_leaves) * leaves / n
    return [
        _Cut((float(near[i]), float(load[i]), column), column, float(candidates[i])) for i in range(len(candidates))
    ]
