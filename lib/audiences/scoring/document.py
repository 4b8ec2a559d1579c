"""What an exported model may look like: a schema with bounds, checked whole before anything is evaluated.

A model file is data from outside: it may have been edited, cut, or written by somebody else. Its arrays are indexes
into each other, so a wrong number would be an endless loop, another feature's value, or a probability of 4.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from audiences.config import Behaviour, Cleaning
from audiences.config.sources import checked_zone
from audiences.errors import InputError
from audiences.schema.scoring import EARLY_FEATURES
from audiences.scoring.portable import FORMAT

MAX_BYTES = 512 * 1024 * 1024
MAX_NODES, MAX_TREES, MAX_DEPTH = 5_000_000, 100_000, 30
MAX_SEGMENTS = 1_000
_SUM_TOLERANCE = 1e-6
_MAX_MARGIN = 300.0
"""Boosting: the greatest sum of a segment's tree values; e to the double of it is still a finite number."""

_FAULTS_SHOWN = 5

Text = Annotated[str, Field(min_length=1, max_length=200)]
Index = Annotated[int, Field(strict=True, ge=0, le=MAX_NODES)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-1e12, le=1e12)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class TreesDocument(_Part):
    """Trees in arrays; see `portable.Trees`."""

    roots: Annotated[list[Index], Field(min_length=1, max_length=MAX_TREES)]
    feature: Annotated[list[Index], Field(min_length=1, max_length=MAX_NODES)]
    threshold: list[Number]
    left: list[Index]
    right: list[Index]
    values: list[list[Number]]
    depth: Annotated[int, Field(strict=True, ge=0, le=MAX_DEPTH)]
    group: list[Index]

    @model_validator(mode="after")
    def _are_trees(self) -> TreesDocument:
        nodes = len(self.feature)
        if {len(self.threshold), len(self.left), len(self.right), len(self.values)} != {nodes}:
            raise ValueError("feature, threshold, left, right and values must have the same length")
        left, right, roots = (np.asarray(part, dtype=np.int64) for part in (self.left, self.right, self.roots))
        if max(int(left.max()), int(right.max()), int(roots.max())) >= nodes:
            raise ValueError(f"a root or child is no node; nodes are 0 to {nodes - 1}")
        own = np.arange(nodes)
        is_leaf = (left == own) & (right == own)
        inner = ~is_leaf
        if ((left <= own) & inner).any() or ((right <= own) & inner).any():
            raise ValueError("a child stands before its parent; only a leaf is its own left and right child")
        parents = np.bincount(np.concatenate([left[inner], right[inner]]), minlength=nodes)
        parents[roots] += 1
        if len(set(self.roots)) < len(self.roots) or (parents != 1).any():
            raise ValueError("each node must be a root, or the child of exactly one other node")
        if _depth(left, right, inner) != self.depth:
            raise ValueError("depth is not that of the deepest tree")
        return self


def _depth(left: Any, right: Any, inner: Any) -> int:
    """Levels below the roots; children stand after their parents, so one pass is enough."""
    levels = np.zeros(len(left), dtype=np.int64)
    for node in np.flatnonzero(inner):
        levels[left[node]] = levels[right[node]] = levels[node] + 1
    return int(levels.max())


def _tree_of_nodes(trees: TreesDocument) -> Any:
    """The number of the tree that each node belongs to."""
    number = np.zeros(len(trees.feature), dtype=np.int64)
    number[trees.roots] = np.arange(len(trees.roots))
    for node, (left, right) in enumerate(zip(trees.left, trees.right, strict=True)):
        number[left] = number[right] = number[node]
    return number


class LinearDocument(_Part):
    """A logistic regression in arrays; see `portable.Linear`."""

    means: list[Number]
    deviations: list[Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=1e12)]]
    coefficients: list[list[Number]]
    intercepts: list[Number]


