"""Compiled components: union-find over a tree's rows, sweeps of growing effort, and one exhaustive last pass."""

from __future__ import annotations

import numpy as np

from audiences.clustering.dbscan.compiled import compiled
from audiences.clustering.dbscan.kernel import Flags, Ints
from audiences.clustering.dbscan.numba_count import narrow_boxes
from audiences.clustering.dbscan.numba_tree import STACK, Tree, box_distances, squared_distance

# leaves that each row looks into per sweep; afterwards 2-3 times the final number of components are left
SWEEPS = (1, 3, 12)


@compiled
def find(parent: Ints, row: int) -> int:
    """The root of a row, halving the path on the way."""
    while parent[row] != row:
        parent[row] = parent[parent[row]]
        row = parent[row]
    return row


@compiled
def union(parent: Ints, a: int, b: int) -> int:
    """Joins two components under the smaller root and returns it."""
    root_a = find(parent, a)
    root_b = find(parent, b)
    if root_a < root_b:
        parent[root_b] = root_a
        return root_a
    parent[root_a] = root_b
    return root_b


@compiled
def union_narrow_boxes(tree: Tree, squared_eps: float, parent: Ints) -> None:
    """A box whose diagonal is at most eps is one component."""
    narrow = narrow_boxes(tree, squared_eps)
    for node in range(narrow.shape[0]):
        first = tree.start[node]
        # within a narrow parent everything is done: its first and last row are joined already
        if narrow[node] and find(parent, first) != find(parent, tree.stop[node] - 1):
            for t in range(first + 1, tree.stop[node]):
                union(parent, first, t)


@compiled
def mark_uniform(tree: Tree, parent: Ints, uniform: Flags) -> None:
    """Marks boxes whose rows share one component; linear. Marks stay true as components only grow."""
    for node in range(uniform.shape[0] - 1, -1, -1):
        if uniform[node]:
            continue
        root = find(parent, tree.start[node])
        first = tree.left[node]
        if first >= 0:
            uniform[node] = uniform[first] and uniform[first + 1] and find(parent, tree.start[first + 1]) == root
        else:
            t = tree.start[node] + 1
            while t < tree.stop[node] and find(parent, t) == root:
                t += 1
            uniform[node] = t == tree.stop[node]


@compiled
def sweep(tree: Tree, squared_eps: float, parent: Ints, uniform: Flags, effort: int) -> None:
    """Every row joins what it meets within eps in the `effort` nearest leaves that hold anything new."""
    stack = np.empty(STACK, np.int64)
    points = tree.points
    for i in range(points.shape[0]):
        point = points[i]
        root = find(parent, i)
        stack[0] = 0
        depth = 1
        seen = 0
        while depth > 0:
            depth -= 1
            node = stack[depth]
            first = tree.left[node]
            if uniform[node]:
                if find(parent, tree.start[node]) == root:
                    continue
                far = box_distances(point, tree.low[node], tree.high[node])[1]
                if far <= squared_eps:
                    root = union(parent, i, tree.start[node])
                    continue
            if first < 0:
                seen += 1
                for t in range(tree.start[node], tree.stop[node]):
                    if find(parent, t) != root and squared_distance(point, points[t]) <= squared_eps:
                        root = union(parent, i, t)
                        if uniform[node]:
                            break
                if seen >= effort:
                    break
                continue
            near_a = box_distances(point, tree.low[first], tree.high[first])[0]
            near_b = box_distances(point, tree.low[first + 1], tree.high[first + 1])[0]
            nearer = first if near_a <= near_b else first + 1
            if max(near_a, near_b) <= squared_eps:
                stack[depth] = 2 * first + 1 - nearer
                depth += 1
            if min(near_a, near_b) <= squared_eps:
                stack[depth] = nearer
                depth += 1


@compiled
def roots(parent: Ints) -> Ints:
    """The root of every row, (n,)."""
    out = np.empty_like(parent)
    for row in range(parent.shape[0]):
        out[row] = find(parent, row)
    return out


@compiled
def count_cuts(tree: Tree, component: Ints) -> tuple[Ints, int]:
    """The rows of every leaf ordered by component, as tree positions (n,), and how many cuts between components."""
    order = np.arange(component.shape[0])
    cuts = 0
    for node in range(tree.start.shape[0]):
        if tree.left[node] >= 0:
            continue
        for t in range(tree.start[node] + 1, tree.stop[node]):
            moved = order[t]
            at = t
            while at > tree.start[node] and component[order[at - 1]] > component[moved]:
                order[at] = order[at - 1]
                at -= 1
            order[at] = moved
        for t in range(tree.start[node] + 1, tree.stop[node]):
            cuts += component[order[t]] != component[order[t - 1]]
    return order, cuts


