"""Choosing eps: how far rows are from their k-th neighbour, sampled queries against all rows.

The reference is never sampled: that would inflate distances by share^(-1/d). A row is its own neighbour and rows count
by weight, as in `GridDBSCAN`: with eps at its k-distance, k = minPoints, a row has just become core.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from audiences.clustering.dbscan import columns as c
from audiences.clustering.dbscan import plan as plans
from audiences.clustering.dbscan import route, stream
from audiences.clustering.dbscan.check import Size, measured
from audiences.clustering.dbscan.collapse import collapse, keyed_rows
from audiences.clustering.dbscan.kernel import Floats, Ints
from audiences.errors import ConfigError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_CHUNK_ROWS = 1_000_000  # reference rows per tree
_GROUPS = 16  # parts that the queries' neighbours are merged in, a partition each
_GRID = (0.25, 0.5, 0.75, 0.9, 0.95, 0.99)  # shares of core rows that the table starts from
_TAIL = 0.01  # of the curve's mass at either end that the knee does not look at


def rounded_up(eps: float, digits: int = 4) -> float:
    """The eps rounded up to so many significant digits: one read off distances would otherwise tie with a pair."""
    return float(Context(prec=digits, rounding=ROUND_CEILING).create_decimal(repr(float(eps))))


@dataclass(frozen=True)
class Choice:
    """What an eps would give: the share of core rows, and the predicted price of the run."""

    eps: float
    core_share: float
    replication: float
    shuffle_gb: float
    core_seconds: float


@dataclass(frozen=True)
class KDistances:
    """The k-distance curve of a sample of rows.

    Attributes:
        k: minPoints.
        size: rows, distinct rows, dimensions of the data.
        distances: of the sampled rows to their k-th neighbour, ascending, (queries,), in the features' units.
        weights: of the sampled rows, in the same order.
        sample: distinct rows that prices are predicted from, (s, d).
        leaf_rows: as in `GridDBSCAN`.
    """

    k: int
    size: Size
    distances: Floats
    weights: Ints
    sample: Floats
    leaf_rows: int

    @property
    def zero_share(self) -> float:
        """The share of mass at distance 0: rows with so many equals that they are core at any eps."""
        return self.core_share(0.0)

    def core_share(self, eps: float) -> float:
        """The share of mass whose k-distance is at most eps: about the share of core rows."""
        return float(self.weights[self.distances <= eps].sum() / self.weights.sum())

    def quantile(self, share: float) -> float:
        """The smallest sampled distance that this share of mass does not exceed."""
        mass = np.cumsum(self.weights) / self.weights.sum()
        return float(self.distances[min(int(np.searchsorted(mass, share - 1e-12)), len(mass) - 1)])

    def curve(self, points: int = 200) -> list[tuple[float, float]]:
        """(share of mass, k-distance), for drawing."""
        return [(share, self.quantile(share)) for share in np.linspace(0, 1, points).tolist()]

    def suggestion(self) -> float:
        """The eps at the curve's knee, rounded up; a suggestion to look at, not a truth.

        The knee is the point farthest below the chord of the curve between its ends, 1 % of mass cut off on either
        side (Satopää et al. 2011, "Finding a Kneedle in a Haystack", without its smoothing). Where it lies at
        distance 0, the smallest distance above is taken.

        Raises:
            ConfigError: every sampled row is at distance 0, or there are fewer than k rows.
        """
        above = self.distances[(self.distances > 0) & np.isfinite(self.distances)]
        if not len(above):
            raise ConfigError(
                "no eps can be suggested", where="eps, minPoints",
                found=f"no sampled row has its {self.k}-th neighbour at a finite distance above 0",
                advice="set eps by hand, or another minPoints",
            )  # fmt: skip
        shares = np.linspace(_TAIL, 1 - _TAIL, 981)
        distances = np.array([self.quantile(share) for share in shares])
        height = distances[-1] - distances[0]
        below = (shares - shares[0]) / (shares[-1] - shares[0]) - (distances - distances[0]) / (height or 1.0)
        knee = max(distances[np.argmax(below)], above[0])
        return rounded_up(float(knee))

    def table(self, grid: Sequence[float] = ()) -> list[Choice]:
        """What each eps would give, ascending; by default those at some shares of core rows, and the suggestion."""
        if not grid:
            at_shares = [rounded_up(distance) for share in _GRID if (distance := self.quantile(share)) > 0]
            grid = [*at_shares, self.suggestion()]
        return [self._choice(eps) for eps in sorted(set(grid))]

    def _choice(self, eps: float) -> Choice:
        plan = plans.predicted(self.sample, self.size, eps=eps, min_points=self.k, leaf_rows=self.leaf_rows)
        return Choice(eps, self.core_share(eps), plan.replication, plan.shuffle_bytes / 1e9, plan.core_seconds)


def k_distances(
    frame: DataFrame,
    *,
    min_points: int | None = None,
    id_col: str = "id",
    features_col: str = "features",
    weight_col: str | None = None,
    queries: int = 10_000,
    leaf_rows: int = 262_144,
) -> KDistances:
    """The k-distance curve of about `queries` rows, chosen by the hash of their ids, against all rows.

    Args:
        frame: one row per id: an id (integer or string), features (vector or array of numbers), perhaps a weight.
        min_points: k; 2 * features if not given.

    Raises:
        InputError: as `GridDBSCAN.fit` does.
        ConfigError: min_points or queries below 1.

    Cost: queries * log n per million rows; to the driver come the sampled rows, their distances and 65,536 rows that
    prices are predicted from.
    """
    for name, value in (("min_points", min_points), ("queries", queries)):
        if value is not None and value < 1:
            raise ConfigError(f"{name} is out of range", where=name, found=value, allowed=">= 1")
    rows = keyed_rows(frame, id_col=id_col, features_col=features_col, weight_col=weight_col)
    unique = collapse(rows).persist()
    try:
        size = measured(unique)
        k = min_points or 2 * size.dimensions
        points, weights = route.sampled_with_weights(rows, size.dimensions, share=queries / size.rows)
        distances = _distances(unique, points, k)
        sample = route.sampled(unique, size.dimensions, share=plans.LEAF_SAMPLE_ROWS / size.unique)
    finally:
        unique.unpersist()
    order = np.lexsort((weights, distances))
    return KDistances(k, size, distances[order], weights[order], sample, leaf_rows)


def _distances(unique: DataFrame, queries: Floats, k: int) -> Floats:
    """Each query's distance to the k-th unit of weight, (queries,); infinite where there is less weight in all."""
    merged = (
        unique.select(c.FEATURES, c.WEIGHT)
        .mapInArrow(functools.partial(_nearest, queries=queries, k=k), "query_group int, nearest binary, mass binary")
        .repartition(_GROUPS, "query_group")
        .mapInArrow(functools.partial(_merged, k=k), "query_group int, distance binary")
        .collect()
    )
    out = np.full(len(queries), np.inf)
    for row in merged:
        out[row["query_group"] :: _GROUPS] = np.frombuffer(row["distance"])
    return out


