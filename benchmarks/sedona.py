"""GridDBSCAN beside Apache Sedona's DBSCAN in two dimensions, in one Spark 3.5 session: seconds, and rows that differ.

    python benchmarks/sedona.py --rows 20000 50000 --repeat 3

Points are synthetic customers (benchmarks/dbscan.py), minPoints 10, eps at their median k-distance. Time is from the cached
points to a pass over all labels; the first, smaller run of each warms the session up. Then a third of the rows is repeated
exactly, without an id, as Sedona takes them, and the rows that each gives back are compared with scikit-learn's.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time

import numpy as np
from dbscan import customers
from scipy.spatial import cKDTree
from sklearn.cluster import DBSCAN

MIN_POINTS = 10
SEDONA = "org.apache.sedona:sedona-spark-shaded-3.5_2.12:1.8.0"


def session():
    from audiences.config import Session
    from audiences.spark.jars import _resolved, jars
    from audiences.spark.session import get_spark

    options = {
        "spark.jars": ",".join(str(jar) for jar in [*jars(), _resolved(SEDONA)]),
        "spark.serializer": "org.apache.spark.serializer.KryoSerializer",
        "spark.kryo.registrator": "org.apache.sedona.core.serde.SedonaKryoRegistrator",
    }
    spark = get_spark(Session(driver_memory="6g", shuffle_partitions=8, options=options))
    spark._jvm.org.apache.sedona.spark.SedonaContext.create(spark._jsparkSession, "python")
    spark.sparkContext.setCheckpointDir(tempfile.mkdtemp())  # its connected components need one
    return spark


def by_sedona(spark, frame, eps: float):
    """The frame with isCore and cluster."""
    from pyspark.sql import DataFrame

    found = spark._jvm.org.apache.sedona.stats.clustering.DBSCAN.dbscan(
        frame.selectExpr("*", "ST_Point(x, y) AS geometry")._jdf,
        eps,
        MIN_POINTS,
        "geometry",
        True,
        False,
        "isCore",
        "cluster",
    )
    return DataFrame(found, spark).drop("geometry")


def by_grid(spark, frame, eps: float):
    """(id, prediction, is_core)."""
    from audiences.clustering.dbscan import GridDBSCAN

    return GridDBSCAN(eps=eps, minPoints=MIN_POINTS).fit(frame.selectExpr("id", "array(x, y) AS features")).labels


def same_clusters(one: np.ndarray, other: np.ndarray) -> int:
    """Rows whose core or noise status, or whose cluster after matching names by first member, differ."""
    names: dict[int, int] = {}
    differ = 0
    for a, b in zip(one.tolist(), other.tolist(), strict=True):
        if (a < 0) != (b < 0) or (a >= 0 and names.setdefault(a, b) != b):
            differ += 1
    return differ


def frame_of(spark, points):
    return spark.createDataFrame(
        [(i, float(x), float(y)) for i, (x, y) in enumerate(points)], "id bigint, x double, y double"
    )


def timed(contender, spark, frame, eps: float) -> tuple[float, list]:
    started = time.perf_counter()
    rows = contender(spark, frame, eps).collect()
    return time.perf_counter() - started, rows


def compare(spark, rows: int, repeat: int) -> None:
    points = customers(rows, 2)
    eps = float(np.median(cKDTree(points).query(points[:5000], k=[MIN_POINTS])[0]))
    frame = frame_of(spark, points).repartition(8).cache()
    frame.count()
    expected = DBSCAN(eps=eps, min_samples=MIN_POINTS, algorithm="kd_tree").fit(points)
    seconds: dict[str, list[float]] = {"GridDBSCAN": [], "Sedona": []}
    for _ in range(repeat):
        for name, contender in (("GridDBSCAN", by_grid), ("Sedona", by_sedona)):
            spent, found = timed(contender, spark, frame, eps)
            seconds[name].append(spent)
            if name == "GridDBSCAN":
                grid = np.empty(rows, np.int64)
                for row in found:
                    grid[row["id"]] = row["prediction"]
            else:
                core = {row["id"]: (row["cluster"], row["isCore"]) for row in found}
    medians = {name: statistics.median(spent) for name, spent in seconds.items()}
    numbers = {
        name: i for i, name in enumerate(dict.fromkeys(core[i][0] for i in range(rows) if core[i][0] not in (-1, None)))
    }
    sedona = np.array([numbers.get(core[i][0], -1) if i in core else -2 for i in range(rows)])
    is_core = np.zeros(rows, bool)
    is_core[expected.core_sample_indices_] = True
    print(f"{rows:,} rows, eps {eps:.4g}: GridDBSCAN {medians['GridDBSCAN']:.1f} s, Sedona {medians['Sedona']:.1f} s, "
          f"ratio {medians['Sedona'] / medians['GridDBSCAN']:.1f}; labels unlike scikit-learn's: GridDBSCAN "
          f"{int((grid != expected.labels_).sum())}; core or noise rows in other clusters: Sedona "
          f"{same_clusters(sedona[is_core | (expected.labels_ < 0)], expected.labels_[is_core | (expected.labels_ < 0)])}", flush=True)  # fmt: skip


def duplicates(spark) -> None:
    """A third of the rows three times: rows in beside rows out, and cores."""
    points = np.round(customers(3000, 2), 2)
    points = np.concatenate([points, points[::3], points[::3]])
    eps = 0.05
    core = DBSCAN(eps=eps, min_samples=MIN_POINTS, algorithm="kd_tree").fit(points).core_sample_indices_
    plain = frame_of(spark, points)
    theirs = by_sedona(spark, plain.drop("id"), eps).collect()
    ours = by_grid(spark, plain, eps).collect()
    print(f"{len(points):,} rows with exact repeats: GridDBSCAN gives {len(ours):,} rows, {sum(row['is_core'] for row in ours):,} "
          f"core; Sedona {len(theirs):,} rows, {sum(bool(row['isCore']) for row in theirs):,} core; scikit-learn {len(core):,} core")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[20_000, 50_000])
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    spark = session()
    small = frame_of(spark, customers(2000, 2))
    for contender in (by_grid, by_sedona):
        contender(spark, small, 0.1).collect()
    for rows in arguments.rows:
        compare(spark, rows, arguments.repeat)
    duplicates(spark)


if __name__ == "__main__":
    main()
