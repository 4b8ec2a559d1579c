"""What each segment is called, by rules over its centre, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences.clustering.methods import method_of
from audiences.clustering.points import feature_names, vectors
from audiences.config import NameRule, ValueSegments
from audiences.schema import segment_names as table


@dataclass(frozen=True)
class Segment:
    """A cluster on its way to a name; `z` is the mean of each feature in standard deviations from the mean of all."""

    cluster_id: int
    customers: int
    monetary: float
    z: Mapping[str, float]
    name: str = ""
    reason: str = ""


def segment_names(
    features_scaled: DataFrame, *, rfm: DataFrame, model: PipelineModel, segments: ValueSegments
) -> DataFrame:
    """One row per cluster, numbered by descending mean monetary value; collects k rows."""
    rows = vectors(features_scaled, features=segments.features)
    clusters = model.stages[-1]
    members = clusters.transform(rows).select("customer_id", F.col("prediction").alias("cluster_id"))
    joined = members.join(features_scaled, "customer_id").join(rfm.select("customer_id", "monetary"), "customer_id")
    features = feature_names(features_scaled, features=segments.features)
    named = named_segments(_described(joined), segments.names, features)
    centres = method_of(clusters).centres(clusters)
    body = [
        (number, one.cluster_id, one.name, one.reason, one.customers,
         centres[one.cluster_id], features)
        for number, one in enumerate(named)
    ]  # fmt: skip
    schema = T.StructType([column.field() for column in table.body])
    return features_scaled.sparkSession.createDataFrame(body, schema)


def _described(joined: DataFrame) -> list[Segment]:
    """Size, mean monetary value and standardised means of each cluster; one pass, k rows collected."""
    names = joined.select("feature_names").first()
    features: list[str] = list(names["feature_names"]) if names else []
    sums = [
        aggregate
        for j in range(len(features))
        for aggregate in (
            F.sum(F.col("features")[j]).alias(f"s{j}"),
            F.sum(F.col("features")[j] * F.col("features")[j]).alias(f"q{j}"),
        )
    ]
    rows = (
        joined.groupBy("cluster_id").agg(F.count("*").alias("n"), F.avg("monetary").alias("monetary"), *sums).collect()
    )
    total = sum(row["n"] for row in rows)
    z: dict[int, dict[str, float]] = {row["cluster_id"]: {} for row in rows}
    for j, feature in enumerate(features):
        mean = sum(row[f"s{j}"] for row in rows) / total
        variance = sum(row[f"q{j}"] for row in rows) / total - mean * mean
        for row in rows:
            # rounded, so that the order of summation never decides a name
            z[row["cluster_id"]][feature] = round(_z(row, j, mean, variance), 6)
    return [Segment(row["cluster_id"], row["n"], float(row["monetary"]), z[row["cluster_id"]]) for row in rows]


def _z(row: Row, j: int, mean: float, variance: float) -> float:
    return float((row[f"s{j}"] / row["n"] - mean) / variance**0.5) if variance > 1e-12 else 0.0


def named_segments(described: Sequence[Segment], rules: Sequence[NameRule], features: Sequence[str]) -> list[Segment]:
    """The segments in their stated order (descending mean monetary value), each with a unique name and its reason."""
    ordered = sorted(described, key=lambda one: (-round(one.monetary, 6), sorted(one.z.items())))
    named = [_named(one, rules, features) for one in ordered]
    for name in {one.name for one in named}:
        alike = [one for one in named if one.name == name]
        if len(alike) > 1:
            told_apart = _told_apart(alike, features)
            named = [told_apart.get(one.cluster_id, one) for one in named]
    return named


def _named(one: Segment, rules: Sequence[NameRule], features: Sequence[str]) -> Segment:
    rule = next(rule for rule in rules if _holds(rule, one.z))
    said = [
        *rule.when,
        *(name for name in sorted(features, key=lambda name: -abs(one.z[name])) if name not in rule.when),
    ]
    return replace(one, name=rule.name, reason=", ".join(_in_words(name, one.z[name]) for name in said[:3]))


def _holds(rule: NameRule, z: Mapping[str, float]) -> bool:
    return all(
        (bounds.min is None or z[name] >= bounds.min) and (bounds.max is None or z[name] <= bounds.max)
        for name, bounds in rule.when.items()
    )


def _in_words(feature: str, z: float) -> str:
    if abs(z) < 0.05:
        return f"{label(feature)} at the mean"
    return f"{label(feature)} {abs(z):.1f} sd {'above' if z > 0 else 'below'} the mean"


def label(feature: str) -> str:
    """A feature's name for people: recency_days is recency."""
    return feature.removesuffix("_days").replace("_", " ")


def _told_apart(alike: Sequence[Segment], features: Sequence[str]) -> dict[int, Segment]:
    """Equal names get the feature that separates them most, and their place along it."""
    feature = max(features, key=lambda name: max(one.z[name] for one in alike) - min(one.z[name] for one in alike))
    along = sorted(alike, key=lambda one: (-one.z[feature], one.cluster_id))
    words = {2: ("higher", "lower"), 3: ("high", "middle", "low")}.get(
        len(along), tuple(f"level {number} of {len(along)} in" for number in range(1, len(along) + 1))
    )
    return {
        one.cluster_id: replace(one, name=f"{one.name} ({word} {label(feature)})")
        for one, word in zip(along, words, strict=True)
    }
