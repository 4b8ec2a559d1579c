"""S2, route: every row to its home leaf and, as a foreign row, to every other leaf whose box lies within eps."""

from __future__ import annotations

import functools
import heapq
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from audiences.clustering.dbscan import stream
from audiences.clustering.dbscan.boxes import Boxes
from audiences.clustering.dbscan.columns import BIN, FEATURES, IS_FOREIGN, KEY, LEAF, WEIGHT
from audiences.clustering.dbscan.kernel import Floats, Ints

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


Radius = Callable[[Floats], Floats]  # how far each of the (n, d) rows has to go, (n,)


def bins(cost: Floats, count: int) -> Ints:
    """A partition key per leaf so that the partitions' costs are alike: dearest leaf first, into the emptiest, (P,).

    Keys are such that Spark's hash sends bin b to partition b: hashing the bins' own numbers leaves partitions empty
    and doubles others. Were Spark's hash another, results would be the same and the balance worse.
    """
    count = max(1, min(count, len(cost)))
    keys = _keys(count)
    load = [(0.0, b) for b in range(count)]
    out = np.empty(len(cost), np.int64)
    for leaf in np.argsort(-cost, kind="stable"):
        total, b = heapq.heappop(load)
        out[leaf] = keys[b]
        heapq.heappush(load, (total + float(cost[leaf]), b))
    return out


def _keys(count: int) -> list[int]:
    """For each partition the smallest integer that Spark's hash partitioning sends there."""
    keys: dict[int, int] = {}
    candidate = 0
    while len(keys) < count:
        keys.setdefault(_murmur3(candidate) % count, candidate)
        candidate += 1
    return [keys[partition] for partition in range(count)]


def _murmur3(value: int, seed: int = 42) -> int:
    """Spark's hash of one int, signed: MurmurHash3 x86 32 bit."""
    mask = 0xFFFFFFFF
    k = value * 0xCC9E2D51 & mask
    k = (k << 15 | k >> 17) & mask
    h = seed ^ (k * 0x1B873593 & mask)
    h = (h << 13 | h >> 19) & mask
    h = (h * 5 + 0xE6546B64 & mask) ^ 4
    h = (h ^ h >> 16) * 0x85EBCA6B & mask
    h = (h ^ h >> 13) * 0xC2B2AE35 & mask
    h ^= h >> 16
    return h - (1 << 32) if h >= 1 << 31 else h


def route(rows: DataFrame, schema: str, *, boxes: Boxes, bin_keys: Ints, eps: float | Radius | None) -> DataFrame:
    """The rows with bin, leaf and `is_foreign` in front: once at home and once per leaf within eps.

    Args:
        eps: one for all, one for each, or none: rows stay at home.
        rows: columns of `schema` after its first three, `features` among them.
        schema: of the result.
    """
    from pyspark.sql import functions as F

    if boxes.count == 1:
        own = [F.lit(int(bin_keys[0])).alias(BIN), F.lit(0).alias(LEAF), F.lit(False).alias(IS_FOREIGN)]
        return rows.select(*own, "*")
    program = functools.partial(_routed, boxes=boxes, bin_keys=bin_keys, eps=eps)
    return rows.mapInArrow(program, schema)


def gathered(routed: DataFrame, partitions: int) -> DataFrame:
    """One bin per partition, sorted by leaf with the leaf's own rows first: what `stream.leaves` reads."""
    return routed.repartition(partitions, BIN).sortWithinPartitions(LEAF, IS_FOREIGN)


def _routed(
    batches: Iterator[pa.RecordBatch], *, boxes: Boxes, bin_keys: Ints, eps: float | Radius | None
) -> Iterator[pa.RecordBatch]:
    dimensions = boxes.low.shape[1]
    for batch in batches:
        if not batch.num_rows:
            continue
        points = stream.points(batch.column(FEATURES), dimensions)
        table = pa.Table.from_batches([batch])
        yield from _addressed(table, boxes.home(points), False, bin_keys)
        if eps is not None:
            row, leaf = boxes.reach(points, eps(points) if callable(eps) else eps)
            yield from _addressed(table.take(pa.array(row)), leaf, True, bin_keys)


