"""CSV files as rows of texts, in the way that their lines need: by line, with texts of several lines, or recovered."""

from __future__ import annotations

import bz2
import gzip
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Literal

import pyarrow
from pyspark.sql import DataFrame, DataFrameReader, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences.config import Source
from audiences.errors import InputError
from audiences.sources.connectors.csv_header import CsvHeader, without_top
from audiences.sources.connectors.csv_records import CsvForm, Record, records, split
from audiences.sources.header import column_names

CORRUPT = "_audiences_corrupt_record"
TRAILING = "_audiences_trailing"
"""The empty cell behind a delimiter at the end of each row, where the header has none."""

_BATCH = 10_000
_PACKED = ((b"\x1f\x8b", gzip.decompress), (b"BZh", bz2.decompress))
_NEVER = "\x01"  # a delimiter that no text holds
_UNDERSTOOD = {"sep", "delimiter", "quote", "escape", "comment", "header", "encoding", "charset", "mode", "inferschema"}
"""Options of Spark's reader that our own reading of lines understands, in small letters."""


@dataclass(frozen=True)
class CsvReading:
    """How a file is read.

    Args:
        how: `lines`: each line is a record, whatever ends it. `spans`: quoted texts may hold line ends. `records`:
            quotes swallow lines that are rows, so the lines are put together by our own rules.
        has_trailing: the rows end with a delimiter that the header has not.
    """

    how: Literal["lines", "spans", "records"] = "spans"
    has_trailing: bool = False


def csv_reader(spark: SparkSession, source: Source, how: str = "spans") -> DataFrameReader:
    """Spark's reader with the source's settings."""
    given = {
        "header": "true",
        "inferSchema": "false",
        "escape": '"',
        "quote": source.quote if source.has_quotes else "",
        "multiLine": str(source.multi_line and how == "spans").lower(),
        "encoding": source.encoding,
        **source.options,
    }
    return spark.read.format("csv").options(**given)


def csv_form(source: Source) -> CsvForm:
    """How the source's lines are split."""
    options = _options(source)
    quote = options.get("quote", source.quote if source.has_quotes else "")
    delimiter = options.get("sep", options.get("delimiter", ",")).replace("\\t", "\t")
    return CsvForm(
        delimiter, "" if quote == "\0" else quote,
        options.get("escape") == "\\", options.get("comment", ""),
    )  # fmt: skip


def has_header(source: Source) -> bool:
    """Whether the first line of each file holds names."""
    return _options(source).get("header", "true").lower() == "true"


def text_encoding(source: Source) -> str:
    """The encoding that the source's files are read in."""
    options = _options(source)
    return options.get("encoding", options.get("charset", source.encoding))


def is_wide(source: Source) -> bool:
    """Whether a letter takes several bytes, of which one may look like a line's end: UTF-16 and UTF-32."""
    return text_encoding(source).lower().replace("-", "").replace("_", "").startswith(("utf16", "utf32"))


def is_understood(source: Source) -> bool:
    """Whether `records` splits lines as the source's reader does."""
    return set(_options(source)) <= _UNDERSTOOD


def _options(source: Source) -> dict[str, str]:
    return {name.lower(): value for name, value in source.options.items()}


def csv_header(spark: SparkSession, name: str, source: Source) -> CsvHeader:
    """The header of one file.

    Raises:
        InputError: `skip_lines` leaves nothing of it.
    """
    if not source.skip_lines:
        reader = csv_reader(spark, source)
        if "\\" in name:  # to infer names over several lines Spark would take a path's brackets for a pattern once more
            reader = reader.option("multiLine", "false")
        return CsvHeader((*_row_name(source), *reader.load(name).columns), heads=1 if has_header(source) else 0)
    # the text reader keeps empty lines, which the CSV reader, the one that knows the encoding, leaves out
    skipped = text_lines(spark, name, source).limit(source.skip_lines).collect()
    filled = sum(bool(row["value"].strip()) for row in skipped)
    options = {"sep": _NEVER, "quote": "", "header": "false", "encoding": source.encoding,
               "multiLine": str(is_wide(source)).lower()}  # fmt: skip
    reader = spark.read.format("csv").options(**options).schema("line string")
    lines = [row["line"] for row in reader.load(name).limit(filled + 1).collect()]
    if len(skipped) < source.skip_lines or len(lines) <= filled:
        raise InputError(
            "the file has no line below those that are skipped", where=name, found=f"skip_lines {source.skip_lines}"
        )
    cells, _ = split(lines[filled].removeprefix("\ufeff"), csv_form(source))
    above = tuple(lines[:filled])
    if has_header(source):
        names = (*_row_name(source), *column_names([cell or "" for cell in cells]))
        return CsvHeader(names, is_first=False, above=above, line=lines[filled], heads=filled + 1)
    names = tuple(f"_c{number}" for number in range(len(cells)))
    return CsvHeader(names, is_first=False, above=above, heads=filled)


def _row_name(source: Source) -> tuple[str, ...]:
    """The name of the cell before all others that the header has none for, where the rows have such a cell."""
    return ("_c0",) if source.row_names and has_header(source) else ()


