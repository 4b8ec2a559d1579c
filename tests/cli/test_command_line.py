"""The command line as a newcomer meets it, in processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from audiences.spark.jars import line

ROOT = Path(__file__).resolve().parents[2]


def audiences(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", "import sys; from audiences.cli import main; sys.exit(main())", *arguments],
        capture_output=True, text=True, check=False, timeout=300,
        env={**os.environ, "PYTHONPATH": str(ROOT / "lib"), "COLUMNS": "120", **environment},
    )  # fmt: skip


def test_help_names_every_command():
    done = audiences("--help")
    assert done.returncode == 0
    for command in (
        "run",
        "plan",
        "init",
        "check",
        "generate",
        "report",
        "history",
        "runs",
        "verify",
        "query",
        "export",
        "explain",
        "config",
        "doctor",
    ):
        assert f"  {command} " in done.stdout


def test_a_usage_fault_exits_with_2():
    assert audiences("run").returncode == 2
    assert audiences("run", "--as-of", "tomorrow").returncode == 2
    done = audiences("run", "--as-of", "2024-01-01", "--set", "rfm.bin=4")
    assert (done.returncode, "did you mean bins?" in done.stderr, done.stdout) == (2, True, "")


def test_config_show_prints_what_is_in_force():
    done = audiences("config", "show", AUDIENCES__CURRENCY="CHF")
    assert done.returncode == 0
    assert "currency: CHF  # ISO 4217 code of all money" in done.stdout


@pytest.mark.parametrize("home", ["none", "other"])
def test_without_a_fitting_java_it_says_which_to_get(tmp_path, home):
    if home == "other":
        java = tmp_path / "bin" / "java"
        java.parent.mkdir()
        java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
        java.chmod(0o755)
    done = audiences("history", "rfm", JAVA_HOME=str(tmp_path))
    assert done.returncode == 1
    assert ("Spark needs Java; none was found" if home == "none" else "this Java does not fit") in done.stderr
    assert "install OpenJDK 17 or 21" in done.stderr


def test_doctor_says_ok_or_what_to_do_line_by_line(tmp_path):
    done = audiences("doctor", "--set", f"store.root={tmp_path / 'tables'}", "--set", "session.driver_memory=512m")
    assert done.returncode == 0, done.stdout + done.stderr
    for check in ("Python", "Java", "Spark", "compute", "Delta JARs", "words", "table root", "memory", "cores"):
        assert check in done.stdout
    (tmp_path / "file").write_text("")
    done = audiences("doctor", "--set", f"store.root={tmp_path / 'file'}", "--set", "session.driver_memory=900g")
    assert done.returncode == 1
    assert "a file is in its place" in done.stdout
    assert "the driver's heap does not fit" in done.stdout


@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({"DATABRICKS_RUNTIME_VERSION": "client.4.9"}, id="serverless"),
        pytest.param({"DATABRICKS_RUNTIME_VERSION": "17.3", "SPARK_CONNECT_MODE_ENABLED": "1"}, id="standard"),
        pytest.param({"SPARK_REMOTE": "sc://127.0.0.1:1"}, id="remote"),
    ],
)
def test_where_spark_nlp_cannot_run_its_twin_is_taken_and_the_doctor_says_so(tmp_path, environment):
    root = ["--set", f"store.root={tmp_path}", "--set", "session.driver_memory=512m"]
    told = {row["check"]: row for row in json.loads(audiences("doctor", "--json", *root, **environment).stdout)}
    assert told["words"]["status"] == "ok"
    assert told["words"]["detail"].startswith("spark-ml (auto): Spark NLP's JAR cannot be run")
    assert told["compute"]["status"] == ("fault" if line() == "3.5" or "client" in str(environment) else "ok")
    assert {"Java", "Delta JARs"}.isdisjoint(told)
    asked = [*root, "--set", "text.preprocessing.engine=spark-nlp"]
    told = {row["check"]: row for row in json.loads(audiences("doctor", "--json", *asked, **environment).stdout)}
    assert told["words"]["status"] == "fault"
    assert "auto or spark-ml" in told["words"]["detail"]
