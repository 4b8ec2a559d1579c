"""What every source's judge needs: text, numbers and instants from raw strings, copies, and rejected rows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from audiences.config.sources import Source
from audiences.schema import rejected_rows as rejected_table
from audiences.sources.reader import INSTANT, WALL_CLOCK

_REPLACEMENT = "\ufffd"


def raw_columns(landed: DataFrame, names: Sequence[str]) -> DataFrame:
    """The landed row as JSON in `row`, and its canonical columns as raw_<name>."""
    return landed.select(
        "file", "position", "extras", "corrupt_record",
        F.to_json(F.struct(*names, "extras", "corrupt_record")).alias("row"),
        *(F.col(name).alias(f"raw_{name}") for name in names),
    )  # fmt: skip


def trimmed(name: str) -> Column:
    """The raw text without surrounding blanks; null where nothing is left."""
    return F.nullif(F.trim(f"raw_{name}"), F.lit(""))


def identifier(name: str, suffix_pattern: str) -> Column:
    """The raw id, normalised: without blanks and without the configured suffix."""
    column = trimmed(name)
    return F.nullif(F.regexp_replace(column, suffix_pattern, ""), F.lit("")) if suffix_pattern else column


def number(text: Column) -> Column:
    """The text as a finite double, null where it is none (NaN and infinities are none)."""
    return F.when(F.trim(text).rlike(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"), F.trim(text).cast("double"))


def instant(source: Source, time_zone: str) -> Column:
    """Text by the configured format, typed sources' own; without a zone in the text, the source's zone counts."""
    text = F.trim("raw_ts")
    zone = source.time_zone or time_zone
    has_zone = re.search("[VzOXxZ]", re.sub(r"'[^']*'", "", source.timestamp_format)) is not None
    by_format = F.try_to_timestamp(text, F.lit(source.timestamp_format))
    typed_wall_clock = F.try_to_timestamp(text, F.lit(WALL_CLOCK))
    return F.coalesce(
        by_format if has_zone else F.to_utc_timestamp(by_format, zone),
        F.when(text.endswith("Z"), F.try_to_timestamp(text, F.lit(INSTANT))),
        F.to_utc_timestamp(typed_wall_clock, zone),
    )


def copy_number(same: Sequence[Column]) -> Column:
    """1 for the first of rows that are equal in these columns, in order of file and position."""
    # the hash comes first only to make the sort cheap: equality is decided by the values
    return F.row_number().over(Window.partitionBy(F.xxhash64(*same), *same).orderBy("file", "position"))


def reasons(conditions: Mapping[str, Column | None], names: Sequence[str]) -> Column:
    """The names of the rules that hold, in order, after those that every source has."""
    text = F.concat_ws(" ", *(F.col(f"raw_{name}") for name in names), "extras", "corrupt_record")
    every = {
        "corrupt_record": F.col("corrupt_record").isNotNull(),
        "undecodable_text": F.contains(text, F.lit(_REPLACEMENT)),
        **conditions,
    }
    return F.array_compact(
        F.array(*(F.when(condition, F.lit(name)) for name, condition in every.items() if condition is not None))
    )


def kept(judged: DataFrame) -> DataFrame:
    """The rows without a reason against them."""
    return judged.where(F.size("reasons") == 0)


def rejected(judged: DataFrame, landed: DataFrame) -> DataFrame:
    """The other rows, whole, with their reasons, as the body of `rejected_rows`."""
    # position counts on through the files of one task: a file's own count starts at its smallest
    files = landed.groupBy("file").agg(
        F.min("position").alias("first"), F.max("position").alias("last"), F.count("*").alias("rows")
    )
    is_whole = F.col("last") - F.col("first") + 1 == F.col("rows")
    return (
        judged.where(F.size("reasons") > 0)
        .join(F.broadcast(files), "file")
        .withColumn("row_number", F.when(is_whole, F.col("position") - F.col("first") + 1))
        .select(*(column.name for column in rejected_table.body))
    )
