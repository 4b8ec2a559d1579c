"""What a file says of a whole order on one of its lines: a state, or money that comes off all of them.

An order is the rows of one file that have one invoice number.
"""

from __future__ import annotations

from functools import reduce
from operator import add, or_

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences.config import Cleaning, RowRule, TransactionSource
from audiences.config.sources import SourceColumns
from audiences.sources.notations.number_columns import number_value
from audiences.sources.row_checks import rule_holds, source_cell

_ORDER = ("file", "invoice_id")
_READ = T.DecimalType(38, 10)
_MONEY = "decimal(28,4)"
_UNITS = "decimal(19,0)"  # of 1e-4: whole numbers, so that shares of an order's money are cut without a rest


def holds_in_order(rule: RowRule, columns: SourceColumns) -> Column:
    """Whether a rule holds for a row; with `of_order` an empty cell stands for the first filled one of its order."""
    cell = source_cell(rule.column, columns)
    return rule_holds(rule, _first_filled(cell) if rule.of_order else cell)


def _first_filled(cell: Column) -> Column:
    """The cell, or the first filled one of the order's rows in its file."""
    filled = F.nullif(F.trim(cell), F.lit(""))
    lines = Window.partitionBy(*_ORDER).orderBy("position")
    whole = lines.rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
    return F.coalesce(filled, F.first(filled, ignorenulls=True).over(whole), F.lit(""))


def without_order_deductions(rows: DataFrame, *, source: TransactionSource, cleaning: Cleaning) -> DataFrame:
    """The rows with their share of what comes off their orders taken off `_net` and added to `_deducted`.

    Adds `_has_odd_order_deduction`: whether the row holds such a cell that is no number. A return has no share, nor has
    money beyond `cleaning.max_amount`.
    """
    names = [f"_off{place}" for place, _ in enumerate(source.order_deductions)]
    cells = {name: _cell(column, source) for name, column in zip(names, source.order_deductions, strict=True)}
    written = rows.withColumns(cells)
    read = written.withColumns({f"{name}_read": number_value(name, _READ, style=source.number_style) for name in names})
    odd = (F.col(name).isNotNull() & F.col(f"{name}_read").isNull() for name in names)
    takes_part = ~F.col("_is_credit") & F.col("_net").between(0, cleaning.max_amount)
    part = F.when(takes_part, F.expr(f"try_cast(_net * 10000 as {_UNITS})")).otherwise(F.lit(0).cast(_UNITS))
    lines = Window.partitionBy(*_ORDER).orderBy("position")
    whole = lines.rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
    off = (F.coalesce(F.first(_units(f"{name}_read"), ignorenulls=True).over(whole), F.lit(0)) for name in names)
    shared = (
        read.withColumn("_part", part)
        .withColumns(
            {
                "_has_odd_order_deduction": reduce(or_, odd),
                "_so_far": F.sum("_part").over(lines.rowsBetween(Window.unboundedPreceding, Window.currentRow)),
                "_all": F.sum("_part").over(whole),
                "_off": reduce(add, off),
            }
        )
        .withColumn("_off", F.least("_off", "_all"))
        .withColumns({name: F.expr(f"try_cast({name} as {_UNITS})") for name in ("_so_far", "_all", "_off")})
    )
    share = F.expr("(_off * _so_far) div nullif(_all, 0) - (_off * (_so_far - _part)) div nullif(_all, 0)")
    taken = F.coalesce((share.cast("decimal(19,0)") / 10_000).cast(_MONEY), F.lit(0).cast(_MONEY))
    return shared.withColumns({"_net": F.col("_net") - taken, "_deducted": F.col("_deducted") + taken})


def _cell(column: str, source: TransactionSource) -> Column:
    return F.nullif(F.trim(source_cell(column, source.columns)), F.lit(""))


def _units(name: str) -> Column:
    """A number without its sign in units of 1e-4; null beyond what any order comes to."""
    return F.expr(f"try_cast(round(abs({name}), 4) * 10000 as {_UNITS})")
