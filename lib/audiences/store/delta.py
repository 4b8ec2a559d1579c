"""The only place that touches Delta: read at a version, write once, find by fingerprint, history."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pyspark.errors import AnalysisException
from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences import schema
from audiences.config import Store as StoreSettings
from audiences.errors import ConfigError, ConflictError, InputError
from audiences.schema import Table
from audiences.store.address import SCHEME, check_reachable, is_elsewhere, local_folder
from audiences.store.commits import Version, as_seen, commit_text, rewrite_text
from audiences.store.log_entries import check_entries
from audiences.store.rows import Slice, as_declared_today, conform, literal

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

__all__ = ["READABLE_FROM", "Slice", "Store", "Version", "conform", "find_table", "literal"]

READABLE_FROM = "audiences.readableFrom"
"""Table property: versions before this one may have lost files to VACUUM; `find` and `head` do not return them."""


class Store:
    """Delta tables under one root.

    Args:
        spark: the session.
        settings: `store.root` and retention.

    Raises:
        MachineError: the root is not on this machine and cannot be reached.
    """

    def __init__(self, spark: SparkSession, settings: StoreSettings) -> None:
        self.spark = spark
        root = settings.root.rstrip("/")
        # Delta takes a relative path for a table's name
        self.root = root if SCHEME.match(root) else os.path.abspath(root)
        self.retention_days = settings.retention_days
        self._floors: dict[str, int] = {}
        self._creating = threading.Lock()  # stages that run side by side may begin the same table
        if is_elsewhere(self.root):
            check_reachable(spark, self.root)

    def path(self, table: Table) -> str:
        return f"{self.root}/{table.zone}/{table.name}"

    def exists(self, table: Table) -> bool:
        from delta.tables import DeltaTable

        return bool(DeltaTable.isDeltaTable(self.spark, self.path(table)))

    def read(self, table: Table, version: int, part: Slice | None = None) -> DataFrame:
        """The rows of one slice at a pinned version, as the table is declared today; `part` None: the table whole.

        Raises:
            InputError: the stored table cannot be read as it is declared today, or an entry of its log is blank, cut or
                missing (looked at where the root is local).
        """
        if not is_elsewhere(self.root):
            check_entries(Path(local_folder(self.path(table))), version)
        stored = self.spark.read.format("delta").option("versionAsOf", version).load(self.path(table))
        frame = as_declared_today(stored, table)
        for name, value in (part or {}).items():
            frame = frame.where(F.col(name) == F.lit(value))
        return frame

    def find(self, table: Table, fingerprint: str) -> Version | None:
        """The newest commit that carries this fingerprint; None when there is none."""
        return next((one for one in self.commits(table) if one.metadata["fingerprint"] == fingerprint), None)

    def head(self, table: Table, stage: str | None = None) -> Version | None:
        """The newest commit that wrote rows, of one stage if it is named; None when there is none."""
        return next((one for one in self.commits(table) if stage in (None, one.metadata.get("stage"))), None)

    def write(
        self,
        table: Table,
        frame: DataFrame,
        *,
        fingerprint: str,
        metadata: Mapping[str, Any],
        part: Slice | None = None,
        mode: Literal["replace", "append", "overwrite"] = "replace",
        transaction: str | None = None,
    ) -> Version:
        """One commit: the slice (without one the whole table) replaced by `frame`, rows appended, or all overwritten.

        A repeat of the same `transaction` (by default the fingerprint) is skipped by Delta, and the earlier commit
        is returned.

        Raises:
            InputError: the frame is not what the table declares.
            ConflictError: another run changed the table at the same time.
        """
        if table.kind == "ledger" and mode != "append":
            raise ValueError(f"{table} is a ledger: its rows are added or merged, never replaced")
        rows = conform(frame, table, part or {})
        earlier = self.commits(table)
        if mode == "overwrite":  # what was there once may come again: the id names the version that it follows
            transaction = f"{fingerprint}/{earlier[0].version if earlier else 0}"
        if mode != "append" and (floor := self.floor(table)):  # what VACUUM took may be made again
            transaction = f"{transaction or fingerprint}/{floor}"
        writer = (
            rows.write.format("delta")
            .mode("append" if mode == "append" else "overwrite")
            .option("mergeSchema", True)  # a column declared since the table was made; `conform` has checked the rest
            .option("txnAppId", f"{table}/{transaction or fingerprint}")
            .option("txnVersion", 1)
            .option("userMetadata", commit_text(fingerprint, metadata))
        )
        if part and mode == "replace":
            writer = writer.option("replaceWhere", " AND ".join(f"{n} = {literal(v)}" for n, v in part.items()))
        with _conflicts_told(table):
            if not earlier:
                self._create(table)
            elif mode != "append" and not part and self._has_other_types(table):
                self._create(table, replace=True)
            writer.save(self.path(table))
        written = self.find(table, fingerprint)
        if written is None:
            raise InputError("the table's history does not hold the commit just made", where=self.path(table))
        return written

    def merge(self, table: Table, frame: DataFrame, *, fingerprint: str, metadata: Mapping[str, Any]) -> None:
        """One commit: rows whose slice and key are there are replaced, the others added; the same rows again change
        nothing but the log.

        Raises:
            InputError: the frame is not what the table declares.
            ConflictError: another run changed the same rows at the same time.
        """
        from delta.tables import DeltaTable

        rows = conform(frame, table, {})
        same = " AND ".join(f"old.{name} = new.{name}" for name in (*table.slice_by, *table.key))  # declared names
        with _conflicts_told(table):
            if not self.exists(table):
                self._create(table)
            merging = DeltaTable.forPath(self.spark, self.path(table)).alias("old").merge(rows.alias("new"), same)
            with _commit_metadata(self.spark, commit_text(fingerprint, metadata)):
                merging.whenMatchedUpdateAll().whenNotMatchedInsertAll().execute()

    @contextmanager
    def rewriting(self, table: Table, *, reason: str) -> Iterator[None]:
        """Commits made inside carry what the table's newest commits stand for: they make the same content anew."""
        with _commit_metadata(self.spark, rewrite_text(self.commits(table), reason=reason)):
            yield

    def remove(self, table: Table, rows: Column, *, fingerprint: str, metadata: Mapping[str, Any]) -> None:
        """One commit without the rows for which the condition holds; nothing where there is no such table.

        Raises:
            ConflictError: another run changed the same rows at the same time.
        """
        from delta.tables import DeltaTable

        if not self.exists(table):
            return
        with _conflicts_told(table), _commit_metadata(self.spark, commit_text(fingerprint, metadata)):
            DeltaTable.forPath(self.spark, self.path(table)).delete(rows)

    def history(self, table: Table) -> DataFrame:
        """Commits, newest first: version, timestamp, operation, rows, metadata.

        Raises:
            InputError: there is no such table yet.
        """
        from delta.tables import DeltaTable

        if not self.exists(table):
            raise InputError("there is no such table yet", where=self.path(table), advice="audiences run makes it")
        return DeltaTable.forPath(self.spark, self.path(table)).history().select(
            "version", "timestamp", "operation", _written_rows().alias("rows"),
            F.col("userMetadata").alias("metadata"),
        )  # fmt: skip

    def floor(self, table: Table) -> int:
        """The oldest version whose files are all there for certain, as of the last look; 0 before any VACUUM."""
        if str(table) not in self._floors:
            self.commits(table)
        return self._floors.get(str(table), 0)

    def commits(self, table: Table) -> list[Version]:
        """Readable commits that wrote rows, newest first: as many as the table was written, within its retention.

        A commit that made the same content anew is given as what it stands for.
        """
        if not self.exists(table):
            return []
        from delta.tables import DeltaTable

        properties, mode, predicate = (
            F.try_element_at("operationParameters", F.lit(name)) for name in ("properties", "mode", "predicate")
        )
        is_whole = (mode == "Overwrite") & F.coalesce(predicate, F.lit("[]")).isin("[]", "")
        try:
            history = DeltaTable.forPath(self.spark, self.path(table)).history()
            rows = history.select(
                "version", _written_rows().alias("rows"), F.col("userMetadata").alias("metadata"),
                F.get_json_object(properties, f"$['{READABLE_FROM}']").cast("int").alias("floor"),
                F.coalesce(is_whole, F.lit(False)).alias("is_whole"),
            ).collect()  # fmt: skip
        except AnalysisException as fault:
            if fault.getErrorClass() not in _NOT_YET:
                raise
            return []
        floor = max((row["floor"] for row in rows if row["floor"] is not None), default=0)
        self._floors[str(table)] = floor
        return [
            commit
            for row in rows if row["metadata"] and row["version"] >= floor
            for commit in as_seen(row["version"], row["rows"], row["metadata"], is_whole=row["is_whole"])
        ]  # fmt: skip

    def _has_other_types(self, table: Table) -> bool:
        """Whether a column is stored in another type than it is declared today; earlier versions keep theirs."""
        stored = self.spark.read.format("delta").load(self.path(table)).schema
        declared = {column.name: column.type.simpleString() for column in table.columns}
        return any(declared.get(one.name, "") not in ("", one.dataType.simpleString()) for one in stored.fields)

    def _create(self, table: Table, *, replace: bool = False) -> None:
        """The empty table in one commit, with comments, constraints and retention above the manifests' life.

        With `replace` a table that is written whole takes the columns, types and constraints that are declared today.

        Nothing happens where it is there already. Whether there is a log folder does not tell: another run may have
        made the folder and not yet the commit, and a write at that moment would make a table without constraints.
        """
        from delta.tables import DeltaTable

        begin = DeltaTable.replace if replace else DeltaTable.createIfNotExists
        builder = begin(self.spark).location(self.path(table)).comment(table.comment)
        for column in table.columns:
            builder = builder.addColumn(column.name, column.type, nullable=column.nullable, comment=column.comment)
        keep = f"interval {self.retention_days + 7} days"
        indexed = [
            column.name for column in table.columns
            if column.name not in (*table.unindexed, *table.person)
            and not isinstance(column.type, (T.BooleanType, T.ArrayType))
        ]  # fmt: skip
        properties = {
            "delta.logRetentionDuration": keep,
            "delta.deletedFileRetentionDuration": keep,
            # what tells a person stays out of the log, where it would outlive the person's rows
            **({"delta.dataSkippingStatsColumns": ",".join(indexed)} if indexed else _NO_STATISTICS),
            **{f"delta.constraints.{name}": check for name, check in table.checks.items()},
        }
        for name, value in properties.items():
            builder = builder.property(name, value)
        try:
            with self._creating:
                builder.execute()
        except _conflicts():
            if not self.exists(table):  # else another run made the very same table a moment ago
                raise
        except AnalysisException as fault:
            if fault.getErrorClass() not in _NOT_YET:
                raise
            raise ConflictError(
                "another run is making this table at this moment", where=self.path(table),
                found="a _delta_log without a commit",
                advice="run again; if no other run is going on, one was killed here: remove that empty folder first",
            ) from fault  # fmt: skip


