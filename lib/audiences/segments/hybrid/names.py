"""Names of hybrid segments: what they do most and what they say most, beside everybody else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import types as T

from audiences.clustering.ward import Array, Labels
from audiences.schema import review_behaviour
from audiences.schema import segment_names as table
from audiences.segments.hybrid.tree import Tree, chosen_k, read_tree

_FIGURES = {column.name for column in review_behaviour.body}  # of the behaviour block where reviews tell it
_APART = 0.2  # standard deviations: less is no difference worth a word


def hybrid_names(dendrogram: DataFrame, *, selection: DataFrame) -> DataFrame:
    """One row per hybrid segment, as the body of `segment_names`; cluster_id is the segment's smallest leaf."""
    tree = read_tree(dendrogram)
    labels = tree.segments(chosen_k(selection))
    means, z = differences(tree, labels)
    names = unique(["; ".join(_words(row, tree.feature_names)) or "Average" for row in z])
    rows = []
    for one, name in enumerate(names):
        most = np.argsort(-np.abs(z[one]), kind="stable")[:3]
        reason = ", ".join(f"{tree.feature_names[j]} {z[one, j]:+.1f} sd from the mean" for j in most)
        customers = round(float(tree.weights[labels == one].sum()))
        leaf = int(np.flatnonzero(labels == one)[0])
        rows.append((one, leaf, name, reason, customers, means[one].tolist(), list(tree.feature_names)))
    schema = T.StructType([column.field() for column in table.body])
    return dendrogram.sparkSession.createDataFrame(rows, schema)


def differences(tree: Tree, labels: Labels) -> tuple[Array, Array]:
    """Segment means, and how many standard deviations (of the leaves, weighted) they lie from the mean of all."""
    overall = np.average(tree.centres, axis=0, weights=tree.weights)
    spread = np.sqrt(np.average((tree.centres - overall) ** 2, axis=0, weights=tree.weights))
    means = np.stack(
        [
            np.average(tree.centres[labels == one], axis=0, weights=tree.weights[labels == one])
            for one in range(labels.max() + 1)
        ]
    )
    away = np.divide(means - overall, spread, out=np.zeros_like(means), where=spread > 1e-9)
    return means, np.round(away, 6)


def _words(z: Array, names: Sequence[str]) -> list[str]:
    """The behaviour and the topic that stand out most; figures (recency_days, …) are named with high or low."""
    found = []
    for block in ("behaviour: ", "topic: "):
        places = [j for j, name in enumerate(names) if name.startswith(block)]
        is_figure = {j: block == "behaviour: " and names[j].removeprefix(block) in _FIGURES for j in places}
        strength = {j: abs(z[j]) if is_figure[j] else z[j] for j in places}
        best = max(places, key=lambda j: (strength[j], -j), default=None)
        if best is not None and strength[best] >= _APART:
            word = names[best].removeprefix(block)
            plain = word.removesuffix("_days").removesuffix("_mean").replace("_", " ")
            found.append(f"{'high' if z[best] > 0 else 'low'} {plain}" if is_figure[best] else word)
    return found


def unique(names: Sequence[str]) -> list[str]:
    """Equal names get their place among each other, the largest segment first."""
    seen: dict[str, int] = {}
    made = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        made.append(name if names.count(name) == 1 else f"{name} ({seen[name]} of {names.count(name)})")
    return made
