"""The clustering methods that there are, and what all of them share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.ml import Transformer
from pyspark.sql import DataFrame

from audiences.clustering.kmeans import KMeansMethod
from audiences.clustering.method import Method
from audiences.clustering.mixture import MixtureMethod
from audiences.config import ValueSegments

METHODS: Mapping[str, Method[Any]] = {"kmeans": KMeansMethod(), "gaussian_mixture": MixtureMethod()}
"""`value_segments.method` -> the method."""


def method_of(model: Transformer) -> Method[Any]:
    """The method that fitted a saved model.

    Raises:
        TypeError: none of them did.
    """
    for method in METHODS.values():
        if isinstance(model, method.model_type):
            return method
    known = ", ".join(method.model_type.__name__ for method in METHODS.values())
    raise TypeError(f"a clustering model is needed ({known}), not {type(model).__name__}")


def best_of(rows: DataFrame, *, k: int, seeds: Sequence[int], settings: ValueSegments) -> Any:
    """The fit with the lowest cost over several seeds: a single start is a lottery.

    Args:
        rows: frame with a `vector` column, cached by the caller.
        k: number of clusters, at most the number of distinct rows.
        seeds: one start each; of equal costs the first wins.
    """
    method = METHODS[settings.method]
    return min(method.fits(rows, k=k, seeds=seeds, settings=settings), key=method.cost)