class ModelDocument(_Part):
    """The classifier; see `portable.PortableModel`."""

    kind: Literal["random_forest", "gradient_boosted", "logistic_regression"]
    segments: Annotated[list[Text], Field(min_length=2, max_length=MAX_SEGMENTS)]
    features: list[str]
    trees: TreesDocument | None
    linear: LinearDocument | None

    @field_validator("segments")
    @classmethod
    def _distinct(cls, segments: list[str]) -> list[str]:
        if len(set(segments)) < len(segments):
            raise ValueError("two segments have the same name")
        return segments

    @field_validator("features")
    @classmethod
    def _known(cls, features: list[str]) -> list[str]:
        if tuple(features) != EARLY_FEATURES:
            raise ValueError(f"must be {', '.join(EARLY_FEATURES)}, in this order")
        return features

    @model_validator(mode="after")
    def _fits_its_kind(self) -> ModelDocument:
        is_linear = self.kind == "logistic_regression"
        if (self.linear is None) == is_linear or (self.trees is None) != is_linear:
            raise ValueError(f"a {self.kind} is made of {'linear' if is_linear else 'trees'} alone")
        if self.linear is not None:
            self._check_linear(self.linear)
        if self.trees is not None:
            if max(self.trees.feature) >= len(self.features):
                raise ValueError(f"trees.feature: features are 0 to {len(self.features) - 1}")
            if self.kind == "random_forest":
                self._check_forest(self.trees)
            else:
                self._check_boosted(self.trees)
        return self

    def _check_linear(self, linear: LinearDocument) -> None:
        features, segments = len(self.features), len(self.segments)
        if {len(linear.means), len(linear.deviations), *map(len, linear.coefficients)} != {features}:
            raise ValueError(f"linear: means, deviations and each row of coefficients need {features} numbers")
        if {len(linear.coefficients), len(linear.intercepts)} != {segments}:
            raise ValueError(f"linear: coefficients and intercepts need {segments} rows, one per segment")

    def _check_forest(self, trees: TreesDocument) -> None:
        if trees.group:
            raise ValueError("trees.group: a forest's trees belong to no segment")
        if {len(row) for row in trees.values} != {len(self.segments)}:
            raise ValueError(f"trees.values: each node needs {len(self.segments)} shares, one per segment")
        shares = np.asarray(trees.values)
        if (shares < 0).any() or (abs(shares.sum(axis=1) - 1) > _SUM_TOLERANCE).any():
            raise ValueError("trees.values: the shares of a node are 0 or more and sum to 1")

    def _check_boosted(self, trees: TreesDocument) -> None:
        if len(trees.group) != len(trees.roots) or set(trees.group) != set(range(len(self.segments))):
            raise ValueError("trees.group: each tree speaks of one segment, and each segment has a tree")
        if {len(row) for row in trees.values} != {1}:
            raise ValueError("trees.values: each node of boosting has one number")
        largest = np.zeros(len(trees.roots))
        np.maximum.at(largest, _tree_of_nodes(trees), np.abs(np.asarray(trees.values))[:, 0])
        margin = np.bincount(np.asarray(trees.group), weights=largest)
        if margin.max() > _MAX_MARGIN:
            raise ValueError(f"trees.values: the trees of a segment sum to more than {_MAX_MARGIN:g}")


class Document(_Part):
    """Everything that `audiences export-model` writes."""

    format: Literal[1]
    fingerprint: Text
    as_of: date
    window_days: Annotated[int, Field(strict=True, ge=1, le=365)]
    reasons: Annotated[int, Field(strict=True, ge=0, le=10)]
    time_zone: str
    behaviour: Behaviour
    cleaning: Cleaning
    model: ModelDocument

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, zone: str) -> str:
        return checked_zone(zone)


def checked(document: Mapping[str, Any], *, where: object = "the exported model") -> Document:
    """The document with its types, every number within its bounds.

    Raises:
        InputError: it is of another format, or not a whole model; the first faults are named.
    """
    if document.get("format") != FORMAT or isinstance(document.get("format"), bool):
        raise InputError(
            "the exported model is of another format", where=where, found=repr(document.get("format"))[:80],
            allowed=FORMAT, advice="audiences export-model, with this version, writes it again",
        )  # fmt: skip
    try:
        return Document.model_validate(dict(document))
    except ValidationError as fault:
        raise InputError(
            "the exported model is damaged or was changed", where=where, found=_in_words(fault),
            advice="audiences export-model writes it again",
        ) from None  # fmt: skip


def read(path: str | Path) -> Mapping[str, Any]:
    """The JSON object in a file: strict JSON, in which no name stands twice.

    Raises:
        InputError: there is no such file, or it holds something else.
    """
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise ValueError(f"more than {MAX_BYTES:,} bytes")
        document = json.loads(content.decode("utf-8"), parse_constant=_refused, object_pairs_hook=_without_repeats)
    except FileNotFoundError:
        raise InputError("there is no exported model", where=path, advice="audiences export-model") from None
    except (OSError, ValueError, RecursionError) as fault:
        reason = "nested too deep" if isinstance(fault, RecursionError) else str(fault)[:200]
        raise InputError("the exported model cannot be read", where=path, found=reason) from None
    if not isinstance(document, dict):
        raise InputError("the exported model cannot be read", where=path, found=type(document).__name__)
    return document


def _refused(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")


def _without_repeats(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return values


def _in_words(fault: ValidationError) -> str:
    """The first faults with their places; values are not repeated, for they may be long."""
    faults = fault.errors(include_url=False, include_input=False)
    lines = [
        f"{'.'.join(map(str, part['loc'])) or 'model'}: {part['msg'].removeprefix('Value error, ')}"
        for part in faults[:_FAULTS_SHOWN]
    ]
    more = len(faults) - len(lines)
    return "; ".join(lines) + (f"; and {more} more" if more else "")
