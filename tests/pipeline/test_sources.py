"""Formats: Parquet with typed columns, Latin-1 and gzip, other headers side by side, a growing Delta table."""

from __future__ import annotations

import gzip
from datetime import date

import pytest
import small_shop
from pyspark.sql import functions as F

from audiences.config import load
from audiences.engine.landing import survey_all
from audiences.engine.runner import Run
from audiences.errors import InputError
from audiences.pipeline import purchases
from audiences.store.delta import Store

pytestmark = pytest.mark.contract


def ingest(spark, root, *sets):
    settings = load([], [f"store.root={root}", *sets], {})
    store = Store(spark, settings.store)
    run = Run(store, settings, date(2011, 12, 10), survey_all(store, settings))
    for stage in (purchases.LANDED, purchases.TRANSACTIONS, purchases.REJECTED):
        run.run_with_needs(stage)
    return run


def kept(run):
    rows = run.frame(purchases.TRANSACTIONS).select(
        "customer_id", "invoice_id", "product_id", "quantity", "amount", "ts"
    )
    return sorted(map(tuple, rows.collect()))


def test_csv_gzip_parquet_and_other_headers_give_the_same_rows(spark, tmp_path):
    lines = small_shop.lines(6)
    plain = small_shop.write(tmp_path / "csv" / "a.csv", lines)
    zipped = tmp_path / "gz" / "a.csv.gz"
    zipped.parent.mkdir()
    zipped.write_bytes(gzip.compress(plain.read_bytes()))
    other = small_shop.write(
        tmp_path / "other" / "a.csv", lines, ("Customer ID", "InvoiceDate", "Invoice", "StockCode", "Quantity", "Price")
    )
    typed = spark.read.csv(str(plain), header=True).select(
        F.col("CustomerID").cast("double"), F.to_timestamp("InvoiceDate").alias("InvoiceDate"), "InvoiceNo", "StockCode",
        F.col("Quantity").cast("int"), F.col("UnitPrice").cast("decimal(10,2)"),
    )  # fmt: skip
    typed.write.parquet(str(tmp_path / "parquet"))
    expected = kept(ingest(spark, tmp_path / "t1", f"sources.transactions.path={plain}"))
    assert len(expected) == len(lines)
    assert kept(ingest(spark, tmp_path / "t2", f"sources.transactions.path={zipped}")) == expected
    assert kept(ingest(spark, tmp_path / "t3", f"sources.transactions.path={other}")) == expected
    parquet = ("sources.transactions.format=parquet", f"sources.transactions.path={tmp_path / 'parquet'}")
    assert kept(ingest(spark, tmp_path / "t4", *parquet)) == expected
    both = ingest(spark, tmp_path / "t5", f"sources.transactions.path=[{plain}, {other}]")
    assert kept(both) == expected
    assert both.receipts["rejected_transactions"].rows == len(lines)


def test_a_delta_source_is_taken_from_its_last_version_on_and_changed_rows_are_refused(spark, tmp_path):
    table = str(tmp_path / "source")
    raw = spark.read.csv(str(small_shop.write(tmp_path / "a.csv", small_shop.lines(4))), header=True)
    first, second, third = (raw.where(F.col("CustomerID") == f"1000{number}.0") for number in range(3))
    sets = ("sources.transactions.format=delta", f"sources.transactions.path={table}")
    first.write.format("delta").save(table)
    one = ingest(spark, tmp_path / "t", *sets)
    assert {row[0] for row in kept(one)} == {"10000"}
    second.write.format("delta").mode("append").save(table)
    spark.sql(f"OPTIMIZE delta.`{table}`")
    third.write.format("delta").mode("append").save(table)
    two = ingest(spark, tmp_path / "t", *sets)
    assert two.receipts["landed_transactions"].rows == second.count() + third.count()
    assert len(kept(two)) == first.count() + second.count() + third.count()
    assert ingest(spark, tmp_path / "t", *sets).receipts["transactions"].status == "reused"
    spark.sql(f"DELETE FROM delta.`{table}` WHERE CustomerID = '10000.0'")
    with pytest.raises(InputError, match="changed rows that were landed already"):
        ingest(spark, tmp_path / "t", *sets)


def test_quoted_line_breaks_and_unmapped_columns_are_kept_apart(spark, tmp_path):
    lines = [
        (*row, note) for row, note in zip([small_shop.lines(1)[0]] * 3, ["one\nline", 'a "b"', 'a "b"'], strict=True)
    ]
    file = small_shop.write(tmp_path / "a.csv", lines, (*small_shop.HEADER, "Note"))
    run = ingest(spark, tmp_path / "t", f"sources.transactions.path={file}")
    assert (run.receipts["transactions"].rows, run.receipts["rejected_transactions"].rows) == (3, 0)
    extras = {row["extras"] for row in run.frame(purchases.LANDED).collect()}
    assert extras == {'{"Note":"one\\nline"}', '{"Note":"a \\"b\\""}'}


def test_another_reader_setting_lands_the_files_anew_and_reads_only_those(spark, tmp_path):
    file = small_shop.write(tmp_path / "a.csv", small_shop.lines(2))
    one = ingest(spark, tmp_path / "t", f"sources.transactions.path={file}")
    two = ingest(spark, tmp_path / "t", f"sources.transactions.path={file}", "sources.transactions.encoding=ISO-8859-1")
    assert two.receipts["landed_transactions"].status == "written"
    assert kept(one) == kept(two)