def csv_rows(
    spark: SparkSession, names: Sequence[str], header: CsvHeader, reading: CsvReading, source: Source
) -> DataFrame:
    """The rows of files that have one header: a text for each of its columns, and `CORRUPT`.

    A corrupt record is the text that could not be split; of `records` with its line and the fault before it.
    """
    columns = (*header.names, *((TRAILING,) if reading.has_trailing else ()))
    if reading.how == "records":
        rows = recovered_rows(spark, names[0], columns, source, heads=header.heads)
    else:
        # files with another header are read apart, so that names need not be compared again: Spark would not know
        # the name that it gave to an unnamed column
        fields = [T.StructField(name, T.StringType()) for name in (*columns, CORRUPT)]
        reader = csv_reader(spark, source, reading.how).schema(T.StructType(fields)).option("enforceSchema", "true")
        reader = reader.option("columnNameOfCorruptRecord", CORRUPT)
        if header.is_first:
            rows = reader.load(list(names))
        else:
            every = reader.option("header", "false").load(list(names))
            rows = without_top(every, header, csv_form(source), corrupt=CORRUPT)
    return rows


def recovered_rows(spark: SparkSession, name: str, columns: Sequence[str], source: Source, *, heads: int) -> DataFrame:
    """The rows of one file, put together by our own rules."""
    cells = [F.get("cells", F.lit(place)).alias(column) for place, column in enumerate(columns)]
    return own_records(spark, name, len(columns), source, heads=heads).select(*cells, F.col("corrupt").alias(CORRUPT))


def own_records(spark: SparkSession, name: str, width: int, source: Source, *, heads: int) -> DataFrame:
    """The records of one file below its first `heads`, read line by line from its begin to its end in one task.

    Columns: line (the physical one, from 1), cells, corrupt, is_recovered.
    """
    encoding, has_wide_letters = text_encoding(source), is_wide(source)
    put_together = partial(
        _batches, form=csv_form(source), width=width, encoding=encoding, is_whole=has_wide_letters, skips=heads
    )
    if has_wide_letters:
        lines = spark.read.format("binaryFile").load(name).select("content")
    else:
        # the partitions of one file follow each other as its parts do; one task then sees all its lines in order
        lines = spark.read.text(name).select(F.col("value").cast("binary").alias("line")).coalesce(1)
    return lines.mapInArrow(put_together, "line bigint, cells array<string>, corrupt string, is_recovered boolean")


def text_lines(spark: SparkSession, name: str, source: Source) -> DataFrame:
    """The physical lines of one file in `value`, blank ones too; bytes that are no text of the encoding as they are.

    Of UTF-16 and UTF-32 the whole file is read at once and decoded, in one task.
    """
    if not is_wide(source):
        return spark.read.text(name)
    whole = spark.read.format("binaryFile").load(name).select("content")
    return whole.mapInArrow(partial(_line_batches, encoding=text_encoding(source)), "value string")


def _line_batches(batches: Iterator[pyarrow.RecordBatch], *, encoding: str) -> Iterator[pyarrow.RecordBatch]:
    lines = _decoded(batches, encoding, is_whole=True)
    while part := list(islice(lines, _BATCH)):
        yield pyarrow.RecordBatch.from_pydict({"value": pyarrow.array(part, pyarrow.string())})


def _decoded(batches: Iterator[pyarrow.RecordBatch], encoding: str, *, is_whole: bool) -> Iterator[str]:
    """The lines of a file that comes line by line, or whole (and perhaps packed)."""
    for batch in batches:
        for content in batch.column(0).to_pylist():
            if not is_whole:
                yield content.decode(encoding, errors="replace")
                continue
            unpack = next((unpack for mark, unpack in _PACKED if content.startswith(mark)), None)
            text = (content if unpack is None else unpack(content)).decode(encoding, errors="replace")
            for line in io.StringIO(text.removeprefix("\ufeff"), newline=None):
                yield line.removesuffix("\n")


_SCHEMA = pyarrow.schema(
    [
        ("line", pyarrow.int64()), ("cells", pyarrow.list_(pyarrow.string())), ("corrupt", pyarrow.string()),
        ("is_recovered", pyarrow.bool_()),
    ]
)  # fmt: skip


def _batches(
    batches: Iterator[pyarrow.RecordBatch], *, form: CsvForm, width: int, encoding: str, is_whole: bool, skips: int
) -> Iterator[pyarrow.RecordBatch]:
    found = islice(records(_decoded(batches, encoding, is_whole=is_whole), form, width), skips, None)
    while part := list(islice(found, _BATCH)):
        rows = [
            {"line": record.line, "cells": list(record.cells), "corrupt": _corrupt(record),
             "is_recovered": record.is_recovered}
            for record in part
        ]  # fmt: skip
        yield pyarrow.RecordBatch.from_pylist(rows, schema=_SCHEMA)


def _corrupt(record: Record) -> str | None:
    return None if record.fault is None else f"line {record.line}, {record.fault}: {record.text}"
