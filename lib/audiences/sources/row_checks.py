"""What judging landed rows has in common: raw texts, typed values, copies, and the rows that were not kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from audiences.config import RowRule, Source, SourceColumns
from audiences.schema import rejected_rows as rejected_table
from audiences.schema.table import LINE_AMOUNT
from audiences.sources.connectors.files import INSTANT, WALL_CLOCK

_REPLACEMENT = "\ufffd"
_BESIDE = ("extras", "corrupt_record")


def raw_texts(landed: DataFrame, names: Sequence[str]) -> DataFrame:
    """file, position, extras, corrupt_record, each canonical column as raw_<name>, and the whole row as JSON in `row`.

    The new names keep a typed column apart from the text that it is made from. A column that was declared after these
    rows were landed is null.
    """
    there = set(landed.columns)
    nothing = F.lit(None).cast("string")
    return landed.select(
        "file", "position", *_BESIDE,
        F.to_json(F.struct(*(name for name in (*names, *_BESIDE) if name in there))).alias("row"),
        *((F.col(name) if name in there else nothing).alias(f"raw_{name}") for name in names),
    )  # fmt: skip


def source_cell(column: str, columns: SourceColumns) -> Column:
    """A source column's text by the name that its file gives it: from its canonical column, or from the extras."""
    canonical = [F.col(f"raw_{name}") for name, names in columns.candidates().items() if column in names]
    extra = F.try_element_at(F.from_json("extras", "map<string,string>"), F.lit(column))
    return F.coalesce(extra, *canonical, F.lit(""))


def holds(rule: RowRule, columns: SourceColumns) -> Column:
    """Whether a rule about one source column holds for a row; never null."""
    cell = F.lower(F.trim(source_cell(rule.column, columns)))
    wanted = [value.strip().lower() for value in rule.any_of or rule.none_of]
    return cell.isin(wanted) if rule.any_of else ~cell.isin(wanted)


def trimmed(name: str) -> Column:
    """The text without spaces around it; null if nothing is left."""
    return F.nullif(F.trim(f"raw_{name}"), F.lit(""))


def identifier(name: str, suffix_pattern: str) -> Column:
    """The id without spaces around it and without the configured suffix; null if nothing is left."""
    column = trimmed(name)
    return F.nullif(F.regexp_replace(column, suffix_pattern, ""), F.lit("")) if suffix_pattern else column


