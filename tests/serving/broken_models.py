"""Exported models that are right, and a generator of ones that are not: each differs in one place."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from typing import Any

from audiences.config import Behaviour, Cleaning
from audiences.schema.scoring import EARLY_FEATURES

SEGMENTS = ["Regular", "Seldom"]
_SIZE = len(EARLY_FEATURES)


def document(model: dict[str, Any]) -> dict[str, Any]:
    """What export-model writes around a model."""
    return {
        "format": 1, "fingerprint": "f1", "as_of": "2024-01-01", "window_days": 14, "reasons": 2, "time_zone": "Europe/London",
        "behaviour": Behaviour().model_dump(mode="json"), "cleaning": Cleaning().model_dump(mode="json"),
        "model": {"segments": SEGMENTS, "features": list(EARLY_FEATURES), "trees": None, "linear": None, **model},
    }  # fmt: skip


def linear() -> dict[str, Any]:
    slope = [0.5, *[0.0] * (_SIZE - 1)]
    arrays = {"means": [0.0] * _SIZE, "deviations": [1.0] * _SIZE,
              "coefficients": [slope, [-part for part in slope]], "intercepts": [-1.5, 1.5]}  # fmt: skip
    return document({"kind": "logistic_regression", "linear": arrays})


def forest() -> dict[str, Any]:
    """Two trees: one of three nodes, and one that is a leaf alone."""
    arrays = {
        "roots": [0, 3], "feature": [0, 0, 0, 0], "threshold": [1.0, 0.0, 0.0, 0.0], "left": [1, 1, 2, 3], "right": [2, 1, 2, 3],
        "values": [[0.5, 0.5], [0.25, 0.75], [1.0, 0.0], [0.5, 0.5]], "depth": 1, "group": [],
    }  # fmt: skip
    return document({"kind": "random_forest", "trees": arrays})


def boosted() -> dict[str, Any]:
    arrays = {
        "roots": [0, 3], "feature": [0, 0, 0, 0], "threshold": [1.0, 0.0, 0.0, 0.0], "left": [1, 1, 2, 3], "right": [2, 1, 2, 3],
        "values": [[0.1], [-0.4], [0.6], [0.2]], "depth": 1, "group": [0, 1],
    }  # fmt: skip
    return document({"kind": "gradient_boosted", "trees": arrays})


RIGHT = {"linear": linear, "forest": forest, "boosted": boosted}

_INSTEAD = (
    None,
    True,
    "x",
    "",
    [],
    {},
    -1,
    10**9,
    10**30,
    1e300,
    math.nan,
    math.inf,
    [[]],
    [None],
    "\ud800",
    "9" * 5_000,
)


def mutations(right: dict[str, Any], *, only: str | None = None) -> Iterator[tuple[str, Any]]:
    """(name, document): each place of the document removed, exchanged, and each list cut, repeated or turned around.

    `only` names the part of the document whose places are changed.
    """
    for path, value in _places(right):
        if only not in (None, path[0]):
            continue
        name = ".".join(map(str, path))
        yield f"{name} removed", _changed(right, path, remove=True)
        for number, other in enumerate(_INSTEAD):
            if other != value or type(other) is not type(value):
                yield f"{name} = no. {number}", _changed(right, path, other)
        if isinstance(value, list) and value:
            yield f"{name} cut", _changed(right, path, value[:-1])
            yield f"{name} longer", _changed(right, path, [*value, value[-1]])
            if value[::-1] != value:
                yield f"{name} turned", _changed(right, path, value[::-1])
        if isinstance(value, dict):
            yield f"{name} with more", _changed(right, path, {**value, "more": 1})


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if path:
        yield path, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _places(item, (*path, key))
    elif isinstance(value, list):
        for number in {0, len(value) - 1} if value else ():
            yield from _places(value[number], (*path, number))


def _changed(
    right: dict[str, Any], path: tuple[Any, ...], value: Any = None, *, remove: bool = False
) -> dict[str, Any]:
    changed = copy.deepcopy(right)
    above: Any = changed
    for part in path[:-1]:
        above = above[part]
    if remove:
        del above[path[-1]]
    else:
        above[path[-1]] = value
    return changed
