"""A root that an earlier version wrote is opened, queried and run on; one of a later version is refused.

`fixtures/root_format_1.tar.gz` was made by the code before roots had a format number: see tools/make_fixture_root.py.
"""

from __future__ import annotations

import json
import sys
import tarfile
from datetime import date
from pathlib import Path

import pytest
import small_shop
from deltalake import CommitProperties, DeltaTable, write_deltalake
from pyspark.sql import types as T

from audiences import schema
from audiences.cli import main
from audiences.config import Settings
from audiences.config import Store as StoreSettings
from audiences.engine.manifest import newest_run, published
from audiences.errors import InputError
from audiences.pipeline.purchases import CUTS, LANDED, RFM, TRANSACTIONS
from audiences.published.snapshot import published_runs
from audiences.sources.reader_digest import former_reader_digest
from audiences.store.delta import Store
from audiences.store.rows import is_wider

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
sys.path.insert(0, str(FIXTURES.parent.parent / "tools"))
AS_OF, LATER = "2011-12-10", "2011-12-20"


@pytest.fixture
def root(tmp_path) -> Path:
    with tarfile.open(FIXTURES / "root_format_1.tar.gz") as archive:
        archive.extractall(tmp_path / "tables", filter="data")
    return tmp_path / "tables"


def test_it_is_listed_and_queried_without_spark(root, capsys):
    assert main(["runs", "--json", "--set", f"store.root={root}"]) == 0
    assert [row["status"] for row in json.loads(capsys.readouterr().out)] == ["newest"]
    sql = "SELECT count(*) AS customers, count(DISTINCT segment) AS segments FROM published_customers"
    assert main(["query", sql, "--json", "--set", f"store.root={root}"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"customers": 60, "segments": 3}]


def test_every_stored_column_is_declared_with_a_type_that_is_no_narrower(root):
    tables = {str(table): table for table in schema.declared_tables()}
    for log in root.glob("*/*/_delta_log"):
        table = tables[f"{log.parent.parent.name}/{log.parent.name}"]
        declared = {column.name: column.type for column in table.columns}
        stored = json.loads(DeltaTable(log.parent).schema().to_json())["fields"]
        for field in stored:
            assert field["name"] in declared, f"{table}.{field['name']}: columns are neither renamed nor taken away"
            kind = declared[field["name"]]
            assert kind.jsonValue() == field["type"] or is_wider(kind, than=T.StructField.fromJson(field).dataType)
        new = set(declared) - {field["name"] for field in stored}
        assert all(column.nullable for column in table.columns if column.name in new), table


def test_its_reader_is_the_one_that_today_s_settings_lead_to(root):
    landed = DeltaTable(root / "landed" / "landed_transactions").to_pyarrow_table(columns=["reader"])
    assert set(landed["reader"].to_pylist()) == {former_reader_digest("transactions", Settings().sources.transactions)}


@pytest.mark.contract
def test_it_is_run_on_nothing_is_landed_twice_and_its_old_run_stays_readable(spark, root, tmp_path):
    store = Store(spark, StoreSettings(root=str(root)))
    old = published(store)
    before = sorted(map(str, old.frame(RFM).collect()))
    new = small_shop.write(tmp_path / "new.csv", small_shop.lines(3, seed=9, first_invoice=900_000))
    given = [
        f"store.root={root}",
        f"sources.transactions.path={new}",
        "value_segments.k_max=3",
        "value_segments.starts=1",
    ]
    assert main(["run", "--as-of", LATER, *(part for one in given for part in ("--set", one))]) == 0
    run = published(store, date.fromisoformat(LATER))
    assert run.frame(LANDED).count() == len(small_shop.lines()) + len(small_shop.lines(3, seed=9))
    assert run.frame(LANDED).select("reader").distinct().count() == 1
    assert run.frame(TRANSACTIONS).count() > old.frame(TRANSACTIONS).count()
    assert {row["origin"] for row in run.frame(CUTS).collect()} == {"fitted"}
    again = published(store, date.fromisoformat(AS_OF))
    assert again.run_id == old.run_id
    assert sorted(map(str, again.frame(RFM).collect())) == before
    assert store.head(schema.run_manifest).metadata["format"] == 2
    assert [str(one.as_of) for one in published_runs(str(root))] == [LATER, AS_OF]


def test_a_root_of_a_later_version_is_refused_by_every_reader(spark, root, capsys):
    path = root / "control" / "run_manifest"
    later = CommitProperties(custom_metadata={"userMetadata": json.dumps({"fingerprint": "f", "format": 99})})
    write_deltalake(path, DeltaTable(path).to_pyarrow_table(), mode="append", commit_properties=later)
    with pytest.raises(InputError, match="later version"):
        newest_run(Store(spark, StoreSettings(root=str(root))))
    assert main(["query", "SELECT 1", "--set", f"store.root={root}"]) == 1
    assert "format 99" in capsys.readouterr().err


def test_two_roots_are_compared_row_by_row(root, tmp_path, capsys):
    from compare_roots import main as compare

    with tarfile.open(FIXTURES / "root_format_1.tar.gz") as archive:
        archive.extractall(tmp_path / "other", filter="data")
    assert compare([str(root), str(tmp_path / "other")]) == 0
    assert capsys.readouterr().out == "all rows are equal\n"
    manifest = DeltaTable(tmp_path / "other" / "control" / "run_manifest")
    path = tmp_path / "other" / "features" / "rfm"
    rows = DeltaTable(path).to_pyarrow_table()
    write_deltalake(path, rows.slice(1), mode="overwrite")
    true = {"version": str(DeltaTable(path).version()), "rows": str(rows.num_rows - 1)}
    manifest.update(predicate="stage = 'rfm'", updates=true)
    assert compare([str(root), str(tmp_path / "other")]) == 1
    told = capsys.readouterr().out
    assert f"{AS_OF} rfm: 1 rows are only in the first root" in told
    assert "1 differences" in told
    assert compare([str(root), str(tmp_path / "nowhere")]) == 2
