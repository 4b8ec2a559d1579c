"""What a clustering method of value segments is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pyspark.sql import DataFrame

from audiences.config import ValueSegments
from audiences.errors import InputError

M = TypeVar("M")
"""The method's fitted model."""


@dataclass(frozen=True)
class Criteria:
    """Of a model with a likelihood, natural logarithm; of BIC and AIC lower is better."""

    log_likelihood: float
    bic: float
    aic: float


class DegenerateFitError(InputError):
    """No start of this k gives a usable model; another k may."""


class Method(Protocol[M]):
    """One way to find clusters. A new method is one file with such a class and a line in `methods.METHODS`.

    A fitted model is one of Spark's own, so that it is saved and loaded as it is. It places rows by `transform`, with a
    column `prediction`, and has a training summary with `clusterSizes` and `predictions`.
    """

    @property
    def model_type(self) -> type:
        """The class of a fitted model."""
        ...

    def prepared(self, points: DataFrame, *, settings: ValueSegments) -> DataFrame:
        """The points (customer_id, features, vector) as the estimator should get them."""
        ...

    def fits(self, rows: DataFrame, *, k: int, seeds: Sequence[int], settings: ValueSegments) -> list[M]:
        """One fit per seed, in order, unusable ones left out.

        Raises:
            DegenerateFitError: every start is unusable.
        """
        ...

    def cost(self, model: M) -> float:
        """What a start is judged by; lower is better."""
        ...

    def inertia(self, model: M) -> float:
        """The sum of squared distances of the training rows to the centre of their cluster."""
        ...

    def criteria(self, model: M, *, features: int, rows: int) -> Criteria | None:
        """Likelihood and information criteria; None where the method has no likelihood."""
        ...

    def centres(self, model: M) -> list[list[float]]:
        """The centre of each cluster, in the model's own order: k rows."""
        ...

    def with_memberships(self, rows: DataFrame, *, model: M) -> DataFrame | None:
        """The rows with a column `probabilities` (array<double> in the model's order); None for hard clusters."""
        ...