def _addressed(rows: pa.Table, leaf: Ints, is_foreign: bool, bin_keys: Ints) -> Iterator[pa.RecordBatch]:
    address = {
        BIN: pa.array(bin_keys[leaf], pa.int32()),
        LEAF: pa.array(leaf, pa.int32()),
        IS_FOREIGN: pa.array(np.full(len(leaf), is_foreign)),
    }
    return stream.out(address | {name: rows.column(name) for name in rows.column_names})


def count(points: Floats, boxes: Boxes, eps: float) -> tuple[Ints, Ints]:
    """How many of the points each leaf is home to, and how many foreign ones come to it, (P,) each."""
    home = np.bincount(boxes.home(points), minlength=boxes.count)
    return home, np.bincount(boxes.reach(points, eps)[1], minlength=boxes.count)


def counted(rows: DataFrame, boxes: Boxes, eps: float) -> tuple[Ints, Ints]:
    """`count` over a frame, in one pass."""
    from pyspark.sql import functions as F

    program = functools.partial(_counts, boxes=boxes, eps=eps)
    parts = rows.select(FEATURES).mapInArrow(program, "leaf int, home bigint, halo bigint")
    totals = parts.groupBy("leaf").agg(F.sum("home").alias("home"), F.sum("halo").alias("halo")).collect()
    home, halo = np.zeros(boxes.count, np.int64), np.zeros(boxes.count, np.int64)
    for row in totals:
        home[row["leaf"]], halo[row["leaf"]] = row["home"], row["halo"]
    return home, halo


def _counts(batches: Iterator[pa.RecordBatch], *, boxes: Boxes, eps: float) -> Iterator[pa.RecordBatch]:
    home, halo = np.zeros(boxes.count, np.int64), np.zeros(boxes.count, np.int64)
    for batch in batches:
        here, there = count(stream.points(batch.column(FEATURES), boxes.low.shape[1]), boxes, eps)
        home += here
        halo += there
    yield from stream.out({"leaf": pa.array(np.arange(boxes.count), pa.int32()), "home": home, "halo": halo})


def partitions(spark: SparkSession, leaves: int) -> int:
    """As many as the session shuffles into, but no more than there are leaves."""
    return min(leaves, int(spark.conf.get("spark.sql.shuffle.partitions") or 1))


def sampled(
    rows: DataFrame, dimensions: int, *, share: float, by: str = KEY, boxes: Boxes | None = None, leaf: int = 0
) -> Floats:
    """The features of about that share of the rows (of one leaf's, if boxes are given), chosen by a column's hash.

    (n, d), the same set whatever the partitioning. They come to the driver, so the caller sees to their number.
    """
    from pyspark.sql import functions as F

    rows = rows.withColumn(WEIGHT, F.lit(1).cast("bigint"))
    return sampled_with_weights(rows, dimensions, share=share, by=by, boxes=boxes, leaf=leaf)[0]


def sampled_with_weights(
    rows: DataFrame, dimensions: int, *, share: float, by: str = KEY, boxes: Boxes | None = None, leaf: int = 0
) -> tuple[Floats, Ints]:
    """`sampled`, and the rows' weights, (n,)."""
    from pyspark.sql import functions as F

    buckets = 1 << 40
    if share < 1:
        rows = rows.where(F.pmod(F.xxhash64(by), F.lit(buckets)) < F.lit(int(share * buckets)))
    program = functools.partial(_packed, dimensions=dimensions, boxes=boxes, leaf=leaf)
    parts = rows.select(FEATURES, WEIGHT).mapInArrow(program, "points binary, weights binary").collect()
    points = np.concatenate([np.empty(0), *(np.frombuffer(part["points"]) for part in parts)])
    weights = [np.empty(0, np.int64), *(np.frombuffer(part["weights"], np.int64) for part in parts)]
    return points.reshape(-1, dimensions), np.concatenate(weights)


def _packed(
    batches: Iterator[pa.RecordBatch], *, dimensions: int, boxes: Boxes | None, leaf: int
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        points = stream.points(batch.column(FEATURES), dimensions)
        weights = stream.integers(batch.column(WEIGHT))
        if boxes is not None:
            is_inside = boxes.home(points) == leaf
            points, weights = points[is_inside], weights[is_inside]
        packed = {"points": points.tobytes(), "weights": weights.tobytes()}
        yield pa.RecordBatch.from_pydict({name: pa.array([part], pa.binary()) for name, part in packed.items()})
