"""Which timestamp formats read every value of a column; which of them is right is not guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

_MOMENT = re.compile(
    r"(?P<date>\d[^:]*?\d|\d{8}|[A-Za-z]{3,9}\.? \d[^:]*?\d)"
    r"(?:(?P<join>T|, | )(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d{1,9}))?)?"
    r"(?P<half> ?[AaPp][Mm])?(?P<zone> ?(?:Z|[+-]\d\d:?\d\d))?)?"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WORD = "(?P<M>" + "|".join(_MONTHS) + ")"
_SEPARATORS = ("-", "/", ".", " ")
_ORDERS = ("yMd", "dMy", "Mdy")


@dataclass(frozen=True)
class Reading:
    """One format that reads every value.

    Args:
        pattern: Java pattern letters, as `timestamp_format` takes them.
        order: how day, month and year follow each other: dMy, Mdy, yMd.
        first, last: the range of the values so read.
        rising: share of neighbouring rows whose time does not fall: 1 in a file sorted by time.
    """

    pattern: str
    order: str
    first: datetime
    last: datetime
    rising: float

    @property
    def words(self) -> str:
        return {"dMy": "day first", "Mdy": "month first", "yMd": "year first"}[self.order]


@dataclass(frozen=True)
class _DateForm:
    pattern: str
    order: str
    regex: re.Pattern[str]


def looks_like_a_moment(text: str) -> bool:
    """Whether some format reads it."""
    return bool(readings([text]))


def readings(values: Sequence[str]) -> list[Reading]:
    """Every format that reads all the (filled) values; more than one: the values do not tell which is right."""
    filled = [value for value in values if value]
    matches = [_MOMENT.fullmatch(value) for value in filled]
    if not filled or not all(matches):
        return []
    parts = [match.groupdict() for match in matches if match]
    time = _time_pattern(parts)
    if time is None:
        return []
    found = []
    for form in _date_forms([str(part["date"]) for part in parts]):
        moments = _read(parts, form)
        if moments is not None:
            steps = [later >= earlier for earlier, later in pairwise(moments)]
            rising = sum(steps) / len(steps) if steps else 1.0
            found.append(Reading(form.pattern + time, form.order, min(moments), max(moments), rising))
    return found


def _time_pattern(parts: Sequence[dict[str, str | None]]) -> str | None:
    """The pattern of the time of day; what only some values have stands in brackets; None: they do not agree."""
    timed = [part for part in parts if part["hour"]]
    if not timed:
        return ""
    joins, halves = {part["join"] for part in timed}, {part["half"] and part["half"][:-2] for part in timed}
    zones = {None if part["zone"] is None else (part["zone"][:1] == " ", ":" in part["zone"]) for part in timed}
    plain = {zone for zone in zones if zone is not None}
    if len(joins) > 1 or len(halves) > 1 or (None in zones and plain) or len({one[0] for one in plain}) > 1:
        return None
    half = halves.pop()
    letter = "H" if half is None else "h"
    hour = letter if any(len(part["hour"] or "") == 1 for part in timed) else letter * 2
    digits = max(len(part["fraction"] or "") for part in timed)
    fraction = _optional(f".{'S' * digits}", [part["fraction"] for part in timed if part["second"]])
    second = _optional(f":ss{fraction}", [part["second"] for part in timed])
    after = "" if half is None else f"{half}a"
    zone = ""
    if plain:
        has_colon = any(part["zone"] and ":" in part["zone"] for part in timed)
        zone = (" " if plain.pop()[0] else "") + ("XXX" if has_colon or all(
            (part["zone"] or "").strip() == "Z" for part in timed) else "XX")  # fmt: skip
    join = "'T'" if joins == {"T"} else joins.pop()
    return _optional(f"{join}{hour}:mm{second}{after}{zone}", [part["hour"] for part in parts])


def _optional(pattern: str, present: Sequence[str | None]) -> str:
    if not any(present):
        return ""
    return pattern if all(present) else f"[{pattern}]"


def _date_forms(dates: Sequence[str]) -> list[_DateForm]:
    """Forms that could read the dates, by the shape of all of them."""
    forms = [_DateForm("yyyyMMdd", "yMd", re.compile(r"(?P<y>\d{4})(?P<M>\d\d)(?P<d>\d\d)"))]
    is_short = any(re.search(r"(?<!\d)\d(?!\d)", date) for date in dates)
    width, letters = (r"\d{1,2}", 1) if is_short else (r"\d\d", 2)
    for year, digits in (("yyyy", r"\d{4}"), ("yy", r"\d\d")):
        for order in _ORDERS:
            for one in _SEPARATORS:
                for two in (one, ", ") if one == " " else (one,):
                    part = {"y": f"(?P<y>{digits})", "M": f"(?P<M>{width})", "d": f"(?P<d>{width})"}
                    name = {"y": year, "M": "M" * letters, "d": "d" * letters}
                    forms += _forms(order, one, two, part, name)
                    if order != "yMd":
                        forms += _forms(order, one, two, {**part, "M": _WORD}, {**name, "M": "MMM"})
    return [form for form in forms if form.regex.fullmatch(dates[0])]


def _forms(order: str, one: str, two: str, part: dict[str, str], name: dict[str, str]) -> list[_DateForm]:
    first, second, third = order[0], order[1], order[2]
    regex = part[first] + re.escape(one) + part[second] + re.escape(two) + part[third]
    return [_DateForm(name[first] + one + name[second] + two + name[third], order, re.compile(regex, re.IGNORECASE))]


def _read(parts: Sequence[dict[str, str | None]], form: _DateForm) -> list[datetime] | None:
    """The values as moments; None as soon as one is none."""
    moments = []
    for part in parts:
        match = form.regex.fullmatch(part["date"] or "")
        if match is None:
            return None
        month = match["M"].lower()
        year = int(match["y"]) if len(match["y"]) == 4 else 2000 + int(match["y"])
        hour = int(part["hour"] or 0)
        if part["half"]:
            if not 1 <= hour <= 12:
                return None
            hour = hour % 12 + (12 if part["half"].strip().lower() == "pm" else 0)
        try:
            moment = datetime(year, _MONTHS.index(month) + 1 if month in _MONTHS else int(month), int(match["d"]),
                              hour, int(part["minute"] or 0), int(part["second"] or 0))  # fmt: skip
        except ValueError:
            return None
        moments.append(moment - _offset(part["zone"]))
    return moments


def _offset(zone: str | None) -> timedelta:
    match = re.fullmatch(r"\s*([+-])(\d\d):?(\d\d)", zone or "")
    if match is None:
        return timedelta()
    size = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return size if match[1] == "+" else -size
