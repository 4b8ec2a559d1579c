"""Compiled answers to "whose are you within eps of" (all names, or the smallest label) and "how far is the nearest"."""

from __future__ import annotations

import numpy as np

from audiences.clustering.dbscan.compiled import compiled
from audiences.clustering.dbscan.kernel import Flags, Floats, Ints
from audiences.clustering.dbscan.numba_tree import STACK, Tree, box_distances, squared_distance


@compiled
def _holds(values: Ints, first: int, last: int, wanted: int) -> bool:
    for at in range(first, last):  # noqa: SIM110 -- Numba compiles no generators here
        if values[at] == wanted:
            return True
    return False


@compiled
def uniform_boxes(tree: Tree, names: Ints) -> Flags:
    """Boxes whose rows all bear one name, (m,); names are in tree order."""
    uniform = np.zeros(tree.start.shape[0], np.bool_)
    for node in range(uniform.shape[0] - 1, -1, -1):
        first = tree.left[node]
        if first >= 0:
            one_name = names[tree.start[first]] == names[tree.start[first + 1]]
            uniform[node] = uniform[first] and uniform[first + 1] and one_name
        else:
            uniform[node] = True
            for t in range(tree.start[node] + 1, tree.stop[node]):
                if names[t] != names[tree.start[node]]:
                    uniform[node] = False
                    break
    return uniform


@compiled
def names_within(tree: Tree, names: Ints, queries: Floats, order: Ints, squared_eps: float) -> tuple[Ints, Ints, Ints]:
    """Distinct names within eps: where each query's list starts, how long it is (queries,), and all lists' values.

    Names are in tree order. A box that bears one name which is on the list already is skipped. Lists lie in the order
    in which queries are taken.
    """
    uniform = uniform_boxes(tree, names)
    starts = np.zeros(queries.shape[0], np.int64)
    lengths = np.zeros(queries.shape[0], np.int64)
    values = np.empty(max(16, queries.shape[0]), np.int64)
    used = 0
    stack = np.empty(STACK, np.int64)
    for at in range(order.shape[0]):
        i = order[at]
        point = queries[i]
        begin = used
        stack[0] = 0
        depth = 1
        while depth > 0:
            depth -= 1
            node = stack[depth]
            if box_distances(point, tree.low[node], tree.high[node])[0] > squared_eps:
                continue
            if uniform[node] and _holds(values, begin, used, names[tree.start[node]]):
                continue
            if tree.left[node] >= 0:
                stack[depth] = tree.left[node]
                stack[depth + 1] = tree.left[node] + 1
                depth += 2
                continue
            for t in range(tree.start[node], tree.stop[node]):
                if squared_distance(point, tree.points[t]) > squared_eps or _holds(values, begin, used, names[t]):
                    continue
                if used == values.shape[0]:
                    longer = np.empty(2 * used, np.int64)
                    longer[:used] = values
                    values = longer
                values[used] = names[t]
                used += 1
                if uniform[node]:
                    break
        values[begin:used].sort()
        starts[i] = begin
        lengths[i] = used - begin
    return starts, lengths, values[:used].copy()


@compiled
def smallest_label(tree: Tree, labels: Ints, queries: Floats, order: Ints, squared_eps: float) -> Ints:
    """The smallest label within eps of each query, else -1, (queries,); labels are in tree order.

    Only boxes whose smallest label is below the best so far are looked into.
    """
    lowest = np.empty(tree.start.shape[0], np.int64)
    for node in range(lowest.shape[0] - 1, -1, -1):
        first = tree.left[node]
        if first >= 0:
            lowest[node] = min(lowest[first], lowest[first + 1])
        else:
            lowest[node] = labels[tree.start[node] : tree.stop[node]].min()
    nothing = np.iinfo(np.int64).max
    out = np.empty(queries.shape[0], np.int64)
    stack = np.empty(STACK, np.int64)
    for at in range(order.shape[0]):
        i = order[at]
        point = queries[i]
        best = nothing
        stack[0] = 0
        depth = 1
        while depth > 0:
            depth -= 1
            node = stack[depth]
            if lowest[node] >= best or box_distances(point, tree.low[node], tree.high[node])[0] > squared_eps:
                continue
            first = tree.left[node]
            if first < 0:
                for t in range(tree.start[node], tree.stop[node]):
                    if labels[t] < best and squared_distance(point, tree.points[t]) <= squared_eps:
                        best = labels[t]
                continue
            # the smaller label first: it prunes the other
            is_a_last = lowest[first] <= lowest[first + 1]
            stack[depth] = first + 1 if is_a_last else first
            stack[depth + 1] = first if is_a_last else first + 1
            depth += 2
        out[i] = best if best != nothing else -1
    return out


@compiled
def nearest(tree: Tree, queries: Floats, order: Ints) -> Floats:
    """The squared distance to the nearest point, (queries,).

    Boxes bound the formula's own rounding, so the result is its minimum over all points, whatever tree they lie in.
    """
    out = np.empty(queries.shape[0])
    stack = np.empty(STACK, np.int64)
    for at in range(order.shape[0]):
        i = order[at]
        point = queries[i]
        best = np.inf
        stack[0] = 0
        depth = 1
        while depth > 0:
            depth -= 1
            node = stack[depth]
            if box_distances(point, tree.low[node], tree.high[node])[0] >= best:
                continue
            first = tree.left[node]
            if first < 0:
                for t in range(tree.start[node], tree.stop[node]):
                    best = min(best, squared_distance(point, tree.points[t]))
                continue
            near_a = box_distances(point, tree.low[first], tree.high[first])[0]
            near_b = box_distances(point, tree.low[first + 1], tree.high[first + 1])[0]
            is_a_last = near_a <= near_b  # the nearer box is taken from the stack first
            stack[depth] = first + 1 if is_a_last else first
            stack[depth + 1] = first if is_a_last else first + 1
            depth += 2
        out[i] = best
    return out
