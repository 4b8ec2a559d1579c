"""Landing: new files into an append-only table of raw strings, each file once, whatever crashes in between.

1. The new files are judged, each by itself: what is beyond a gate leaves nothing behind.
2. A batch (a fixed set of new files) is recorded as open.
3. Its rows are appended under the batch's transaction id: a repeat of the append is skipped by Delta.
4. The batch is recorded as finished. Only then is another formed; an open one is finished first.

An open batch whose rows never came and whose files are no longer there as they were (a damaged file was delivered again
or taken away) is withdrawn: an empty commit takes its transaction id, so that no other run can still append it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences import schema
from audiences.config import Settings, Source
from audiences.engine.landed_files import Batch, batches_of, record, recorded
from audiences.errors import ConflictError, InputError, java_cause
from audiences.fingerprint import digest
from audiences.schema import Table
from audiences.sources import deliveries, delivery_gates
from audiences.sources.connectors.delta import appended_rows, list_versions
from audiences.sources.connectors.files import counted_rows
from audiences.sources.connectors.listing import SourceFile, list_files
from audiences.sources.connectors.paths import SkippedFile, plain, skipped_files
from audiences.sources.reader_digest import former_reader_digest, reader_digest
from audiences.sources.record_count import LineCount, check_records
from audiences.store.address import plain_path
from audiences.store.delta import Store, Version
from audiences.text.languages import SAMPLE, language_warning

_LOG = logging.getLogger(__name__)
_SHOWN = 5


@dataclass(frozen=True)
class Survey:
    """What is recorded and what is new of one source, read without writing: `plan` shows it, `land` acts on it."""

    source: str
    reader: str
    batches: Sequence[Batch]
    broken: Sequence[Batch]
    new: Sequence[SourceFile]

    @property
    def recorded(self) -> list[SourceFile]:
        """The files that are landed, or will be as they are."""
        return recorded(self.batches)

    @property
    def open_batches(self) -> list[Batch]:
        """Batches to be finished first."""
        return [batch for batch in self.batches if batch.status == "open"]

    @property
    def is_new(self) -> bool:
        """Whether there is anything to land."""
        return bool(self.new or self.open_batches)

    @property
    def fingerprint(self) -> str:
        """Hash of the whole set of files, landed and new."""
        return digest(self.reader, sorted(file.file_id for file in (*self.recorded, *self.new)))


def survey_all(store: Store, settings: Settings) -> dict[str, Survey]:
    """`survey` of every source that has a path, by name.

    Raises:
        InputError: none has one; or as `survey`.
    """
    names = list(settings.sources.configured())
    if not names:
        first = next(iter(type(settings.sources).model_fields))
        raise InputError("no input is set", where=f"sources.{first}.path", advice=f"--set sources.{first}.path=FILE")
    return {name: survey(store, settings, name) for name in names}


def survey(store: Store, settings: Settings, name: str) -> Survey:
    """Compares a source's files with what has been landed.

    Raises:
        InputError: no input, a landed file that changed since, a Delta source with changed rows.
    """
    source: Source = getattr(settings.sources, name)
    setting = f"sources.{name}.path"
    reader, batches = _reader_and_batches(store, name, source)
    if source.format == "delta":
        return Survey(
            name, reader, batches, (), _new_versions(store, source, reader, recorded(batches), setting=setting)
        )
    listed = list_files(store.spark, source.path, reader=reader, setting=setting)
    _tell_skipped(skipped_files(source.path), setting)
    broken = [batch for batch in batches if _is_broken(store, name, batch, listed)]
    whole = [batch for batch in batches if batch not in broken]
    return Survey(name, reader, whole, broken, _new_files(recorded(whole), listed))


def _tell_skipped(files: Sequence[SkippedFile], setting: str) -> None:
    """Logs the files beneath a source's path that are not read, the first few by name."""
    for file in files[:_SHOWN]:
        _LOG.warning("%s: not read: %s (%s)", setting, file.path, file.why)
    if len(files) > _SHOWN:
        _LOG.warning("%s: not read: %d more hidden or empty files", setting, len(files) - _SHOWN)


def _tell_stray_quotes(counts: Mapping[str, LineCount]) -> None:
    for path, count in counts.items():
        if count.stray:
            lines = ", ".join(str(line) for line in count.stray)
            _LOG.warning("%s: quotes that close nothing were read as letters, or their lines rejected: %s", path, lines)


def _tell_language(rows: DataFrame) -> None:
    """Logs a sentence where texts are in another language than the words that text settings are made of."""
    texts = [row["text"] for row in rows.where(F.col("text").isNotNull()).select("text").limit(SAMPLE).collect()]
    warning = language_warning(texts)
    if warning is not None:
        _LOG.warning("sources.reviews: %s", warning)


def land(store: Store, settings: Settings, landing: Survey) -> Version:
    """Withdraws broken batches, finishes open ones, lands the new files; returns the version that holds all of them.

    Raises:
        InputError: the new files cannot be read.
        QualityGateError: one of them does not pass the gates; none of them was landed.
        ConflictError: another run landed or withdrew the same files at the same time.
    """
    version = None
    for batch in landing.broken:
        _withdraw(store, landing, batch)
    for batch in landing.open_batches:
        version = _land_batch(store, settings, landing, batch, None)
    if landing.new:
        # a header that does not fit is told before the batch is fixed: the file may be taken away again
        rows, counts = _raw_rows(store, settings, landing, landing.new)
        figures = _judged(settings, landing, rows)
        check_records(counts, {file: of_file.rows for file, of_file in figures.items()})
        _tell_stray_quotes(counts)
        if landing.source == "reviews":
            _tell_language(rows)
        batch = _new_batch(landing)
        lines = {plain(path): count.lines for path, count in counts.items()}
        record(store, landing.source, landing.reader, batch, "open", figures, lines)
        version = _land_batch(store, settings, landing, batch, rows)
    return version or _last_landed(store, landing)


