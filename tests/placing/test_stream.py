"""Scores from a stream: those of the batch over the same events, also when it is killed hard and started again."""

from __future__ import annotations

import csv
import os
import shutil
import threading
import time
from datetime import date, datetime, timedelta
from pathlib import Path

import newcomers_shop
import pytest
from killed import child

from audiences import schema
from audiences.cli import main
from audiences.config import load
from audiences.errors import InputError
from audiences.prediction import score_stream
from audiences.store.delta import Store

D = date(2012, 1, 31)
HEADER = ("CustomerID", "InvoiceDate", "InvoiceNo", "StockCode", "Quantity", "UnitPrice")


def deliver(folder: Path) -> int:
    """Four later files: newcomers whose events are spread over them, one known customer, copies and a broken row."""
    start = datetime(2011, 12, 11, 9)
    files: list[list[tuple]] = [[], [], [], []]
    for number in range(12):
        first = start + timedelta(days=3 * number)
        for order in range(1 + number % 4):
            when = first + timedelta(days=4 * order, hours=order)
            row = (
                f"7{number:04}.0",
                f"{when:%Y-%m-%d %H:%M:%S}",
                f"8{number:03}{order}",
                f"P{order}",
                "4",
                f"{9 + number}.5",
            )
            files[(number + order) % 4].append(row)
    files[1].append(files[0][0])  # an exact copy in another file
    files[2].append(("70001.0", "no date", "99", "P1", "1", "1.0"))
    files[3].append(("20001.0", "2011-12-20 10:00:00", "98", "P1", "1", "1.0"))
    folder.mkdir()
    for place, rows in enumerate(files):
        with (folder / f"later-{place}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([HEADER, *rows])
        stamp = datetime(2012, 1, 1).timestamp() + place
        os.utime(folder / f"later-{place}.csv", (stamp, stamp))
    return sum(map(len, files))


@pytest.fixture
def shop(shop):
    deliver(shop / "later")
    return shop


def settings_of(folder: Path, path: str):
    return load([], [f"store.root={folder / 'tables'}", f"sources.transactions.path={folder / path}",
                     "scoring.files_per_batch=1"], {})  # fmt: skip


def scores(spark, root: Path) -> list[tuple]:
    store = Store(spark, load([], [f"store.root={root}"], {}).store)
    head = store.head(schema.scores)
    rows = store.read(schema.scores, head.version, {"as_of": D, "method": "early"}).orderBy("customer_id").collect()
    return [tuple(row[name] for name in newcomers_shop.SCORE) for row in rows]


@pytest.fixture(scope="module")
def in_batch(_session, newcomers_root, tmp_path_factory) -> dict[str, tuple]:
    """The scores of the very same events in batch, by customer."""
    shop = tmp_path_factory.mktemp("batch")
    shutil.copytree(newcomers_root, shop / "tables")
    deliver(shop / "later")
    # the run's own file under another path is landed again: all its rows are exact copies and rejected
    shutil.copytree(newcomers_root.parent / "raw", shop / "raw")
    paths = f'["{shop / "raw"}", "{shop / "later"}"]'
    arguments = [*newcomers_shop.arguments(shop), "--set", f"sources.transactions.path={paths}"]
    assert main(["score", "--as-of", str(D), *arguments]) == 0
    return by_customer(scores(_session, shop / "tables"))


@pytest.mark.contract
def test_the_stream_gives_what_the_batch_gives_file_by_file_and_again(shop, spark, in_batch):
    store = Store(spark, settings_of(shop, "later").store)
    score_stream(store, settings_of(shop, "later"), D)
    found = scores(spark, shop / "tables")
    assert len([row for row in found if row[0].startswith("7")]) == 12
    state = store.read(schema.streamed_transactions, store.head(schema.streamed_transactions).version)
    assert state.select("batch").distinct().count() == 4
    score_stream(store, settings_of(shop, "later"), D)  # nothing new: the same rows
    assert scores(spark, shop / "tables") == found
    assert state.count() == sum(len(path.read_text().splitlines()) - 1 for path in (shop / "later").iterdir())
    assert by_customer(found) == in_batch


def by_customer(rows: list[tuple]) -> dict[str, tuple]:
    return {row[0]: row[1:] for row in rows}


@pytest.mark.slow
def test_a_processing_time_trigger_goes_on_and_takes_a_file_that_comes_later(shop, spark, in_batch):
    store, settings = Store(spark, settings_of(shop, "later").store), settings_of(shop, "later")
    late = (shop / "later" / "later-3.csv").rename(shop / "late.csv")
    running = threading.Thread(
        target=score_stream, args=(store, settings, D), kwargs={"every": "1 second"}, daemon=True
    )
    running.start()

    def taken() -> int:
        head = store.head(schema.streamed_transactions)
        return (
            0
            if head is None
            else store.read(schema.streamed_transactions, head.version).select("file").distinct().count()
        )

    wait_for(lambda: taken() == 3)
    late.rename(shop / "later" / "later-3.csv")
    wait_for(lambda: taken() == 4)
    for query in spark.streams.active:
        query.processAllAvailable()
        query.stop()
    running.join(60)
    assert not running.is_alive()
    assert by_customer(scores(spark, shop / "tables")) == in_batch


def wait_for(condition, seconds: float = 240) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.5)


