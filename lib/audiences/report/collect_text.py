"""From the text tables to the plain values of the report: topics, sentiment, the tree, segments, maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from audiences.errors import MachineError, extra_advice
from audiences.report.collect_density import principal_axes
from audiences.report.data import HybridMap, Hybrids, Rows, Said

MOST_DRAWN = 1_500  # the maps are SVG: more points make a phone slow
MOST_TOPICS = 100
MOST_ROWS = 10_000  # of the tree and of segments x topics
_KEYWORDS = 8


def collect_said(frames: Mapping[str, DataFrame]) -> Said | None:
    """What the section on topics shows; None where there are no topics.

    Args:
        frames: topics, and where given topic_selection and theme_sentiment, each of one as_of.
    """
    topics = frames.get("topics")
    if topics is None:
        return None
    shown = (
        topics.withColumn("words", F.slice("words", 1, _KEYWORDS)).drop("weights").orderBy(F.desc("share"), "topic_id")
    )
    selection, sentiment = frames.get("topic_selection"), frames.get("theme_sentiment")
    return Said(
        topics=_rows(shown.limit(MOST_TOPICS)),
        selection=() if selection is None else _rows(selection.orderBy("method", "topics")),
        sentiment=() if sentiment is None else _rows(sentiment.orderBy(F.desc("texts"), "theme")),
    )


def collect_hybrids(
    frames: Mapping[str, DataFrame], *, maps: Sequence[str], sample_customers: int, seed: int
) -> Hybrids | None:
    """What the section on hybrid segments shows; None where there are none.

    Args:
        frames: hybrid_segments, hybrid_names, dendrogram, hybrid_selection, hybrid_profiles, hybrid_topics and
            hybrid_features, each of one as_of.
        maps: pca, tsne, umap.
        sample_customers: on each map at the most: those with the smallest hashes of seed and id.

    Returns:
        Values whose size depends on segments, topics, leaves of the tree and the sample; no customer id is in it.
    """
    names, members = frames.get("hybrid_names"), frames.get("hybrid_segments")
    tree, features = frames.get("dendrogram"), frames.get("hybrid_features")
    if names is None or members is None or tree is None or features is None:
        return None
    selection, profiles, topics = (frames.get(f"hybrid_{name}") for name in ("selection", "profiles", "topics"))
    nodes = tree.select("node_id", "left_id", "right_id", "height", "customers").orderBy("node_id")
    return Hybrids(
        names=_rows(names.orderBy("segment_id")),
        tree=_rows(nodes.limit(MOST_ROWS)),
        selection=() if selection is None else _rows(selection.orderBy("k")),
        profiles=() if profiles is None else _rows(profiles.orderBy("segment_id", "rank").limit(MOST_ROWS)),
        topics=() if topics is None else _rows(topics.orderBy("segment_id", "rank").limit(MOST_ROWS)),
        maps=_maps(members, features, maps, min(sample_customers, MOST_DRAWN), seed),
    )


def _rows(frame: DataFrame) -> Rows:
    return tuple(row.asDict(recursive=True) for row in frame.collect())


def _maps(
    members: DataFrame, features: DataFrame, methods: Sequence[str], size: int, seed: int
) -> tuple[HybridMap, ...]:
    """The same sample laid flat by each method."""
    sample = (
        features.select("customer_id", "features")
        .join(members.select("customer_id", "segment_id"), "customer_id")
        .orderBy(F.xxhash64(F.lit(seed), F.col("customer_id")), "customer_id")
        .limit(size)
        .collect()
    )
    if len(sample) < 3:
        return ()
    points = np.array([row["features"] for row in sample], float)
    segments = [int(row["segment_id"]) for row in sample]
    return tuple(_map(points, segments, method, seed) for method in methods)


def _map(points: np.ndarray, segments: Sequence[int], method: str, seed: int) -> HybridMap:
    explained = None
    if method == "pca":
        centred = points - points.mean(0)
        axes, explained = principal_axes(centred)
        flat = centred @ axes.T
    else:
        flat = _embedded(points, method, seed)
    return HybridMap(method, flat[:, 0].tolist(), flat[:, 1].tolist(), segments, explained)


def _embedded(points: np.ndarray, method: str, seed: int) -> np.ndarray:
    """Neighbours stay neighbours: t-SNE (van der Maaten & Hinton 2008) or UMAP (McInnes et al. 2018)."""
    few = max(2, min(30, (len(points) - 1) // 3))
    try:
        made: Any
        if method == "tsne":
            from sklearn.manifold import TSNE

            made = TSNE(2, perplexity=few, init="pca", random_state=seed)
        else:
            from umap import UMAP

            made = UMAP(n_neighbors=min(15, few), init="pca", random_state=seed, n_jobs=1)
    except ImportError:
        raise MachineError(
            "a map of the report needs a package that is not installed", where="report.maps", found=method,
            advice=f"{extra_advice('maps')}; or leave it out of report.maps",
        ) from None  # fmt: skip
    flat: np.ndarray = np.asarray(made.fit_transform(points), float)
    return flat
