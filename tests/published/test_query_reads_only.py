"""`audiences query` reads the views of the published run and nothing else, within its limits; and shows what it read."""

from __future__ import annotations

import csv
import io
import json
import os
import time
from pathlib import Path

import forged_store
import pytest

from audiences.cli import main
from audiences.cli.output import show_columns
from audiences.config import Query
from audiences.errors import ConfigError
from audiences.published.sql import query


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> str:
    return str(forged_store.shop(tmp_path_factory.mktemp("query") / "tables"))


def ask(capsys, root: str, sql: str, *arguments: str) -> tuple[int, str, str]:
    code = main(["query", sql, "--set", f"store.root={root}", *arguments])
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return code, said.out, said.err


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT content FROM read_text('{file}')",
        "SELECT * FROM read_csv('{file}')",
        "SELECT * FROM '{file}'",
        "SELECT * FROM glob('{folder}/*')",
        "SELECT * FROM sniff_csv('{file}')",
        "SELECT * FROM parquet_scan('{folder}/*.parquet')",
        "COPY (SELECT 1) TO '{folder}/x.csv'",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{folder}/x.csv'",
        "EXPORT DATABASE '{folder}/x'",
        "ATTACH '{folder}/x.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "RESET lock_configuration",
        "PRAGMA enable_profiling",
        "CALL pragma_version()",
        "CREATE TABLE x AS SELECT 1",
        "DROP VIEW rfm",
        "PREPARE x AS SELECT 1",
        "SELECT * FROM runs",  # a variable of the program that asks
        "SELECT * FROM limits",
        "SELECT 1; SELECT 2",
        "SELECT 1; COPY (SELECT 1) TO '{folder}/x.csv'",
        "",
        "  -- nothing\n ; ",
        "SELEC 1",
        "SELECT nowhere FROM rfm",
        "SELECT 'x'::int",
        "SELECT '\ud800'",
    ],
)
def test_whatever_is_no_reading_of_the_views_is_exit_2(root, tmp_path, capsys, sql):
    (tmp_path / "secret.txt").write_text("secret\n")
    before = sorted(tmp_path.iterdir())
    code, out, err = ask(capsys, root, sql.format(file=tmp_path / "secret.txt", folder=tmp_path))
    assert (code, out) == (2, "")
    assert "secret\n" not in err
    assert "audiences: " in err
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT count(*) FROM published_customers", "5"),
        ("WITH a AS (SELECT customer_id FROM rfm) SELECT max(customer_id) FROM a", "c5"),
        ("VALUES (7)", "7"),
        ("SELECT count(*) FROM run_manifest;", "2"),
        ("SELECT count(*) FROM history_rfm", "5"),
    ],
)
def test_what_reads_answers(root, capsys, sql, rows):
    code, out, _ = ask(capsys, root, sql, "--csv")
    assert (code, out.splitlines()[1]) == (0, rows)
    for word in ("DESCRIBE rfm", "SHOW TABLES", "EXPLAIN SELECT * FROM rfm", "SUMMARIZE rfm", "FROM rfm"):
        assert ask(capsys, root, word)[0] == 0


def test_equal_names_keep_both_values(root, capsys):
    assert ask(capsys, root, "SELECT 1 AS a, 2 AS a", "--csv")[1] == "a,a\n1,2\n"
    assert json.loads(ask(capsys, root, "SELECT 1 AS a, 2 AS a, 3 AS a_2", "--json")[1]) == [
        {"a": 1, "a_2": 2, "a_2_2": 3}
    ]
    assert ask(capsys, root, "SELECT 1 AS a, 2 AS a")[1].split() == ["a", "a", "1", "2"]
    sql = ("SELECT a.customer_id, a.monetary, b.monetary FROM published_customers a JOIN published_customers b "
           "ON a.customer_id = 'c2' AND b.customer_id = 'c4'")  # fmt: skip
    assert ask(capsys, root, sql, "--csv")[1].splitlines()[1] == "c2,1.5,4.5"


