"""Raw rows as strings under their canonical names, whatever the source's format and header."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import reduce

from py4j.protocol import Py4JError
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences.config import Source, SourceColumns
from audiences.errors import InputError

_CORRUPT = "_audiences_corrupt_record"
INSTANT = "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'"
WALL_CLOCK = "yyyy-MM-dd'T'HH:mm:ss.SSSSSS"
"""How timestamps of typed sources are written: with a zone (an instant), and without one (the source's zone)."""


def raw_rows(spark: SparkSession, paths: Sequence[str], source: Source, *, setting: str) -> DataFrame:
    """The rows of some files as a landed table's body: file, position, canonical strings, extras, corrupt_record.

    Files may differ in their headers: those with equal headers are read together.

    Raises:
        InputError: a file cannot be read, or its header lacks a required column.
    """
    with ThreadPoolExecutor(8) as pool:
        headers = list(pool.map(lambda path: _header(spark, path, source), paths))
    groups: dict[tuple[str, ...], list[str]] = {}
    for path, header in zip(paths, headers, strict=True):
        groups.setdefault(header, []).append(path)
    frames = [_group(spark, files, header, source, setting) for header, files in groups.items()]
    return reduce(DataFrame.unionByName, frames)


def _header(spark: SparkSession, path: str, source: Source) -> tuple[str, ...]:
    # a CSV file that breaks off is landing's to tell: it knows which other files were to be landed with it
    told = AnalysisException if source.format == "csv" else (PySparkException, Py4JError)
    try:
        if source.format == "csv":
            names = tuple(_csv(spark, source).load(path).columns)
        else:
            return tuple(spark.read.format(source.format).options(**source.options).load(path).columns)
    except told as fault:
        raise InputError(
            "the file cannot be read", where=path, found=str(fault).splitlines()[0], allowed=f"format {source.format}",
            advice="is it of another format, or damaged?",
        ) from None  # fmt: skip
    if any(character < " " and character not in "\t\r\n" for name in names for character in name):
        raise InputError(
            "the file is no text", where=path, found="control characters in its first line", allowed="CSV",
            advice="Parquet needs the source's format: parquet; a workbook must be exported, an archive unpacked",
        )  # fmt: skip
    return names


def _csv(spark: SparkSession, source: Source):  # type: ignore[no-untyped-def]
    given = {
        "header": "true",
        "inferSchema": "false",
        "escape": '"',
        "multiLine": str(source.multi_line).lower(),
        "encoding": source.encoding,
        **source.options,
    }
    return spark.read.format("csv").options(**given)


def _group(
    spark: SparkSession, paths: Sequence[str], header: tuple[str, ...], source: Source, setting: str
) -> DataFrame:
    """Rows of files with one header."""
    picked = pick_columns(header, source.columns, where=paths[0], setting=setting)
    if source.format == "csv":
        fields = [T.StructField(name, T.StringType()) for name in (*header, _CORRUPT)]
        reader = _csv(spark, source).schema(T.StructType(fields))
        rows = reader.option("enforceSchema", "false").option("columnNameOfCorruptRecord", _CORRUPT).load(list(paths))
        corrupt = F.col(_CORRUPT)
    else:
        rows = spark.read.format(source.format).options(**source.options).load(list(paths))
        corrupt = F.lit(None).cast("string")
    return landed(rows, source.columns, picked, file=F.col("_metadata.file_path"), corrupt=corrupt)


def landed(
    rows: DataFrame, columns: SourceColumns, picked: Mapping[str, str], *, file: Column, corrupt: Column
) -> DataFrame:
    """Any source frame as landed rows; `picked` maps canonical names to the frame's columns."""
    types = {field.name: field.dataType for field in rows.schema.fields}
    rest = [name for name in types if name not in picked.values() and name != _CORRUPT]
    extras = F.to_json(F.struct(*(_column(name) for name in rest))) if rest else F.lit(None).cast("string")
    canonical = [
        (_text(_column(picked[name]), types[picked[name]]) if name in picked else F.lit(None).cast("string")).alias(
            name
        )
        for name in columns.candidates()
    ]
    return rows.select(
        file.alias("file"),
        F.monotonically_increasing_id().alias("position"),
        *canonical,
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
    missing = [name for name in columns.REQUIRED if name not in picked]
    if missing:
        raise InputError(
            "the header lacks a required column",
            where=where,
            found=", ".join(plain),
            allowed="; ".join(f"{name}: one of {', '.join(candidates[name])}" for name in missing),
            advice=f"name the column with --set {setting}.columns.{missing[0]}=NAME",
        )
    return picked
