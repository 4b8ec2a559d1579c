"""The distributed steps in one process: the very functions that leaves and the merge use, without Spark between them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from audiences.clustering.dbscan import merge, phase_a, phase_b
from audiences.clustering.dbscan.boxes import Boxes
from audiences.clustering.dbscan.cuts import grow
from audiences.clustering.dbscan.kernel import Flags, Floats, Ints, Kernel, Lists


def cluster(
    kernel: Kernel,
    points: Floats,
    *,
    eps: float,
    min_points: int,
    leaves: int,
    weights: Ints | None = None,
    block_rows: int = 64,
    boxes: Boxes | None = None,
) -> tuple[Ints, Flags]:
    """Labels and core flags of the rows, whose keys are their positions."""
    weights = np.ones(len(points), np.int64) if weights is None else weights
    unique, first, number = np.unique(points + 0.0, axis=0, return_index=True, return_inverse=True)
    number = number.reshape(-1)
    total = np.zeros(len(unique), np.int64)
    np.add.at(total, number, weights)
    boxes = boxes or grow(unique, eps=eps, leaf_rows=max(1.0, len(unique) / leaves))
    label, is_core = _labels(kernel, unique, total, first, boxes, eps, min_points, block_rows)
    return label[number], is_core[number]


def _labels(
    kernel: Kernel, points: Floats, weights: Ints, keys: Ints, boxes: Boxes, eps: float, min_points: int, block: int
) -> tuple[Ints, Flags]:
    home = boxes.home(points)
    row, leaf = boxes.reach(points, eps)
    is_core = np.zeros(len(points), np.bool_)
    near: list[Ints] = [np.empty(0, np.int64) for _ in points]
    solved = {}
    for at in range(boxes.count):
        own = np.flatnonzero(home == at)
        halo = [(points[part], weights[part]) for part in _blocks(row[leaf == at], block)]
        solved[at] = phase_a.solve(kernel, points[own], weights[own], keys[own], halo, eps=eps, min_points=min_points)
        is_core[own] = solved[at].is_core
        for i, names in zip(own, _each(solved[at].names), strict=True):
            near[i] = names
    names = np.array([near[i][0] for i in np.flatnonzero(is_core)], np.int64)
    links = [np.empty((0, 2), np.int64)]
    for at in range(boxes.count):
        own = np.intersect1d(np.flatnonzero(home == at), row)
        lists = [near[i] for i in own]
        given = Lists(np.cumsum([0, *map(len, lists)]), np.concatenate([np.empty(0, np.int64), *lists]))
        senders = row[(leaf == at) & is_core[row]]
        messages = [
            phase_b.Messages(points[part], np.array([near[i][0] for i in part]), home[part] < at)
            for part in _blocks(senders, block)
        ]
        crossed = phase_b.solve(kernel, points[own], is_core[own], given, messages, eps=eps)
        links.append(crossed.links)
        for i, found in zip(own[~is_core[own]], _each(crossed.names), strict=True):
            near[i] = found
    pairs = np.concatenate(links)
    known, label = merge.ranked(names, (pairs[:, 0], pairs[:, 1]))
    out = np.full(len(points), -1)
    for i, found in enumerate(near):
        if len(found):
            out[i] = label[np.searchsorted(known, found)].min()
    return out, is_core


def _blocks(rows: Ints, size: int) -> Iterator[Ints]:
    for begin in range(0, len(rows), size):
        yield rows[begin : begin + size]


def _each(lists: Lists) -> Iterator[Ints]:
    for i in range(len(lists.starts) - 1):
        yield lists.of(i)
