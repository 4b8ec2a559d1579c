"""What the declared tables promise beside their rows: who is told in them, which of them are ledgers, what comes next."""

from __future__ import annotations

import json

import pytest

from audiences import schema
from audiences.schema import Column, Table
from audiences.schema.next_columns import NEXT_COLUMNS
from audiences.schema.table import DATE, STRING
from audiences.store.delta import Store

IDS = {"customer_id", "customer", "user_id", "user"}
RAW = {"row", "extras", "corrupt_record"}


@pytest.mark.parametrize("table", schema.declared_tables(), ids=str)
def test_a_column_that_tells_a_person_says_so(table):
    assert set(table.names) & (IDS | RAW) <= set(table.person)


def test_tables_without_persons_have_no_such_column():
    assert schema.rfm.person == ("customer_id",)
    assert schema.identities.person == ("user_id", "customer_id")
    assert schema.run_manifest.person == schema.segment_profiles.person == ()


def test_what_grows_is_said_by_the_table():
    growing = {str(table) for table in schema.declared_tables() if table.kind == "growing"}
    assert growing == {
        "control/run_manifest", "control/source_files", "models/models", "scores/streamed_transactions",
        *(str(table) for table in schema.declared_tables() if table.zone == "landed"),
    }  # fmt: skip


def test_a_ledger_has_no_slice_that_a_write_could_replace():
    columns = (Column("as_of", DATE, "D"), Column("what", STRING, "what"))
    assert Table("control", "decisions", "", columns, kind="ledger").kind == "ledger"
    with pytest.raises(ValueError, match="no slice"):
        Table("control", "decisions", "", columns, slice_by=("as_of",), kind="ledger")


def test_the_next_columns_of_customers_are_new_complete_and_named_once():
    names = [item.column.name for item in NEXT_COLUMNS]
    assert len(set(names)) == len(names)
    assert not set(names) & set(schema.published_customers.names), "a declared column leaves the list"
    for item in NEXT_COLUMNS:
        assert item.column.nullable, item.column.name  # tables made before have no value
        assert item.column.comment
        assert item.unit
        assert item.null_means
        assert item.owner


@pytest.mark.contract
def test_the_log_of_a_new_table_holds_no_statistics_of_persons(spark, tmp_path):
    from audiences.config import Store as StoreSettings

    store = Store(spark, StoreSettings(root=str(tmp_path)))
    alone = Table("clean", "people", "", (Column("customer_id", STRING, "c", is_person=True),))
    beside = Table(
        "clean", "visits", "", (Column("customer_id", STRING, "c", is_person=True), Column("day", DATE, "d"))
    )
    rows = "SELECT 'secret-7' AS customer_id, DATE'2024-01-01' AS day"
    store.write(beside, spark.sql(rows), fingerprint="a", metadata={})
    store.write(alone, spark.sql(rows).drop("day"), fingerprint="a", metadata={})
    logs = {name: _log(tmp_path / "clean" / name) for name in ("people", "visits")}
    assert "secret-7" not in "".join(logs.values())
    statistics = [
        json.loads(json.loads(line)["add"]["stats"])
        for line in logs["visits"].splitlines()
        if line.startswith('{"add"')
    ]
    assert statistics[0]["minValues"] == {"day": "2024-01-01"}


def _log(table) -> str:
    return "".join(file.read_text() for file in sorted((table / "_delta_log").glob("*.json")))