def _nearest(batches: Iterator[pa.RecordBatch], *, queries: Floats, k: int) -> Iterator[pa.RecordBatch]:
    """The k nearest reference rows of every query among a partition's, with their weights."""
    best = np.full((len(queries), k), np.inf)
    mass = np.zeros((len(queries), k), np.int64)
    for chunk in stream.blocks(batches, _CHUNK_ROWS):
        points = stream.points(chunk.column(c.FEATURES), queries.shape[1])
        best, mass = _k_smallest(best, mass, *_query(points, stream.integers(chunk.column(c.WEIGHT)), queries, k), k)
    for group in range(_GROUPS):
        yield pa.RecordBatch.from_pydict({
            "query_group": pa.array([group], pa.int32()),
            "nearest": pa.array([best[group::_GROUPS].tobytes()], pa.binary()),
            "mass": pa.array([mass[group::_GROUPS].tobytes()], pa.binary()),
        })  # fmt: skip


def _query(points: Floats, weights: Ints, queries: Floats, k: int) -> tuple[Floats, Ints]:
    from scipy.spatial import cKDTree

    distance, found = cKDTree(points).query(queries, k=np.arange(1, k + 1))
    return distance, np.where(found < len(points), np.append(weights, 0)[np.minimum(found, len(points))], 0)


def _k_smallest(a: Floats, a_mass: Ints, b: Floats, b_mass: Ints, k: int) -> tuple[Floats, Ints]:
    """Of two (queries, k) tables of distances and weights the k nearest of both."""
    distance, mass = np.concatenate([a, b], axis=1), np.concatenate([a_mass, b_mass], axis=1)
    order = np.argsort(distance, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(distance, order, 1), np.take_along_axis(mass, order, 1)


def _merged(batches: Iterator[pa.RecordBatch], *, k: int) -> Iterator[pa.RecordBatch]:
    """The distance at which each query of a group has met weight k."""
    tables: dict[int, tuple[Floats, Ints]] = {}
    for batch in batches:
        for row in batch.to_pylist():
            near = np.frombuffer(row["nearest"]).reshape(-1, k)
            mass = np.frombuffer(row["mass"], np.int64).reshape(-1, k)
            group = row["query_group"]
            tables[group] = _k_smallest(*tables[group], near, mass, k) if group in tables else (near, mass)
    for group, (near, mass) in tables.items():
        total = np.cumsum(mass, axis=1)
        distance = np.where(total >= k, near, np.inf).min(axis=1, initial=np.inf)
        yield pa.RecordBatch.from_pydict({
            "query_group": pa.array([group], pa.int32()), "distance": pa.array([distance.tobytes()], pa.binary()),
        })  # fmt: skip
