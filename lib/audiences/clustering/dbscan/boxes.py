"""The leaves of space: a kd-tree of half-open boxes that every row finds its way through.

A row at a cut belongs to the upper side only, so every row has exactly one home. Which cuts there are is a matter of
cost (`plan.py`); every result is the same for any of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from audiences.clustering.dbscan.kernel import Floats, Ints

MARGIN = 1e-9  # rows are shipped a little farther than eps: rounding must never keep a neighbour away


@dataclass(frozen=True)
class Boxes:
    """m nodes over d columns; node 0 is all of space, and children come after their parent.

    Attributes:
        column: the column that a node is cut at, -1 in a leaf, (m,).
        cut: rows below it go to the first child, the others to its sibling, first + 1, (m,).
        first: the first child, -1 in a leaf, (m,).
        leaf: the number of the leaf from 0 to P - 1, else -1, (m,).
        low, high: the box, infinite where it was never cut, (m, d); low is inside, high is not.
    """

    column: Ints
    cut: Floats
    first: Ints
    leaf: Ints
    low: Floats
    high: Floats

    @property
    def count(self) -> int:
        """Leaves, P."""
        return int(self.leaf.max()) + 1

    def home(self, points: Floats) -> Ints:
        """The leaf that each of the (n, d) points lies in, (n,); n * depth."""
        node = np.zeros(len(points), np.int64)
        rows = np.arange(len(points))
        while len(rows := rows[self.column[node[rows]] >= 0]):
            at = node[rows]
            node[rows] = self.first[at] + (points[rows, self.column[at]] >= self.cut[at])
        return self.leaf[node]

    def reach(self, points: Floats, eps: float | Floats) -> tuple[Ints, Ints]:
        """All pairs (row, leaf other than its home) whose box lies within eps of the row, by row and leaf.

        One eps for all, or one for each, (n,), which may be infinite. The distance to a box is that to its nearest
        point, the open side counted in; n * depth * leaves reached.
        """
        home = self.home(points)
        limit = np.broadcast_to((np.asarray(eps) * (1 + MARGIN)) ** 2, len(points))
        pairs: list[tuple[Ints, Ints]] = [(np.empty(0, np.int64), np.empty(0, np.int64))]
        waiting = [(0, np.arange(len(points)))]
        while waiting:
            node, rows = waiting.pop()
            gap = np.maximum(np.maximum(self.low[node] - points[rows], points[rows] - self.high[node]), 0.0)
            rows = rows[(gap * gap).sum(axis=1) <= limit[rows]]
            if not len(rows):
                continue
            if self.first[node] >= 0:
                waiting += [(int(self.first[node]), rows), (int(self.first[node]) + 1, rows)]
                continue
            rows = rows[home[rows] != self.leaf[node]]
            pairs.append((rows, np.full(len(rows), self.leaf[node])))
        row, leaf = (np.concatenate(side) for side in zip(*pairs, strict=True))
        order = np.lexsort((leaf, row))
        return row[order], leaf[order]

    def to_json(self) -> dict[str, Any]:
        """Plain lists, without the boxes: they follow from the cuts."""
        return {
            "dimensions": self.low.shape[1], "column": self.column.tolist(),
            "cut": self.cut.tolist(), "first": self.first.tolist(),
        }  # fmt: skip

    @staticmethod
    def from_json(saved: Mapping[str, Any]) -> Boxes:
        """What `to_json` gave."""
        return from_cuts(saved["column"], saved["cut"], saved["first"], saved["dimensions"])


def from_cuts(column: Sequence[int], cut: Sequence[float], first: Sequence[int], dimensions: int) -> Boxes:
    """Boxes and leaf numbers (in node order) from the cuts."""
    m = len(column)
    low = np.full((m, dimensions), -np.inf)
    high = np.full((m, dimensions), np.inf)
    leaf = np.full(m, -1, np.int64)
    leaves = 0
    for node in range(m):
        child = first[node]
        if child < 0:
            leaf[node] = leaves
            leaves += 1
            continue
        low[child : child + 2] = low[node]
        high[child : child + 2] = high[node]
        high[child, column[node]] = cut[node]
        low[child + 1, column[node]] = cut[node]
    return Boxes(np.array(column, np.int64), np.array(cut, float), np.array(first, np.int64), leaf, low, high)


def everything(dimensions: int) -> Boxes:
    """One leaf."""
    return from_cuts([-1], [0.0], [-1], dimensions)