def test_an_answer_without_rows_has_its_columns(root, capsys):
    assert ask(capsys, root, "SELECT customer_id, r_score FROM rfm WHERE false", "--csv")[1] == "customer_id,r_score\n"


def test_json_stays_json_and_terminals_are_not_steered(root, capsys):
    sql = ("SELECT 'nan'::double AS n, '-inf'::double AS i, [1.5, 'nan'::double] AS l, chr(27) || '[31mred' || chr(155) AS e, "
           "chr(8238) || 'abc' AS turned")  # fmt: skip
    code, out, _ = ask(capsys, root, sql, "--json")
    assert code == 0
    row = json.loads(out, parse_constant=pytest.fail)[0]
    assert (row["n"], row["i"], row["l"]) == ("NaN", "-Infinity", [1.5, "NaN"])
    assert row["e"] == "\x1b[31mred\x9b"
    shown = ask(capsys, root, sql)[1]
    for text in (out, shown):
        assert not {"\x1b", "\x9b", "\u202e"} & set(text)
    assert "\\x1b[31mred\\x9b" in shown
    assert "\x1b" not in ask(capsys, root, 'SELECT chr(27) FROM "\x1b[31m"')[2]


def test_csv_cells_that_a_spreadsheet_would_run_are_defused_also_in_the_header(root, capsys):
    sql = "SELECT '=1+1' AS \"=cmd\", '  =1+1' AS sp, '+49170001' AS phone, -5 AS n, 'a' || chr(13) || '=1' AS torn"
    _, out, err = ask(capsys, root, sql, "--csv")
    header, row = list(csv.reader(io.StringIO(out, newline="")))
    assert header == ["'=cmd", "sp", "phone", "n", "torn"]
    assert row == ["'=1+1", "'  =1+1", "+49170001", "-5", "a\r=1"]
    assert '"a\r=1"' in out
    assert "the header: 1, =cmd: 1, sp: 1" in err
    assert "apostrophe" not in ask(capsys, root, "SELECT '+49170001' AS phone", "--csv")[2]


def test_rows_and_seconds_are_limited(root, capsys):
    code, out, err = ask(capsys, root, "SELECT * FROM range(2000000)", "--set", "query.max_rows=1000")
    assert (code, out, "query.max_rows" in err) == (2, "", True)
    assert len(query(root, "SELECT * FROM range(1000)", Query(max_rows=1000))) == 1000
    endless = "WITH RECURSIVE a AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM a) SELECT count(*) FROM a WHERE x < 0"
    for sql in (endless, "SELECT count(*) FROM range(100000000) a, range(100000000) b"):
        started = time.monotonic()
        with pytest.raises(ConfigError, match="took too long"):
            query(root, sql, Query(timeout_seconds=0.5))
        assert time.monotonic() - started < 20
    with pytest.raises(ConfigError, match="the query failed"):
        query(root, "SELECT list(x) FROM range(300000000) r(x)", Query(memory_gb=0.1))
    assert not Path(".tmp").exists()


def test_a_store_cannot_slip_sql_into_a_view(tmp_path, capsys):
    slipped = {"as_of": "2024-07-01' OR '1'='1"}
    rows = forged_store.customers(["c1"])
    root = forged_store.write(tmp_path, {"published_customers": ("published/customers", rows)}, slice_by=slipped)
    code, out, err = ask(capsys, str(root), "SELECT * FROM published_customers")
    assert (code == 0, out, "Traceback" in err) == (False, "", False)


def test_nothing_of_a_terminal_s_is_left_in_csv_where_it_goes_to_one(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    show_columns(["a"], [["\x1b[31m"]], "csv")
    assert capsys.readouterr().out == "a\n\\x1b[31m\n"


def test_a_full_disk_behind_stdout_is_one_message(root):
    import subprocess
    import sys

    command = [sys.executable, "-c", "import sys; from audiences.cli.app import entry; entry()", "query",
               "SELECT * FROM range(10)", "--csv", "--set", f"store.root={root}"]  # fmt: skip
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, env={**os.environ})
    assert "audiences: the disk is full" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 1
