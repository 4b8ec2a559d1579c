"""S3, phase A: within one leaf, exact core flags of its own rows, and components of its own core rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from audiences.clustering.dbscan.kernel import Flags, Floats, Ints, Kernel, Lists


class Solved(NamedTuple):
    """What is known of a leaf's own n rows after phase A.

    Attributes:
        is_core: exact, (n,).
        names: of a core row its component's name, the smallest key among its core rows here; of another row the
            names of all components of this leaf within eps. Lists over n rows.
    """

    is_core: Flags
    names: Lists


def core_flags(
    kernel: Kernel,
    points: Floats,
    weights: Ints,
    halo: Iterable[tuple[Floats, Ints]],
    *,
    eps: float,
    min_points: int,
) -> Flags:
    """Whether the weight within eps of each own row reaches `min_points`, (n,).

    The halo, all foreign rows within eps of the leaf's box, comes as blocks of (points, weights): counts add, so one
    block is in memory at a time however large the ball is, and blocks after the last open row are not looked at.
    """
    index = kernel.index(points)
    counted = kernel.weigh(index, weights, index.points, np.zeros(len(points), np.int64), eps=eps, enough=min_points)
    for block, block_weights in halo:
        is_open = counted < min_points
        if not is_open.any():
            break
        counted[is_open] = kernel.weigh(
            kernel.index(block), block_weights, points[is_open], counted[is_open], eps=eps, enough=min_points
        )
    return counted >= min_points


def solve(
    kernel: Kernel,
    points: Floats,
    weights: Ints,
    keys: Ints,
    halo: Iterable[tuple[Floats, Ints]],
    *,
    eps: float,
    min_points: int,
) -> Solved:
    """Phase A of one leaf: n own rows with weights >= 1 and distinct keys, and the halo's blocks.

    Cost: n log n, independent of how many rows a ball holds; memory linear in n plus one block.
    """
    is_core = core_flags(kernel, points, weights, halo, eps=eps, min_points=min_points)
    core = np.flatnonzero(is_core)
    others = np.flatnonzero(~is_core)
    index = kernel.index(points[core])
    component = kernel.components(index, np.arange(len(core)), eps=eps)
    smallest = np.full(len(core), np.iinfo(np.int64).max)
    np.minimum.at(smallest, component, keys[core])
    name = smallest[component]
    # names as small numbers in their own order: the kernel asks for numbers from 0 on
    known, number = np.unique(name, return_inverse=True)
    near = kernel.names_within(index, number, points[others], eps=eps)
    lengths = np.ones(len(points), np.int64)
    lengths[others] = np.diff(near.starts)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    values = np.empty(starts[-1], np.int64)
    values[starts[core]] = name
    values[np.repeat(~is_core, lengths)] = known[near.values]
    return Solved(is_core, Lists(starts, values))
