"""GridDBSCAN beside scikit-learn on one machine: seconds, peak memory, and whether the labels are equal.

    python benchmarks/dbscan.py --rows 200000 --dims 3 6 9 --eps-at median p90

Each contender runs in a process of its own, one after the other. Data are synthetic customers: eight personas of
correlated, unequally dense features, outliers, 3 % uniform noise, standardised; `minPoints` is 2 * dims and eps the
k-distance (k = minPoints) of 5,000 sampled rows at that quantile, rounded up to 4 digits. GridDBSCAN reads Parquet and
its time is fit plus a pass over all labels, the median of `--repeat` in one session; the session's start and compiling
are outside: two warm-up fits on a hundredth of the rows come before. Then up to 1,000 of its rows are audited by a full scan. scikit-learn's time is `DBSCAN(algorithm="kd_tree", n_jobs=...)` on an array in memory.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np


def customers(rows: int, dims: int, seed: int = 0):
    """(rows, dims) standardised features of synthetic customers."""
    draw = np.random.default_rng(seed)
    personas = 8
    centre = draw.normal(0, 2.0, (personas, dims))
    which = draw.choice(personas, rows, p=draw.dirichlet(np.full(personas, 3.0)))
    mix = draw.normal(0, 1, (personas, dims, dims)) / np.sqrt(dims) * 0.6
    latent = draw.normal(size=(rows, dims))
    points = centre[which] + 0.25 * draw.normal(size=(rows, dims)) * draw.lognormal(0, 0.5, (rows, 1))
    for persona in range(personas):
        points[which == persona] += latent[which == persona] @ mix[persona].T
    noise = draw.random(rows) < 0.03
    points[noise] = draw.uniform(points.min(0), points.max(0), (int(noise.sum()), dims))
    return (points - points.mean(0)) / points.std(0)


def eps_at(points, quantile: float) -> float:
    """The k-distance of 5,000 sampled rows at that quantile, k = 2 * dims, rounded up to 4 digits."""
    from scipy.spatial import cKDTree

    k = 2 * points.shape[1]
    queries = points[np.random.default_rng(1).choice(len(points), min(5000, len(points)), replace=False)]
    distance = cKDTree(points).query(queries, k=[k])[0][:, 0]
    value = float(np.quantile(distance, quantile))
    step = 10.0 ** (np.floor(np.log10(value)) - 3)
    return float(f"{np.ceil(value / step) * step:.6g}")


class Memory(threading.Thread):
    """Peak resident megabytes of this process and its children, by kind; read ten times a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = {"all": 0.0, "one_python": 0.0, "jvm": 0.0}

    def run(self) -> None:
        while True:
            found = self._resident()
            for kind, value in found.items():
                self.peak[kind] = max(self.peak[kind], value)
            time.sleep(0.1)

    @staticmethod
    def _resident() -> dict[str, float]:
        parent, resident, name = {}, {}, {}
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                lines = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines() if ":" in line)
            except OSError:
                continue  # it has ended
            pid = int(folder.name)
            parent[pid], name[pid] = int(lines["PPid"]), lines["Name"].strip()
            resident[pid] = int(lines.get("VmRSS", "0 kB").split()[0]) / 1024
        own = {os.getpid()}
        while more := {pid for pid in parent if parent[pid] in own} - own:
            own |= more
        workers = [resident[pid] for pid in own if name[pid].startswith("python") and pid != os.getpid()]
        return {
            "all": sum(resident[pid] for pid in own),
            "one_python": max(workers, default=0.0),
            "jvm": max((resident[pid] for pid in own if name[pid] == "java"), default=0.0),
        }


def run_sklearn(folder: Path, eps: float, jobs: int) -> dict[str, float]:
    from sklearn.cluster import DBSCAN

    points = np.load(folder / "points.npy")
    memory = Memory()
    memory.start()
    begin = time.perf_counter()
    model = DBSCAN(eps=eps, min_samples=2 * points.shape[1], algorithm="kd_tree", n_jobs=jobs).fit(points)
    seconds = time.perf_counter() - begin
    np.save(folder / "sklearn.npy", model.labels_)
    return {"seconds": seconds, **memory.peak}


