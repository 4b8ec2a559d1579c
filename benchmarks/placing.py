"""Newcomers placed in batch and from a stream: rows per second and memory, by a model that was trained before.

    python benchmarks/placing.py TABLES --as-of 2011-12-10 --customers 10000000 --stream-rows 1000000

TABLES is a store.root with a published run and a model that passed its gate; it is not written to (the stream works on
a copy). Newcomers of five purchase lines each in the window are made up by Spark expressions.

- batch: clean transactions (Parquet) -> early features -> scores with reasons, written as Parquet; the early features alone
  beside it. Landing and cleaning are left out: benchmarks/features.py starts at the same place.
- stream: raw CSV files through `score_stream`, availableNow, everything included: landing, cleaning, state, MERGE.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from features import peak_megabytes

LINES = 5


def lines(spark, customers: int, as_of: date, window_days: int, partitions: int = 64):
    """Clean purchase lines: of each customer `LINES` in two orders, all windows closed, customers hashed over partitions."""
    from pyspark.sql import functions as F

    def draw(salt: int):
        return (F.xxhash64("id", F.lit(salt)) % 1_000_000).cast("double") / 1_000_000

    latest = as_of - timedelta(days=2 * window_days)
    of = (F.col("id") / LINES).cast("bigint")
    rows = spark.range(0, customers * LINES, numPartitions=partitions)
    later = F.when(F.col("id") % LINES < 2, 0).otherwise((F.abs(draw(1)) * window_days).cast("int"))
    day = F.date_add(F.lit(latest), later + (F.abs(F.xxhash64(of)) % window_days).cast("int"))
    price = F.round(F.abs(draw(2)) * 30 + 0.5, 2)
    return rows.select(
        F.concat(F.lit("n"), of.cast("string")).alias("customer_id"),
        F.concat(F.lit("i"), of.cast("string"), F.lit("-"), (F.col("id") % LINES < 2).cast("string")).alias(
            "invoice_id"
        ),
        F.concat(F.lit("p"), (F.abs(F.xxhash64("id")) % 3000).cast("string")).alias("product_id"),
        (F.abs(draw(3)) * 12 + 1).cast("int").cast("decimal(12,3)").alias("quantity"),
        price.cast("decimal(12,4)").alias("unit_price"),
        ((F.abs(draw(3)) * 12 + 1).cast("int") * price).cast("decimal(18,4)").alias("amount"),
        day.alias("day"),
        (F.abs(F.xxhash64("id", F.lit(4))) % 24).cast("int").alias("hour"),
        F.lit(False).alias("is_return"),
    )


def batch(spark, store, customers: int, as_of: date, folder: Path) -> None:
    from audiences.features import early_features
    from audiences.prediction.batch import early_scores
    from audiences.prediction.trained_model import newest_model

    trained = newest_model(store, as_of)
    window = trained.scoring.window_days
    source = str(folder / "lines")
    lines(spark, customers, as_of, window).write.parquet(source)
    bought = spark.read.parquet(source)
    early_scores(bought.limit(1000), trained, as_of=as_of, run_id="warm", reasons=3).collect()
    started = time.monotonic()
    early_features(bought, window_days=window, behaviour=trained.behaviour, as_of=as_of).write.parquet(
        str(folder / "early")
    )
    told(f"early features of {customers:,} customers, {customers * LINES:,} lines", customers, started)
    started = time.monotonic()
    early_scores(bought, trained, as_of=as_of, run_id="bench", reasons=3).write.parquet(str(folder / "scores"))
    told("early features and scores with reasons", customers, started)
    found = spark.read.parquet(str(folder / "scores"))
    assert found.count() == customers
    assert found.where("segment IS NULL").count() == 0
    shutil.rmtree(folder / "early")
    shutil.rmtree(folder / "scores")


def stream(spark, tables: Path, rows: int, as_of: date, folder: Path) -> None:
    from pyspark.sql import functions as F

    from audiences import schema
    from audiences.config import load
    from audiences.prediction import score_stream
    from audiences.prediction.trained_model import newest_model
    from audiences.store.delta import Store

    shutil.copytree(tables, folder / "tables")
    path = folder / "raw"
    settings = load(
        [], [f"store.root={folder / 'tables'}", f"sources.transactions.path={path}", "scoring.files_per_batch=5"], {}
    )
    store = Store(spark, settings.store)
    window = newest_model(store, as_of).scoring.window_days
    raw = lines(spark, rows // LINES, as_of, window, partitions=20).select(
        F.col("customer_id").alias("CustomerID"),
        F.concat(F.date_format("day", "yyyy-MM-dd"), F.format_string(" %02d:00:00", "hour")).alias("InvoiceDate"),
        F.col("invoice_id").alias("InvoiceNo"),
        F.col("product_id").alias("StockCode"),
        F.col("quantity").cast("int").alias("Quantity"),
        F.col("unit_price").alias("UnitPrice"),
    )
    raw.write.option("header", True).csv(str(path))
    started = time.monotonic()
    score_stream(store, settings, as_of)
    told(f"stream of {rows:,} raw lines in 20 files, 5 a batch: lines", rows, started)
    scored = store.read(schema.scores, store.head(schema.scores).version, {"as_of": as_of, "method": "early"})
    assert scored.where("customer_id LIKE 'n%' AND segment IS NOT NULL").count() == rows // LINES


def told(what: str, count: int, started: float) -> None:
    seconds = time.monotonic() - started
    print(f"{what}: {seconds:.1f} s, {count / seconds:,.0f} per second, peak {peak_megabytes():,} MB", flush=True)


def main() -> None:
    from audiences.config import Session, load
    from audiences.spark.session import get_spark
    from audiences.store.delta import Store

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", type=Path, help="store.root with a published run and a model")
    parser.add_argument("--as-of", type=date.fromisoformat, required=True)
    parser.add_argument("--customers", type=int, default=1_000_000, help="of the batch; 0: none")
    parser.add_argument("--stream-rows", type=int, default=200_000, help="raw lines of the stream; 0: none")
    parser.add_argument("--memory", default="4g", help="the driver's heap")
    parser.add_argument("--folder", type=Path, help="for what is made; else a temporary one")
    arguments = parser.parse_args()
    spark = get_spark(Session(driver_memory=arguments.memory, shuffle_partitions=32))
    store = Store(spark, load([], [f"store.root={arguments.tables}"], {}).store)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        if arguments.customers:
            batch(spark, store, arguments.customers, arguments.as_of, Path(folder))
        if arguments.stream_rows:
            stream(spark, arguments.tables, arguments.stream_rows, arguments.as_of, Path(folder))
    spark.stop()


if __name__ == "__main__":
    main()
