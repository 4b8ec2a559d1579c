"""S5, merge: components' names that touch across cuts become clusters, numbered by their smallest key."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from audiences.clustering.dbscan.kernel import Ints

Keys = npt.NDArray[Any]  # int64 or object (str)


def ranked(names: Keys, links: tuple[Keys, Keys]) -> tuple[Keys, Ints]:
    """Each distinct name in ascending order, and its cluster's label: the rank of the cluster's smallest name.

    Args:
        names: of all components of all leaves; a name is the smallest key of its component.
        links: pairs of names that are one cluster.

    Cost: linear in names and links, which are bounded by boundary components, never by rows.
    """
    known = np.unique(names)
    a, b = (np.searchsorted(known, side) for side in links)
    graph = coo_matrix((np.ones(len(a), np.bool_), (a, b)), shape=(len(known), len(known)))
    count, component = connected_components(graph, directed=False)
    # the first name of each component is its smallest; components in the order of these are the labels
    _, first = np.unique(component, return_index=True)
    label = np.empty(count, np.int64)
    label[np.argsort(first)] = np.arange(count)
    return known, label[component]
