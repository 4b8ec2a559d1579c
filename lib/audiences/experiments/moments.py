"""Counts, means, covariances and third moments of groups of customers: all that the statistics of this room read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """The moments of several columns over one group.

    Args:
        names: the columns.
        count: customers in the group.
        means: one per column.
        covariances: sample covariances (divided by count - 1), a square matrix.
        thirds: sums of the cubed distances to the mean, one per column.
    """

    names: tuple[str, ...]
    count: int
    means: Values
    covariances: Values
    thirds: Values

    @classmethod
    def of_row(cls, row: Mapping[str, Any], names: Sequence[str]) -> Moments:
        """From one row of `aggregates.moments_by`; a null stands where a group is too small to have the figure."""
        count = int(row["customers"])
        covariances = np.array([[_number(row[covariance_name(a, b, names)]) for b in names] for a in names])
        squares = np.diag(covariances) * max(count - 1, 0)
        skewness = np.array([_number(row[f"skewness_{name}"]) for name in names])
        thirds = skewness * squares**1.5 / np.sqrt(max(count, 1))
        return cls(tuple(names), count, np.array([_number(row[f"mean_{name}"]) for name in names]), covariances, thirds)

    @classmethod
    def of_values(cls, values: Values, names: Sequence[str]) -> Moments:
        """From one row per customer in memory: for simulations and tests."""
        count = len(values)
        means = values.mean(axis=0) if count else np.zeros(len(names))
        centred = values - means
        covariances = centred.T @ centred / max(count - 1, 1)
        return cls(tuple(names), count, means, covariances, (centred**3).sum(axis=0))

    def __add__(self, other: Moments) -> Moments:
        """The moments of both groups together (Chan, Golub & LeVeque 1983)."""
        count = self.count + other.count
        if not self.count or not other.count:
            return self if self.count else other
        apart = other.means - self.means
        left, right = self._squares(), other._squares()
        squares = left + right + np.outer(apart, apart) * self.count * other.count / count
        thirds = (
            self.thirds
            + other.thirds
            + apart**3 * self.count * other.count * (self.count - other.count) / count**2
            + 3 * apart * (self.count * np.diag(right) - other.count * np.diag(left)) / count
        )
        means = self.means + apart * other.count / count
        return Moments(self.names, count, means, squares / (count - 1), thirds)

    def _squares(self) -> Values:
        return self.covariances * max(self.count - 1, 0)

    def mean(self, name: str) -> float:
        return float(self.means[self.names.index(name)])

    def total(self, name: str) -> float:
        return self.mean(name) * self.count

    def variance(self, name: str) -> float:
        return self.covariance(name, name)

    def covariance(self, one: str, other: str) -> float:
        return float(self.covariances[self.names.index(one), self.names.index(other)])

    def skewness(self, name: str) -> float:
        """The population skewness; 0 where nothing varies."""
        place = self.names.index(name)
        squares = float(self._squares()[place, place])
        return float(self.thirds[place]) * self.count**0.5 / squares**1.5 if squares > 0 else 0.0

    def residual_variance(self, outcome: str, covariates: Sequence[str]) -> float:
        """The variance of the outcome that a regression on the covariates leaves."""
        explained = self.matrix(covariates, [outcome])[:, 0]
        slope = np.linalg.lstsq(self.matrix(covariates, covariates), explained, rcond=1e-10)[0]
        return max(self.variance(outcome) - float(slope @ explained), 0.0)

    def vector(self, names: Sequence[str]) -> Values:
        """The means of these columns."""
        return self.means[[self.names.index(name) for name in names]]

    def matrix(self, names: Sequence[str], others: Sequence[str]) -> Values:
        """The covariances of these columns with those."""
        rows = [self.names.index(name) for name in names]
        return self.covariances[np.ix_(rows, [self.names.index(name) for name in others])]


def together(groups: Sequence[Moments]) -> Moments:
    """The moments of all groups together; at least one is needed."""
    return reduce(add, groups)


def covariance_name(one: str, other: str, names: Sequence[str]) -> str:
    """The column that holds the covariance of two columns, whichever comes first."""
    first, second = sorted((one, other), key=list(names).index)
    return f"covariance_{first}_{second}"


def _number(value: Any) -> float:
    """Null and NaN as 0."""
    return 0.0 if value is None or math.isnan(value) else float(value)
