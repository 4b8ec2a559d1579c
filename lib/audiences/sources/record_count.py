"""A second look at the bytes of CSV files: their physical lines, held against the records that the parser finds.

A parser counts its own records: a quote that swallows 140 lines leaves its figures in order. So the lines are counted
apart from it, quotes looked at, and the two held together before anything is landed.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from pyspark.sql import Column, Row, SparkSession
from pyspark.sql import functions as F

from audiences.config import Source
from audiences.errors import InputError
from audiences.sources.connectors.csv_header import CsvHeader
from audiences.sources.connectors.csv_reader import (
    CORRUPT,
    CsvReading,
    csv_form,
    csv_rows,
    has_header,
    is_understood,
    is_wide,
    own_records,
    text_lines,
)
from audiences.sources.connectors.csv_records import BLANK, UNCLOSED, CsvForm
from audiences.sources.connectors.paths import plain, resolved

_LOG = logging.getLogger(__name__)
MAX_WIDE = 2**29
"""So many bytes of UTF-16 are decoded at once."""
_SHOWN = 20
_LINE_END = r"\r\n|\n|\r"


@dataclass(frozen=True)
class LineCount:
    """What a look at the bytes of one file tells.

    Args:
        lines: physical lines, whatever ends them; blank ones too.
        blank: of them those with nothing on them.
        odd: lines with an odd number of quotes: a text of several lines begins or ends there, or a quote is stray.
        trailing: lines that end with a delimiter.
        trailing_cells: the fewest cells of such a line, the empty one at its end counted.
        records: how many records there must be beside the header; None where only reading them tells.
        stray: the first lines with a quote that closes nothing, where quotes would have swallowed lines.
    """

    lines: int
    blank: int
    odd: int
    trailing: int
    trailing_cells: int = 0
    records: int | None = None
    stray: tuple[int, ...] = ()


def is_countable(source: Source) -> bool:
    """Whether lines can be found in the bytes: not where the reader is told where they end."""
    options = {name.lower() for name in source.options}
    return source.format == "csv" and not options & {"linesep", "multiline"}


def count_lines(spark: SparkSession, names: Mapping[str, str], source: Source) -> dict[str, LineCount]:
    """The counts of each path that has lines, in one pass over the bytes of all files.

    Files of UTF-16 and UTF-32 are decoded and counted one by one; those of more than `MAX_WIDE` bytes are not.

    Args:
        names: path -> the name that Spark reads it under.
    """
    figures = _figures(F.col("value"), csv_form(source))
    if is_wide(source):
        counted = {path: _decoded_count(spark, name, figures, source) for path, name in names.items()}
        return {path: count for path, count in counted.items() if count is not None}
    rows = (
        spark.read.text(list(names.values()))
        .groupBy(F.col("_metadata.file_path").alias("read_as"))
        .agg(*figures)
        .withColumn("read_as", resolved(F.col("read_as")))
        .collect()  # one row per file
    )
    found_as = {plain(row["read_as"]): _count_of(row) for row in rows}
    found = {path: found_as.get(plain(path), found_as.get(plain(f"file:{name}"))) for path, name in names.items()}
    return {path: count for path, count in found.items() if count is not None}


def _figures(value: Column, form: CsvForm) -> list[Column]:
    """The figures of a `LineCount` over lines."""
    is_blank = F.btrim(value, F.lit(BLANK)) == ""
    is_trailing = F.endswith(value, F.lit(form.delimiter))
    return [
        F.count(F.lit(1)).alias("lines"),
        F.count_if(is_blank).alias("blank"),
        F.count_if(_is_odd(value, form.quote) if form.quote else F.lit(False)).alias("odd"),
        F.count_if(is_trailing & ~is_blank).alias("trailing"),
        F.coalesce(F.min(F.when(is_trailing & ~is_blank, _cells(value, form))), F.lit(0)).alias("trailing_cells"),
    ]


def _count_of(row: Row) -> LineCount:
    return LineCount(row["lines"], row["blank"], row["odd"], row["trailing"], int(row["trailing_cells"]))


def _decoded_count(spark: SparkSession, name: str, figures: Sequence[Column], source: Source) -> LineCount | None:
    """The count of a file whose lines are found in its decoded text; None where it is too large to be decoded whole."""
    [size] = spark.read.format("binaryFile").load(name).select("length").collect()
    if size["length"] > MAX_WIDE:
        _LOG.warning("%s: too large for its lines to be counted in %s: write it as UTF-8", name, source.encoding)
        return None
    [row] = text_lines(spark, name, source).agg(*figures).collect()
    return _count_of(row)


def _cells(value: Column, form: CsvForm) -> Column:
    """How many cells a line has; delimiters in quotes are none."""
    bare = value
    if form.quote:
        quote = re.escape(form.quote)
        bare = F.when(
            F.contains(value, F.lit(form.quote)), F.regexp_replace(value, f"{quote}[^{quote}]*{quote}", "")
        ).otherwise(value)
    return _occurrences(bare, form.delimiter) + 1


def _is_odd(value: Column, quote: str) -> Column:
    # most lines have no quote at all: they are not copied to count its letters
    without = F.replace(value, F.lit(quote), F.lit(""))
    return F.contains(value, F.lit(quote)) & ((F.octet_length(value) - F.octet_length(without)) % 2 == 1)


def readings(
    spark: SparkSession, names: Mapping[str, str], headers: Mapping[str, CsvHeader], source: Source
) -> tuple[dict[str, CsvReading], dict[str, LineCount]]:
    """How each file is to be read so that no line is swallowed, and what was counted.

    Args:
        names: path -> the name that Spark reads it under.
        headers: path -> what stands on top of it.

    Raises:
        InputError: quotes swallow lines of a file, and its reader has options that our own reading does not know.
    """
    if not is_countable(source):
        return {path: CsvReading() for path in names}, {}
    counts = count_lines(spark, names, source)
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda path: _reading(spark, path, names[path], headers[path], counts[path], source), counts)
        read = dict(zip(counts, found, strict=True))
    # a file that has no lines, or whose name Spark gives back in another form, is read as it always was
    ways = {path: read[path][0] if path in read else CsvReading() for path in names}
    return ways, {path: count for path, (_, count) in read.items()}


def _reading(
    spark: SparkSession, path: str, name: str, header: CsvHeader, count: LineCount, source: Source
) -> tuple[CsvReading, LineCount]:
    """How one file is to be read, and its count with the records that it must have."""
    heads = header.heads
    trailing = has_header(source) and _has_trailing(count, heads, header.names)
    if is_wide(source) and is_understood(source):
        # a line's end is no single byte there: Spark's reader takes one kind of them, our own any
        count = _own_count(spark, name, len(header.names) + trailing, count, source, heads=heads)
        return CsvReading("records", trailing), count
    if not is_wide(source) and (count.odd == 0 or not source.multi_line):
        # below lines that are skipped a header again is left out as the first is
        is_exact = (
            header.is_first
            and not csv_form(source).comment
            and "mode" not in {option.lower() for option in source.options}
        )
        expected = max(count.lines - count.blank - heads, 0) if is_exact else None
        return CsvReading("lines", trailing), replace(count, records=expected)
    spans = CsvReading("spans", trailing)
    spanned = _spanned_records(spark, name, header, spans, count, heads, source)
    if spanned is not None:
        return spans, replace(count, records=spanned)
    count = _own_count(spark, name, len(header.names) + trailing, count, source, heads=heads)
    if is_understood(source):
        return CsvReading("records", trailing), count
    if not count.stray:
        return spans, count
    raise InputError(
        "a cell spans lines that hold as many delimiters as a row", where=f"{path}, line {count.stray[0]}",
        found=f"{count.lines:,} lines, {count.odd:,} of them with an open quote",
        allowed="quoted texts that are closed, or the setting quote: none of the source",
        advice="write the file without the stray quotes, or take away the source's further options",
    )  # fmt: skip


def _has_trailing(count: LineCount, heads: int, header: Sequence[str]) -> bool:
    """Whether every row ends with a delimiter, and the header does not: then each row has a cell too many."""
    are_all = count.trailing > 0 and count.trailing == count.lines - count.blank - heads
    return are_all and count.trailing_cells == len(header) + 1


def _spanned_records(
    spark: SparkSession,
    name: str,
    header: CsvHeader,
    reading: CsvReading,
    count: LineCount,
    heads: int,
    source: Source,
) -> int | None:
    """How many records the parser finds where quoted texts may hold line ends; None where it swallows lines.

    It does so where a cell that spans lines holds as many delimiters as a row, where such a record is corrupt, or where
    records and the line ends in their cells do not make up the lines of the file.
    """
    delimiter = csv_form(source).delimiter
    rows = csv_rows(spark, [name], header, reading, source)
    columns = [F.col("`" + column.replace("`", "``") + "`") for column in rows.columns]
    breaks = [_breaks(column) for column in columns[:-1]]
    enough = max(len(columns) - 2, 1)
    is_long = [
        (count_ > 0) & (_occurrences(cell, delimiter) >= enough) for cell, count_ in zip(columns, breaks, strict=False)
    ]
    is_corrupt = F.col(CORRUPT).isNotNull() & (_breaks(F.col(CORRUPT)) > 0)
    all_breaks, any_long = F.lit(0), is_corrupt
    for of_cell, is_of_cell in zip(breaks, is_long, strict=True):
        all_breaks, any_long = all_breaks + of_cell, any_long | is_of_cell
    of_row = rows.select(all_breaks.alias("breaks"), any_long.alias("is_swallowed"))
    found = of_row.agg(
        F.count(F.lit(1)).alias("records"), F.coalesce(F.sum("breaks"), F.lit(0)).alias("breaks"),
        F.count_if("is_swallowed").alias("swallowed"),
    ).first()  # fmt: skip
    assert found is not None  # an aggregate without groups has one row
    missing = count.lines - heads - found["records"] - found["breaks"]
    return found["records"] if found["swallowed"] == 0 and 0 <= missing <= count.blank else None


def _own_count(
    spark: SparkSession, name: str, width: int, count: LineCount, source: Source, *, heads: int
) -> LineCount:
    """The count with the records that our own reading makes, and the first lines with stray quotes."""
    found = own_records(spark, name, width, source, heads=heads)
    is_stray = F.col("is_recovered") | F.contains("corrupt", F.lit(UNCLOSED))
    stray = found.where(is_stray).select("line").limit(_SHOWN).collect()
    return replace(count, records=found.count(), stray=tuple(row["line"] for row in stray))


def _breaks(cell: Column) -> Column:
    has_one = F.contains(cell, F.lit("\n")) | F.contains(cell, F.lit("\r"))
    return F.coalesce(F.when(has_one, F.regexp_count(cell, F.lit(_LINE_END))), F.lit(0))


def _occurrences(cell: Column, delimiter: str) -> Column:
    without = F.replace(cell, F.lit(delimiter), F.lit(""))
    return F.coalesce((F.length(cell) - F.length(without)) / len(delimiter), F.lit(0))


def check_records(counts: Mapping[str, LineCount], records: Mapping[str, int]) -> None:
    """Raises InputError where the records of a file are not those that its lines make.

    Args:
        counts: of each file by its path.
        records: rows to be landed, by the file's path; a file without rows may be missing.
    """
    unlike = [
        f"{path}: {count.lines:,} lines, {count.records:,} records expected, {records.get(plain(path), 0):,} read"
        for path, count in counts.items()
        if count.records is not None and count.records != records.get(plain(path), 0)
    ]
    if unlike:
        raise InputError(
            "the records of a file are not as many as its lines make", where="; ".join(unlike[:5]),
            advice="check the source's options, quote and encoding; nothing of it was landed",
        )  # fmt: skip
