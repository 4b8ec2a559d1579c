"""Raw rows as strings under their canonical names, whatever the source's format and header."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import reduce

import pyarrow
from py4j.protocol import Py4JError
from pyarrow import parquet
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences.config import Source, SourceColumns
from audiences.errors import InputError, java_cause
from audiences.sources.connectors.csv_header import CsvHeader
from audiences.sources.connectors.csv_reader import CORRUPT, TRAILING, CsvReading, csv_header, csv_rows
from audiences.sources.connectors.paths import (
    escaped,
    folder_columns,
    folder_value,
    local,
    read_file_path,
    readable,
)
from audiences.sources.notations.times import INSTANT, WALL_CLOCK
from audiences.sources.record_count import LineCount, readings

_FILE = "_audiences_file"


@dataclass(frozen=True)
class _Layout:
    """What files that are read together have in common.

    Args:
        top: the columns that the files have, and what stands above them.
        folders: columns that their folders' names give.
        nanoseconds: of the columns those that hold nanoseconds since 1970, with whether they are instants.
        alone: the one file, where it is read under another name or line by line.
        reading: how the lines of CSV files are read.
        kinds: the types of the columns, where files have them: one file's whole numbers may be another's fractions.
    """

    top: CsvHeader
    folders: tuple[str, ...] = ()
    nanoseconds: tuple[tuple[str, bool], ...] = ()
    alone: str | None = None
    reading: CsvReading = field(default_factory=CsvReading)
    kinds: tuple[str, ...] = ()


def raw_rows(spark: SparkSession, paths: Sequence[str], source: Source, *, setting: str) -> DataFrame:
    """The rows of `counted_rows` alone."""
    return counted_rows(spark, paths, source, setting=setting)[0]


def counted_rows(
    spark: SparkSession, paths: Sequence[str], source: Source, *, setting: str
) -> tuple[DataFrame, dict[str, LineCount]]:
    """The rows of some files as a landed table's body: file, position, canonical strings, extras, corrupt_record.

    Each path is the file of that name, never a pattern. Files may differ in their headers: those with equal headers are
    read together. Beside the rows stands what was counted in the bytes of each CSV file.

    Raises:
        InputError: a file cannot be read, or its header lacks a required column.
    """
    with ThreadPoolExecutor(8) as pool:
        layouts = list(pool.map(lambda path: _layout(spark, path, source), paths))
    names = {path: name for path, (_, name) in zip(paths, layouts, strict=True)}
    headers = {path: layout.top for path, (layout, _) in zip(paths, layouts, strict=True)}
    ways, counts = readings(spark, names, headers, source) if source.format == "csv" else ({}, {})
    groups: dict[_Layout, dict[str, str]] = {}
    for path, (layout, name) in zip(paths, layouts, strict=True):
        groups.setdefault(_read_as(layout, path, ways.get(path)), {})[path] = name
    frames = [_group(spark, files, layout, source, setting) for layout, files in groups.items()]
    return reduce(DataFrame.unionByName, frames), counts


def _read_as(layout: _Layout, path: str, reading: CsvReading | None) -> _Layout:
    """The layout with the file's way of reading; what is read line by line is read alone."""
    if reading is None:
        return layout
    alone = path if reading.how == "records" else layout.alone
    return replace(layout, reading=reading, alone=alone)


def _layout(spark: SparkSession, path: str, source: Source) -> tuple[_Layout, str]:
    """What kind of file it is, and the name to read it under."""
    name = readable(path)
    top, kinds = _header(spark, path, name, source)
    folders = tuple(key for key in folder_columns(path, source.path) if key not in top.names)
    nanoseconds = _nanoseconds(path) if source.format == "parquet" else ()
    is_alone = name != escaped(path) or source.records is not None  # of records in a list no file's name is left
    return _Layout(top, folders, nanoseconds, path if is_alone else None, kinds=kinds), name


