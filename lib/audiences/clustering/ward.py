"""Exact agglomerative clustering by Ward's criterion over weighted points, and where to cut its tree.

A point of weight w stands for w equal rows: the tree over micro-clusters is the one that all their rows would give if
each row lay at its micro-cluster's centre.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Merge:
    """Two nodes that become one: leaves are 0 … n - 1, the merge of row i makes node n + i."""

    left: int
    right: int
    height: float
    weight: float


def ward(centres: Array, weights: Array) -> list[Merge]:
    """The n - 1 merges by rising height, as SciPy's linkage numbers them.

    height(A, B) = sqrt(2 w_A w_B / (w_A + w_B)) * |c_A - c_B| (Ward 1963): with all weights 1 these are SciPy's and
    scikit-learn's heights. Nearest-neighbour chain (Murtagh 1983): n² d operations, n d memory, no matrix of distances;
    of equally near clusters the one that was made first is taken.
    """
    points, sizes = np.array(centres, dtype=np.float64), np.array(weights, dtype=np.float64)
    number = len(points)
    alive = np.ones(number, dtype=bool)
    found: list[tuple[float, int, int]] = []
    chain: list[int] = []
    while len(found) < number - 1:
        if not chain:
            chain.append(int(np.argmax(alive)))
        tip = chain[-1]
        gaps = 2 * sizes[tip] * sizes / (sizes[tip] + sizes) * ((points - points[tip]) ** 2).sum(axis=1)
        gaps[~alive] = np.inf
        gaps[tip] = np.inf
        nearest = int(np.argmin(gaps))
        if len(chain) > 1 and gaps[chain[-2]] <= gaps[nearest]:
            nearest = chain[-2]  # ties stay in the chain: it could run for ever otherwise
        if len(chain) > 1 and nearest == chain[-2]:
            del chain[-2:]
            found.append((float(np.sqrt(gaps[nearest])), tip, nearest))
            kept, gone = sorted((tip, nearest))
            both = sizes[kept] + sizes[gone]
            points[kept] = (sizes[kept] * points[kept] + sizes[gone] * points[gone]) / both
            sizes[kept], alive[gone] = both, False
        else:
            chain.append(nearest)
    return _numbered(found, np.array(weights, dtype=np.float64))


def _numbered(found: Sequence[tuple[float, int, int]], weights: Array) -> list[Merge]:
    """Merges of slots in the order of height; a slot's node is the last merge that it took part in."""
    node = list(range(len(weights)))
    parent = list(range(len(weights)))
    size = weights.tolist()

    def root(slot: int) -> int:
        while parent[slot] != slot:
            parent[slot] = parent[parent[slot]]
            slot = parent[slot]
        return slot

    merges = []
    for i, (height, one, two) in enumerate(sorted(found, key=lambda merge: merge[0])):
        a, b = root(one), root(two)
        left, right = sorted((node[a], node[b]))
        parent[b] = a
        size[a] += size[b]
        node[a] = len(weights) + i
        merges.append(Merge(left, right, height, size[a]))
    return merges


def cut(merges: Sequence[Merge], k: int) -> Labels:
    """The cluster of each leaf when all but the last k - 1 merges are made; 0, 1, … by the smallest leaf in it."""
    number = len(merges) + 1
    label = list(range(2 * number - 1))
    for i in range(number - 1 - (k - 1) - 1, -1, -1):  # from the top of what is merged down to the leaves
        for child in (merges[i].left, merges[i].right):
            label[child] = label[number + i]
    return np.unique(_by_first(label[:number]), return_inverse=True)[1].astype(np.int64)


def _by_first(labels: Sequence[int]) -> Labels:
    first: dict[int, int] = {}
    return np.array([first.setdefault(one, place) for place, one in enumerate(labels)])


def silhouette(centres: Array, weights: Array, labels: Labels) -> float:
    """Mean simplified silhouette of all rows, squared Euclidean distance to the clusters' centres, -1 to 1.

    (b - a) / max(a, b), a to the own and b to the nearest other centre (Hruschka et al. 2006), weighted by the rows
    that a point stands for.
    """
    means = np.stack(
        [np.average(centres[labels == one], axis=0, weights=weights[labels == one]) for one in range(labels.max() + 1)]
    )
    away = ((centres[:, None, :] - means[None, :, :]) ** 2).sum(axis=2)
    own = away[np.arange(len(centres)), labels].copy()
    away[np.arange(len(centres)), labels] = np.inf
    other = away.min(axis=1)
    longer = np.maximum(own, other)
    values = np.divide(other - own, longer, out=np.zeros_like(own), where=longer > 0)
    return float(np.average(values, weights=weights))


def inertia(centres: Array, weights: Array, labels: Labels) -> float:
    """Weighted sum of squared distances to the clusters' means."""
    total = 0.0
    for one in range(labels.max() + 1):
        mine, w = centres[labels == one], weights[labels == one]
        total += float((w[:, None] * (mine - np.average(mine, axis=0, weights=w)) ** 2).sum())
    return total


def largest_gap(merges: Sequence[Merge], k_min: int, k_max: int) -> int:
    """The k in the range below whose cut the tree stays unchanged over the longest rise of height; ties: smaller k."""
    heights = [0.0, *(merge.height for merge in merges)]  # a tree of n leaves: n clusters below the first merge
    number = len(merges) + 1

    def gap(k: int) -> float:
        upper = heights[number - k + 1]  # the merge that would leave k - 1 clusters
        return upper - heights[number - k]

    return max(range(k_min, min(k_max, number) + 1), key=lambda k: (round(gap(k), 12), -k))
