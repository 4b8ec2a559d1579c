"""Plausible data of the text branch made without Spark: six topics, four hybrid segments of 1,000 customers, their tree."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from audiences.clustering.ward import cut, ward
from audiences.report.data import HybridMap, Hybrids, ReportData, Said

TOPICS = (  # label, theme, share, words, sentiment
    ("delivery", "delivery", 0.31, "late courier package tracking arrive ship week not_arrive", -0.42),
    ("quality_complaints", "quality_complaints", 0.24, "break not_work cheap plastic return poor flimsy seam", -0.61),
    ("price_sensitivity", "price_sensitivity", 0.2, "price money worth bargain discount value cheap penny", 0.38),
    ("tone, amp, string", None, 0.11, "tone amp string bright warm acoustic sound pedal", 0.5),
    ("design", "design", 0.14, "colour pattern style photo shape beautiful look design", 0.22),
)
NAMES = (
    "High-value, about delivery", "Occasional, about price sensitivity", "Quiet, about quality complaints", "New, about design"
)  # fmt: skip
SIZES = (420, 310, 190, 80)
QUOTES = (
    "Arrived three weeks late, the courier never rang & tracking was wrong.",
    "Broke on the first day — " + "cheap plastic seams, not worth the postage, would not order again; " * 5,
)


def with_text(data: ReportData, names: tuple[str, ...] = NAMES, quotes: tuple[str, ...] = QUOTES) -> ReportData:
    """The data with topics, sentiment, hybrid segments and a playbook beside it; the same at every call."""
    rng = np.random.default_rng(11)
    points = _points(rng)
    merges = ward(points, np.ones(len(points)))
    labels = cut(merges, len(names))
    firsts = [int(np.flatnonzero(labels == label)[0]) for label in dict.fromkeys(labels.tolist())]
    segments = [int(labels[leaf]) for leaf in firsts]
    leaf = [(i, None, None, 0.0, 25) for i in range(len(points))]
    inner = [(len(points) + i, one.left, one.right, one.height, round(one.weight)) for i, one in enumerate(merges)]
    tree = [
        dict(zip(("node_id", "left_id", "right_id", "height", "customers"), row, strict=True)) for row in leaf + inner
    ]
    named = tuple(
        {"segment_id": i, "name": name, "customers": SIZES[i], "reason": "why", "cluster_id": firsts[i]}
        for i, name in enumerate(names)
    )
    where = [segments.index(int(label)) for label in labels]
    flat = HybridMap("pca", points[:, 0].tolist(), points[:, 1].tolist(), where, 0.71)
    said = Said(
        topics=tuple(
            {"topic_id": i, "label": label, "theme": theme, "theme_score": 0.44, "share": share, "words": words.split(),
             "coherence": 0.14 + 0.02 * i, "origin": "kept" if i else "new"}
            for i, (label, theme, share, words, _) in enumerate(TOPICS)
        ),
        selection=tuple(
            {"method": method, "topics": k, "coherence": 0.12 + 0.003 * k, "diversity": 0.8, "quality": 0.1 + 0.002 * k,
             "log_perplexity": 6.1 if method == "lda" else None, "seconds": 1.5 * k, "texts": 3210,
             "is_chosen": (method, k) == ("nmf", 5),
             "reason": "highest coherence x diversity, 0.110, of lda, nmf with 4 to 6 topics" if k == 5 else None}
            for method in ("lda", "nmf") for k in (4, 5, 6)
        ),
        sentiment=tuple(
            {"theme": theme, "texts": share * 3210, "sentiment": feels, "positive_share": 0.45 + feels / 2,
             "negative_share": 0.45 - feels / 2, "rating": 3 + feels}
            for _, theme, share, _, feels in TOPICS if theme
        ),
    )  # fmt: skip
    hybrids = Hybrids(
        names=named, tree=tuple(tree), maps=(flat,), profiles=tuple(_profiles(named)), topics=tuple(_topics(named, quotes)),
        selection=({"k": 4, "is_chosen": True, "reason": "best silhouette, 0.512, of k = 2 to 12"},),
    )  # fmt: skip
    plays = [
        {
            "segmentation": segmentation,
            "segment_id": i,
            "message": f"Promise {row['name']} a date and keep them posted.",
        }
        for segmentation, rows in (("hybrid", named), ("value", data.names or ()))
        for i, row in enumerate(rows)
    ]
    return replace(data, said=said, hybrids=hybrids, playbook=tuple(plays))


def _points(rng: np.random.Generator) -> np.ndarray:
    centres = np.array([[0, 0], [4, 0.5], [0.5, 4], [5, 5]])
    owners = [i for i, size in enumerate(SIZES) for _ in range(size // 10)]
    return centres[owners] + rng.normal(0, 0.5, (len(owners), 2))


def _profiles(named: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
    features = (
        ("monetary", "EUR", 1900.0, 1.8),
        ("recency_days", "days", 105.0, -0.7),
        ("rating_mean", "stars", 3.4, 0.4),
    )
    return [
        {"segment_id": row["segment_id"], "feature": feature, "unit": unit, "mean": overall * (1 + sd * (-1) ** i / 3),
         "median": overall * (1 + sd * (-1) ** i / 3) * 0.86, "overall_median": overall * 0.86, "rank": rank,
         "overall_mean": overall, "difference_sd": sd * (-1) ** i, "position_difference": sd * (-1) ** i / 4}
        for i, row in enumerate(named) for rank, (feature, unit, overall, sd) in enumerate(features, 1)
    ]  # fmt: skip


def _topics(named: tuple[dict[str, Any], ...], quotes: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {"segment_id": row["segment_id"], "topic_id": j, "label": label, "theme": theme, "share": share, "lift": 2.4 - 0.4 * rank,
         "rank": rank, "keywords": words.split(), "examples": list(quotes)}
        for i, row in enumerate(named)
        if i < 3  # nobody of the last segment has written
        for rank, (j, (label, theme, share, words, _)) in enumerate(enumerate(TOPICS), 1)
    ]  # fmt: skip