def _header(spark: SparkSession, path: str, name: str, source: Source) -> tuple[CsvHeader, tuple[str, ...]]:
    """What stands on top of the file, and the types of its columns, where it has them."""
    # a CSV file that breaks off is landing's to tell: it knows which other files were to be landed with it
    told = AnalysisException if source.format == "csv" else (PySparkException, Py4JError)
    try:
        if source.format == "csv":
            top = csv_header(spark, name, source)
        else:
            typed = _typed(spark, [name], source)
            if source.format == "json":  # its types are Spark's guess, made anew of all files that are read together
                return CsvHeader(tuple(_leaves(typed.schema))), ()
            return CsvHeader(tuple(typed.columns)), tuple(kind for _, kind in typed.dtypes)
    except told as fault:
        raise InputError(
            "the file cannot be read", where=path, found=java_cause(fault), allowed=f"format {source.format}",
            advice="is it of another format, or damaged?",
        ) from None  # fmt: skip
    if any(character < " " and character not in "\t\r\n" for one in top.names for character in one):
        raise InputError(
            "the file is no text", where=path, found="control characters in its first line", allowed="CSV",
            advice="Parquet needs the source's format: parquet; a workbook must be exported, an archive unpacked",
        )  # fmt: skip
    return top, ()


def _typed(spark: SparkSession, names: Sequence[str], source: Source) -> DataFrame:
    """Rows of a format that carries its names."""
    rows = spark.read.format(source.format).options(**source.options).load(list(names))
    if source.format == "json" and source.records is not None:
        rows = rows.select(F.explode(_column(source.records)).alias("record")).select("record.*")
    return rows


def _leaves(fields: T.StructType, above: tuple[str, ...] = ()) -> dict[str, Column]:
    """Nested fields under the path of their names, such as properties.time; lists as JSON."""
    leaves: dict[str, Column] = {}
    for field_ in fields.fields:
        path = (*above, field_.name)
        if isinstance(field_.dataType, T.StructType):
            leaves |= _leaves(field_.dataType, path)
        else:
            column = F.col(".".join("`" + name.replace("`", "``") + "`" for name in path))
            is_list = isinstance(field_.dataType, (T.ArrayType, T.MapType))
            leaves[".".join(path)] = F.to_json(column) if is_list else column
    return leaves


def _nanoseconds(path: str) -> tuple[tuple[str, bool], ...]:
    """Columns of a Parquet file of this machine in nanoseconds, which Spark reads as whole numbers; True: instants."""
    here = local(path)
    if here is None:
        return ()
    kinds = {field.name: field.type for field in parquet.read_schema(here)}
    return tuple(
        (name, kind.tz is not None) for name, kind in kinds.items()
        if pyarrow.types.is_timestamp(kind) and kind.unit == "ns"
    )  # fmt: skip


def _group(spark: SparkSession, names: Mapping[str, str], layout: _Layout, source: Source, setting: str) -> DataFrame:
    """Rows of files with one layout; `names` says under which name each path is read."""
    header, where = (*layout.top.names, *layout.folders), next(iter(names))
    picked = pick_columns(header, source.columns, where=where, setting=setting)
    time_column = pick_time_column(header, source, where=where, setting=setting)
    if source.format == "csv":
        rows = csv_rows(spark, list(names.values()), layout.top, layout.reading, source)
        corrupt = F.col(CORRUPT)
    else:
        rows = _typed(spark, list(names.values()), source)
        corrupt = F.lit(None).cast("string")
    file = read_file_path() if layout.alone is None else F.lit(layout.alone)
    named = rows.select("*", file.alias(_FILE))
    if source.format == "json":
        named = named.select(*(column.alias(path) for path, column in _leaves(named.schema).items()))
    kinds = dict(named.dtypes)  # the older 96-bit form, which pyarrow calls nanoseconds too, is a timestamp by now
    moments = {name: _moment(name, zoned) for name, zoned in layout.nanoseconds if kinds[name] == "bigint"}
    values = {name: folder_value(name, F.col(_FILE)) for name in layout.folders}
    return landed(
        named.withColumns({**moments, **values}), source.columns, picked, file=F.col(_FILE), corrupt=corrupt,
        time_column=time_column, first_filled=source.first_filled,
    )  # fmt: skip


