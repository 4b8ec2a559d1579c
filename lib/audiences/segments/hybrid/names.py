"""Names of hybrid segments: what they do most and what they say most, beside everybody else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import types as T

from audiences.clustering.ward import Array, Labels
from audiences.config.names import rule_id
from audiences.schema import review_behaviour
from audiences.schema import segment_names as table
from audiences.segments.hybrid.features import BEHAVIOUR, NO_TEXT, TOPIC
from audiences.segments.hybrid.tree import Tree, chosen_k, read_tree

_FIGURES = {column.name for column in review_behaviour.body}  # of the behaviour block where reviews tell it
_FIGURE_WORDS = {
    "recency_days": ("silent for long", "heard from recently"),
    "reviews": ("many texts", "few texts"),
    "rating_mean": ("high ratings", "low ratings"),
    "rating_sd": ("mixed ratings", "even ratings"),
    "words_mean": ("long texts", "short texts"),
    "helpful_mean": ("found helpful", "seldom found helpful"),
}
_APART = 0.2  # standard deviations: less is no difference worth a word


def hybrid_names(dendrogram: DataFrame, *, selection: DataFrame, value_names: DataFrame | None = None) -> DataFrame:
    """One row per hybrid segment, as the body of `segment_names`; cluster_id is the segment's smallest leaf.

    Args:
        value_names: segment_names of the value segmentation; a hybrid segment that is called after one of them keeps
            the rule of that name, and with it the play.
    """
    tree = read_tree(dendrogram)
    labels = tree.segments(chosen_k(selection))
    means, z = differences(tree, labels)
    names = unique([title(row, tree.feature_names) for row in z])
    rules = {} if value_names is None else {row["name"]: row["rule_id"] for row in value_names.collect()}
    rows = []
    for one, name in enumerate(names):
        most = np.argsort(-np.abs(z[one]), kind="stable")[:3]
        reason = ", ".join(_more_or_less(tree.feature_names[j], z[one, j]) for j in most)
        customers = round(float(tree.weights[labels == one].sum()))
        leaf = int(np.flatnonzero(labels == one)[0])
        rule = rules.get(_strongest(z[one], tree.feature_names, BEHAVIOUR) or "")
        rows.append((one, leaf, name, reason, customers, means[one].tolist(), list(tree.feature_names),
                     f"hybrid-{rule_id(name)}", rule, None, None))  # fmt: skip
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


def title(z: Array, names: Sequence[str]) -> str:
    """What its customers do most and what they write about most: 'Loyal, about price sensitivity'."""
    behaviour = _strongest(z, names, BEHAVIOUR)
    topic = _strongest(z, names, TOPIC)
    does = "" if behaviour is None else _in_words(behaviour, z[names.index(f"{BEHAVIOUR}{behaviour}")])
    about = "" if topic is None else "without texts" if topic == NO_TEXT else f"about {spaced(topic)}"
    text = ", ".join(part for part in (does, about) if part) or "Like most customers"
    return text[:1].upper() + text[1:]


def _strongest(z: Array, names: Sequence[str], block: str) -> str | None:
    """The feature of a block that stands out most, without the block's name; figures may be far below, too."""
    within = [j for j, name in enumerate(names) if name.startswith(block)]
    strength = {j: abs(z[j]) if _is_figure(names[j]) else z[j] for j in within}
    best = max(within, key=lambda j: (strength[j], -j), default=None)
    return None if best is None or strength[best] < _APART else names[best].removeprefix(block)


def _is_figure(name: str) -> bool:
    return name.startswith(BEHAVIOUR) and name.removeprefix(BEHAVIOUR) in _FIGURES


def _in_words(behaviour: str, z: float) -> str:
    """A value segment by its own name, a figure of the texts as much or little of it."""
    if behaviour not in _FIGURES:
        return spaced(behaviour)
    pair = _FIGURE_WORDS.get(behaviour, (f"high {spaced(behaviour)}", f"low {spaced(behaviour)}"))
    return pair[0] if z > 0 else pair[1]


def _more_or_less(name: str, z: float) -> str:
    """A feature beside all customers: 'more about delivery than all customers'."""
    if name.startswith(TOPIC):
        topic = name.removeprefix(TOPIC)
        if topic == NO_TEXT:
            return f"{'more' if z > 0 else 'fewer'} customers without texts"
        return f"{'more' if z > 0 else 'less'} about {spaced(topic)} than all customers"
    behaviour = name.removeprefix(BEHAVIOUR)
    return (
        _in_words(behaviour, z)
        if behaviour in _FIGURES
        else f"{'more' if z > 0 else 'fewer'} customers of {spaced(behaviour)}"
    )


def spaced(text: str) -> str:
    """A token or theme as words: price_sensitivity is price sensitivity."""
    return text.replace("_", " ")


def unique(names: Sequence[str]) -> list[str]:
    """Equal names get their place among each other, the largest segment first."""
    seen: dict[str, int] = {}
    made = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        made.append(name if names.count(name) == 1 else f"{name} ({seen[name]} of {names.count(name)})")
    return made
