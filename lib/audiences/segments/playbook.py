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

_APART = 0.15  # standard deviations: less is no difference worth a word
_KEYWORDS = 4


def segment_playbook(profiles: DataFrame, *, playbook: Playbook, topics: DataFrame | None = None) -> DataFrame:
    """One row per segment. Collects segments x features and segments x topics.

    Args:
        profiles: segment_profiles of one segmentation.
        topics: segment_topics of the same; None: nobody has written anything.
    """
    found: dict[int, list[Row]] = {}
    for row in profiles.orderBy("segment_id", "rank").collect():
        found.setdefault(row["segment_id"], []).append(row)
    said: dict[int, Row] = {}
    if topics is not None:
        loud = topics.where((F.col("rank") == 1) & (F.col("lift") >= playbook.min_lift))
        said = {row["segment_id"]: row for row in loud.collect()}
    rows = [_line(features, said.get(segment), playbook) for segment, features in sorted(found.items())]
    schema = T.StructType([column.field() for column in table.body])
    return profiles.sparkSession.createDataFrame(rows, schema)


def _line(features: Sequence[Row], topic: Row | None, playbook: Playbook) -> tuple[Any, ...]:
    first = features[0]
    return (
        first["segment_id"], first["name"], first["customers"], sets_apart(features, topic, most=playbook.features),
        message(features, topic, playbook), topic["topic_id"] if topic else None,
    )  # fmt: skip


def sets_apart(features: Sequence[Mapping[str, Any] | Row], topic: Mapping[str, Any] | Row | None, *, most: int) -> str:
    """The features farthest from the mean, in natural units, and the topic with the largest lift."""
    parts = [
        f"{one['feature'].replace('_', ' ')} {_figure(one['mean'])} {one['unit']} (all {_figure(one['overall_mean'])})"
        for one in features
        if abs(round(one["difference_sd"] or 0.0, 6)) >= _APART
    ][:most]
    if topic is not None:
        parts.append(f"writes {topic['lift']:.1f} times as much about {topic['label']}")
    return "; ".join(parts) or "near the average in everything"


def message(features: Sequence[Row], topic: Row | None, playbook: Playbook) -> str:
    """The first play that holds, then the topic's."""
    z = {one["feature"]: round(one["difference_sd"] or 0.0, 6) for one in features}
    first = features[0]
    values = {
        "segment": first["name"],
        "customers": f"{first['customers']:,}",
        "customer_share": f"{first['customer_share']:.0%}",
        "category": (first["top_categories"] or [""])[0],
        "topic": topic["label"] if topic else "",
        "keywords": ", ".join(topic["keywords"][:_KEYWORDS]).replace("_", " ") if topic else "",
    }
    held = (filled for play in playbook.behaviour if _holds(play, z) and (filled := _filled(play.message, values)))
    about = ""
    if topic is not None:
        about = _filled(playbook.themes.get(topic["theme"] or "", playbook.topic), values)
    return " ".join(part for part in (next(held, ""), about) if part)


def _holds(play: Play, z: Mapping[str, float]) -> bool:
    return all(
        name in z and (bounds.min is None or z[name] >= bounds.min) and (bounds.max is None or z[name] <= bounds.max)
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
