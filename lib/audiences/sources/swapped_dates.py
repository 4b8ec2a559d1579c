"""Files of which a part is written with day and month the other way round than the configured pattern has them.

Of such a part the days above 12 are no dates, and those up to 12 are read as other days, which nothing else tells. Two
things give it away: dates that cannot be read unless day and month change places, and dates far from all days that can
be read in one way only, which come among these when day and month change places.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from pyspark.sql import Column
from pyspark.sql import functions as F

from audiences.config import Source
from audiences.sources.notations.times import TimeForm, time_value

_DAY_AND_MONTH = re.compile(r"([^y]*?)(d{1,2}|M{1,2})([-/. ]+)(d{1,2}|M{1,2})([-/. ]+y.*)")
_SAYS_ZONE = re.compile("[VOXxZz]")
_NEAR = timedelta(days=31)


def swapped_pattern(pattern: str) -> str | None:
    """The pattern with day and month changed; None where nobody writes it so: the year first, or the month in words."""
    match = _DAY_AND_MONTH.fullmatch(pattern)
    if match is None or match[2][0] == match[4][0]:
        return None
    before, one, between, other, after = match.groups()
    return f"{before}{other}{between}{one}{after}"


def can_be_swapped(source: Source) -> bool:
    """Whether days and months of the source's times may stand in two orders."""
    return source.epoch is None and swapped_pattern(source.timestamp_format) is not None


def keys_of_dates(source: Source, time_zone: str) -> dict[str, Column]:
    """What the judged rows of a file are grouped by beside their reasons.

    `month`: 12 * year + month of a date whose day may be its month as well, null for others; `is_other_order`: a date
    that can be read only with day and month changed. A few groups per year of the file.
    """
    zone = source.time_zone or time_zone
    form = TimeForm(source.timestamp_format, zone, source.epoch, source.first_year)
    other = replace(form, pattern=swapped_pattern(source.timestamp_format) or "")
    day = _wall_day(source, time_zone)
    return {
        "month": F.when(F.dayofmonth(day) <= 12, 12 * F.year(day) + F.month(day)),
        "is_other_order": F.when(F.col("ts").isNull(), time_value("raw_ts", other).isNotNull()).otherwise(False),
    }


def figures_of_dates(source: Source, time_zone: str) -> list[Column]:
    """The range of a group's dates, that of the dates with day and month changed, and two cells as they are written."""
    day = _wall_day(source, time_zone)
    changed = F.when(F.dayofmonth(day) <= 12, F.make_date(F.year(day), F.dayofmonth(day), F.month(day)))
    return [
        F.min(day).alias("first"), F.max(day).alias("last"), F.min(changed).alias("first_changed"),
        F.max(changed).alias("last_changed"), F.min("raw_ts").alias("written"), F.max("raw_ts").alias("last_written"),
    ]  # fmt: skip


def _wall_day(source: Source, time_zone: str) -> Column:
    zone = "UTC" if _SAYS_ZONE.search(source.timestamp_format) else source.time_zone or time_zone
    return F.to_date(F.from_utc_timestamp("ts", zone))


@dataclass
class DatesOfFile:
    """What the dates of one file tell, group by group.

    Args:
        misfits: rows whose date can be read only with day and month changed.
        certain: rows whose date can be read in one way only; `first` and `last` are their range.
        doubtful: the other groups: rows, range, range with day and month changed, one cell.
        examples: cells as they are written.
    """

    misfits: int = 0
    certain: int = 0
    first: date = date.max
    last: date = date.min
    doubtful: list[tuple[int, date, date, date, date, str]] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)

    def add(self, row: Any) -> None:
        """Takes a group of rows: `rows`, the keys of `keys_of_dates` and the figures of `figures_of_dates`."""
        if row["is_other_order"]:
            self.misfits += row["rows"]
            self.examples += {row["written"], row["last_written"]}
        elif row["first"] is None or "date_out_of_range" in row["reasons"]:
            return
        elif row["month"] is None:
            self.certain += row["rows"]
            self.first, self.last = min(self.first, row["first"]), max(self.last, row["last"])
        else:
            self.doubtful.append((
                row["rows"], row["first"], row["last"], row["first_changed"], row["last_changed"], row["written"],
            ))  # fmt: skip

    def evidence(self) -> tuple[int, tuple[str, ...]]:
        """Rows that speak for another order in part of the file, and a few of their cells."""
        jumps, cells = self._jumps()
        return self.misfits + jumps, tuple(sorted(self.examples)[:2] + cells[:2])

    def _jumps(self) -> tuple[int, list[str]]:
        """Rows far from all certain dates and, with day and month changed, among them; fewer than the certain ones."""
        if not self.certain:
            return 0, []
        low, high = self.first - _NEAR, self.last + _NEAR
        far = [
            (rows, cell)
            for rows, first, last, first_changed, last_changed, cell in self.doubtful
            if (last < low or first > high) and low <= first_changed and last_changed <= high
        ]
        rows = sum(rows for rows, _ in far)
        return (rows, sorted(cell for _, cell in far)) if rows <= self.certain else (0, [])
