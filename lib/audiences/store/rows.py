"""Rows against what a table declares: before they are written, and after they were read from an older table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences.errors import InputError
from audiences.schema import Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Slice = Mapping[str, Any]
"""Values of the columns whose rows one write replaces: {"as_of": date(…)}."""

_WIDER: dict[type[T.DataType], tuple[type[T.DataType], ...]] = {
    T.IntegerType: (T.LongType, T.DoubleType),
    T.FloatType: (T.DoubleType,),
}
"""Into which types a column may have been changed since an older table was made, decimals aside."""


def conform(frame: DataFrame, table: Table, part: Slice) -> DataFrame:
    """The frame with the slice's columns, in the table's order.

    Raises:
        InputError: a column is missing, superfluous or of another type than declared.
    """
    declared = {column.name: column.type for column in table.columns if column.name not in part}
    found = {field.name: field.dataType for field in frame.schema.fields}
    faults = [f"{name} is missing" for name in declared if name not in found]
    faults += [f"{name} is not declared" for name in found if name not in declared]
    faults += [
        f"{name} is {found[name].simpleString()}, declared {kind.simpleString()}"
        for name, kind in declared.items()
        if name in found and found[name].simpleString() != kind.simpleString()
    ]
    if faults:
        raise InputError("the rows do not fit the table's schema", where=table, found="; ".join(faults))
    types = {column.name: column.type for column in table.columns}
    return frame.select(
        *(F.lit(part[name]).cast(types[name]).alias(name) if name in part else F.col(name) for name in table.names)
    )


def as_declared_today(frame: DataFrame, table: Table) -> DataFrame:
    """The rows of a table that may be older than its declaration: columns that came since are null, types are widened.

    Raises:
        InputError: a column that is never null is missing, or a column has a type that cannot be widened.
    """
    stored = {field.name: field.dataType for field in frame.schema.fields}
    missing = [column for column in table.columns if column.name not in stored]
    others = {
        column.name: column.type
        for column in table.columns
        if column.name in stored and stored[column.name].simpleString() != column.type.simpleString()
    }
    faults = [f"{column.name} is missing" for column in missing if not column.nullable]
    faults += [
        f"{name} is {stored[name].simpleString()}, declared {kind.simpleString()}"
        for name, kind in others.items()
        if not is_wider(kind, than=stored[name])
    ]
    if faults:
        raise InputError(
            "the stored table cannot be read as it is declared today", where=table, found="; ".join(faults),
            advice="read it with the version of this package that wrote it, or run into a fresh store.root",
        )  # fmt: skip
    if not missing and not others:
        return frame
    frame = frame.withColumns(
        {
            **{column.name: F.lit(None).cast(column.type) for column in missing},
            **{name: F.col(name).cast(kind) for name, kind in others.items()},
        }
    )
    return frame.select(*table.names, *(name for name in stored if name not in table.names))


def is_wider(kind: T.DataType, *, than: T.DataType) -> bool:
    """Whether every value of the other type is a value of this one."""
    if isinstance(kind, T.DecimalType) and isinstance(than, T.DecimalType):
        return kind.scale >= than.scale and kind.precision - kind.scale >= than.precision - than.scale
    return isinstance(kind, _WIDER.get(type(than), ()))


def literal(value: Any) -> str:
    """A slice's value as a SQL literal; only dates and plain words are slices."""
    if isinstance(value, date):
        return f"DATE'{value.isoformat()}'"
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_]+", value):
        return f"'{value}'"
    raise InputError("a slice is a date or a plain word", found=repr(value))
