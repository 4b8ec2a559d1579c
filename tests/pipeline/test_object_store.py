"""Input and tables on s3a://, with moto's server in S3's place, in processes of their own as a user starts them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from audiences.spark.jars import LINES, line

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("quick_jvms"),
    pytest.mark.skipif(not LINES[line()].s3a, reason="no JARs for s3a:// are known for this Spark line"),
]
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}


@pytest.fixture(scope="module")
def endpoint():
    """The address of an S3 with one empty bucket, `shop`."""
    server = pytest.importorskip("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    import boto3

    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    keys = {"aws_access_key_id": KEYS["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": KEYS["AWS_SECRET_ACCESS_KEY"]}
    boto3.client("s3", endpoint_url=address, region_name=KEYS["AWS_REGION"], **keys).create_bucket(Bucket="shop")
    yield address
    server.stop()


@pytest.fixture
def audiences(tmp_path):
    """A function: one command against an endpoint; credentials come from the environment."""

    def run(endpoint: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        config = tmp_path / "s3.yaml"
        options = {"spark.hadoop.fs.s3a.endpoint": endpoint, "spark.hadoop.fs.s3a.path.style.access": "true"}
        demo = yaml.safe_load((ROOT / "conf" / "demo.yaml").read_text())
        config.write_text(yaml.safe_dump({**demo, "session": {**demo["session"], "options": options}}))
        return subprocess.run(
            [sys.executable, "-c", "import sys; from audiences.cli import main; sys.exit(main())", *arguments,
             "--config", config],
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=1500,
            env={**os.environ, **KEYS, "PYTHONPATH": str(ROOT / "lib"), "AWS_ENDPOINT_URL": endpoint,
                 "AWS_ALLOW_HTTP": "true", **environment},
        )  # fmt: skip

    return run


def sets(**settings: str) -> list[str]:
    return [part for name, value in settings.items() for part in ("--set", f"{name.replace('__', '.')}={value}")]


def test_a_small_demo_runs_with_input_and_tables_in_a_bucket(endpoint, audiences, tmp_path):
    done = audiences(endpoint, "generate", "s3a://shop/raw", "--customers", "150", "--days", "120")
    assert done.returncode == 0, done.stderr[-4000:]
    where = sets(
        store__root="s3a://shop/tables", sources__transactions__path="s3a://shop/raw/transactions",
        sources__activity__path="s3a://shop/raw/activity", sources__known__path="s3a://shop/raw/truth",
        value_segments__k_max="4", value_segments__starts="2",
    )  # fmt: skip
    done = audiences(endpoint, "run", "--as-of", "2024-04-30", "--json", *where)
    assert done.returncode == 0, done.stderr[-4000:]
    told = json.loads(done.stdout)[0]
    statuses = {row["stage"]: row["status"] for row in told["stages"]}
    assert {statuses[name] for name in ("transactions", "value_segments", "density_model", "published_customers")} == {
        "written"
    }
    assert (tmp_path / "report-2024-04-30.html").read_text().startswith("<!doctype html>")
    # what was written is found there again: by Spark, and by readers without it
    done = audiences(endpoint, "plan", "--as-of", "2024-04-30", "--json", *where)
    assert done.returncode == 0, done.stderr[-4000:]
    plans = {row["stage"]: row["plan"] for row in json.loads(done.stdout)}
    assert plans["landed_transactions"] == "nothing new"
    assert not {name for name, plan in plans.items() if plan in ("make", "land new files")}
    sql = "SELECT count(*) AS customers FROM published_customers"
    done = audiences(endpoint, "query", sql, "--json", *sets(store__root="s3a://shop/tables"))
    assert done.returncode == 0, done.stderr[-4000:]
    rows = {row["stage"]: row["rows"] for row in told["stages"]}
    assert json.loads(done.stdout)[0]["customers"] == rows["published_customers"] > 100


@pytest.mark.parametrize("what", ["input", "root"])
def test_an_address_that_does_not_answer_is_told_soon_and_in_plain_words(audiences, tmp_path, what):
    (tmp_path / "raw.csv").write_text("a\n")
    root, path = ("s3a://shop/tables", tmp_path / "raw.csv") if what == "root" else (tmp_path / "t", "s3a://shop/raw")
    started = time.monotonic()
    done = audiences("http://127.0.0.1:9", "run", "--as-of", "2024-04-30",
                     *sets(store__root=str(root), sources__transactions__path=str(path)))  # fmt: skip
    assert done.returncode == 1
    assert ("the table root" if what == "root" else "the input") + " cannot be reached" in done.stderr
    assert "s3a://shop" in done.stderr
    assert "Connection refused" in done.stderr
    assert "Traceback" not in done.stderr
    assert time.monotonic() - started < 600  # Hadoop's own defaults keep trying for far longer


def test_a_bucket_that_is_not_there_and_missing_credentials_are_told(endpoint, audiences, tmp_path):
    (tmp_path / "raw.csv").write_text("a\n")

    def refused(root: str, path: str, **environment: str) -> str:
        done = audiences(endpoint, "run", "--as-of", "2024-04-30",
                         *sets(store__root=root, sources__transactions__path=path), **environment)  # fmt: skip
        assert done.returncode == 1, done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr

    said = refused("s3a://nowhere/tables", str(tmp_path / "raw.csv"))
    assert "the table root cannot be reached" in said
    assert "bucket does not exist" in said.lower()
    said = refused(str(tmp_path / "tables"), "s3a://nowhere/raw")
    assert "s3a://nowhere" in said
    nobody = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"}
    said = refused("s3a://shop/tables", str(tmp_path / "raw.csv"), **nobody)
    assert "the table root cannot be reached" in said
    assert "credentials" in said.lower()