def run_audiences(folder: Path, eps: float, leaf_rows: int | None, driver_memory: str, repeat: int) -> dict[str, float]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from audiences.clustering.dbscan import GridDBSCAN

    spark = _session(driver_memory)
    points = np.load(folder / "points.npy")
    n, d = points.shape
    parts = folder / "rows.parquet"
    parts.mkdir(exist_ok=True)
    for part, chosen in enumerate(np.array_split(np.arange(n), max(2, n // 500_000))):
        features = pa.FixedSizeListArray.from_arrays(pa.array(points[chosen].reshape(-1)), d).cast(
            pa.list_(pa.float64())
        )
        pq.write_table(pa.table({"id": chosen, "features": features}), parts / f"{part}.parquet")
    options = {} if leaf_rows is None else {"leafRows": leaf_rows}
    rows = spark.read.parquet(str(parts))
    for leaf_size in (100 * n, n // 400):  # the JVM compiles as well: one leaf, then several
        small = GridDBSCAN(eps=eps, maxDimensions=16, leafRows=leaf_size).fit(rows.where("id % 100 = 0"))
        small.labels.agg({"prediction": "sum"}).collect()
        small.unpersist()
    memory = Memory()
    memory.start()
    spent, model = [], None
    for _ in range(repeat):
        if model is not None:
            model.unpersist()  # else Spark finds the same plan in its cache
        begin = time.perf_counter()
        model = GridDBSCAN(eps=eps, maxDimensions=16, **options).fit(rows)
        model.labels.agg({"prediction": "sum", "id": "sum"}).collect()
        spent.append(time.perf_counter() - begin)
    seconds = statistics.median(spent)
    peak = dict(memory.peak)
    found = model.labels.toPandas()
    labels, core = np.empty(n, np.int64), np.empty(n, bool)
    labels[found["id"].to_numpy()] = found["prediction"].to_numpy()
    core[found["id"].to_numpy()] = found["is_core"].to_numpy()
    assert len(found) == n
    np.save(folder / "audiences.npy", labels)
    wrong = audit(points, labels, core, eps, min(1000, int(2e9 / n)))
    figures = model.figures
    spark.stop()
    return {
        "seconds": seconds, "slowest": max(spent), **peak, "leaves": figures["leaves"], "replication": figures["replication"],
        "clusters": int(labels.max()) + 1, "noise": float((labels < 0).mean()), "wrong in the audit": wrong,
    }  # fmt: skip


def audit(points, labels, core, eps: float, rows: int) -> int:
    """Of so many random rows, how many are wrong by a full scan: core flag, or label (the smallest of core rows near)."""
    wrong = 0
    for row in np.random.default_rng(2).choice(len(points), rows, replace=False):
        squares = np.zeros(len(points))
        for column in range(points.shape[1]):
            squares += (points[:, column] - points[row, column]) ** 2
        near = squares <= eps * eps
        reached = labels[near & core]
        is_core = near.sum() >= 2 * points.shape[1]
        right = (labels[row] == reached.min() if len(reached) else labels[row] == -1) and core[row] == is_core
        # core rows near each other are of one cluster
        wrong += not (right and (not is_core or (reached == labels[row]).all()))
    return wrong


def _session(driver_memory: str):
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {
        "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.sql.ansi.enabled": "true",
        "spark.sql.session.timeZone": "UTC", "spark.sql.shuffle.partitions": "8", "spark.driver.memory": driver_memory,
        "spark.sql.execution.arrow.pyspark.enabled": "true", "spark.driver.host": "127.0.0.1",
    }  # fmt: skip
    builder = SparkSession.builder.master("local[2]").appName("benchmark")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def compare(rows: int, dims: int, at: str, arguments: argparse.Namespace) -> dict[str, object]:
    """One line of the table."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        points = customers(rows, dims)
        np.save(folder / "points.npy", points)
        eps = eps_at(points, {"median": 0.5, "p90": 0.9}[at])
        out: dict[str, object] = {"rows": rows, "dims": dims, "eps at": at, "eps": eps}
        for contender in arguments.contenders:
            command = [sys.executable, __file__, "--child", contender, "--folder", place, "--eps", repr(eps)]
            command += ["--jobs", str(arguments.jobs), "--driver-memory", arguments.driver_memory]
            command += ["--repeat", str(arguments.repeat)]
            if arguments.leaf_rows:
                command += ["--leaf-rows", str(arguments.leaf_rows)]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            if done.returncode:
                raise SystemExit(f"{contender} failed:\n{done.stderr[-4000:]}")
            found = json.loads(done.stdout.splitlines()[-1])
            out |= {f"{contender} {name}": round(value, 2) for name, value in found.items()}
        if len(arguments.contenders) == 2:
            ours, theirs = np.load(folder / "audiences.npy"), np.load(folder / "sklearn.npy")
            out["speed-up"] = round(float(out["sklearn seconds"]) / float(out["audiences seconds"]), 2)
            out["labels equal"] = bool((ours == theirs).all())
            out["clusters"], out["noise"] = int(ours.max()) + 1, round(float((ours < 0).mean()), 4)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--dims", type=int, nargs="+", default=[3, 6, 9])
    parser.add_argument("--eps-at", nargs="+", choices=["median", "p90"], default=["median", "p90"])
    parser.add_argument("--contenders", nargs="+", choices=["audiences", "sklearn"], default=["audiences", "sklearn"])
    parser.add_argument("--jobs", type=int, default=1, help="scikit-learn's n_jobs")
    parser.add_argument("--leaf-rows", type=int, help="GridDBSCAN's leafRows")
    parser.add_argument("--driver-memory", default="3g")
    parser.add_argument("--repeat", type=int, default=7, help="fits of GridDBSCAN, of which the median counts")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--eps", type=float, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child == "sklearn":
        print(json.dumps(run_sklearn(arguments.folder, arguments.eps, arguments.jobs)))
    elif arguments.child:
        given = (arguments.leaf_rows, arguments.driver_memory, arguments.repeat)
        found = run_audiences(arguments.folder, arguments.eps, *given)
        print(json.dumps(found))
    else:
        for dims in arguments.dims:
            for at in arguments.eps_at:
                print(json.dumps(compare(arguments.rows, dims, at, arguments)), flush=True)


if __name__ == "__main__":
    main()
