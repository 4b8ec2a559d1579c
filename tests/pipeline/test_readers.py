"""Other engines read the tables: DuckDB and Polars through deltalake, and `audiences query`."""

from __future__ import annotations

import json

import duckdb
import polars
import pytest
from deltalake import DeltaTable

from audiences.cli import main

pytestmark = pytest.mark.contract


@pytest.fixture
def root(small_shop_root):
    return small_shop_root


def test_every_table_opens_without_spark(root):
    for log in root.glob("*/*/_delta_log"):
        table = DeltaTable(str(log.parent))
        frame = polars.read_delta(str(log.parent))
        assert frame.height == table.to_pyarrow_dataset().count_rows()
        fields = [field for field in table.schema().fields if field.metadata.get("comment")]
        assert len(fields) == len(table.schema().fields), log.parent
        assert table.metadata().description, log.parent


def test_duckdb_answers_what_an_analyst_asks(root):
    customers = DeltaTable(str(root / "published" / "customers")).to_pyarrow_dataset()  # noqa: F841 - DuckDB reads it
    found = duckdb.sql(
        "SELECT segment, count(*) AS customers, sum(monetary) AS revenue FROM customers GROUP BY segment ORDER BY revenue"
    ).fetchall()
    assert sum(row[1] for row in found) == 60
    assert len(found) > 1


def test_query_reads_the_published_run_in_every_output_form(root, capsys):
    sql = "SELECT count(*) AS customers, count(DISTINCT segment) AS segments FROM published_customers"
    assert main(["query", sql, "--json", "--set", f"store.root={root}"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["customers"] == 60
    assert main(["query", "SELECT 'a,b' AS x, 1 AS y", "--csv", "--set", f"store.root={root}"]) == 0
    assert capsys.readouterr().out == 'x,y\n"a,b",1\n'
    assert main(["query", "SELECT * FROM nowhere", "--set", f"store.root={root}"]) == 2
    assert "tables:" in capsys.readouterr().err
    assert main(["query", "SELECT 1", "--set", f"store.root={root}-none"]) == 1
    assert "no run has been published" in capsys.readouterr().err


def test_query_shows_one_slice_of_tables_that_hold_several(root, capsys):
    sql = "SELECT segmentation, count(*) AS n FROM segment_profiles GROUP BY 1 ORDER BY 1"
    assert main(["query", sql, "--json", "--set", f"store.root={root}"]) == 0
    assert [row["segmentation"] for row in json.loads(capsys.readouterr().out)] == ["rfm", "value"]


def test_history_tells_the_commits(root, capsys):
    assert main(["history", "rfm", "--json", "--set", f"store.root={root}"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows[0]["rows"] == 60
    assert json.loads(rows[0]["metadata"])["inputs"].keys() == {"customer_days", "rfm_cut_points"}
    assert main(["history", "customers", "--set", f"store.root={root}"]) == 0
    assert main(["history", "segment_profiles", "--set", f"store.root={root}"]) == 2
    assert "two tables have this name" in capsys.readouterr().err