def pick_time_column(header: Sequence[str], source: Source, *, where: str, setting: str) -> str | None:
    """The header's column with the time of day, if the source has one.

    Raises:
        InputError: the header lacks it.
    """
    if source.time_column is None:
        return None
    match = next((name for name in header if name.strip() == source.time_column), None)
    if match is None:
        raise InputError(
            "the header lacks the column with the time of day", where=where, found=", ".join(header),
            allowed=source.time_column, advice=f"set {setting}.time_column to the column's name, or to null",
        )  # fmt: skip
    return match


def _moment(name: str, is_instant: bool) -> Column:
    """Nanoseconds since 1970 as a timestamp, or as a wall clock's time; what is below a microsecond is dropped."""
    moment = F.timestamp_micros(F.call_function("div", _column(name), F.lit(1000)))
    return moment if is_instant else moment.cast("timestamp_ntz")


def landed(
    rows: DataFrame,
    columns: SourceColumns,
    picked: Mapping[str, str],
    *,
    file: Column,
    corrupt: Column,
    time_column: str | None = None,
    first_filled: Sequence[str] = (),
) -> DataFrame:
    """Any source frame as landed rows; `picked` maps canonical names to the frame's columns.

    The time of day in a column of its own is joined to `ts` by a blank. Of the names in `first_filled` each row has the
    first listed column that is filled in it; the other columns of such a name stay in `extras`.
    """
    types = {field.name: field.dataType for field in rows.schema.fields}
    rest = [name for name in types if name not in {*picked.values(), time_column, CORRUPT, TRAILING, _FILE}]
    extras = F.to_json(F.struct(*(_column(name) for name in rest))) if rest else F.lit(None).cast("string")
    texts = {
        name: _text(_column(picked[name]), types[picked[name]]) if name in picked else F.lit(None).cast("string")
        for name in columns.candidates()
    }
    for name in first_filled:
        listed = [one for one in columns.candidates()[name] if one in types]
        filled = [F.nullif(F.trim(_text(_column(one), types[one])), F.lit("")) for one in listed]
        texts[name] = F.coalesce(*filled, F.lit(None).cast("string"))
    if time_column is not None:
        texts["ts"] = F.concat_ws(" ", F.trim(texts["ts"]), F.trim(_column(time_column)))
    return rows.select(
        file.alias("file"),
        F.monotonically_increasing_id().alias("position"),
        *(text.alias(name) for name, text in texts.items()),
        extras.alias("extras"),
        corrupt.alias("corrupt_record"),
    )


def _column(name: str) -> Column:
    """A column whose name may hold dots and spaces."""
    return F.col("`" + name.replace("`", "``") + "`")


def _text(column: Column, kind: T.DataType) -> Column:
    if isinstance(kind, T.TimestampType):
        return F.date_format(column, INSTANT)
    if isinstance(kind, (T.TimestampNTZType, T.DateType)):
        return F.date_format(column.cast("timestamp_ntz").cast("timestamp"), WALL_CLOCK)
    return column.cast("string")


def pick_columns(header: Sequence[str], columns: SourceColumns, *, where: str, setting: str) -> dict[str, str]:
    """Canonical name -> the header's column: the first candidate that the header has.

    Args:
        where: the file, for the message.
        setting: the source's place in the settings, such as sources.transactions, for the advice.

    Raises:
        InputError: a required column is missing; says which, and what the header has.
    """
    candidates = columns.candidates()
    plain = {name.removeprefix("\ufeff").strip(): name for name in header}
    picked = {
        canonical: plain[name]
        for canonical, names in candidates.items()
        for name in [next((name for name in names if name in plain), None)]
        if name is not None
    }
    missing = [name for name in columns.REQUIRED if name not in picked] or _lacking(columns, picked)
    if missing:
        raise InputError(
            "the header lacks a required column",
            where=where,
            found=", ".join(plain),
            allowed="; ".join(f"{name}: one of {', '.join(candidates[name])}" for name in missing),
            advice=f"name the column with --set {setting}.columns.{missing[0]}=NAME",
        )
    return picked


def _lacking(columns: SourceColumns, picked: Mapping[str, str]) -> list[str]:
    """What the set of `columns.ONE_OF` lacks that is nearest to being whole; nothing where one of them is."""
    lacking = [[name for name in names if name not in picked] for names in columns.ONE_OF]
    return min(lacking, key=len, default=[])
