"""The number of clusters: a sweep over k, the choice, and why, in words."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

from pyspark.ml import PipelineModel
from pyspark.ml.evaluation import ClusteringEvaluator
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from audiences.clustering.method import Criteria, DegenerateFitError
from audiences.clustering.methods import METHODS, best_of
from audiences.clustering.points import VECTOR, in_fixed_order, vectors
from audiences.config import ValueSegments
from audiences.errors import InputError
from audiences.schema import k_selection as table

SEED_STEP = 7919


@dataclass(frozen=True)
class Figures:
    """What one k gives; units as in the table `k_selection`."""

    k: int
    inertia: float
    silhouette: float | None
    calinski_harabasz: float | None
    smallest_share: float
    stability: float
    seconds: float
    customers: int
    criteria: Criteria | None = None


def fit_value_segments(features_scaled: DataFrame, *, segments: ValueSegments) -> tuple[PipelineModel, DataFrame]:
    """Sweeps k on all customers or a stated sample, chooses, and fits the chosen k on all customers.

    Collects k rows of figures, nothing that grows with the customers.

    Returns:
        (PipelineModel with one model of the configured method over the column `vector`, the rows of `k_selection`).

    Raises:
        InputError: fewer distinct customers than clusters, or no k with a usable fit.
    """
    points = vectors(features_scaled, features=segments.features)
    customers = points.count()
    points = METHODS[segments.method].prepared(points, settings=segments)
    rows = in_fixed_order(points, customers=customers, rows_per_partition=segments.rows_per_partition).cache()
    sample = _sample(rows, customers, segments)
    try:
        figures, left_out = _swept(sample, _range(rows, segments), segments)
        k, reason = choose(figures, segments)
        if left_out:
            reason += f"; without k = {', '.join(map(str, left_out))}: no start gives every component volume"
        model = best_of(rows, k=k, seeds=_seeds(segments, 0, segments.starts), settings=segments)
    finally:
        rows.unpersist()
        sample.unpersist()
    chosen = [(*_tuple(one), one.k == k, reason if one.k == k else None) for one in figures]
    fields = [column.field() for column in table.body]
    spark = features_scaled.sparkSession
    return PipelineModel(stages=[model]), spark.createDataFrame(chosen, type(table.schema)(fields))


def _tuple(one: Figures) -> tuple[float | None, ...]:
    likelihood = (None, None, None) if one.criteria is None else astuple(one.criteria)
    return (one.k, one.inertia, one.silhouette, one.calinski_harabasz, one.smallest_share, one.stability,
            one.seconds, one.customers, *likelihood)  # fmt: skip


def _seeds(segments: ValueSegments, first: int, count: int) -> list[int]:
    return [segments.seed + SEED_STEP * number for number in range(first, first + count)]


def _range(rows: DataFrame, segments: ValueSegments) -> list[int]:
    """The ks to look at, none above the number of distinct rows."""
    wanted = [segments.k] if segments.k is not None else list(range(segments.k_min, segments.k_max + 1))
    distinct = rows.select("features").distinct().limit(max(wanted)).count()
    if distinct < min(wanted):
        raise InputError(
            "there are fewer distinct customers than clusters",
            where="value_segments.k" if segments.k else "value_segments.k_min",
            found=f"{distinct} distinct rows of {', '.join(segments.features)}",
            allowed=f"at least {min(wanted)}",
            advice="take a smaller k, or more features",
        )
    return [k for k in wanted if k <= distinct]


def _sample(rows: DataFrame, customers: int, segments: ValueSegments) -> DataFrame:
    """All rows, or the stated number of customers with the smallest hashes."""
    if customers <= segments.sample_customers:
        return rows
    drawn = rows.orderBy(F.xxhash64("customer_id", F.lit(segments.seed)), "customer_id").limit(
        segments.sample_customers
    )
    return in_fixed_order(
        drawn, customers=segments.sample_customers, rows_per_partition=segments.rows_per_partition
    ).cache()


def _swept(rows: DataFrame, ks: Sequence[int], segments: ValueSegments) -> tuple[list[Figures], list[int]]:
    """(The figures of each k that can be fitted, the others); the fault of the first is raised where none can."""
    figures: list[Figures] = []
    faults: dict[int, DegenerateFitError] = {}
    total = _sum_of_squares(rows)
    for k in ks:
        try:
            figures.append(_figures(rows, k, total, segments))
        except DegenerateFitError as fault:
            faults[k] = fault
    if not figures:
        raise next(iter(faults.values()))
    return figures, list(faults)


def _figures(rows: DataFrame, k: int, total: float, segments: ValueSegments) -> Figures:
    started = time.monotonic()
    starts = segments.sweep_starts
    seeds = _seeds(segments, 0, starts) + _seeds(segments, segments.starts, starts)
    method = METHODS[segments.method]
    found = method.fits(rows, k=k, seeds=seeds, settings=segments)
    # the best of each half; the lower cost describes k, the agreement of the two is the stability
    halves = (min(half, key=method.cost) for half in (found[:starts], found[starts:] or found))
    model, other = sorted(halves, key=method.cost)
    seconds = time.monotonic() - started
    sizes = model.summary.clusterSizes
    customers = sum(sizes)
    silhouette = None
    if k > 1:
        evaluator = ClusteringEvaluator(featuresCol=VECTOR, metricName="silhouette")
        silhouette = float(evaluator.evaluate(model.summary.predictions))
    inertia = method.inertia(model)
    criteria = method.criteria(model, features=len(segments.features), rows=customers)
    return Figures(
        k, inertia, silhouette, _calinski_harabasz(total, inertia, k, customers), min(sizes) / customers,
        _adjusted_rand(rows, model, other), round(seconds, 3), customers, criteria,
    )  # fmt: skip


def _sum_of_squares(rows: DataFrame) -> float:
    """Of the distances to the mean of all rows."""
    per_feature = rows.select(F.posexplode("features")).groupBy("pos").agg(F.count("col") * F.var_pop("col")).collect()
    return sum(float(squares) for _, squares in per_feature)


def _calinski_harabasz(total: float, within: float, k: int, customers: int) -> float | None:
    """((T - W) / (k - 1)) / (W / (n - k)), T the total and W the within-cluster sum of squares (1974)."""
    if k == 1 or customers <= k or within <= 0:
        return None
    return ((total - within) / (k - 1)) / (within / (customers - k))


def _adjusted_rand(rows: DataFrame, one: Any, two: Any) -> float:
    # without the first one's other columns: a mixture brings its probabilities too
    first = one.setPredictionCol("one").transform(rows).select(VECTOR, "one")
    both = two.setPredictionCol("other").transform(first)
    counts = both.groupBy("one", "other").count().collect()  # at most k * k rows
    one.setPredictionCol("prediction")
    return adjusted_rand([(row["one"], row["other"], row["count"]) for row in counts])


def adjusted_rand(table_of_counts: Sequence[tuple[int, int, int]]) -> float:
    """Adjusted Rand index of two labelings from their contingency table (label, label, count); Hubert & Arabie 1985."""

    def pairs(n: int) -> float:
        return n * (n - 1) / 2

    def marginal(place: int) -> float:
        sums: dict[int, int] = {}
        for cell in table_of_counts:
            sums[cell[place]] = sums.get(cell[place], 0) + cell[2]
        return sum(pairs(n) for n in sums.values())

    together = sum(pairs(count) for _, _, count in table_of_counts)
    rows, columns = marginal(0), marginal(1)
    total = pairs(sum(count for _, _, count in table_of_counts))
    expected = rows * columns / total if total else 0.0
    most = (rows + columns) / 2
    return 1.0 if most == expected else (together - expected) / (most - expected)


def choose(figures: Sequence[Figures], segments: ValueSegments) -> tuple[int, str]:
    """The k and the reason in words: fixed, lowest BIC or AIC, best silhouette, or the knee of the inertia curve.

    The knee is the k whose inertia lies deepest below the chord from the first to the last k, both axes scaled to
    0..1 (Satopää et al. 2011, "Kneedle", without smoothing).
    """
    if segments.k is not None:
        return segments.k, f"k = {segments.k} is fixed by the settings"
    if segments.choose in ("bic", "aic"):
        lowest = min(figures, key=lambda one: (getattr(one.criteria, segments.choose), one.k))
        value = getattr(lowest.criteria, segments.choose)
        return lowest.k, (
            f"lowest {segments.choose.upper()}, {value:.1f}, of k = {figures[0].k} to {figures[-1].k} components"
        )
    rated = [one for one in figures if one.silhouette is not None]
    best = max(rated, key=lambda one: (one.silhouette or -1.0, -one.k))
    by_silhouette = f"best silhouette, {best.silhouette:.3f}, of k = {figures[0].k} to {figures[-1].k}"
    if segments.choose == "silhouette":
        return best.k, by_silhouette
    first, last = figures[0], figures[-1]
    fall = first.inertia - last.inertia
    if len(figures) < 3 or fall <= 0:
        return best.k, f"{by_silhouette}: the inertia curve has no knee over {len(figures)} values of k"

    def depth(one: Figures) -> float:
        along = (one.k - first.k) / (last.k - first.k)
        return 1 - along - (one.inertia - last.inertia) / fall

    knee = max(figures, key=lambda one: (depth(one), -one.k))
    return knee.k, (
        f"knee of the inertia curve: k = {knee.k} lies {depth(knee):.2f} below the chord from k = {first.k} to "
        f"{last.k}; silhouette {knee.silhouette:.3f} there, best {best.silhouette:.3f} at k = {best.k}"
    )
