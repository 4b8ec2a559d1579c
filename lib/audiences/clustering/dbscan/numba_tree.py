"""The compiled kernel's kd-tree: tight boxes over rows that lie together in memory.

Nodes are numbered so that children come after their parent, the two of a pair side by side: a loop from the last node
to the first sees children before parents. A cached function does not notice that one it calls in another file has
changed: after editing any `numba_*.py`, delete `__pycache__/*.nb*`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from audiences.clustering.dbscan.compiled import compiled
from audiences.clustering.dbscan.kernel import Floats, Ints

LEAF_ROWS = 24  # measured best of 8 to 64 in 3 to 9 dimensions
STACK = 512  # deeper than any tree over fewer than 2^63 rows, for two children per level


class Tree(NamedTuple):
    """n points of d columns in tree order, and m nodes over them."""

    points: Floats  # (n, d), in tree order
    order: Ints  # (n,), tree position -> row as given
    low: Floats  # (m, d), smallest value of the node's rows per column
    high: Floats  # (m, d), largest
    start: Ints  # (m,), the node's rows are start .. stop - 1 in tree order
    stop: Ints  # (m,)
    left: Ints  # (m,), first child, its sibling is left + 1; -1 in a leaf


@compiled
def box_distances(point: Floats, low: Floats, high: Floats) -> tuple[float, float]:
    """Squared distances from a point to the nearest and the farthest point of a box.

    Rounded operations keep order and run in the order of `squared_distance`, so these bound it exactly, also at ties.
    """
    near = 0.0
    far = 0.0
    for j in range(point.shape[0]):
        below = low[j] - point[j]
        above = point[j] - high[j]
        outside = max(below, above, 0.0)
        near += outside * outside
        reach = max(-below, -above)
        far += reach * reach
    return near, far


@compiled
def squared_distance(p: Floats, q: Floats) -> float:
    """The formula that every tie is decided by."""
    total = 0.0
    for j in range(p.shape[0]):
        step = p[j] - q[j]
        total += step * step
    return total


@compiled
def _split(keys: Floats, rows: Ints, middle: int) -> None:
    """Quickselect: afterwards keys before `middle` are <= those from it on; `rows` moves along. Linear on average."""
    first = 0
    last = keys.shape[0] - 1
    while first < last:
        # the median of three keeps sorted input linear
        a, b, c = keys[first], keys[(first + last) // 2], keys[last]
        pivot = max(min(a, b), min(max(a, b), c))
        i = first
        j = last
        while i <= j:
            while keys[i] < pivot:
                i += 1
            while keys[j] > pivot:
                j -= 1
            if i <= j:
                keys[i], keys[j] = keys[j], keys[i]
                rows[i], rows[j] = rows[j], rows[i]
                i += 1
                j -= 1
        if middle <= j:
            last = j
        elif middle >= i:
            first = i
        else:
            return


@compiled
def _grow(points: Floats, leaf_rows: int) -> tuple[Ints, Floats, Floats, Ints, Ints, Ints]:
    """Halve the widest column at its median until at most `leaf_rows` rows are left; n log n * d."""
    n, d = points.shape
    order = np.arange(n)
    room = max(1, 4 * (n // leaf_rows + 1))
    low = np.empty((room, d))
    high = np.empty((room, d))
    start = np.empty(room, np.int64)
    stop = np.empty(room, np.int64)
    left = np.full(room, -1, np.int64)
    start[0], stop[0] = 0, n
    used = 1
    keys = np.empty(n)
    node = 0
    while node < used:
        a, b = start[node], stop[node]
        for j in range(d):
            low[node, j] = np.inf
            high[node, j] = -np.inf
        for i in range(a, b):
            row = order[i]
            for j in range(d):
                value = points[row, j]
                low[node, j] = min(low[node, j], value)
                high[node, j] = max(high[node, j], value)
        if b - a > leaf_rows:
            widest = 0
            for j in range(1, d):
                if high[node, j] - low[node, j] > high[node, widest] - low[node, widest]:
                    widest = j
            for i in range(a, b):
                keys[i] = points[order[i], widest]
            middle = (a + b) // 2
            _split(keys[a:b], order[a:b], middle - a)
            left[node] = used
            start[used], stop[used] = a, middle
            start[used + 1], stop[used + 1] = middle, b
            used += 2
        node += 1
    return order, low[:used].copy(), high[:used].copy(), start[:used].copy(), stop[:used].copy(), left[:used].copy()


def build(points: Floats, leaf_rows: int = LEAF_ROWS) -> Tree:
    """The tree over (n, d) points, n >= 1; n log n time, about n * (d + 1) * 8 bytes."""
    order, low, high, start, stop, left = _grow(points, leaf_rows)
    return Tree(np.ascontiguousarray(points[order]), order, low, high, start, stop, left)
