"""The playbook: per segment one line on what sets it apart and one on what to say, from the configured templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences.config import Play, Playbook
from audiences.schema import segment_playbook as table
from audiences.segments.typical import APART, agreed_of

_KEYWORDS = 4


def segment_playbook(
    profiles: DataFrame, *, playbook: Playbook, topics: DataFrame | None = None, names: DataFrame | None = None
) -> DataFrame:
    """One row per segment. Collects segments x features and segments x topics.

    Args:
        profiles: segment_profiles of one segmentation.
        topics: segment_topics of the same; None: nobody has written anything.
        names: segment_names of the same; the play of a rule goes to the segments that it named. None: no rule did.
    """
    by_segment: dict[int, list[Row]] = {}
    for row in profiles.orderBy("segment_id", "rank").collect():
        by_segment.setdefault(row["segment_id"], []).append(row)
    loudest: dict[int, Row] = {}
    if topics is not None:
        loud = topics.where((F.col("rank") == 1) & (F.col("lift") >= playbook.min_lift))
        loudest = {row["segment_id"]: row for row in loud.collect()}
    rules = {} if names is None else {row["segment_id"]: row["rule_id"] for row in names.collect()}
    rows = [
        _line(features, loudest.get(segment), playbook, rules.get(segment))
        for segment, features in sorted(by_segment.items())
    ]
    schema = T.StructType([column.field() for column in table.body])
    return profiles.sparkSession.createDataFrame(rows, schema)


def _line(features: Sequence[Row], topic: Row | None, playbook: Playbook, rule_id: str | None) -> tuple[Any, ...]:
    first = features[0]
    return (
        first["segment_id"], first["name"], first["customers"], sets_apart(features, topic, most=playbook.features),
        message(features, topic, playbook, rule_id), topic["topic_id"] if topic else None,
    )  # fmt: skip


def sets_apart(features: Sequence[Mapping[str, Any] | Row], topic: Mapping[str, Any] | Row | None, *, most: int) -> str:
    """The features farthest from a typical customer's, in natural units, and the topic they write about most."""
    parts = [_beside_typical(row) for row in features if abs(agreed_of(row)) >= APART][:most]
    if topic is not None:
        parts.append(f"writes {topic['lift']:.1f} times as much about {topic['label'].replace('_', ' ')}")
    return "; ".join(parts) or "like a typical customer in everything"


def _beside_typical(row: Mapping[str, Any] | Row) -> str:
    name = row["feature"].replace("_", " ")
    if row["median"] is None:  # a value of an attribute: a share of the customers
        return f"{name} {row['mean']:.0%} of them (of all {row['overall_mean']:.0%})"
    if row["unit"] == "share":
        return f"{name} {row['median']:.0%} (typical {row['overall_median']:.0%})"
    unit = "" if row["unit"] == "-1 to 1" else f" {row['unit']}"
    return f"{name} {_figure(row['median'])}{unit} (typical {_figure(row['overall_median'])})"


def message(features: Sequence[Row], topic: Row | None, playbook: Playbook, rule_id: str | None = None) -> str:
    """The play of the rule that named the segment, else the first that holds; then the topic's."""
    differences = {row["feature"]: agreed_of(row) for row in features}
    first = features[0]
    values = {
        "segment": first["name"],
        "customers": f"{first['customers']:,}",
        "customer_share": f"{first['customer_share']:.0%}",
        "category": (first["top_categories"] or [""])[0],
        "topic": topic["label"].replace("_", " ") if topic else "",
        "keywords": ", ".join(topic["keywords"][:_KEYWORDS]).replace("_", " ") if topic else "",
    }
    named = playbook.named.get(f"value-{rule_id}", "") if rule_id else ""
    holding = [play.message for play in playbook.behaviour if _holds(play, differences)]
    filled = (text for text in (_filled(template, values) for template in (named, *holding)) if text)
    about = ""
    if topic is not None:
        about = _filled(playbook.themes.get(topic["theme"] or "", playbook.topic), values)
    return " ".join(part for part in (next(filled, ""), about) if part)


def _holds(play: Play, differences: Mapping[str, float]) -> bool:
    return all(
        name in differences
        and (bounds.min is None or differences[name] >= bounds.min)
        and (bounds.max is None or differences[name] <= bounds.max)
        for name, bounds in play.when.items()
    )


def _filled(template: str, values: Mapping[str, str]) -> str:
    """The template with its values; empty where one of them is."""
    wanted = [name for _, name, _, _ in Formatter().parse(template) if name is not None]
    return template.format(**values) if all(values[name] for name in wanted) else ""


def _figure(value: float | None) -> str:
    if value is None:
        return "unknown"
    return f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:.3g}"
