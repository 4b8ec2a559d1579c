"""S4, phase B: across the cuts, which components are one, and whom else border rows reach.

Only core rows send messages and only core rows are linked: a border row never joins two clusters.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from audiences.clustering.dbscan.kernel import Flags, Floats, Ints, Kernel, Lists


class Messages(NamedTuple):
    """Core rows of other leaves within eps of this leaf's box, a block of them.

    Attributes:
        points: (m, d).
        names: their components' names, (m,).
        is_linking: whether this leaf is the one of the two that links the pair, (m,); each pair is linked once.
    """

    points: Floats
    names: Ints
    is_linking: Flags


class Crossed(NamedTuple):
    """What phase B adds.

    Attributes:
        links: pairs of names that are one cluster, (links, 2); enough to connect all that touch here, no more.
        names: for each own row that is not core, the names of all components within eps, here and elsewhere.
    """

    links: Ints
    names: Lists


def solve(
    kernel: Kernel, points: Floats, is_core: Flags, names: Lists, messages: Iterable[Messages], *, eps: float
) -> Crossed:
    """Phase B of one leaf: its own n rows near a cut with phase A's results, and the blocks of messages.

    Cost: n log n per block; memory linear in n plus one block. Rows within a leaf are not compared again except where
    their components are still apart.
    """
    core = np.flatnonzero(is_core)
    others = np.flatnonzero(~is_core)
    core_names = names.values[names.starts[core]]
    is_other = np.repeat(~is_core, np.diff(names.starts))
    pairs = [np.column_stack([names.owners()[is_other], names.values[is_other]])]
    links: list[Ints] = [np.empty((0, 2), np.int64)]
    for block in messages:
        linking = block.is_linking
        if len(core) and linking.any():
            links.append(
                linked(
                    kernel,
                    np.concatenate([points[core], block.points[linking]]),
                    np.concatenate([core_names, block.names[linking]]),
                    eps=eps,
                )
            )
        known, number = np.unique(block.names, return_inverse=True)
        near = kernel.names_within(kernel.index(block.points), number, points[others], eps=eps)
        pairs.append(np.column_stack([others[near.owners()], known[near.values]]))
    return Crossed(np.unique(np.concatenate(links), axis=0), _lists(np.concatenate(pairs), others))


def linked(kernel: Kernel, points: Floats, names: Ints, *, eps: float) -> Ints:
    """Pairs (name, smallest name it hangs together with) among core rows and their names so far, (links, 2)."""
    known, number = np.unique(names, return_inverse=True)
    component = kernel.components(kernel.index(points), number, eps=eps)
    smallest = np.full(len(points), len(known))
    np.minimum.at(smallest, component, number)
    pairs = np.unique(np.column_stack([number, smallest[component]]), axis=0)
    links: Ints = known[pairs[pairs[:, 0] != pairs[:, 1]]]
    return links


def _lists(pairs: Ints, owners: Ints) -> Lists:
    """Lists over `owners` (ascending) from pairs (owner, value)."""
    pairs = np.unique(pairs, axis=0)
    counts = np.searchsorted(pairs[:, 0], owners, side="right") - np.searchsorted(pairs[:, 0], owners)
    return Lists(np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)]), pairs[:, 1])
