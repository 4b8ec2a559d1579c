"""What the dates of a file tell of the order of day and month, cell by cell, as `sources.swapped_dates` has it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from functools import lru_cache

from audiences.config import Source
from audiences.sources.notations.times import TimeForm, read_time
from audiences.sources.swapped_dates import DatesOfFile, can_be_swapped, swapped_pattern


class DayOrder:
    """Takes the cells of one file after the other."""

    def __init__(self, source: Source) -> None:
        self._can_be_swapped = can_be_swapped(source)
        # the wall clock is what is written: no zone is put on it
        self._form = TimeForm(source.timestamp_format, "UTC", source.epoch, source.first_year)
        self._other = replace(self._form, pattern=swapped_pattern(source.timestamp_format) or "")
        self._read = lru_cache(maxsize=200_000)(self._read_cell)
        self._seen: Counter[tuple[date | None, bool, bool, str]] = Counter()

    def add(self, cell: str | None, *, is_out_of_range: bool) -> None:
        """Takes the cell of a row."""
        if self._can_be_swapped and cell is not None:
            day, is_other_order = self._read(cell)
            self._seen[day, is_other_order, is_out_of_range, cell if is_other_order else ""] += 1

    def evidence(self) -> tuple[int, tuple[str, ...]]:
        """As `DatesOfFile.evidence` of the cells since the last time that this was asked."""
        dates = DatesOfFile()
        for (day, is_other_order, is_out_of_range, cell), rows in self._seen.items():
            changed = date(day.year, day.day, day.month) if day is not None and day.day <= 12 else None
            shown = cell or (f"{day:%Y-%m-%d}" if day is not None else "")
            dates.add({
                "rows": rows, "reasons": ["date_out_of_range"] if is_out_of_range else [],
                "is_other_order": is_other_order, "month": None if day is None or changed is None else day.month,
                "first": day, "last": day, "first_changed": changed, "last_changed": changed,
                "written": shown, "last_written": shown,
            })  # fmt: skip
        self._seen.clear()
        return dates.evidence()

    def _read_cell(self, cell: str) -> tuple[date | None, bool]:
        """The day of a cell, and whether it can be read only with day and month changed."""
        moment = read_time(cell, self._form)
        if moment is not None:
            return moment.date(), False
        return None, read_time(cell, self._other) is not None
