"""Landing: new files into an append-only table of raw strings, each file once, whatever crashes in between.

1. A batch (a fixed set of new files) is recorded as open.
2. Its rows are appended under the batch's transaction id: a repeat of the append is skipped by Delta.
3. The batch is recorded as finished. Only then is another formed; an open one is finished first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from audiences import schema
from audiences.config import Settings, Source
from audiences.errors import InputError, java_cause
from audiences.schema import Table
from audiences.sources.delta_source import appended_rows, list_versions
from audiences.sources.files import SourceFile, digest, list_files
from audiences.sources.reader import raw_rows
from audiences.store import Store, Version


@dataclass(frozen=True)
class Landing:
    """What is recorded and what is new of one source, read without writing: `plan` shows it, `land` acts on it."""

    source: str
    reader: str
    recorded: Sequence[SourceFile]
    open_batches: Sequence[Sequence[SourceFile]]
    new: Sequence[SourceFile]

    @property
    def is_new(self) -> bool:
        """Whether there is anything to land."""
        return bool(self.new or self.open_batches)

    @property
    def fingerprint(self) -> str:
        """Hash of the whole set of files, landed and new."""
        return digest(self.reader, sorted(file.file_id for file in (*self.recorded, *self.new)))


def survey_all(store: Store, settings: Settings) -> dict[str, Landing]:
    """`survey` of every source that has a path, by name.

    Raises:
        InputError: none has one; or as `survey`.
    """
    names = list(settings.sources.configured())
    if not names:
        first = next(iter(type(settings.sources).model_fields))
        raise InputError("no input is set", where=f"sources.{first}.path", advice=f"--set sources.{first}.path=FILE")
    return {name: survey(store, settings, name) for name in names}


def survey(store: Store, settings: Settings, name: str) -> Landing:
    """Compares a source's files with what has been landed.

    Raises:
        InputError: no input, a landed file that changed since, a Delta source with changed rows.
    """
    source: Source = getattr(settings.sources, name)
    reader = digest(name, source.model_dump(mode="json", exclude={"timestamp_format", "time_zone", "decimal"}))
    recorded, open_batches = _recorded(store, name, reader)
    find = _new_versions if source.format == "delta" else _new_files
    new = find(store, source, reader, recorded, setting=f"sources.{name}.path")
    return Landing(name, reader, recorded, open_batches, new)


def land(store: Store, settings: Settings, landing: Landing) -> Version:
    """Finishes open batches, lands the new files, and returns the version that holds all of them."""
    version = None
    for batch in landing.open_batches:
        version = _land_batch(store, settings, landing, batch, None)
    if landing.new:
        # a header that does not fit is told before the batch is fixed: the file may be taken away again
        rows = _raw_rows(store, settings, landing, landing.new)
        _record(store, landing, landing.new, "open")
        version = _land_batch(store, settings, landing, landing.new, rows)
    return version or _last_landed(store, landing)


def landed_rows() -> None:
    """The pipeline's root is landed by `land`, file by file, not made as a whole."""


def _raw_rows(store: Store, settings: Settings, landing: Landing, files: Sequence[SourceFile]) -> DataFrame:
    """The rows of the files; of their contents only the headers are read here."""
    source: Source = getattr(settings.sources, landing.source)
    setting = f"sources.{landing.source}"
    try:
        if source.format == "delta":
            return appended_rows(store.spark, files[0], source, setting=setting)
        return raw_rows(store.spark, [file.path for file in files], source, setting=setting)
    except (PySparkException, Py4JError) as fault:
        raise _unreadable(files, fault, setting) from fault


def _land_batch(
    store: Store, settings: Settings, landing: Landing, files: Sequence[SourceFile], rows: DataFrame | None
) -> Version:
    batch, table = _batch_id(files), landed_table(landing.source)
    landed = store.find(table, batch)
    if landed is None:
        try:
            landed = store.write(
                table, _raw_rows(store, settings, landing, files) if rows is None else rows, mode="append",
                fingerprint=batch, part={"reader": landing.reader},
                metadata={"stage": _stage(landing), "files": len(files)},
            )  # fmt: skip
        except (PySparkException, Py4JError) as fault:
            raise _unreadable(files, fault, f"sources.{landing.source}") from fault
    _record(store, landing, files, "finished")
    return landed