def _raw_rows(
    store: Store, settings: Settings, landing: Survey, files: Sequence[SourceFile]
) -> tuple[DataFrame, Mapping[str, LineCount]]:
    """The rows of the files, not yet read, and what a look at the bytes of CSV files counted."""
    source: Source = getattr(settings.sources, landing.source)
    setting = f"sources.{landing.source}"
    try:
        if source.format == "delta":
            return appended_rows(store.spark, files[0], source, setting=setting), {}
        return counted_rows(store.spark, [file.path for file in files], source, setting=setting)
    except (PySparkException, Py4JError) as fault:
        raise _unreadable(files, fault, setting) from fault


def _judged(settings: Settings, landing: Survey, rows: DataFrame) -> Mapping[str, deliveries.Figures]:
    """What becomes of the new rows, file by file; raises QualityGateError where that is beyond a gate."""
    try:
        figures = deliveries.figures(rows, source=landing.source, settings=settings)
    except (PySparkException, Py4JError) as fault:
        raise _unreadable(landing.new, fault, f"sources.{landing.source}") from fault
    delivery_gates.check(figures, source=landing.source, settings=settings)
    return {plain(file): of_file for file, of_file in figures.items()}


def _land_batch(store: Store, settings: Settings, landing: Survey, batch: Batch, rows: DataFrame | None) -> Version:
    table = landed_table(landing.source)
    landed = store.find(table, batch.batch_id)
    if landed is None:
        try:
            landed = store.write(
                table, _raw_rows(store, settings, landing, batch.files)[0] if rows is None else rows, mode="append",
                fingerprint=batch.batch_id, part={"reader": landing.reader},
                metadata={"stage": _stage(landing), "files": len(batch.files)},
            )  # fmt: skip
        except (PySparkException, Py4JError) as fault:
            raise _unreadable(batch.files, fault, f"sources.{landing.source}") from fault
    _check_files(landed, len(batch.files), batch, landing)
    record(store, landing.source, landing.reader, batch, "finished")
    return landed


def _is_broken(store: Store, source: str, batch: Batch, listed: Sequence[SourceFile]) -> bool:
    """Whether an open batch can never be landed as it was fixed: a file changed or vanished before its rows came."""
    if batch.status != "open":
        return False
    landed = store.find(landed_table(source), batch.batch_id)
    if landed is None:
        return not set(batch.files) <= set(listed)
    return bool(landed.metadata["files"] == 0)  # a withdrawal that was not finished


def _withdraw(store: Store, landing: Survey, batch: Batch) -> None:
    table, part = landed_table(landing.source), {"reader": landing.reader}
    columns = T.StructType([field for field in table.schema.fields if field.name not in part])
    committed = store.write(
        table, store.spark.createDataFrame([], columns), mode="append", fingerprint=batch.batch_id, part=part,
        metadata={"stage": _stage(landing), "files": 0},
    )  # fmt: skip
    _check_files(committed, 0, batch, landing)
    record(store, landing.source, landing.reader, batch, "withdrawn")


def _check_files(committed: Version, files: int, batch: Batch, landing: Survey) -> None:
    """Of two runs that landed and withdrew one batch at the same time, Delta let the first have its way."""
    if committed.metadata["files"] != files:
        raise ConflictError(
            "another run landed or withdrew these files at the same time", where=landed_table(landing.source),
            found=", ".join(file.path for file in batch.files[:5]), advice="run again",
        )  # fmt: skip


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


def _stage(landing: Survey) -> str:
    return f"landed_{landing.source}/{landing.reader}"


def _new_batch(landing: Survey) -> Batch:
    """The new files as a batch; files that come back as they were when withdrawn are another batch than then."""
    withdrawn = len(landing.broken) + sum(batch.status == "withdrawn" for batch in landing.batches)
    files = sorted(file.file_id for file in landing.new)
    return Batch(digest(files, withdrawn) if withdrawn else digest(files), "open", landing.new)


def _reader_and_batches(store: Store, name: str, source: Source) -> tuple[str, list[Batch]]:
    """The reader and its batches; in a root that an older version landed into, the reader keeps the digest of then."""
    today, former = reader_digest(name, source), former_reader_digest(name, source)
    of_readers = batches_of(store, name, [today] if former is None else [today, former])
    reader = today if former is None or today in of_readers or former not in of_readers else former
    return reader, of_readers.get(reader, [])


def _new_files(recorded: Sequence[SourceFile], listed: Sequence[SourceFile]) -> list[SourceFile]:
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
    taken = [int(file.modified) for file in recorded if plain_path(file.path) == plain_path(paths[0])]
    file = list_versions(store.spark, paths[0], reader=reader, last_taken=max(taken, default=None))
    return [file] if file is not None else []


def _last_landed(store: Store, landing: Survey) -> Version:
    """The newest landing of this reader; its version holds every file recorded."""
    table = landed_table(landing.source)
    version = store.head(table, stage=_stage(landing))
    if version is None:
        raise InputError("files are recorded as landed, but their rows are not there", where=store.path(table))
    return version
