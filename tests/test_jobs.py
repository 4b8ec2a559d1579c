"""The wheel without the repository, and the jobs through the real spark-submit on a local cluster."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pyspark
import pytest
import small_shop

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built from a copy, so that no build folder appears in the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    done = subprocess.run([*command, "-w", folder, ROOT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("audiences-*.whl"))


def test_the_wheel_holds_the_whole_package_and_nothing_else(wheel):
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    kept = {".py", ".jinja", ".css", ".typed", ".txt", ".LICENSE"}
    files = {
        str(path.relative_to(ROOT / "lib"))
        for path in (ROOT / "lib" / "audiences").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {Path(name).suffix or Path(name).name for name in files} <= kept
    assert packed == files


def test_an_installed_wheel_runs_without_the_repository(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "site")
    script = "import sys, audiences; from audiences.cli import main; print(audiences.__file__, file=sys.stderr); main()"
    done = subprocess.run(
        [sys.executable, "-c", script, "config", "show", "--common"], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
    )  # fmt: skip
    assert done.stderr.strip().startswith(str(tmp_path / "site")), done.stderr
    assert done.stdout == (ROOT / "conf" / "base.yaml").read_text()


@pytest.mark.slow
def test_the_jobs_run_by_spark_submit_on_a_local_cluster(wheel, quick_jvms, tmp_path):
    """Two executors of one core each: real shuffles and serialisation; tests/test_cluster.py has every job."""
    from audiences.spark.jars import jars
    from audiences.spark.session import SHORT

    small_shop.write(tmp_path / "raw" / "one.csv", small_shop.lines())
    config = tmp_path / "shop.yaml"
    config.write_text(
        json.dumps({
            "store": {"root": str(tmp_path / "tables")},
            "sources": {"transactions": {"path": str(tmp_path / "raw")}},
            "value_segments": {"k_max": 4, "starts": 2},
        })
    )  # fmt: skip

    def submit(job: str, *arguments: str) -> subprocess.CompletedProcess:
        java = f"-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m {quick_jvms}"
        settings = {
            **SHORT, "spark.sql.shuffle.partitions": 2, "spark.ui.enabled": "false",
            "spark.driver.extraJavaOptions": java, "spark.executor.extraJavaOptions": java,
        }  # fmt: skip
        command = [Path(pyspark.__file__).parent / "bin" / "spark-submit", "--master", "local-cluster[2,1,1024]"]
        command += ["--jars", ",".join(map(str, jars())), "--py-files", wheel]
        command += [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
        command += [ROOT / "jobs" / f"{job}.py", "--config", config, *arguments]
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return subprocess.run(
            [str(part) for part in command], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=900,
            env={**environment, "PYSPARK_PYTHON": sys.executable, "SPARK_HOME": str(Path(pyspark.__file__).parent)},
        )  # fmt: skip

    statuses = {}
    for job in ("ingest", "run"):
        done = submit(job, "--as-of", "2011-12-10", "--json")
        assert done.returncode == 0, done.stderr[-4000:]
        told = json.loads("[" + done.stdout.partition("\n[\n")[2])  # spark-submit puts messages on stdout as well
        rows = told[0]["stages"] if job == "run" else told
        statuses[job] = {row["stage"]: row["status"] for row in rows}
    assert set(statuses["ingest"].values()) == {"written", "absent"}  # the other branches have no source
    assert statuses["run"]["customer_days"] == "reused"
    written = {name for name, status in statuses["run"].items() if status == "written"}
    assert {"features_scaled", "value_segments", "published_customers"} <= written
