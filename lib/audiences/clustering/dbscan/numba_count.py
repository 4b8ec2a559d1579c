"""Compiled core test: weight within eps, counted up to `enough` and no further."""

from __future__ import annotations

import numpy as np

from audiences.clustering.dbscan.compiled import compiled
from audiences.clustering.dbscan.kernel import Flags, Floats, Ints
from audiences.clustering.dbscan.numba_tree import STACK, Tree, box_distances, squared_distance


@compiled
def weigh(
    tree: Tree, prefix: Ints, queries: Floats, order: Ints, counted: Ints, squared_eps: float, enough: int
) -> None:
    """Adds to `counted` the weight of the tree's points within eps of each query.

    Nearest box first; a box wholly within eps counts by its weight, `prefix[stop] - prefix[start]`. `order` is the
    order in which queries are taken: neighbours one after the other find their boxes in the processor's cache.
    """
    stack = np.empty(STACK, np.int64)
    for at in range(order.shape[0]):
        i = order[at]
        total = counted[i]
        point = queries[i]
        depth = 0
        near, far = box_distances(point, tree.low[0], tree.high[0])
        if far <= squared_eps:
            total += prefix[tree.stop[0]]
        elif near <= squared_eps:
            stack[0] = 0
            depth = 1
        while depth > 0 and total < enough:
            depth -= 1
            node = stack[depth]
            first = tree.left[node]
            if first < 0:
                for t in range(tree.start[node], tree.stop[node]):
                    if squared_distance(point, tree.points[t]) <= squared_eps:
                        total += prefix[t + 1] - prefix[t]
                continue
            near_a, far_a = box_distances(point, tree.low[first], tree.high[first])
            near_b, far_b = box_distances(point, tree.low[first + 1], tree.high[first + 1])
            if far_a <= squared_eps:
                total += prefix[tree.stop[first]] - prefix[tree.start[first]]
                near_a = np.inf
            if far_b <= squared_eps:
                total += prefix[tree.stop[first + 1]] - prefix[tree.start[first + 1]]
                near_b = np.inf
            is_a_last = near_a <= near_b  # the nearer box is taken from the stack first
            if is_a_last and near_b <= squared_eps:
                stack[depth] = first + 1
                depth += 1
            if near_a <= squared_eps:
                stack[depth] = first
                depth += 1
            if not is_a_last and near_b <= squared_eps:
                stack[depth] = first + 1
                depth += 1
        counted[i] = total


@compiled
def narrow_boxes(tree: Tree, squared_eps: float) -> Flags:
    """Boxes whose diagonal is at most eps: all their rows are within eps of each other, (m,)."""
    narrow = np.zeros(tree.start.shape[0], np.bool_)
    for node in range(narrow.shape[0]):
        narrow[node] = squared_distance(tree.high[node], tree.low[node]) <= squared_eps
    return narrow


@compiled
def count_dense_boxes(tree: Tree, prefix: Ints, squared_eps: float, enough: int, counted: Ints) -> None:
    """Sets `counted` (in the tree's own rows) to `enough` in narrow boxes of that weight: nothing is left to count."""
    narrow = narrow_boxes(tree, squared_eps)
    for node in range(narrow.shape[0]):
        if not narrow[node] or prefix[tree.stop[node]] - prefix[tree.start[node]] < enough:
            continue
        if counted[tree.order[tree.start[node]]] >= enough:
            continue  # a larger box has done it
        for t in range(tree.start[node], tree.stop[node]):
            counted[tree.order[t]] = max(counted[tree.order[t]], enough)
