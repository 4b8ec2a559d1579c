"""A fitted model as plain arrays that NumPy evaluates: no Spark, a fraction of a millisecond per customer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from audiences.errors import InputError

Floats = NDArray[np.float64]
FORMAT = 1


@dataclass(frozen=True)
class Trees:
    """Trees laid out one after the other; a leaf is its own left and right child.

    Args:
        roots: the node that each tree starts at.
        feature, threshold: a node goes left where x[feature] <= threshold.
        left, right: children.
        values: what a node says, one row per node: of a forest the shares of the segments, of boosting its weighted
            prediction.
        depth: of the deepest tree.
        group: of boosting the segment that each tree speaks of; empty for a forest.
    """

    roots: Sequence[int]
    feature: Sequence[int]
    threshold: Sequence[float]
    left: Sequence[int]
    right: Sequence[int]
    values: Sequence[Sequence[float]]
    depth: int
    group: Sequence[int] = ()


@dataclass(frozen=True)
class Linear:
    """Multinomial logistic regression: softmax(coefficients (x - means) / deviations + intercepts)."""

    means: Sequence[float]
    deviations: Sequence[float]
    coefficients: Sequence[Sequence[float]]
    intercepts: Sequence[float]


@dataclass(frozen=True)
class PortableModel:
    """A classifier of early features.

    Args:
        kind: how it is evaluated.
        segments: names, in the order of the probabilities.
        features: names, in the order of the vector.
        trees, linear: the arrays; one of them.
    """

    kind: Literal["random_forest", "gradient_boosted", "logistic_regression"]
    segments: Sequence[str]
    features: Sequence[str]
    trees: Trees | None = None
    linear: Linear | None = None

    def probabilities(self, points: Floats) -> Floats:
        """Probability of each segment: n x features in, n x segments out, rows of sum 1.

        Raises:
            InputError: another number of features, one that is not finite, or one too large for a probability.
        """
        points = self._checked(points)
        with np.errstate(over="ignore", invalid="ignore"):  # what came of it is looked at below
            stated = self._stated(points)
        if not np.isfinite(stated).all():
            raise InputError("a feature is too large: no probability can be computed", allowed=", ".join(self.features))
        return stated

    def _stated(self, points: Floats) -> Floats:
        if self.kind == "logistic_regression":
            return _softmax(self._linear_margins(points))
        if self.kind == "random_forest":
            return np.asarray(self._arrays.values[self._leaves(points)].mean(axis=1))
        each = 1 / (1 + np.exp(-2 * self._margins(points)))
        return np.asarray(each / each.sum(axis=1, keepdims=True))

    def contributions(self, points: Floats, segments: NDArray[np.intp]) -> Floats:
        """What each feature adds to the given segment of each row, n x features.

        Forest: probability, summed along the trees' paths; with the mean of the roots' shares it adds up to the
        probability (Saabas, Interpreting random forests, 2014). Boosting: the same for the log odds. Logistic
        regression: log odds against the mean of all segments and customers.
        """
        points = self._checked(points)
        if self.linear is not None:
            coefficients = np.asarray(self.linear.coefficients)
            centred = coefficients - coefficients.mean(axis=0)
            return np.asarray(centred[segments] * self._standardised(points))
        return self._along_paths(points, segments)

    def to_json(self) -> dict[str, Any]:
        """Plain lists and numbers."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> PortableModel:
        """What `to_json` gave."""
        trees, linear = plain["trees"], plain["linear"]
        return cls(plain["kind"], plain["segments"], plain["features"], Trees(**trees) if trees else None,
                   Linear(**linear) if linear else None)  # fmt: skip

    @cached_property
    def _arrays(self) -> _Arrays:
        assert self.trees is not None  # a model of this kind is made of trees
        return _Arrays(self.trees)

    def _checked(self, points: Floats) -> Floats:
        points = np.atleast_2d(np.asarray(points, dtype=np.float64))
        if points.shape[1] != len(self.features):
            raise InputError("a feature vector has another length", found=points.shape[1], allowed=len(self.features))
        if not np.isfinite(points).all():
            raise InputError("a feature is missing or not finite", allowed=", ".join(self.features))
        return points

    def _leaves(self, points: Floats) -> NDArray[np.intp]:
        """The leaf of each row in each tree, n x trees."""
        arrays = self._arrays
        nodes = np.broadcast_to(arrays.roots, (len(points), len(arrays.roots)))
        rows = np.arange(len(points))[:, None]
        for _ in range(arrays.depth):
            nodes = arrays.next(points, rows, nodes)
        return nodes

    def _margins(self, points: Floats) -> Floats:
        said = self._arrays.values[self._leaves(points), 0]
        return np.asarray(said @ self._arrays.groups(len(self.segments)))

    def _along_paths(self, points: Floats, segments: NDArray[np.intp]) -> Floats:
        arrays, is_forest = self._arrays, self.kind == "random_forest"
        nodes = np.broadcast_to(arrays.roots, (len(points), len(arrays.roots)))
        rows = np.arange(len(points))[:, None]
        column = segments[:, None] if is_forest else np.zeros_like(nodes)
        weight = np.full(nodes.shape, 1 / len(arrays.roots)) if is_forest else 2.0 * (arrays.group == segments[:, None])
        added = np.zeros((len(points), len(self.features)))
        for _ in range(arrays.depth):
            after = arrays.next(points, rows, nodes)
            step = (arrays.values[after, column] - arrays.values[nodes, column]) * weight
            np.add.at(added, (np.broadcast_to(rows, nodes.shape), arrays.feature[nodes]), step)
            nodes = after
        return added

    def _standardised(self, points: Floats) -> Floats:
        assert self.linear is not None
        deviations = np.asarray(self.linear.deviations)
        inverse = np.divide(1.0, deviations, out=np.zeros_like(deviations), where=deviations != 0)
        return np.asarray((points - np.asarray(self.linear.means)) * inverse)

    def _linear_margins(self, points: Floats) -> Floats:
        assert self.linear is not None
        coefficients, intercepts = np.asarray(self.linear.coefficients), np.asarray(self.linear.intercepts)
        return np.asarray(self._standardised(points) @ coefficients.T + intercepts)


