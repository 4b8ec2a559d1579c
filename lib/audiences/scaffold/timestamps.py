"""Which notations read the times of a column; which of them is right is not guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from audiences.config.notations import Epoch
from audiences.sources.notations.time_detector import TimeFit, detect_time_notation
from audiences.sources.notations.times import TimeForm, read_time

_WORDS = {"dMy": "day first", "Mdy": "month first", "yMd": "year first"}
_TWO_PARTS = re.compile(r"\s*([0-9]{1,2})[-/. ]+([0-9]{1,2})[-/. ]+[0-9]{2,4}(?![0-9])")
_ENOUGH_SURE = 0.2
_SCATTERED, _LEAST_DAYS = 5, 365
"""A reading that spans so many times the days of another is not meant; a year is what a few days may span by chance."""


@dataclass(frozen=True)
class Reading:
    """One notation that reads the values.

    Args:
        pattern: Java pattern letters, as `timestamp_format` takes them; empty where the times are numbers.
        epoch: the unit of numbers that are times.
        first_year: of two-digit years.
        words: how day, month and year follow each other.
        first, last: the range of the values so read.
        rising: share of neighbouring rows whose time does not fall: 1 in a file sorted by time.
        misfits: cells that it does not read.
        examples: of these, the most frequent.
        not_so: notations that read the values too, and lay them over so many years that they cannot be meant, in words.
    """

    pattern: str
    epoch: Epoch | None
    first_year: int | None
    words: str
    first: datetime
    last: datetime
    rising: float
    misfits: int
    examples: tuple[str, ...]
    not_so: str = ""

    def read(self, text: str) -> datetime | None:
        """The text as a time; None where the notation does not read it."""
        form = TimeForm(self.pattern, "UTC", self.epoch)
        return read_time(text, form if self.first_year is None else TimeForm(
            self.pattern, "UTC", self.epoch, self.first_year))  # fmt: skip


def looks_like_a_moment(text: str) -> bool:
    """Whether some pattern reads it."""
    return bool(readings([text]))


def readings(values: Sequence[str], *, takes_numbers: bool = False, latest: date | None = None) -> list[Reading]:
    """The notations that read most of the values, none fewer than another; several: the values do not tell which.

    Args:
        latest: the newest day that a time can have; of two-digit years it says the century.
        takes_numbers: whole numbers may be times too, as seconds since 1970 or a spreadsheet's days; a column of ids
            looks like that, so that only a name of a time makes it one.
    """
    evidence = detect_time_notation(values, latest=latest)
    if not evidence.fits:
        return []
    fits = [fit for fit in evidence.fits if takes_numbers or fit.form.epoch is None]
    if not fits:
        return []
    fewest = min(fit.misfits for fit in fits)
    best: dict[tuple[str, Epoch | None], Reading] = {}
    for fit in fits:
        if fit.misfits == fewest:
            best.setdefault((fit.order, fit.form.epoch), _reading(fit))
    return _without_scattered(list(best.values()))


def _without_scattered(found: list[Reading]) -> list[Reading]:
    """Of readings with two-digit years those alone whose times stand together.

    07.01.23 may be a day of 2023 or of 2007; where days are taken for years, a month of purchases is laid over thirty
    years.
    """
    if len(found) < 2 or any(reading.first_year is None for reading in found):
        return found
    spans = [(reading.last - reading.first).days + _LEAST_DAYS for reading in found]
    kept = [reading for reading, span in zip(found, spans, strict=True) if span < _SCATTERED * min(spans)]
    dropped = [reading for reading in found if reading not in kept]
    words = "; ".join(
        f"{reading.pattern} ({reading.words}) would lay them over {reading.first.date()} to {reading.last.date()}"
        for reading in dropped
    )
    return [replace(reading, not_so=words) for reading in kept]


def _reading(fit: TimeFit) -> Reading:
    has_short_year = "yy" in fit.form.pattern and "yyyy" not in fit.form.pattern
    return Reading(
        fit.form.pattern, fit.form.epoch, fit.form.first_year if has_short_year else None,
        _WORDS.get(fit.order, "numbers" if fit.form.epoch else "compact"), fit.first, fit.last, fit.rising, fit.misfits,
        fit.examples,
    )  # fmt: skip


def two_orders(values: Sequence[str]) -> str:
    """What to say where some times read with the day first alone and others with the month first alone; else empty."""
    first = [cell for cell in values if is_day_first(cell) is True]
    second = [cell for cell in values if is_day_first(cell) is False]
    if not first or not second or len(first) + len(second) < _ENOUGH_SURE * len(values):
        return ""
    return (
        f"its times are written in two orders: {len(first):,} of {len(values):,} can only have the day first, such as "
        f"{first[0]}, and {len(second):,} only the month, such as {second[0]}; write them in one, or draft one config "
        "for each"
    )


def is_day_first(text: str) -> bool | None:
    """Whether a time can only have its day before its month (True), or only behind it (False); None: neither."""
    match = _TWO_PARTS.match(text)
    if match is None:
        return None
    one, two = int(match[1]), int(match[2])
    return True if one > 12 >= two else False if two > 12 >= one else None
