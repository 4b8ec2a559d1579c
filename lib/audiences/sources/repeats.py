"""Rows that are equal: among themselves, and to rows of earlier files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from audiences.sources.row_checks import BESIDE


def sameness(names: Sequence[str], typed: Mapping[str, str] | None = None) -> list[Column]:
    """What makes two rows equal: each cell, typed where typing worked, else as it was written.

    Args:
        names: the canonical columns.
        typed: where a cell's own value is not under its canonical name, the column that holds it.
    """
    cells = [F.coalesce(F.col((typed or {}).get(name, name)).cast("string"), F.col(f"raw_{name}")) for name in names]
    return cells + [F.col(name) for name in BESIDE]


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
