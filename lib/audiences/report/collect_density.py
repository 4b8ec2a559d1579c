"""From the density tables to the plain values of the report: persona means, a stated sample on a map, top anomalies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences.report.data import Density, PersonaMap, Rows

TOP_ANOMALIES = 20
MOST_DRAWN_ANOMALIES = 300
MOST_CLUSTERS = 12
MOST_DRAWN = 1_500  # the map is SVG: more points make a phone slow
_NUMBERS = (T.IntegerType, T.LongType, T.DoubleType)


def collect_density(
    frames: Mapping[str, DataFrame], *, features: Sequence[str], sample_users: int, seed: int
) -> Density | None:
    """What the section on users shows; None where there are no density segments.

    Args:
        frames: density_segments, and where given activity_scaled, activity_features, eps_selection, density_model, each
            of one as_of.
        features: the scaled features that were clustered; the map is made from them, or from all where one is unknown.
        sample_users: users with the smallest hashes on the map; the highest anomaly scores are drawn beside them.

    Returns:
        Values whose size depends on personas, features and the sample. User ids are in it for the top anomalies alone.
    """
    members = frames.get("density_segments")
    if members is None:
        return None
    scaled, eps, model = frames.get("activity_scaled"), frames.get("eps_selection"), frames.get("density_model")
    return Density(
        personas=_personas(members, frames.get("activity_features")),
        clusters=_clusters(members),
        eps=() if eps is None else _rows(eps.orderBy("kind", "position")),
        figures={} if model is None else {row["figure"]: float(row["value"]) for row in model.collect()},
        anomalies=_rows(_by_score(members).limit(TOP_ANOMALIES)),
        map=None if scaled is None else _map(members, scaled, features, sample_users, seed),
    )


def _rows(frame: DataFrame) -> Rows:
    return tuple(row.asDict(recursive=True) for row in frame.collect())


def _by_score(members: DataFrame) -> DataFrame:
    """Users from the most anomalous on; without a score (there is no core user) comes first."""
    return members.orderBy(F.col("anomaly_score").desc_nulls_first(), "user_id")


def _personas(members: DataFrame, features: DataFrame | None) -> Rows:
    """Users per persona, and the means of the measured features."""
    known = members.select("user_id", "persona")
    names: list[str] = []
    if features is not None:
        names = [field.name for field in features.schema.fields if isinstance(field.dataType, _NUMBERS)]
        known = known.join(features.select("user_id", *names), "user_id", "left")
    means = known.groupBy("persona").agg(
        F.count(F.lit(1)).alias("users"), *(F.avg(F.col(name).cast("double")).alias(name) for name in names)
    )
    return _rows(means.orderBy(F.desc("users"), "persona"))


def _clusters(members: DataFrame) -> Rows:
    """Noise and the largest clusters: label, users, personas in it."""
    counted = members.groupBy("label").agg(
        F.count(F.lit(1)).alias("users"), F.array_sort(F.collect_set("persona")).alias("personas")
    )
    return _rows(counted.orderBy(F.desc("users"), "label").limit(MOST_CLUSTERS))


def _map(members: DataFrame, scaled: DataFrame, features: Sequence[str], size: int, seed: int) -> PersonaMap | None:
    """The sample, and the most anomalous users, on the first two principal components of the sample."""
    rows = members.select("user_id", "persona", "anomaly_score").join(scaled, "user_id")
    sample = rows.orderBy(F.xxhash64(F.lit(seed), F.col("user_id")), "user_id").limit(min(size, MOST_DRAWN)).collect()
    if not sample:
        return None
    drawn = {row["user_id"] for row in sample}
    beside = [row for row in _by_score(rows).limit(MOST_DRAWN_ANOMALIES).collect() if row["user_id"] not in drawn]
    known = sample[0]["feature_names"]
    is_known = bool(features) and set(features) <= set(known)
    places = [known.index(name) for name in features] if is_known else list(range(len(known)))
    points = np.array([[row["features"][place] for place in places] for row in (*sample, *beside)], float)
    centred = points - points[: len(sample)].mean(0)
    axes, explained = principal_axes(centred[: len(sample)])
    flat = centred @ axes.T
    return PersonaMap(
        x=flat[:, 0].tolist(), y=flat[:, 1].tolist(), personas=[row["persona"] for row in (*sample, *beside)],
        sampled=len(sample), explained=explained, features=[known[place] for place in places],
    )  # fmt: skip


def principal_axes(points: np.ndarray) -> tuple[np.ndarray, float]:
    """The first two principal axes, (2, d), each with its largest part positive; and the variance that they explain."""
    _, spread, axes = np.linalg.svd(points, full_matrices=False)
    axes = np.vstack([axes, np.zeros((2, points.shape[1]))])[:2]
    largest = np.abs(axes).argmax(1)
    signs = np.where(axes[np.arange(2), largest] < 0, -1.0, 1.0)
    total = float((spread**2).sum())
    return axes * signs[:, None], float((spread[:2] ** 2).sum()) / total if total > 0 else 1.0
