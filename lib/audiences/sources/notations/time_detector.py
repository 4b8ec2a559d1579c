"""Which notations read the times of a column: each with the share it reads, its range, and what it does not read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise

from audiences.config.notations import FIRST_YEAR, NO_TIME, Epoch
from audiences.sources.notations.characters import IN_TEXT, replaced
from audiences.sources.notations.placeholders import is_placeholder
from audiences.sources.notations.times import MONTHS, SERIAL_AND_TIME, ZONES, TimeForm, read_time

EXAMPLES = 5
ENOUGH = 0.9
"""A notation that reads fewer of the cells is not proposed."""

_SAMPLE = 2_000
_SLIPS = 100
"""One row of so many may hold a slip of the pen, which moves no century."""
_NUMBER = re.compile(r"[0-9]{5,20}(?:[.,][0-9]+)?(?:[eE]\+?[0-9]{1,2})?\Z|[0-9]\.[0-9]+[eE]\+?[0-9]{1,2}\Z")
_RANGES: tuple[tuple[Epoch, float, float], ...] = (
    ("excel_days", 25_569, 73_051), ("seconds", 3.1e8, 4.2e9), ("milliseconds", 3.1e11, 4.2e12),
    ("microseconds", 3.1e14, 4.2e15), ("nanoseconds", 3.1e17, 4.2e18),
)  # fmt: skip
"""Numbers that are times from about 1980 (1970 of a spreadsheet) to 2100; the ranges do not overlap."""

_COMPACT = {8: "yyyyMMdd", 12: "yyyyMMddHHmm", 14: "yyyyMMddHHmmss"}
_TIME = (
    r"(?P<join>T|, | )(?P<hour>[0-9]{1,2}):[0-9]{2}(?P<second>:[0-9]{2}(?P<fraction>[.,][0-9]{1,9})?)?"
    r"(?P<half> ?[AaPp]\.? ?[Mm]\.?)?(?P<zone> ?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?|"
    r"[A-Za-z]{3,5}|\[?[A-Z][A-Za-z_]+/[A-Za-z0-9_+/-]+\]?))?"
)
_DATE = re.compile(
    r"(?P<weekday>[^\W\d_]{2,}\.?,? +)?(?P<one>[0-9]+|[^\W\d_]{3,}\.?)(?P<first>[-/. ]+)(?P<two>[0-9]+|[^\W\d_]{3,}\.?)"
    rf"(?P<last>,? |[-/.]+ ?)(?P<three>[0-9]+)(?:{_TIME})?\Z"
)


@dataclass(frozen=True)
class TimeFit:
    """How well one notation reads the cells of a column.

    Args:
        form: the notation; its time zone is UTC, because cells without a zone do not tell.
        order: dMy, Mdy, yMd, or "" where times are numbers or compact.
        share: of the cells that hold something, those that it reads.
        misfits: how many it does not read.
        examples: of these, the most frequent.
        first, last: the range of what it reads.
        rising: share of neighbouring rows whose time does not fall: 1 in a file sorted by time.
    """

    form: TimeForm
    order: str
    share: float
    misfits: int
    examples: tuple[str, ...]
    first: datetime
    last: datetime
    rising: float


@dataclass(frozen=True)
class TimeEvidence:
    """What a column tells of the notation of its times.

    Args:
        fits: the notations that read at least `ENOUGH` of the cells, the best first.
        cells: cells that hold something.
        placeholders: cells that say that there is no time.
    """

    fits: tuple[TimeFit, ...]
    cells: int
    placeholders: int

    @property
    def is_ambiguous(self) -> bool:
        """Whether day and month could be swapped: two orders read equally many cells."""
        return len({fit.order for fit in self.fits if fit.misfits == self.fits[0].misfits}) > 1


def detect_time_notation(samples: Sequence[str], *, latest: date | None = None) -> TimeEvidence:
    """The notations that read the times of a column.

    Args:
        samples: its cells, in the order of the file.
        latest: two-digit years are laid so that no day is after it, such as the day that the file was written on;
            None: the last day of the usual window.
    """
    cells = [replaced(cell, IN_TEXT) for cell in samples if cell.strip()]
    written = [cell for cell in cells if not is_placeholder(cell, NO_TIME)]
    looked_at = written[:: len(written) // _SAMPLE + 1]
    candidates = Counter(form for cell in looked_at for form in set(_forms(cell)))
    likely = [form for form, rows in candidates.most_common() if rows >= ENOUGH * len(looked_at) / 2]
    latest = latest or date(FIRST_YEAR + 99, 12, 31)
    fits = [fit for form, order in _merged(likely) if (fit := _fit(form, order, written, latest)) is not None]
    best_first = sorted(fits, key=lambda fit: (fit.misfits, -fit.rising))
    return TimeEvidence(tuple(best_first), len(written), len(cells) - len(written))


def _forms(cell: str) -> Iterator[tuple[TimeForm, str]]:
    """The notations that could have written a cell, with the order of day, month and year."""
    if _NUMBER.match(cell):
        value = float(cell.replace(",", "."))
        yield from ((TimeForm("", "UTC", epoch), "") for epoch, low, high in _RANGES if low <= value < high)
        if cell.isdigit() and len(cell) in _COMPACT and "1900" <= cell[:4] <= "2100":
            yield TimeForm(_COMPACT[len(cell)], "UTC"), ""
        return
    if re.match(SERIAL_AND_TIME, cell):
        yield TimeForm("", "UTC", "excel_days"), ""
        return
    match = _DATE.match(cell)
    if match is None:
        return
    time = _time_pattern(match)
    for order in ("yMd", "dMy", "Mdy"):
        parts = _date_pattern(match, order)
        if time is not None and parts is not None:
            yield TimeForm(parts + time, "UTC"), order


def _date_pattern(match: re.Match[str], order: str) -> str | None:
    """The pattern of the date in that order; None where its parts cannot be that."""
    pattern = "E, " if match["weekday"] else ""
    for letter, part, behind in zip(order, ("one", "two", "three"), ("first", "last", None), strict=True):
        text, after = match[part], match[behind] if behind else ""
        if letter == "M" and text.rstrip(".").lower() in MONTHS:
            pattern += "MMM"
            after = after.lstrip(".")  # the point of a shortened name is taken out with the name
        elif not text.isdigit() or len(text) not in ((2, 4) if letter == "y" else (1, 2)):
            return None
        else:
            pattern += {"y": "y" * len(text), "M": "M", "d": "d"}[letter]
        pattern += after
    return pattern


def _time_pattern(match: re.Match[str]) -> str | None:
    """The pattern of the time of day; None where its zone is none."""
    if match["hour"] is None:
        return ""
    pattern = ("'T'" if match["join"] == "T" else match["join"]) + ("h" if match["half"] else "H") + ":mm"
    pattern += ":ss" if match["second"] else ""
    pattern += match["fraction"][0] + "SSSSSSSSS" if match["fraction"] else ""
    pattern += (" a" if match["half"].startswith(" ") else "a") if match["half"] else ""
    zone = match["zone"]
    if zone is None:
        return pattern
    word = zone.strip()
    if word == "Z" or ":" in word:
        letters = "XXX"
    elif word[0] in "+-":
        letters = "X" if len(word) == 3 else "XX"
    elif "/" in word:
        letters = "'['VV']'" if word[0] == "[" else "VV"
    elif word.lower() in ZONES:
        letters = "z"
    else:
        return None
    return pattern + (" " if zone.startswith(" ") else "") + letters


def _merged(likely: Sequence[tuple[TimeForm, str]]) -> list[tuple[TimeForm, str]]:
    """The notations, and for two that differ in a part that may be missing the one that reads both."""
    found = list(likely)
    for long, order in likely:
        for pattern, shorter in (
            (re.sub(r"([.,]S+)", r"[\1]", long.pattern), re.sub(r"[.,]S+", "", long.pattern)),
            (re.sub(r"(:ss)(.*S)?", r"[\1\2]", long.pattern), re.sub(r":ss(.*S)?", "", long.pattern)),
            (re.sub(r"((?:'T'|,? )[Hh]:.*)", r"[\1]", long.pattern), re.sub(r"(?:'T'|,? )[Hh]:.*", "", long.pattern)),
        ):
            if shorter != long.pattern and (replace(long, pattern=shorter), order) in likely:
                found.append((replace(long, pattern=pattern), order))
    return found


def _fit(form: TimeForm, order: str, written: Sequence[str], latest: date) -> TimeFit | None:
    if "yy" in re.findall("y+", form.pattern):
        first_year = _first_year(form, written, latest)
        if first_year is None:
            return None
        form = replace(form, first_year=first_year)
    times = {cell: read_time(cell, form) for cell in set(written)}
    read = [time for cell in written if (time := times[cell]) is not None]
    if not read or len(read) < ENOUGH * len(written):
        return None
    misfits = Counter(cell for cell in written if times[cell] is None)
    examples = tuple(cell for cell, _ in sorted(misfits.items(), key=lambda pair: (-pair[1], pair[0]))[:EXAMPLES])
    steps = [later >= earlier for earlier, later in pairwise(read)]
    return TimeFit(
        form, order, len(read) / len(written), misfits.total(), examples, min(read), max(read),
        sum(steps) / len(steps) if steps else 1.0,
    )  # fmt: skip


def _first_year(form: TimeForm, written: Sequence[str], latest: date) -> int | None:
    """The year that two-digit years begin with; None where they would be in the future in every century.

    The years that there are stand together: they begin after the widest gap. Of the centuries the last one is taken in
    which the newest day is not in the future, because a purchase is not. The usual window is kept where it says the
    same.
    """
    times = {cell: read_time(cell, replace(form, first_year=2000)) for cell in set(written)}
    days = [(time.year % 100, time.month, time.day) for cell in written if (time := times[cell]) is not None]
    years = sorted({year for year, _, _ in days})
    if not years:
        return FIRST_YEAR
    gaps = [(later - earlier, later % 100) for earlier, later in pairwise([*years, years[0] + 100])]
    begin = max(gaps)[1]
    in_order = sorted(((year - begin) % 100, month, day) for year, month, day in days)
    beyond, month, day = in_order[-1 - len(in_order) // _SLIPS]
    for first in (2000 + begin, 1900 + begin):
        if (first + beyond, month, day) <= (latest.year, latest.month, latest.day):
            is_usual = first >= FIRST_YEAR and first + beyond < FIRST_YEAR + 100
            return FIRST_YEAR if is_usual else min(max(first, 1901), 2000)
    return None
