"""Bad input, as a newcomer would bring it: each is told with what, where, found and allowed."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import small_shop

from audiences.cli import main
from audiences.pipeline.stages import GROUPS

HEADER = small_shop.HEADER


@pytest.fixture
def attempt(spark, tmp_path, capsys):
    """A function: ingest one file, and what it exits with and says on stderr."""

    def run(file: Path, *sets: str, stages: tuple[str, ...] = ("quality_gates",)) -> tuple[int, str]:
        arguments = [f"store.root={tmp_path / 'tables'}", f"sources.transactions.path={file}", *sets]
        code = main(["run", *stages, "--as-of", "2011-12-10", *(p for one in arguments for p in ("--set", one))])
        return code, capsys.readouterr().err

    return run


def test_a_missing_column(attempt, tmp_path):
    rows = [row[:5] for row in small_shop.lines(3)]
    code, said = attempt(small_shop.write(tmp_path / "raw.csv", rows, HEADER[:5]))
    assert code == 1
    assert "the header lacks a required column" in said
    assert "unit_price: one of unit_price, UnitPrice, Price" in said
    assert "found:   CustomerID, InvoiceDate, InvoiceNo, StockCode, Quantity" in said


def test_columns_in_another_order_are_read_by_name_and_swapped_headers_are_refused_with_the_cause(attempt, tmp_path):
    rows = [tuple(reversed(row)) for row in small_shop.lines(30)]
    code, said = attempt(small_shop.write(tmp_path / "one" / "raw.csv", rows, tuple(reversed(HEADER))))
    assert code == 0, said
    swapped = ("InvoiceDate", "CustomerID", *HEADER[2:])
    file = small_shop.write(tmp_path / "two" / "raw.csv", small_shop.lines(30), swapped)
    code, said = attempt(file, f"store.root={tmp_path / 'other-tables'}")
    assert code == 3
    assert "gates.max_rejected_share" in said
    assert "invalid_date" in said


def test_a_wrong_timestamp_format_is_refused_with_an_example(attempt, tmp_path):
    file = small_shop.write(tmp_path / "raw.csv", small_shop.lines(30))
    code, said = attempt(file, "sources.transactions.timestamp_format=dd-MM-yyyy HH:mm")
    assert code == 3
    assert "a delivery does not pass the quality gates; nothing of it was landed" in said
    assert "raw.csv" in said
    assert "invalid_date" in said
    assert '"ts":"2011-' in said


def test_a_wrong_encoding_is_refused_with_the_setting_to_change(attempt, tmp_path):
    rows = [(*row, "CAFÉ £") for row in small_shop.lines(30)]
    file = small_shop.write(tmp_path / "raw.csv", rows, (*HEADER, "Description"), encoding="latin-1")
    code, said = attempt(file)
    assert code == 3
    assert "set sources.transactions.encoding (often ISO-8859-1)" in said
    code, said = attempt(file, "sources.transactions.encoding=ISO-8859-1")
    assert code == 0, said


def test_an_empty_file(attempt, tmp_path):
    file = tmp_path / "raw.csv"
    file.touch()
    code, said = attempt(file)
    assert (code, "there is no file with content" in said, "raw.csv" in said) == (1, True, True)


def test_a_header_alone_has_no_customers(attempt, tmp_path):
    code, said = attempt(small_shop.write(tmp_path / "raw.csv", []))
    assert code == 3
    assert "0 customers with a purchase before as_of" in said


def test_a_truncated_gzip_lands_nothing_and_may_be_delivered_again_or_taken_away(spark, attempt, tmp_path):
    rows = small_shop.lines(60)
    whole = gzip.compress(small_shop.write(tmp_path / "plain.csv", rows).read_bytes())
    good = small_shop.write(tmp_path / "raw" / "good.csv", small_shop.lines(5))
    file = tmp_path / "raw" / "bad.csv.gz"
    file.write_bytes(whole[: len(whole) // 2])
    code, said = attempt(file.parent, stages=("transactions",))
    assert code == 1
    assert "cannot be read to the end; none of them was landed" in said
    assert "bad.csv.gz" in said

    def landed() -> dict[str, int]:
        found = spark.read.format("delta").load(str(tmp_path / "tables" / "landed" / "landed_transactions"))
        return {Path(row["file"]).name: row["count"] for row in found.groupBy("file").count().collect()}

    damaged = file.rename(tmp_path / "bad.csv.gz")  # taken away: what is left is landed
    assert attempt(file.parent, stages=("transactions",))[0] == 0
    assert landed() == {"good.csv": len(good.read_text().splitlines()) - 1}
    damaged.rename(file)  # the very same again
    assert attempt(file.parent, stages=("transactions",))[0] == 1
    file.write_bytes(whole)
    assert attempt(file.parent, stages=("transactions",))[0] == 0
    assert landed()["bad.csv.gz"] == len(rows)
    assert attempt(file.parent, stages=("transactions",))[0] == 0
    assert landed()["bad.csv.gz"] == len(rows)
    file.write_bytes(whole + b" ")
    code, said = attempt(file.parent, stages=("transactions",))
    assert code == 1
    assert "a file has changed since it was landed" in said


def test_one_customer(attempt, tmp_path):
    code, said = attempt(small_shop.write(tmp_path / "raw.csv", small_shop.lines(1)))
    assert code == 3
    assert "1 customers with a purchase before as_of" in said
    assert "min_customers 10" in said


def test_all_rows_rejected(attempt, tmp_path):
    rows = [("", *row[1:]) for row in small_shop.lines(30)]
    code, said = attempt(small_shop.write(tmp_path / "raw.csv", rows))
    assert code == 3
    assert f"{len(rows)} of {len(rows)} rows rejected: missing_customer {len(rows)}" in said


def test_k_larger_than_the_distinct_rows(attempt, tmp_path):
    file = small_shop.write(tmp_path / "raw.csv", small_shop.lines(12))
    code, said = attempt(
        file, "value_segments.k=40", "value_segments.choose=fixed", "gates.min_customers=1", stages=("k_selection",)
    )
    assert code == 1
    assert "there are fewer distinct customers than clusters" in said
    assert "at least 40" in said


def test_a_path_that_does_not_exist_and_no_path_at_all(attempt, tmp_path):
    code, said = attempt(tmp_path / "none.csv")
    assert (code, "the input does not exist" in said) == (1, True)
    code, said = attempt(tmp_path, "sources.transactions.path=[]")
    assert (code, "no input is set" in said) == (1, True)


def test_an_unknown_stage_lists_those_there_are(attempt, tmp_path):
    code, said = attempt(tmp_path / "x.csv", stages=("rmf",))
    assert code == 2
    assert "no such stage" in said
    assert ", ".join(GROUPS) + ", landed_" in said


def test_a_file_in_the_place_of_the_table_root(attempt, tmp_path):
    (tmp_path / "tables").write_text("a file")
    code, said = attempt(small_shop.write(tmp_path / "raw.csv", small_shop.lines(3)))
    assert code == 1
    assert "the table root cannot be written: a file is in its place" in said


def test_a_directory_without_files(attempt, tmp_path):
    (tmp_path / "delivered" / "today").mkdir(parents=True)
    code, said = attempt(tmp_path / "delivered")
    assert code == 1
    assert "there is no file with content" in said
    assert "where:   sources.transactions.path" in said
    assert str(tmp_path / "delivered") in said
    assert not (tmp_path / "tables").exists()


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04\x14\x00\x06\x00\x08\n\x00\x00!", bytes(range(256)) * 40], ids=["zip", "bytes"]
)
def test_a_binary_file_is_no_csv(attempt, tmp_path, content):
    (tmp_path / "raw.csv").write_bytes(content)
    code, said = attempt(tmp_path / "raw.csv")
    assert code == 1
    assert "the file is no text" in said
    assert "raw.csv" in said
    assert "a workbook must be exported" in said
    assert not any(character < " " and character not in "\r\n" for character in said)  # a terminal is left alone


def test_a_parquet_file_is_no_csv_and_a_csv_file_is_no_parquet(spark, attempt, tmp_path):
    spark.range(3).coalesce(1).write.parquet(str(tmp_path / "parquet"))
    code, said = attempt(tmp_path / "parquet")
    assert (code, "the file is no text" in said, "the source's format: parquet" in said) == (1, True, True)
    file = small_shop.write(tmp_path / "raw.csv", small_shop.lines(3))
    code, said = attempt(file, "sources.transactions.format=parquet")
    assert (code, "the file cannot be read" in said, "raw.csv" in said) == (1, True, True)
    assert "allowed: format parquet" in said


def test_mixed_headers_land_together_or_not_at_all(attempt, tmp_path):
    lines = small_shop.lines(30)
    small_shop.write(tmp_path / "raw" / "a.csv", lines[:100])
    other = ("Invoice", "Price", "Customer ID", "InvoiceDate", "StockCode", "Quantity")
    moved = [(row[2], row[5], row[0], row[1], row[3], row[4]) for row in lines[100:]]
    small_shop.write(tmp_path / "raw" / "b.csv", moved, other)
    code, said = attempt(tmp_path / "raw")
    assert code == 0, said
    small_shop.write(tmp_path / "raw" / "c.csv", [row[:5] for row in lines], HEADER[:5])
    code, said = attempt(tmp_path / "raw", f"store.root={tmp_path / 'others'}")
    assert code == 1
    assert "the header lacks a required column" in said
    assert "c.csv" in said
    assert "unit_price: one of" in said
    assert not (tmp_path / "others").exists()
    (tmp_path / "raw" / "c.csv").unlink()  # nothing was begun that would still ask for it
    code, said = attempt(tmp_path / "raw", f"store.root={tmp_path / 'others'}")
    assert code == 0, said


def test_an_unknown_segment_and_an_unknown_customer(small_shop_root, capsys):
    root = ("--set", f"store.root={small_shop_root}")
    assert main(["export", "Whales", *root]) == 2
    assert "no segment has this name" in capsys.readouterr().err
    assert main(["explain", "nobody", *root]) == 1
    assert "no customer has this id" in capsys.readouterr().err
