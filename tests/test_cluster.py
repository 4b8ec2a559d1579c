"""Every job on a standalone master and worker whose Python has no packages: the PEX of `make package` brings them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import newcomers_shop
import numpy as np
import packed_probe
import pytest
import small_log
import small_shop
import yaml
from deltalake import DeltaTable
from sklearn.cluster import DBSCAN
from small_talk import TEXT, write_texts
from standalone import SPARK_HOME, bare_environment, cluster

ROOT = Path(__file__).resolve().parent.parent
JOBS = ("ingest", "features", "text", "segments", "run", "report")
AS_OF = small_log.AS_OF


@pytest.fixture(scope="module")
def packed(tmp_path_factory) -> Path:
    """The PEX as `make package` builds it, by the environment that runs the tests."""
    from audiences.spark.jars import line

    folder = tmp_path_factory.mktemp("dist")
    command = ["make", "package", f"SPARK={line()}", f"BIN={Path(sys.executable).parent}", "READY=", f"DIST={folder}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=1800)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert len(list(folder.glob("audiences-*.whl"))) == 1
    return folder / f"audiences-{line()}.pex"


@pytest.fixture(scope="module")
def submit(packed, quick_jvms, tmp_path_factory):
    """A function: submits a script to the cluster and returns what it printed last; each application starts anew.

    It has one executor of two cores, or two of one core: the second is one more JVM and Python to start and warm up.
    """
    from audiences.spark.jars import jars

    folder = tmp_path_factory.mktemp("cluster")
    environment = bare_environment(folder)
    lacking = subprocess.run(
        ["python3", "-c", "import numpy"], env=environment, cwd=folder, capture_output=True, check=False
    )
    assert b"No module named 'numpy'" in lacking.stderr
    java = f"-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m {quick_jvms}"
    settings = {
        "spark.pyspark.python": f"./{packed.name}", "spark.pyspark.driver.python": packed,
        "spark.executorEnv.PEX_ROOT": folder / "executors", "spark.executor.memory": "1g",
        "spark.sql.shuffle.partitions": 2, "spark.databricks.delta.snapshotPartitions": 1, "spark.ui.enabled": "false",
        "spark.driver.extraJavaOptions": java, "spark.executor.extraJavaOptions": java,
    }  # fmt: skip
    with cluster(folder, environment) as address:

        def run(script: Path, *arguments: str, executors: int = 1) -> str:
            command = [SPARK_HOME / "bin" / "spark-submit", "--master", address, "--files", packed]
            command += ["--jars", ",".join(map(str, jars()))]
            chosen = {**settings, "spark.executor.cores": 2 // executors}
            command += [part for name, value in chosen.items() for part in ("--conf", f"{name}={value}")]
            done = subprocess.run(
                [str(part) for part in (*command, script, *arguments)], cwd=folder, capture_output=True, text=True,
                check=False, timeout=900, env={**environment, "PEX_ROOT": str(folder / "driver")},
            )  # fmt: skip
            assert done.returncode == 0, done.stderr[-6000:]
            shutil.rmtree(folder / "work", ignore_errors=True)  # each application got the PEX and the JARs
            (folder / "work").mkdir()
            return done.stdout

        run.folder = folder
        yield run


@pytest.mark.slow
def test_executors_take_packages_and_the_compiled_kernel_out_of_the_pex(submit):
    told = json.loads(submit(ROOT / "tests" / "packed_probe.py", executors=2).strip().splitlines()[-1])
    assert len({place["folder"] for place in told["places"]}) == 2  # two executors, each in a folder of its own
    for place in told["places"]:
        assert Path(place["executable"]).is_relative_to(submit.folder / "bare")
        assert Path(place["folder"]).is_relative_to(submit.folder / "work")
        for package in ("audiences", "numba"):
            assert Path(place[package]).is_relative_to(submit.folder / "executors"), place
    assert list((submit.folder / "executors").rglob("*.nbi"))  # what Numba compiled there
    expected = DBSCAN(eps=0.4, min_samples=5).fit([point for _, point in packed_probe.POINTS]).labels_
    assert len(set(expected)) > 3
    np.testing.assert_array_equal(told["labels"], expected)


@pytest.mark.slow
def test_every_job_runs_there_with_purchases_activity_and_reviews(submit):
    assert {path.stem for path in (ROOT / "jobs").glob("*.py")} == {*JOBS, "train", "score", "experiment"}
    folder = submit.folder / "shop"
    small_shop.write(folder / "raw.csv", small_shop.lines())
    small_log.deliver(folder)
    write_texts(folder / "said.csv")
    chosen = {name: yaml.safe_load(value) for name, value in (one.split("=", 1) for one in TEXT)}
    settings = {
        **chosen, "store.root": f"{folder}/tables", "sources.transactions.path": f"{folder}/raw.csv",
        "sources.activity.path": f"{folder}/log.csv", "sources.known.path": f"{folder}/bots.csv",
        "sources.identities.path": f"{folder}/ids.csv", "sources.reviews.path": f"{folder}/said.csv",
        "density.min_share": 0.1, "density.leaf_rows": 20, "value_segments.k_max": 4, "value_segments.starts": 2,
        "session.stages_at_once": 3,
    }  # fmt: skip
    sets = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    statuses: dict[str, dict[str, str]] = {}
    for job in JOBS[:-1]:
        printed = submit(ROOT / "jobs" / f"{job}.py", *sets, "--as-of", AS_OF, "--json")
        told = json.loads("[" + printed.partition("\n[\n")[2])  # spark-submit puts messages on stdout as well
        rows = told[0]["stages"] if job == "run" else told
        statuses[job] = {row["stage"]: row["status"] for row in rows}
    written = {job: {name for name, status in found.items() if status == "written"} for job, found in statuses.items()}
    assert {"transactions", "activity", "reviews", "customer_days"} <= written["ingest"]
    assert {"features_scaled", "activity_scaled"} <= written["features"]
    assert {"review_tokens", "topics"} <= written["text"]
    assert {"value_segments", "density_model", "density_segments", "hybrid_segments"} <= written["segments"]
    assert written["run"] == {"published_customers", "published_profiles"}
    report = Path(submit(ROOT / "jobs" / "report.py", *sets).strip().splitlines()[-1])
    assert report.read_text().startswith("<!doctype html>")
    assert os.path.commonpath([report, folder]) == str(folder)


@pytest.mark.slow
def test_training_and_scoring_run_there(submit, newcomers_root):
    folder = shutil.copytree(newcomers_root.parent, submit.folder / "newcomers")
    arguments = newcomers_shop.arguments(folder, "scoring.seed=8")  # another than the model's that is there
    for job in ("train", "score"):
        printed = submit(ROOT / "jobs" / f"{job}.py", *arguments, "--as-of", newcomers_shop.AS_OF, "--json")
    scored = json.loads("[" + f"\n{printed}".partition("\n[\n")[2])
    known = set(DeltaTable(folder / "tables" / "segments" / "segments").to_pyarrow_table()["name"].to_pylist())
    assert len(known) == 3
    assert {row["segment"] for row in scored if row["segment"]} == known
    assert sum(row["customers"] for row in scored) == 34
