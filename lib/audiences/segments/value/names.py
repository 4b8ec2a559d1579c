"""What each value segment is called, by rules that most of its customers meet, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from pyspark.ml import PipelineModel
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences.clustering.methods import method_of
from audiences.clustering.points import feature_names, vectors
from audiences.config import FEATURES, ValueSegments
from audiences.config.names import RHYTHM_FEATURES
from audiences.schema import segment_names as table
from audiences.segments.typical import median, percentiles, position_difference
from audiences.segments.value.name_rules import Rule, conditions, read_rules, with_features
from audiences.segments.value.reasons import apart_words, reason
from audiences.segments.value.segment import Segment

HALF = 0.5
"""The share from which a segment is called by the weaker name: its median customer fits."""

NEAR = 0.05
"""A segment is close to a name that so much smaller a share of it misses.

Where the customers of a segment are spread as widely as all customers, that is an edge moved by about 0.1 standard
deviations.
"""

_ALWAYS = ("monetary", "recency_days", "frequency", "tenure_days", "lateness")


def segment_names(
    features_scaled: DataFrame, *, rfm: DataFrame, behaviour: DataFrame, rhythm: DataFrame, rules: DataFrame,
    model: PipelineModel, segments: ValueSegments, currency: str,
) -> DataFrame:  # fmt: skip
    """One row per cluster, numbered by descending mean monetary value; collects k rows, and one per rule.

    Args:
        features_scaled, model: what the clusters were made from, and the model.
        rfm, behaviour, rhythm: what the rules and reasons speak of, in natural units.
        rules: `schema.name_rules`.
        segments: the features of the segmentation.

    Returns:
        The body of `schema.segment_names`.
    """
    features = segments.features
    rows = vectors(features_scaled, features=features)
    clusters = model.stages[-1]
    members = clusters.transform(rows).select("customer_id", F.col("prediction").alias("cluster_id"))
    joined = members.join(with_features(rfm, behaviour=behaviour, rhythm=rhythm), "customer_id")
    ordered = read_rules(rules)
    named = named_segments(_described(joined, ordered, features), ordered)
    centres, names = method_of(clusters).centres(clusters), feature_names(features_scaled, features=features)
    body = [
        (number, segment.cluster_id, segment.name, reason(segment, ordered, features, currency), segment.customers,
         centres[segment.cluster_id], names, segment.key, segment.rule_id, segment.fits[segment.rule_id],
         segment.close_to)
        for number, segment in enumerate(named)
    ]  # fmt: skip
    schema = T.StructType([column.field() for column in table.body])
    return features_scaled.sparkSession.createDataFrame(body, schema)


def _described(joined: DataFrame, rules: Sequence[Rule], features: Sequence[str]) -> list[Segment]:
    """Size, mean monetary value, medians and customers who meet each rule, per cluster; k rows collected."""
    known = set(FEATURES) | set(RHYTHM_FEATURES)
    ruled = [limit.feature for rule in rules for limit in rule.limits]
    shown = sorted({name for name in (*_ALWAYS, *ruled, *features) if name in known})
    meets = conditions(rules)
    counted = joined.groupBy("cluster_id").agg(
        F.count("*").alias("customers"),
        F.avg("monetary").cast("double").alias("mean_monetary"),
        *(F.sum(condition.cast("bigint")).alias(f"fits_{rule_id}") for rule_id, condition in meets.items()),
        *(median(name).alias(f"median_{name}") for name in shown),
    )
    overall = joined.agg(
        *(median(name).alias(f"typical_{name}") for name in shown),
        *(percentiles(name).alias(f"grid_{name}") for name in shown),
    )
    rows = counted.crossJoin(F.broadcast(overall)).select(
        "cluster_id", "customers", "mean_monetary",
        *(f"fits_{rule_id}" for rule_id in meets),
        *(f"median_{name}" for name in shown), *(f"typical_{name}" for name in shown),
        *(_apart(name).alias(f"apart_{name}") for name in shown),
    ).collect()  # fmt: skip
    return [
        Segment(
            row["cluster_id"], row["customers"], row["mean_monetary"],
            fits={rule_id: row[f"fits_{rule_id}"] for rule_id in meets},
            medians={name: row[f"median_{name}"] for name in shown},
            typical={name: row[f"typical_{name}"] for name in shown},
            apart={name: row[f"apart_{name}"] for name in shown},
        )
        for row in rows
    ]  # fmt: skip


def _apart(name: str) -> Column:
    return position_difference(F.col(f"median_{name}"), F.col(f"typical_{name}"), F.col(f"grid_{name}"))


def named_segments(described: Sequence[Segment], rules: Sequence[Rule]) -> list[Segment]:
    """The segments by descending mean monetary value, each with a name, a key of its own and what it is close to."""
    ordered = sorted(
        described, key=lambda segment: (-round(segment.monetary, 6), segment.customers, segment.cluster_id)
    )
    named = [_named(segment, rules) for segment in ordered]
    for name in {segment.name for segment in named}:
        named = _told_apart(named, name)
    return _with_keys(named)


def _named(segment: Segment, rules: Sequence[Rule]) -> Segment:
    """The first rule that enough of its customers meet; else the first that more than half meet; else what is left."""
    strong = next((rule for rule in rules if rule.limits and segment.share(rule.rule_id) >= rule.min_fit), None)
    weak = next((rule for rule in rules if _is_weaker(segment, rule)), None)
    # a weaker name that stands earlier says more than a later one that fits well
    candidates = [rule for rule in (strong, weak) if rule is not None]
    rule = min(candidates, key=rules.index, default=rules[-1])
    is_strong = segment.share(rule.rule_id) >= rule.min_fit
    return replace(
        segment,
        rule_id=rule.rule_id,
        name=rule.name if is_strong or rule.weaker is None else rule.weaker,
        close_to=_close_to(segment, rule, rules),
    )


def _is_weaker(segment: Segment, rule: Rule) -> bool:
    return bool(rule.limits) and rule.weaker is not None and segment.share(rule.rule_id) > HALF


def _edge(rule: Rule) -> float:
    """The share of customers from which a segment bears a rule's name at all."""
    return rule.min_fit if rule.weaker is None else min(HALF, rule.min_fit)