class _Arrays:
    """Trees as NumPy arrays."""

    def __init__(self, trees: Trees) -> None:
        self.roots = np.asarray(trees.roots, dtype=np.intp)
        self.feature = np.asarray(trees.feature, dtype=np.intp)
        self.threshold = np.asarray(trees.threshold, dtype=np.float64)
        self.left, self.right = np.asarray(trees.left, dtype=np.intp), np.asarray(trees.right, dtype=np.intp)
        self.values = np.asarray(trees.values, dtype=np.float64)
        self.group = np.asarray(trees.group, dtype=np.intp)
        self.depth = trees.depth

    def next(self, points: Floats, rows: NDArray[np.intp], nodes: NDArray[np.intp]) -> NDArray[np.intp]:
        """One level down; leaves stay."""
        goes_left = points[rows, self.feature[nodes]] <= self.threshold[nodes]
        return np.where(goes_left, self.left[nodes], self.right[nodes])

    def groups(self, segments: int) -> Floats:
        """trees x segments: 1 where the tree speaks of the segment."""
        return np.eye(segments)[self.group]


def _softmax(margins: Floats) -> Floats:
    powers = np.exp(margins - margins.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def dumps(model: PortableModel, **beside: Any) -> str:
    """The model and what belongs to it as JSON text; floats keep every bit."""
    return json.dumps({"format": FORMAT, **beside, "model": model.to_json()})


def told(model: PortableModel, points: Floats, segments: NDArray[np.intp], count: int) -> list[list[str]]:
    """Per row the features that speak for the segment most, the strongest first: name, value and what it adds."""
    added = model.contributions(points, segments)
    order = np.argsort(-added, axis=1, kind="stable")[:, :count]
    return [_in_words(model.features, points[row], added[row], order[row]) for row in range(len(points))]


def _in_words(features: Sequence[str], point: Floats, added: Floats, order: NDArray[np.intp]) -> list[str]:
    return [f"{features[i]} {point[i]:.6g} ({added[i]:+.3f})" for i in order if added[i] > 0]
