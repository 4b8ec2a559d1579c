"""Whole columns read without Spark, as Arrow arrays: each distinct cell is read once by this package's functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow

from audiences.config.notations import MISSING, IdCase, NumberStyle
from audiences.sources.notations.identifiers import read_identifier
from audiences.sources.notations.numbers import read_number
from audiences.sources.notations.placeholders import is_placeholder
from audiences.sources.notations.times import TimeForm, read_time


def number_array(
    cells: pyarrow.Array,
    *,
    precision: int,
    scale: int,
    style: NumberStyle = "unambiguous",
    rounds: bool = False,
    percent: bool = False,
) -> tuple[pyarrow.Array, pyarrow.Array]:
    """The numbers of a column of strings as exact decimals, and the faults of cells that give none.

    Args:
        cells: strings.
        precision, scale, style, rounds, percent: as of `numbers.read_number`.
    """

    def read(cell: str | None) -> tuple[Any, Any]:
        number = read_number(cell, style=style, precision=precision, scale=scale, rounds=rounds, percent=percent)
        return number.value, number.fault

    return _each(cells, read, (pyarrow.decimal128(precision, scale), pyarrow.string()))


def time_array(cells: pyarrow.Array, form: TimeForm) -> pyarrow.Array:
    """The times of a column of strings, in UTC; null where a cell holds none of that form."""
    return _each(cells, lambda cell: (read_time(cell, form), None), (pyarrow.timestamp("us"), pyarrow.null()))[0]


def identifier_array(
    cells: pyarrow.Array, *, nobody: Sequence[str] = MISSING, case: IdCase = "keep", suffix_pattern: str = ""
) -> tuple[pyarrow.Array, pyarrow.Array]:
    """The ids of a column of strings, and whether each was lost to a spreadsheet.

    Args:
        cells: strings.
        nobody: words that stand for no id.
        case, suffix_pattern: as of `identifiers.read_identifier`.
    """

    def read(cell: str | None) -> tuple[Any, Any]:
        found = read_identifier(cell, case=case, suffix_pattern=suffix_pattern)
        return (None if is_placeholder(cell, nobody) else found.value), found.is_lost

    return _each(cells, read, (pyarrow.string(), pyarrow.bool_()))


def _each(
    cells: pyarrow.Array, read: Callable[[str | None], tuple[Any, Any]], kinds: tuple[Any, Any]
) -> tuple[pyarrow.Array, pyarrow.Array]:
    if isinstance(cells, pyarrow.ChunkedArray):
        cells = cells.combine_chunks()
    encoded = cells.cast(pyarrow.string()).dictionary_encode(null_encoding="encode")
    pairs = [read(cell) for cell in encoded.dictionary.to_pylist()]
    first, second = (
        pyarrow.array([pair[part] for pair in pairs], kind).take(encoded.indices) for part, kind in enumerate(kinds)
    )
    return first, second
