"""Each delivery is judged by itself before it is landed; a file is read by its name; a landed one can be taken back."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
import small_shop
from pyarrow import parquet

from audiences import schema
from audiences.cli import main
from audiences.config import load
from audiences.engine.landed_files import receipts
from audiences.store.delta import Store

HEADER = ("customer_id", "ts", "quantity", "unit_price")


@pytest.fixture
def run(spark, tmp_path, capsys):
    """A function: ingest a source and say the exit code, stderr and the rows that are kept, by their customer."""

    def ingest(path: Path | str, *sets: str, source: str = "transactions", stages=("transactions",)) -> tuple[int, str]:
        settings = [f"store.root={tmp_path / 'tables'}", f"sources.{source}.path={json.dumps(str(path))}", *sets]
        code = main(["run", *stages, "--as-of", "2024-01-01", *(part for one in settings for part in ("--set", one))])
        return code, capsys.readouterr().err

    return ingest


@pytest.fixture
def table(spark, tmp_path):
    """A function: a table's rows at its newest version; none where there is no such table."""
    store = Store(spark, load([], [f"store.root={tmp_path / 'tables'}"], {}).store)

    def rows(which):
        head = store.head(which)
        return [] if head is None else store.read(which, head.version).collect()

    return rows


def lines(customer: str, count: int = 30, pattern: str = "%Y-%m-%d %H:%M:%S") -> list[tuple]:
    return [(customer, f"{datetime(2023, 1 + n % 12, 14, 9, 5):{pattern}}", "2", f"{1 + n}.50") for n in range(count)]


def landed_by_file(rows) -> dict[str, int]:
    names = [Path(row["file"]).name for row in rows]
    return {name: names.count(name) for name in names}


def test_a_delivery_in_another_format_is_refused_by_name_and_leaves_nothing_behind(run, table, tmp_path, capsys):
    folder = tmp_path / "in"
    small_shop.write(folder / "2023-01.csv", lines("a", 200), HEADER)
    assert run(folder)[0] == 0
    second = small_shop.write(folder / "2023-02.csv", lines("b", pattern="%d.%m.%Y %H:%M"), HEADER)
    code, said = run(folder)
    assert code == 3
    assert "a delivery does not pass the quality gates; nothing of it was landed" in said
    assert "2023-02.csv: 30 of 30 rows rejected: invalid_date 30" in " ".join(said.split())
    assert "2023-01.csv" not in said
    assert landed_by_file(table(schema.landed_transactions)) == {"2023-01.csv": 200}
    assert {Path(row["path"]).name for row in table(schema.source_files)} == {"2023-01.csv"}
    small_shop.write(second, lines("b"), HEADER)  # corrected under the same name
    assert run(folder)[0] == 0
    assert landed_by_file(table(schema.landed_transactions)) == {"2023-01.csv": 200, "2023-02.csv": 30}


def test_a_landed_file_can_be_withdrawn_and_delivered_again(run, table, spark, tmp_path, capsys):
    folder, root = tmp_path / "in", f"store.root={tmp_path / 'tables'}"
    small_shop.write(folder / "a.csv", lines("a"), HEADER)
    wrong = small_shop.write(folder / "b 1.csv", [*lines("b", 29), ("", "2023-05-01 00:00:00", "1", "-4")], HEADER)
    assert run(folder)[0] == 0
    told = {Path(one["path"]).name: one for one in receipts(Store(spark, load([], [root], {}).store))}
    figures = ("status", "records", "kept", "rejected", "money_kept", "money_rejected", "credit_rejected")
    money = sum(2 * (n + Decimal("1.5")) for n in range(29))
    assert tuple(told["b 1.csv"][name] for name in figures) == ("finished", 30, 29, 1, money, 0, -4)
    assert main(["withdraw", str(wrong), "--json", "--set", root]) == 0
    assert json.loads(capsys.readouterr().out) == [{"source": "transactions", "file": f"file:{wrong}", "records": 30}]
    assert landed_by_file(table(schema.landed_transactions)) == {"a.csv": 30}
    assert main(["withdraw", str(wrong), "--set", root]) == 1
    wrong.rename(tmp_path / "b 1.csv")
    assert run(folder)[0] == 0
    assert {row["customer_id"] for row in table(schema.transactions)} == {"a"}
    small_shop.write(wrong, lines("c"), HEADER)
    assert run(folder)[0] == 0
    assert {row["customer_id"] for row in table(schema.transactions)} == {"a", "c"}


def test_what_is_out_of_range_is_one_rejected_row_and_not_the_end(run, table, tmp_path):
    rows = [*lines("a"), ("b", "2023-05-01 00:00:00", "99999999", "9999999"), ("c", "2023-05-01 00:00:00", "2", "9e8")]
    assert (
        run(small_shop.write(tmp_path / "in.csv", rows, HEADER), stages=("transactions", "rejected_transactions"))[0]
        == 0
    )
    assert len(table(schema.transactions)) == 31
    assert [row["reasons"] for row in table(schema.rejected_rows)] == [["amount_out_of_range"]]