@compiled
def cut_by_component(tree: Tree, component: Ints, cuts: int) -> Tree:
    """The tree with its mixed leaves cut so that every leaf holds one component.

    Rows and `component` (n,) come in the order that `count_cuts` gave, whose `cuts` says how many nodes are new.
    """
    d = tree.points.shape[1]
    used = tree.start.shape[0]
    total = used + 2 * cuts
    low = np.empty((total, d))
    high = np.empty((total, d))
    start = np.empty(total, np.int64)
    stop = np.empty(total, np.int64)
    left = np.full(total, -1, np.int64)
    low[:used], high[:used] = tree.low, tree.high
    start[:used], stop[:used], left[:used] = tree.start, tree.stop, tree.left
    node = 0
    while node < used:
        a, b = start[node], stop[node]
        if left[node] < 0 and component[a] != component[b - 1]:
            middle = a + 1
            while component[middle] == component[a]:
                middle += 1
            left[node] = used
            start[used], stop[used] = a, middle
            start[used + 1], stop[used + 1] = middle, b
            for child in range(used, used + 2):
                for j in range(d):
                    values = tree.points[start[child] : stop[child], j]
                    low[child, j] = values.min()
                    high[child, j] = values.max()
            used += 2
        node += 1
    return Tree(tree.points, tree.order, low, high, start, stop, left)


@compiled
def verify(tree: Tree, rank: Ints, squared_eps: float, parent: Ints, uniform: Flags) -> None:
    """The exhaustive pass: afterwards no two components have rows within eps.

    `rank` (n,) numbers components by size, 0 the largest. Each row looks only into boxes that hold a larger component,
    so each pair is looked at from its smaller side and the largest side never asks. Leaves hold one component each.
    """
    lowest = np.empty(tree.start.shape[0], np.int64)
    for node in range(lowest.shape[0] - 1, -1, -1):
        first = tree.left[node]
        lowest[node] = rank[tree.start[node]] if first < 0 else min(lowest[first], lowest[first + 1])
    stack = np.empty(STACK, np.int64)
    points = tree.points
    for i in range(points.shape[0]):
        own = rank[i]
        point = points[i]
        depth = 0
        if own > lowest[0]:
            stack[0] = 0
            depth = 1
        while depth > 0:
            depth -= 1
            node = stack[depth]
            if uniform[node] and find(parent, tree.start[node]) == find(parent, i):
                continue
            first = tree.left[node]
            if first < 0:
                for t in range(tree.start[node], tree.stop[node]):
                    if squared_distance(point, points[t]) <= squared_eps:
                        union(parent, i, t)
                        break
                continue
            for child in range(first, first + 2):
                if lowest[child] < own:
                    near = box_distances(point, tree.low[child], tree.high[child])[0]
                    if near <= squared_eps:
                        stack[depth] = child
                        depth += 1


def components(tree: Tree, groups: Ints, squared_eps: float) -> Ints:
    """The smallest original row of each row's component, (n,) in original order; see `Kernel.components`."""
    n = len(groups)
    parent = first_of_each(groups[tree.order])
    union_narrow_boxes(tree, squared_eps, parent)
    uniform = np.zeros(len(tree.start), np.bool_)
    for effort in SWEEPS:
        mark_uniform(tree, parent, uniform)
        if uniform[0]:
            break
        sweep(tree, squared_eps, parent, uniform, effort)
    root = roots(parent)
    found, number, size = np.unique(root, return_inverse=True, return_counts=True)
    if len(found) > 1:
        by_size = np.empty(len(found), np.int64)
        by_size[np.argsort(-size, kind="stable")] = np.arange(len(found))
        root = _finish(tree, by_size[number], squared_eps)
    smallest = np.full(n, n, np.int64)
    np.minimum.at(smallest, root, tree.order)
    out = np.empty(n, np.int64)
    out[tree.order] = smallest[root]
    return out


def _finish(tree: Tree, rank: Ints, squared_eps: float) -> Ints:
    """The exhaustive pass over components numbered by size: the root of each row, (n,) in tree order."""
    order, cuts = count_cuts(tree, rank)
    rank = rank[order]
    cut = cut_by_component(tree._replace(points=tree.points[order]), rank, cuts)
    parent = first_of_each(rank)
    uniform = np.zeros(len(cut.start), np.bool_)
    mark_uniform(cut, parent, uniform)
    verify(cut, rank, squared_eps, parent, uniform)
    out = np.empty(len(rank), np.int64)
    out[order] = order[roots(parent)]
    return out


@compiled
def first_of_each(groups: Ints) -> Ints:
    """For each row the first row of its group, (n,): a union-find forest of depth one. Groups are 0 .. n - 1."""
    first = np.full(groups.shape[0], -1, np.int64)
    out = np.empty(groups.shape[0], np.int64)
    for row in range(groups.shape[0]):
        if first[groups[row]] < 0:
            first[groups[row]] = row
        out[row] = first[groups[row]]
    return out