def finite(text: Column) -> Column:
    """The text as a finite double; null where it is none: NaN and infinities are none."""
    plain = F.trim(text)
    return F.when(plain.rlike(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?$"), plain.cast("double"))


def number(name: str, kind: str, decimal: str = ".") -> Column:
    """The text as a number of that SQL type; null where it is none.

    With a decimal comma only what is written so is one (12.50 is none); points may stand between thousands.
    """
    text = f"trim(raw_{name})"
    if decimal == ",":
        is_one = r"^[+-]?([0-9]+|[0-9]{1,3}([.][0-9]{3})+)(,[0-9]+)?$"
        text = f"CASE WHEN {text} RLIKE '{is_one}' THEN translate({text}, ',.', '.') END"
    return F.expr(f"try_cast({text} as {kind})")  # names, pattern and type are the code's own


def instant(name: str, source: Source, time_zone: str) -> Column:
    """Text by the configured format, typed sources' own; without a zone in the text, the source's zone counts."""
    text = F.trim(f"raw_{name}")
    zone = source.time_zone or time_zone
    has_zone = re.search("[VzOXxZ]", re.sub(r"'[^']*'", "", source.timestamp_format)) is not None
    by_format = F.try_to_timestamp(text, F.lit(source.timestamp_format))
    typed_wall_clock = F.try_to_timestamp(text, F.lit(WALL_CLOCK))
    return F.coalesce(
        by_format if has_zone else F.to_utc_timestamp(by_format, zone),
        F.when(text.endswith("Z"), F.try_to_timestamp(text, F.lit(INSTANT))),
        F.to_utc_timestamp(typed_wall_clock, zone),
    )


def sameness(names: Sequence[str], typed: Mapping[str, str] | None = None) -> list[Column]:
    """What makes two rows equal: each cell, typed where typing worked, else as it was written.

    Args:
        names: the canonical columns.
        typed: where a cell's own value is not under its canonical name, the column that holds it.
    """
    cells = [F.coalesce(F.col((typed or {}).get(name, name)).cast("string"), F.col(f"raw_{name}")) for name in names]
    return cells + [F.col(name) for name in _BESIDE]


def copy_number(names: Sequence[str]) -> Column:
    """1 for the first of exactly equal rows (typed where typing worked, else raw), in order of file and position."""
    return place_among(sameness(names))


def place_among(same: Sequence[Column]) -> Column:
    """1 for the first of rows that are equal in these columns, in order of file and position."""
    # the hash comes first only to make the sort cheap: equality is decided by the values
    return F.row_number().over(Window.partitionBy(F.xxhash64(*same), *same).orderBy("file", "position"))


def mark_delivered_before(rows: DataFrame, same: Sequence[Column]) -> DataFrame:
    """The rows with `is_delivered_before`: whether earlier files hold a row equal to this one as often already.

    Two deliveries that overlap count once, and equal rows within one file all count: of a row that stands n times in
    one file and m times in another, max(n, m) are kept. The windows share one shuffle and one sort.
    """
    same = [F.xxhash64(*same), *same]
    in_order = Window.partitionBy(*same).orderBy("file", "position")
    numbered = rows.withColumn("_number", F.row_number().over(in_order))
    first = F.min("_number").over(Window.partitionBy(*same, "file"))
    nth = numbered.withColumn("_nth", F.col("_number") - first + 1)
    # among the rows before this one its own file's are at most nth - 1 times there, so nth or more are another file's
    earlier = F.max("_nth").over(in_order.rowsBetween(Window.unboundedPreceding, -1))
    return nth.withColumn("is_delivered_before", F.coalesce(earlier >= F.col("_nth"), F.lit(False)))


def unreadable(names: Sequence[str]) -> dict[str, Column]:
    """The rules that any row can break: it could not be split, or holds characters that could not be decoded."""
    text = F.concat_ws(" ", *(F.col(f"raw_{name}") for name in names), *_BESIDE)
    return {
        "corrupt_record": F.col("corrupt_record").isNotNull(),
        "undecodable_text": F.contains(text, F.lit(_REPLACEMENT)),
    }


def reasons(conditions: Mapping[str, Column | None]) -> Column:
    """The names of the rules that a row breaks, in the rules' order; a rule that is None is off."""
    broken = [F.when(condition, F.lit(name)) for name, condition in conditions.items() if condition is not None]
    return F.array_compact(F.array(*broken))


def kept(judged: DataFrame) -> DataFrame:
    """The judged rows that nothing speaks against."""
    return judged.where(F.size("reasons") == 0)


def rejected(judged: DataFrame, landed: DataFrame) -> DataFrame:
    """The judged rows that have reasons, whole, as `rejected_rows` without its slice."""
    # position counts on through the files of one task: a file's own count starts at its smallest
    files = landed.groupBy("file").agg(
        F.min("position").alias("first"), F.max("position").alias("last"), F.count("*").alias("rows")
    )
    is_whole = F.col("last") - F.col("first") + 1 == F.col("rows")
    return (
        judged.where(F.size("reasons") > 0)
        .join(F.broadcast(files), "file")
        .withColumn("row_number", F.when(is_whole, F.col("position") - F.col("first") + 1))
        .withColumns({} if "amount" in judged.columns else {"amount": F.lit(None).cast(LINE_AMOUNT)})
        .select(*(column.name for column in rejected_table.body))
    )
