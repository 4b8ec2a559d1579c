"""What maintenance does to one Delta table: its files, compaction, VACUUM, the floor below which it may be broken."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlparse

from pyspark.sql import SparkSession

from audiences.schema import Table
from audiences.store.delta import READABLE_FROM, Store

_CHECK = "spark.databricks.delta.retentionDurationCheck.enabled"
_IGNORED = "spark.databricks.delta.vacuum.retentionWindowIgnore.enabled"
_LISTING = "spark.sql.sources.parallelPartitionDiscovery.parallelism"
MARGIN_SECONDS = 600
"""Delta dates a removed file a little before its commit, and reads its clock after we read ours: so much is allowed."""


def files(store: Store, table: Table, versions: Iterable[int]) -> set[str]:
    """Names of the data files that these versions consist of; names are unique within a table."""
    return {_name(path) for version in versions for path in store.read(table, version).inputFiles()}


def commit_times(store: Store, table: Table) -> dict[int, float]:
    """Version -> when it was committed, in seconds since 1970."""
    rows = store.history(table).selectExpr("version", "unix_millis(timestamp) / 1000 AS seconds").collect()
    return {row["version"]: float(row["seconds"]) for row in rows}


def compact(store: Store, table: Table) -> int:
    """Small files made into large ones; returns how many went in."""
    from delta.tables import DeltaTable

    with store.rewriting(table, reason="OPTIMIZE"):
        compaction = DeltaTable.forPath(store.spark, store.path(table)).optimize().executeCompaction()
    row = compaction.select("metrics").first()
    return int(row["metrics"]["numFilesRemoved"]) if row is not None else 0


def doomed(store: Store, table: Table, before: float) -> set[str]:
    """Names of what `vacuum` would remove at that moment (VACUUM's own dry run)."""
    with _vacuum_settings(store.spark):
        rows = store.spark.sql(_vacuum(store, table, before) + " DRY RUN").collect()
    return {_name(row[0]) for row in rows}


def vacuum(store: Store, table: Table, before: float) -> None:
    """Removes files that left the table before this moment (seconds since 1970)."""
    with _vacuum_settings(store.spark):
        store.spark.sql(_vacuum(store, table, before))


def raise_floor(store: Store, table: Table, version: int) -> None:
    """From now on versions before `version` count as gone; written before VACUUM, so that a crash leaves no doubt."""
    if version <= store.floor(table):
        return
    store.spark.sql(
        " ".join(["ALTER TABLE", _quoted(store, table), "SET TBLPROPERTIES", f"('{READABLE_FROM}' = '{version:d}')"])
    )


def _vacuum(store: Store, table: Table, before: float) -> str:
    hours = max(0.0, (time.time() - before) / 3600)  # VACUUM itself works by the clock
    return " ".join(["VACUUM", _quoted(store, table), "RETAIN", f"{hours:.6f}", "HOURS"])


def _quoted(store: Store, table: Table) -> str:
    return "delta.`" + store.path(table).replace("`", "``") + "`"


def _name(path: str) -> str:
    return os.path.basename(unquote(urlparse(path).path) if "%" in path or ":" in path else path)


@contextmanager
def _vacuum_settings(spark: SparkSession) -> Iterator[None]:
    """Delta refuses less than the table's own retention, and from 4.0 on ignores any other (here the pins have been
    looked at, file by file); and it lists folders in 10,000 tasks by default."""
    chosen = {_CHECK: "false", _IGNORED: "false", _LISTING: str(spark.conf.get("spark.sql.shuffle.partitions"))}
    before = {name: spark.conf.get(name, None) for name in chosen}
    for name, value in chosen.items():
        spark.conf.set(name, value)
    try:
        yield
    finally:
        for name, old in before.items():
            if old is None:
                spark.conf.unset(name)
            else:
                spark.conf.set(name, old)
