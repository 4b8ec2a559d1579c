"""`audiences runs`: what is published, which run readers get, and how much each pins; no Spark."""

from __future__ import annotations

import json
from datetime import timedelta

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from audiences.cli import main


def test_runs_are_listed_with_what_readers_get(two_runs_root, tmp_path, capsys):
    root = tmp_path / "tables"
    manifest = DeltaTable(two_runs_root / "control" / "run_manifest").to_pyarrow_table()
    newest = max(manifest["as_of"].to_pylist())
    rows = manifest.to_pylist()
    again = [{**row, "sequence": 2, "run_id": "again"} for row in rows if row["as_of"] == newest]
    write_deltalake(root / "control" / "run_manifest", pa.Table.from_pylist(rows + again, manifest.schema))
    assert main(["runs", "--json", "--set", f"store.root={root}"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(row["as_of"], row["sequence"], row["status"]) for row in found] == [
        (str(newest), 2, "newest"), (str(newest), 1, "superseded"), (str(newest - timedelta(days=90)), 1, "published"),
    ]  # fmt: skip
    pinned = sum(row["version"] is not None for row in again)
    assert found[0]["pins"] == found[1]["pins"] == pinned > found[2]["pins"] > 0
    assert found[0]["run_id"] == "again"
    assert main(["runs", "--set", f"store.root={root}"]) == 0
    assert "superseded" in capsys.readouterr().out


def test_without_a_published_run_it_says_how_to_make_one(tmp_path, capsys):
    assert main(["runs", "--set", f"store.root={tmp_path}"]) == 1
    assert "audiences run --as-of DATE" in capsys.readouterr().err
