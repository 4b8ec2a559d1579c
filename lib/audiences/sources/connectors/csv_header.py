"""What stands on top of a CSV file: its header and the lines above it, which are no rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences.sources.connectors.csv_records import CsvForm, split


@dataclass(frozen=True)
class CsvHeader:
    """What stands on top of a file.

    Args:
        names: of the columns.
        is_first: Spark takes the first line for the header, and there is nothing above it.
        above: lines above the header that hold something, as they are written.
        line: the header as it is written, where there is one and Spark does not read it.
        heads: lines that hold something and are no rows.
    """

    names: tuple[str, ...]
    is_first: bool = True
    above: tuple[str, ...] = ()
    line: str | None = None
    heads: int = 1


def without_top(rows: DataFrame, header: CsvHeader, form: CsvForm, *, corrupt: str) -> DataFrame:
    """Rows that were read without a header, less those that were made of the header and of the lines above it.

    Args:
        corrupt: the column with the text of a row that has more or fewer cells than the header.
    """
    lines = [*header.above, *([] if header.line is None else [header.line])]
    is_on_top = [_is_line(line, header.names, form, corrupt) for line in dict.fromkeys(lines)]
    return rows.where(~reduce(or_, is_on_top)) if is_on_top else rows


def _is_line(line: str, names: Sequence[str], form: CsvForm, corrupt: str) -> Column:
    """Whether a row was made of this line; by its cells where it has as many as the table, else by its text."""
    cells, _ = split(line.removeprefix("\ufeff"), form)
    if len(cells) != len(names):
        return F.coalesce(F.col(corrupt) == F.lit(line), F.lit(False))
    nothing = F.lit(None).cast("string")
    same = [
        F.col("`" + name.replace("`", "``") + "`").eqNullSafe(F.lit(cell) if cell else nothing)
        for name, cell in zip(names, cells, strict=True)
    ]
    return reduce(and_, same)