@pytest.mark.slow
def test_a_delta_table_is_streamed_as_well_unless_the_run_has_landed_it(shop, spark, in_batch):
    columns = "customer_id string, ts string, invoice_id string, product_id string, quantity string, unit_price string"
    rows = spark.read.option("header", True).csv(str(shop / "later")).toDF(*columns.replace(" string", "").split(", "))
    # what two files both hold counts once; a table is no file, so that all its rows count
    rows.distinct().write.format("delta").save(str(shop / "table"))
    settings = load([], [f"store.root={shop / 'tables'}", f"sources.transactions.path={shop / 'table'}",
                         "sources.transactions.format=delta"], {})  # fmt: skip
    score_stream(Store(spark, settings.store), settings, D)
    assert by_customer(scores(spark, shop / "tables")) == in_batch


def test_a_file_that_cannot_be_read_ends_the_stream_and_what_was_before_is_kept(shop, spark, in_batch):
    bad = shop / "later" / "later-9.csv"
    bad.write_text("Something,Else\n1,2\n")
    store, settings = Store(spark, settings_of(shop, "later").store), settings_of(shop, "later")
    with pytest.raises(InputError, match="the stream ended at a fault") as told:
        score_stream(store, settings, D)
    assert "lacks a required column" in str(told.value)
    bad.unlink()
    shutil.copy(shop / "later" / "later-0.csv", bad)  # delivered again: copies of rows that are there
    score_stream(store, settings, D)
    bad.unlink()
    assert by_customer(scores(spark, shop / "tables")) == in_batch


@pytest.mark.usefixtures("quick_jvms")
@pytest.mark.slow
def test_killed_hard_again_and_again_in_a_batch_nothing_is_lost_or_doubled(shop, spark, in_batch):
    arguments = ["score", "--stream", "--as-of", str(D), "--set", f"store.root={shop / 'tables'}"]
    arguments += ["--set", f"sources.transactions.path={shop / 'later'}", "--set", "scoring.files_per_batch=1"]
    # all in the second batch, which each later process takes up first; of merges the first is that of the start
    for when, method, nth in (
        ("before", "write", 2),
        ("after", "write", 1),
        ("before", "merge", 2),
        ("after", "merge", 2),
    ):
        child(arguments, when, f"audiences.store.delta:Store.{method}", nth)
    child(arguments)
    store = Store(spark, settings_of(shop, "later").store)
    state = store.read(schema.streamed_transactions, store.head(schema.streamed_transactions).version)
    assert state.count() == sum(len(path.read_text().splitlines()) - 1 for path in (shop / "later").iterdir())
    assert by_customer(scores(spark, shop / "tables")) == in_batch