def test_money_of_several_currencies_is_refused_unless_rows_are_chosen(run, table, tmp_path):
    rows = [(*row, "EUR" if n % 4 else "JPY") for n, row in enumerate(lines("a", 40))]
    file = small_shop.write(tmp_path / "in.csv", rows, (*HEADER, "Currency"))
    code, said = run(file)
    assert (code, "10 of 40 rows are not in EUR but, for example, in JPY" in " ".join(said.split())) == (3, True)
    chosen = 'sources.transactions.where=[{"column": "Currency", "any_of": ["EUR"]}]'
    assert run(file, chosen)[0] == 0
    assert len(table(schema.transactions)) == 30


@pytest.mark.parametrize(
    ("source", "header", "row", "reason"),
    [
        ("activity", ("user", "time", "event"), ("u1", "1681300221919", "view"), "invalid_date"),
        ("reviews", ("customer_id", "ts", "text"), ("c1", "2023-01-10 00:00:00", "很好用的产品我很喜欢"), "too_short"),
        ("identities", ("user_id", "customer_id"), ("u1", ""), "missing_customer"),
    ],
)
def test_when_all_rows_of_a_source_are_rejected_it_is_said_with_an_example(run, tmp_path, source, header, row, reason):
    file = small_shop.write(tmp_path / "in.csv", [row] * 30, header)
    code, said = run(file, source=source, stages=(f"rejected_{source}",))
    assert code == 3
    assert f"in.csv: 30 of 30 rows rejected: {reason} 30" in " ".join(said.split())
    assert not (tmp_path / "tables" / "landed").exists()


def test_rows_that_were_landed_before_are_judged_again_when_settings_change(run, tmp_path):
    file = small_shop.write(
        tmp_path / "in.csv", [("u1", "2023-01-10 00:00:00", "view")] * 30, ("user", "time", "event")
    )
    assert run(file, source="activity", stages=("activity_gates",))[0] == 0
    code, said = run(file, "cleaning.min_date=2024-01-01", source="activity", stages=("activity_gates",))
    assert (code, "30 of 30 rows rejected: date_out_of_range 30" in " ".join(said.split())) == (3, True)


def test_a_listed_file_is_read_by_its_name_whatever_it_is(run, table, tmp_path):
    folder = tmp_path / "in"
    for name, customer in (("orders1.csv", "one"), ("orders[1].csv", "brackets"), ("a {b} 50%.csv", "braces")):
        small_shop.write(folder / name, lines(customer), HEADER)
    (folder / "UPPER.CSV.GZ").write_bytes(
        gzip.compress((folder / "orders1.csv").read_bytes().replace(b"one", b"upper"))
    )
    assert run(folder)[0] == 0
    kept = [row["customer_id"] for row in table(schema.transactions)]
    assert {name: kept.count(name) for name in kept} == dict.fromkeys(("one", "brackets", "braces", "upper"), 30)
    assert landed_by_file(table(schema.landed_transactions)) == {path.name: 30 for path in folder.iterdir()}


def test_a_path_with_brackets_is_the_file_of_that_name_where_there_is_one(run, table, tmp_path):
    small_shop.write(tmp_path / "orders 2.csv", lines("neighbour"), HEADER)
    meant = small_shop.write(tmp_path / "orders [2024].csv", lines("meant"), HEADER)
    assert run(meant)[0] == 0
    assert {row["customer_id"] for row in table(schema.transactions)} == {"meant"}
    assert run(tmp_path / "orders [23].csv", f"store.root={tmp_path / 'other'}")[0] == 0  # a pattern still is one


def test_folders_of_parquet_files_are_columns_and_nanoseconds_are_times(run, table, tmp_path):
    when = [datetime(2023, 1 + n % 12, 14, 9, 5) for n in range(30)]
    for country, kind in (("UK", pa.timestamp("ns")), ("C%C3%B4te d'Ivoire", pa.timestamp("ns", "UTC"))):
        rows = pa.table({"customer_id": ["a"] * 30, "ts": pa.array(when, kind), "quantity": [2] * 30,
                         "unit_price": [2.5 + n for n in range(30)]})  # fmt: skip
        (tmp_path / "in" / f"country={country}").mkdir(parents=True)
        parquet.write_table(rows, tmp_path / "in" / f"country={country}" / "a.parquet", version="2.6")
    assert run(tmp_path / "in", "sources.transactions.format=parquet")[0] == 0
    kept = table(schema.transactions)
    assert sorted({row["country"] for row in kept}) == ["Côte d'Ivoire", "UK"]
    assert {row["ts"] for row in kept} == set(when)
    assert len(kept) == 60
