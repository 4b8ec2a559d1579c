"""One column of a sample, and what its values say of it and of its relation to another."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from audiences.config.notations import NumberStyle
from audiences.scaffold.names import NONE, rank
from audiences.scaffold.numbers import value_of
from audiences.scaffold.timestamps import Reading, readings

_TIME_OF_DAY = re.compile(r"\d{1,2}:\d\d(:\d\d(\.\d+)?)?( ?[AaPp][Mm])?")
_FIRST = 30
_E_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True)
class Cells:
    """One column of the sample.

    Args:
        name: as the reader knows it.
        cells: its values, trimmed.
        latest: the newest day that a time of a purchase in it can have; None: it is not known.
    """

    name: str
    cells: tuple[str, ...] = field(repr=False)
    latest: date | None = field(default=None, repr=False, compare=False)

    @cached_property
    def filled(self) -> tuple[str, ...]:
        return tuple(filter(None, self.cells))

    @cached_property
    def readings(self) -> tuple[Reading, ...]:
        """The notations of times that read the values; of whole numbers only where the name is one of a time."""
        takes_numbers = rank(self.name, "ts")[0] != NONE
        if not readings(self.filled[:_FIRST], takes_numbers=takes_numbers, latest=self.latest):
            return ()  # most columns are none of times: they need no look at every cell
        return tuple(readings(self.filled, takes_numbers=takes_numbers, latest=self.latest))

    @cached_property
    def counted(self) -> Counter[str]:
        """Each value with its rows."""
        return Counter(self.filled)

    @cached_property
    def distinct(self) -> int:
        return len(self.counted)

    @property
    def empty_share(self) -> float:
        return 1 - len(self.filled) / len(self.cells) if self.cells else 1.0

    @cached_property
    def is_e_mail(self) -> bool:
        return self.share(lambda cell: _E_MAIL.fullmatch(cell) is not None) > 0.9

    @cached_property
    def is_time_of_day(self) -> bool:
        return self.share(lambda cell: _TIME_OF_DAY.fullmatch(cell) is not None) > 0.95

    @cached_property
    def is_long_text(self) -> bool:
        return self.share(lambda cell: len(cell) > 40 and cell.count(" ") >= 5) > 0.5

    def share(self, holds: Callable[[str], bool]) -> float:
        """Share of the filled cells that something holds for."""
        return (
            sum(rows for cell, rows in self.counted.items() if holds(cell)) / len(self.filled) if self.filled else 0.0
        )

    def numbers(self, style: NumberStyle | None) -> list[float | None]:
        """Each cell as a number, None where it is none."""
        known: dict[str, float | None] = {"": None}
        for cell in set(self.filled):
            known[cell] = value_of(cell, style)
        return [known[cell] for cell in self.cells]


def same_for_each(key: Cells, other: Cells) -> float:
    """Share of the keys that stand beside one value only of the other column; empty cells do not count."""
    beside: dict[str, set[str]] = {}
    for one, two in zip(key.cells, other.cells, strict=True):
        if one and two:
            beside.setdefault(one, set()).add(two)
    return sum(len(values) == 1 for values in beside.values()) / len(beside) if beside else 0.0


def rows_of(key: Cells) -> dict[str, list[int]]:
    """Value -> the rows that hold it; empty cells do not count."""
    rows: dict[str, list[int]] = {}
    for number, value in enumerate(key.cells):
        if value:
            rows.setdefault(value, []).append(number)
    return rows


def joined(columns: Sequence[Cells]) -> Cells:
    """Columns of several files as one, under the first one's name."""
    latest = max((column.latest for column in columns if column.latest is not None), default=None)
    return Cells(columns[0].name, tuple(cell for column in columns for cell in column.cells), latest)