def _close_to(segment: Segment, own: Rule, rules: Sequence[Rule]) -> str | None:
    """An earlier name that it just misses, or the next name where it just keeps its own."""
    earlier = [rule for rule in rules[: rules.index(own)] if segment.share(rule.rule_id) > _edge(rule) - NEAR]
    if earlier:
        return max(earlier, key=lambda rule: segment.share(rule.rule_id) - _edge(rule)).name
    if own.limits and segment.share(own.rule_id) < _edge(own) + NEAR and own.weaker is not None:
        later = [rule for rule in rules[rules.index(own) + 1 :] if rule.limits and segment.share(rule.rule_id) > HALF]
        return later[0].name if later else rules[-1].name
    return None


def _told_apart(named: Sequence[Segment], name: str) -> list[Segment]:
    """Segments of one name also say what separates them most, and where they lie in it."""
    alike = [segment for segment in named if segment.name == name]
    if len(alike) < 2:
        return list(named)

    def spread(feature: str) -> float:
        differences = [segment.apart[feature] or 0.0 for segment in alike]
        return max(differences) - min(differences)

    feature = max(sorted(alike[0].apart), key=spread)
    along = sorted(
        alike, key=lambda segment: (-(segment.medians[feature] or 0.0), -segment.customers, segment.cluster_id)
    )
    is_apart = spread(feature) > 0
    words = {
        segment.cluster_id: apart_words(feature if is_apart else None, number, len(along))
        for number, segment in enumerate(along)
    }
    return [
        replace(segment, name=f"{name} ({words[segment.cluster_id]})") if segment.cluster_id in words else segment
        for segment in named
    ]


def _with_keys(named: Sequence[Segment]) -> list[Segment]:
    """value-<rule id>; where several segments have one rule, numbered in the order of the segments."""
    alike = Counter(segment.rule_id for segment in named)
    seen: Counter[str] = Counter()
    keyed = []
    for segment in named:
        seen[segment.rule_id] += 1
        number = f"-{seen[segment.rule_id]}" if alike[segment.rule_id] > 1 else ""
        keyed.append(replace(segment, key=f"value-{segment.rule_id}{number}"))
    return keyed
