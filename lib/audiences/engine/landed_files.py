"""The ledger of landed files, `source_files`: which batch each belongs to, and how far that batch has got."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pyspark.sql import Column
from pyspark.sql import functions as F

from audiences import schema
from audiences.sources.connectors.listing import SourceFile
from audiences.sources.connectors.paths import plain
from audiences.sources.deliveries import Figures
from audiences.store.delta import Store

_COUNTS = ("lines", "records", "kept", "rejected", "money_kept", "money_rejected", "credit_rejected")
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Batch:
    """Files that are landed in one commit, and how far that has got: open, finished or withdrawn."""

    batch_id: str
    status: str
    files: Sequence[SourceFile]


def record(
    store: Store,
    source: str,
    reader: str,
    batch: Batch,
    status: str,
    figures: Mapping[str, Figures] | None = None,
    lines: Mapping[str, int] | None = None,
) -> None:
    """Appends the batch's files with a status, and with what is known of their rows.

    A repeat of the same batch and status is skipped by Delta.

    Args:
        figures: of each file by its path; None: they stand beside an earlier status, or are not known.
        lines: physical lines of each file by its path, where they can be counted.
    """
    rows = [
        (source, batch.batch_id, status, file.file_id, file.path, file.size, file.modified, reader,
         *_counts(source, None if figures is None else figures.get(plain(file.path), Figures()),
                 (lines or {}).get(plain(file.path))))
        for file in batch.files
    ]  # fmt: skip
    frame = store.spark.createDataFrame(rows, schema.source_files.schema)
    names = "" if status != "withdrawn" else "/" + "/".join(sorted(file.file_id for file in batch.files))
    store.write(
        schema.source_files, frame, fingerprint=f"{batch.batch_id}/{status}{names}", mode="append",
        metadata={"stage": f"landed_{source}"},
    )  # fmt: skip


def _counts(source: str, of_file: Figures | None, lines: int | None) -> tuple[int | Decimal | None, ...]:
    """The columns from `lines` on."""
    if of_file is None:
        return (None,) * len(_COUNTS)
    has_money = source == "transactions"
    money = (of_file.money_kept + of_file.credit_kept, of_file.money_rejected, of_file.credit_rejected)
    return (
        lines, of_file.rows, of_file.kept, of_file.rejected,
        *(amount.quantize(_CENT) if has_money else None for amount in money),
    )  # fmt: skip


def batches_of(store: Store, source: str, readers: Sequence[str]) -> dict[str, list[Batch]]:
    """Reader -> all batches recorded for it; reads as many rows as there are files."""
    head = store.head(schema.source_files)
    if head is None:
        return {}
    rows = (
        store.read(schema.source_files, head.version)
        .where((F.col("source") == source) & F.col("reader").isin(*readers))
        .groupBy("reader", "batch_id", "path", "size", "modified")
        .agg(_last_status())
        .orderBy("path", "size")
        .collect()
    )
    files: dict[tuple[str, str, str], list[SourceFile]] = {}
    for row in rows:
        file = SourceFile(row["path"], row["size"], row["modified"], row["reader"])
        files.setdefault((row["reader"], row["batch_id"], row["status"]), []).append(file)
    found: dict[str, list[Batch]] = {}
    for (reader, batch_id, status), of_batch in files.items():
        found.setdefault(reader, []).append(Batch(batch_id, status, of_batch))
    return found


def _last_status() -> Column:
    """Of a file's entries: a withdrawal is the last word, "finished" goes before "open"."""
    last = F.max(F.when(F.col("status") != "open", F.col("status")))
    return F.coalesce(last, F.lit("open")).alias("status")


@dataclass(frozen=True)
class LandedFile:
    """A file whose rows are landed.

    Args:
        batch_id: the batch that it was landed with.
        file: the file as it lay in storage.
        records: how many it has; None where it was landed before that was written down.
    """

    batch_id: str
    file: SourceFile
    records: int | None


def finished_files(store: Store, source: str, paths: Sequence[str]) -> list[LandedFile]:
    """The landed files of a source, of any reader, whose path is one of these."""
    head = store.head(schema.source_files)
    if head is None:
        return []
    rows = store.read(schema.source_files, head.version).where((F.col("source") == source) & F.col("path").isin(*paths))
    last = rows.groupBy("batch_id", "path", "size", "modified", "reader").agg(
        _last_status(), F.max("records").alias("records")
    )
    return [
        LandedFile(
            row["batch_id"], SourceFile(row["path"], row["size"], row["modified"], row["reader"]), row["records"]
        )
        for row in last.where(F.col("status") == "finished").orderBy("path", "reader").collect()
    ]


def receipts(store: Store) -> list[dict[str, object]]:
    """Every file that was landed or withdrawn, with its last status and what is known of its rows."""
    head = store.head(schema.source_files)
    if head is None:
        return []
    counts = (F.max(name).alias(name) for name in _COUNTS)
    rows = (
        store.read(schema.source_files, head.version)
        .groupBy("source", "path", "batch_id")
        .agg(_last_status(), *counts)
        .orderBy("source", "path", "batch_id")
    )
    return [row.asDict() for row in rows.drop("batch_id").collect()]


def recorded(of_source: Sequence[Batch]) -> list[SourceFile]:
    """The files of batches that were not withdrawn."""
    return [file for batch in of_source if batch.status != "withdrawn" for file in batch.files]