_NO_STATISTICS = {"delta.dataSkippingNumIndexedCols": "0"}

_NOT_YET = ("DELTA_TABLE_NOT_FOUND", "DELTA_MISSING_DELTA_TABLE", "DELTA_PATH_DOES_NOT_EXIST")
"""What Delta says of a table whose log has a folder but no commit: another run is making it at this moment."""


@contextmanager
def _conflicts_told(table: Table) -> Iterator[None]:
    """Delta's conflicts as ours."""
    try:
        yield
    except _conflicts() as fault:
        raise ConflictError(
            "another run wrote this table at the same time", where=table, found=type(fault).__name__,
            advice="run again: what was finished is found and kept",
        ) from fault  # fmt: skip


@contextmanager
def _commit_metadata(spark: SparkSession, told: str) -> Iterator[None]:
    """A MERGE has no option for its metadata: the session's setting has to do, for as long as it takes."""
    spark.conf.set(_METADATA, told)
    try:
        yield
    finally:
        spark.conf.unset(_METADATA)


_METADATA = "spark.databricks.delta.commitInfo.userMetadata"


def _conflicts() -> tuple[type[Exception], ...]:
    """What Delta raises when another commit came between; on the 3.5 line these classes have no common base."""
    from delta import exceptions as e

    return (
        e.DeltaConcurrentModificationException, e.ConcurrentWriteException, e.MetadataChangedException,
        e.ProtocolChangedException, e.ConcurrentAppendException, e.ConcurrentDeleteReadException,
        e.ConcurrentDeleteDeleteException, e.ConcurrentTransactionException,
    )  # fmt: skip


def _written_rows() -> Column:
    """Rows that a commit wrote: Delta leaves the figure out where it wrote no file."""
    written = F.coalesce(F.try_element_at("operationMetrics", F.lit("numOutputRows")).cast("long"), F.lit(0))
    return F.when(F.col("operation").isin("WRITE", "STREAMING UPDATE", "MERGE"), written)


def find_table(name: str) -> Table:
    """The declared table of that name, `zone/name` or the name alone.

    Raises:
        ConfigError: no such table, or the name alone stands for two.
    """
    tables = schema.declared_tables()
    found = [table for table in tables if name in (table.name, str(table))]
    if len(found) == 1:
        return found[0]
    if found:
        raise ConfigError("two tables have this name", where=name, allowed=", ".join(str(table) for table in found))
    raise ConfigError("no such table", found=name, allowed=", ".join(sorted(str(table) for table in tables)))