def _unreadable(files: Sequence[SourceFile], fault: Exception, setting: str) -> InputError:
    return InputError(
        "the new files cannot be read to the end; none of them was landed",
        where=", ".join(file.path for file in files[:5]) + (f" and {len(files) - 5} more" if len(files) > 5 else ""),
        found=java_cause(fault),
        advice=f"deliver the damaged file again, or check {setting}.format, encoding and options",
    )


def landed_table(source: str) -> Table:
    """The landed table of a source."""
    table = getattr(schema, f"landed_{source}")
    assert isinstance(table, Table)  # declared beside the source's settings
    return table


def _stage(landing: Landing) -> str:
    return f"landed_{landing.source}/{landing.reader}"


def _batch_id(files: Sequence[SourceFile]) -> str:
    return digest(sorted(file.file_id for file in files))


def _record(store: Store, landing: Landing, files: Sequence[SourceFile], status: str) -> None:
    batch, source, reader = _batch_id(files), landing.source, landing.reader
    rows = [(source, batch, status, file.file_id, file.path, file.size, file.modified, reader) for file in files]
    frame = store.spark.createDataFrame(rows, schema.source_files.schema)
    store.write(
        schema.source_files, frame, fingerprint=f"{batch}/{status}", mode="append",
        metadata={"stage": landed_table(source).name},
    )  # fmt: skip


def _recorded(store: Store, source: str, reader: str) -> tuple[list[SourceFile], list[list[SourceFile]]]:
    """All files recorded for this reader, and those of batches that are open; as many rows as files."""
    head = store.head(schema.source_files)
    if head is None:
        return [], []
    rows = (
        store.read(schema.source_files, head.version)
        .where((F.col("source") == source) & (F.col("reader") == reader))
        .groupBy("batch_id", "path", "size", "modified")
        .agg(F.max(F.col("status") == "finished").alias("is_finished"))
        .orderBy("path", "size")
        .collect()
    )
    files = [SourceFile(row["path"], row["size"], row["modified"], reader) for row in rows]
    batches: dict[str, list[SourceFile]] = {}
    for row, file in zip(rows, files, strict=True):
        if not row["is_finished"]:
            batches.setdefault(row["batch_id"], []).append(file)
    return files, list(batches.values())


def _new_files(
    store: Store, source: Source, reader: str, recorded: Sequence[SourceFile], *, setting: str
) -> list[SourceFile]:
    listed = list_files(store.spark, source.path, reader=reader, setting=setting)
    known = {file.path: file for file in recorded}
    for file in listed:
        before = known.get(file.path)
        if before is not None and before.file_id != file.file_id:
            raise InputError(
                "a file has changed since it was landed",
                where=file.path,
                found=f"{file.size} bytes of {file.modified}",
                allowed=f"{before.size} bytes of {before.modified}",
                advice="deliver corrections as a new file, or land into a fresh store.root",
            )
    return [file for file in listed if file.path not in known]


def _new_versions(
    store: Store, source: Source, reader: str, recorded: Sequence[SourceFile], *, setting: str
) -> list[SourceFile]:
    paths = source.path
    if len(paths) != 1:
        raise InputError("a Delta source is one table", where=setting, found=", ".join(paths) or "nothing")
    taken = [int(file.modified) for file in recorded if file.path == paths[0]]
    file = list_versions(store.spark, paths[0], reader=reader, last_taken=max(taken, default=None))
    return [file] if file is not None else []


def _last_landed(store: Store, landing: Landing) -> Version:
    """The newest landing of this reader; its version holds every file recorded."""
    table = landed_table(landing.source)
    version = store.head(table, stage=_stage(landing))
    if version is None:
        raise InputError("files are recorded as landed, but their rows are not there", where=store.path(table))
    return version
