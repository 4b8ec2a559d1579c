"""CSV that is safe to open in a spreadsheet: no cell is run as a formula, no row is torn, no id is changed unseen."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import IO, Any, Literal

Formulas = Literal["defuse", "keep"]
"""What becomes of text that a spreadsheet would run: an apostrophe before it, or nothing."""

# \uff1d, \uff0b, \uff0d, \uff20 are full-width = + - @, which some spreadsheets take for the narrow ones
_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"

# what a spreadsheet passes over before it looks at the first sign: blanks of all kinds, line ends, zero-width signs
_PASSED_OVER = "\\s\\x00-\\x1f\\x7f-\\xa0\\xad\u180e\u200b-\u200f\u2028-\u202f\u2060-\u2069\ufeff"

_FORMULA = re.compile(f"[{_PASSED_OVER}]*[{_SIGNS}]")

# A sign before digits is a number or a telephone number: it can call no function and name no cell, and as a customer's
# id it must arrive as it is. Letters, brackets with letters or a second operator between numbers make a formula of it.
_INERT = re.compile(r"[+-](\d+([.,]\d+)*([eE][+-]?\d+)?|\d[\d ()./-]*)")

_BEGINS_LINE = re.compile(r"[\t\r\n]")


def runs_as_formula(text: str) -> bool:
    """Whether a spreadsheet would run this cell, or take the rest of it for a new row."""
    if _BEGINS_LINE.match(text):
        return True
    return _FORMULA.match(text) is not None and _INERT.fullmatch(text) is None


def defused(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets an apostrophe before it; anything else stays."""
    return f"'{value}" if isinstance(value, str) and runs_as_formula(value) else value


class SafeCsv:
    """Rows as CSV.

    Args:
        file: where to; opened with newline="".
        names: the header.
        formulas: whether cells that a spreadsheet would run are defused.

    Attributes:
        defused: column name -> cells that were changed; empty where every value stands as it is.
    """

    def __init__(self, file: IO[str], names: Sequence[str], *, formulas: Formulas = "defuse") -> None:
        self.defused: Counter[str] = Counter()
        self._names, self._formulas = list(names), formulas
        self._writer = csv.writer(_UnixLines(file), lineterminator="\r\n")
        self._writer.writerow([self._cell(name, "the header") for name in names])

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        """Appends rows."""
        for row in rows:
            self._writer.writerow([self._cell(value, name) for value, name in zip(row, self._names, strict=True)])

    def _cell(self, value: Any, name: str) -> Any:
        if self._formulas == "keep" or not isinstance(value, str) or not runs_as_formula(value):
            return value
        self.defused[name] += 1
        return f"'{value}"


class _UnixLines:
    """Ends each row with a line feed alone.

    The csv module quotes a carriage return only where it is part of the line end (before Python 3.13); so it is told
    that it is, and the row's own one is taken off here.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, row: str) -> int:
        return self._file.write(row.removesuffix("\r\n") + "\n")
