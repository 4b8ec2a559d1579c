"""Agglomerative clustering at any scale: Spark makes weighted micro-clusters, their tree is exact, customers follow.

1. Distinct rows are the micro-clusters where they are few enough: the tree is exactly that of all customers. Else
   KMeans makes as many as configured.
2. Ward's tree over the micro-clusters, on the driver: bounded by their number.
3. The number of segments by a cut of the tree.
4. Each customer belongs to the segment of the nearest micro-cluster.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyspark.ml.clustering import KMeans
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences.clustering.points import VECTOR, in_fixed_order
from audiences.clustering.ward import Array, Labels, Merge, cut, inertia, largest_gap, silhouette, ward
from audiences.config import Hybrid
from audiences.errors import InputError
from audiences.schema import dendrogram as dendrogram_table
from audiences.schema import hybrid_segments as members_table
from audiences.schema import hybrid_selection as selection_table

_BATCH = 4096  # customers whose distances to all leaves are held at a time


@dataclass(frozen=True)
class Tree:
    """The tree as the driver holds it."""

    centres: Array
    weights: Array
    merges: Sequence[Merge]
    feature_names: Sequence[str]

    def segments(self, k: int) -> Labels:
        """The segment of each leaf; segments by falling number of customers, ties by the smallest leaf."""
        labels = cut(self.merges, k)
        sizes = np.bincount(labels, weights=self.weights)
        order = np.argsort(-sizes, kind="stable")
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        return np.asarray(place[labels], dtype=np.int64)


def dendrogram(hybrid_features: DataFrame, *, hybrid: Hybrid) -> DataFrame:
    """The tree's nodes, as the body of `dendrogram`. Collects the micro-clusters.

    Raises:
        InputError: there is no customer.
    """
    first = hybrid_features.select("feature_names").first()
    if first is None:
        raise InputError("there is no customer to segment", where="hybrid_features")
    centres, weights = _micro_clusters(hybrid_features, hybrid)
    merges = ward(centres, weights)
    names = list(first["feature_names"])
    leaves = [
        (i, None, None, 0.0, round(weight), centre.tolist(), names)
        for i, (centre, weight) in enumerate(zip(centres, weights, strict=True))
    ]
    inner = [
        (len(leaves) + i, one.left, one.right, one.height, round(one.weight), None, None)
        for i, one in enumerate(merges)
    ]
    schema = T.StructType([column.field() for column in dendrogram_table.body])
    return hybrid_features.sparkSession.createDataFrame([*leaves, *inner], schema)


def _micro_clusters(hybrid_features: DataFrame, hybrid: Hybrid) -> tuple[Array, Array]:
    """Centres, sorted, and the customers of each."""
    distinct = hybrid_features.groupBy("features").agg(F.count("*").alias("customers"))
    rows = distinct.limit(hybrid.micro_clusters + 1).collect()
    if len(rows) > hybrid.micro_clusters:
        rows = _by_kmeans(hybrid_features, hybrid)
    pairs = sorted((list(row["features"]), float(row["customers"])) for row in rows)
    return np.array([centre for centre, _ in pairs]), np.array([weight for _, weight in pairs])


def _by_kmeans(hybrid_features: DataFrame, hybrid: Hybrid) -> list[Row]:
    vectors = hybrid_features.select("customer_id", "features", array_to_vector(F.col("features")).alias(VECTOR))
    layout = in_fixed_order(vectors, customers=vectors.count(), rows_per_partition=hybrid.rows_per_partition).cache()
    try:
        kmeans = KMeans(
            k=hybrid.micro_clusters, seed=hybrid.seed, maxIter=hybrid.micro_iterations, featuresCol=VECTOR,
        ).fit(layout)  # fmt: skip
        width = len(kmeans.clusterCenters()[0])
        means = F.array(*(F.avg(F.col("features")[j]) for j in range(width)))
        # the mean of the members, not the model's centre, which is that of the iteration before
        return kmeans.transform(layout).groupBy("prediction").agg(
            means.alias("features"), F.count("*").alias("customers")
        ).collect()  # fmt: skip
    finally:
        layout.unpersist()


def read_tree(dendrogram: DataFrame) -> Tree:
    """The tree from its table: twice as many rows as micro-clusters, at the most."""
    rows = dendrogram.orderBy("node_id").collect()
    leaves = [row for row in rows if row["centre"] is not None]
    return Tree(
        centres=np.array([row["centre"] for row in leaves], dtype=np.float64),
        weights=np.array([row["customers"] for row in leaves], dtype=np.float64),
        merges=[Merge(row["left_id"], row["right_id"], row["height"], row["customers"]) for row in rows[len(leaves) :]],
        feature_names=list(leaves[0]["feature_names"]),
    )


def hybrid_selection(dendrogram: DataFrame, *, hybrid: Hybrid) -> DataFrame:
    """What each k gives and which is chosen, as the body of `hybrid_selection`.

    Raises:
        InputError: fewer leaves than segments.
    """
    tree = read_tree(dendrogram)
    leaves = len(tree.centres)
    if leaves < (hybrid.k or hybrid.k_min):
        raise InputError(
            "there are fewer distinct customers than segments", where="hybrid.k" if hybrid.k else "hybrid.k_min",
            found=f"{leaves} distinct rows of behaviour and topics", allowed=f"at least {hybrid.k or hybrid.k_min}",
        )  # fmt: skip
    wanted = [hybrid.k] if hybrid.k else list(range(hybrid.k_min, min(hybrid.k_max, leaves) + 1))
    heights = [0.0, *(merge.height for merge in tree.merges), float("inf")]
    rows = []
    for k in wanted:
        labels = tree.segments(k)
        share = float(np.bincount(labels, weights=tree.weights).min() / tree.weights.sum())
        gap = heights[leaves - k + 1] - heights[leaves - k] if k > 1 else 0.0
        found = silhouette(tree.centres, tree.weights, labels) if k > 1 else None
        rows.append((k, gap, found, inertia(tree.centres, tree.weights, labels), share))
    chosen, reason = choose(rows, tree, hybrid)
    body = [(*row, row[0] == chosen, reason if row[0] == chosen else None) for row in rows]
    schema = T.StructType([column.field() for column in selection_table.body])
    return dendrogram.sparkSession.createDataFrame(body, schema)


def choose(
    rows: Sequence[tuple[int, float, float | None, float, float]], tree: Tree, hybrid: Hybrid
) -> tuple[int, str]:
    """k and why: fixed, the largest gap, or the best silhouette among those whose smallest segment is large enough."""
    if hybrid.k is not None:
        return hybrid.k, f"k = {hybrid.k} is fixed by the settings"
    allowed = [row for row in rows if row[4] >= hybrid.min_share] or list(rows)[:1]
    ks = [row[0] for row in allowed]
    said = f"of k = {ks[0]} to {ks[-1]} whose smallest segment has {hybrid.min_share:.0%} of the customers"
    if hybrid.choose == "gap":
        best = largest_gap(tree.merges, ks[0], ks[-1]) if len(ks) == ks[-1] - ks[0] + 1 else max(
            allowed, key=lambda row: (row[1], -row[0])
        )[0]  # fmt: skip
        return best, f"the tree's longest rise without a merge, {said}"
    best_row = max(allowed, key=lambda row: (round(row[2] or -1.0, 9), -row[0]))
    return best_row[0], f"best silhouette, {best_row[2] or 0.0:.3f}, {said}"


def hybrid_segments(
    hybrid_features: DataFrame, *, dendrogram: DataFrame, selection: DataFrame, names: DataFrame
) -> DataFrame:
    """Each customer's nearest leaf and that leaf's segment, as the body of `hybrid_segments`.

    Cost: customers x leaves distances, in Arrow batches by matrix products.
    """
    tree = read_tree(dendrogram)
    segments = tree.segments(chosen_k(selection))
    named = {row["segment_id"]: row["name"] for row in names.select("segment_id", "name").collect()}
    labels = np.array([named[int(one)] for one in segments], dtype=object)
    centres = tree.centres

    def nearest(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for whole in batches:
            for start in range(0, whole.num_rows, _BATCH):
                batch = whole.slice(start, _BATCH)
                rows = pa.concat_arrays([batch.column(1)]).flatten().to_numpy().reshape(-1, centres.shape[1])
                # |x - c|² without |x|², which is the same for all leaves
                leaf = np.argmin((centres**2).sum(axis=1) - 2 * rows @ centres.T, axis=1)
                away = np.sqrt(((rows - centres[leaf]) ** 2).sum(axis=1))
                yield pa.RecordBatch.from_arrays(
                    [batch.column(0), pa.array(segments[leaf], pa.int32()), pa.array(labels[leaf], pa.string()),
                     pa.array(leaf, pa.int32()), pa.array(away)],
                    names=[column.name for column in members_table.body],
                )  # fmt: skip

    schema = T.StructType([column.field() for column in members_table.body])
    return hybrid_features.select("customer_id", "features").mapInArrow(nearest, schema)


def chosen_k(selection: DataFrame) -> int:
    """The chosen k of a selection."""
    row = selection.where("is_chosen").select("k").first()
    if row is None:
        raise InputError("no number of segments was chosen", where="hybrid_selection")
    return int(row["k"])
