"""Java's pattern letters for timestamps, as far as people use them, carried out in Python as Spark carries them out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

# letters -> group and regular expression; one letter takes any number of digits, two take two
_FIELDS: Mapping[str, tuple[str, str]] = {
    "yyyy": ("year", "[0-9]{4}"), "uuuu": ("year", "[0-9]{4}"), "yy": ("short_year", "[0-9]{2}"),
    "MM": ("month", "[0-9]{2}"), "M": ("month", "[0-9]{1,9}"), "dd": ("day", "[0-9]{2}"), "d": ("day", "[0-9]{1,9}"),
    "HH": ("hour", "[0-9]{2}"), "H": ("hour", "[0-9]{1,9}"), "hh": ("half_hour", "[0-9]{2}"),
    "h": ("half_hour", "[0-9]{1,9}"), "mm": ("minute", "[0-9]{2}"), "m": ("minute", "[0-9]{1,9}"),
    "ss": ("second", "[0-9]{2}"), "s": ("second", "[0-9]{1,9}"), "a": ("half", "[AaPp][Mm]"),
    "XXX": ("offset", "[Zz]|[+-][0-9]{2}:[0-9]{2}"), "XX": ("offset", "[Zz]|[+-][0-9]{4}"),
    "X": ("offset", "[Zz]|[+-][0-9]{2}(?:[0-9]{2})?"), "x": ("offset", "[+-][0-9]{2}(?:[0-9]{2})?"),
    "VV": ("zone", "[A-Za-z][A-Za-z0-9_+/-]*"),
    "xxx": ("offset", "[+-][0-9]{2}:[0-9]{2}"), "xx": ("offset", "[+-][0-9]{4}"), "Z": ("offset", "[+-][0-9]{4}"),
}  # fmt: skip
_WORDS = ("half", "offset", "zone", "fraction")
_TOKEN = re.compile(r"'([^']*)'|([A-Za-z])\2*|.", re.DOTALL)


class UnknownPatternError(ValueError):
    """A pattern with letters that only Spark carries out."""


def pattern_letters(pattern: str) -> str:
    """The pattern without its quoted texts."""
    return re.sub(r"'[^']*'", "", pattern)


@lru_cache(256)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts: list[str] = []
    fields: set[str] = set()
    for match in _TOKEN.finditer(pattern):
        token = match[0]
        if match[1] is not None:
            parts.append(re.escape(match[1] or "'"))
        elif token in "[]":
            parts.append("(?:" if token == "[" else ")?")
        elif match[2] is None:
            parts.append(re.escape(token))
        else:
            name, regex = _field(token)
            if name in fields:
                raise UnknownPatternError(f"{name} stands twice in the pattern {pattern}")
            fields.add(name)
            parts.append(f"(?P<{name}>{regex})")
    return re.compile("".join(parts) + r"\Z", re.IGNORECASE)


def _field(token: str) -> tuple[str, str]:
    if set(token) == {"S"}:
        return "fraction", f"[0-9]{{1,{len(token)}}}"
    if token not in _FIELDS:
        raise UnknownPatternError(f"the pattern letters {token} are carried out by Spark alone")
    return _FIELDS[token]


def parse(text: str, pattern: str) -> tuple[datetime, bool] | None:
    """The time of a text, and whether the text says its zone (then the time is in UTC); None: it is none.

    Raises:
        UnknownPatternError: the pattern has letters that only Spark carries out.
    """
    match = _compiled(pattern).match(text)
    if match is None:
        return None
    parts = {name: value for name, value in match.groupdict().items() if value is not None}
    numbers = {name: int(value) for name, value in parts.items() if name not in _WORDS}
    hour = _hour(numbers, parts.get("half"))
    year = numbers.get("year", 2000 + numbers["short_year"] if "short_year" in numbers else 1970)
    micros = int(parts.get("fraction", "").ljust(6, "0")[:6])
    offset, zone = _offset(parts.get("offset")), _zone(parts.get("zone"))
    if hour is None or offset is None or ("zone" in parts and zone is None):
        return None
    try:
        moment = datetime(
            year, numbers.get("month", 1), numbers.get("day", 1), hour, numbers.get("minute", 0),
            numbers.get("second", 0), micros,
        )  # fmt: skip
        if zone is not None:
            return moment.replace(tzinfo=zone).astimezone(timezone.utc).replace(tzinfo=None), True
        return moment - offset, "offset" in parts
    except (ValueError, OverflowError):
        return None


def _zone(name: str | None) -> ZoneInfo | None:
    """The zone of that name, in capitals or not, as Java takes it; None where there is none."""
    known = None if name is None else _zones().get(name.lower())
    return None if known is None else ZoneInfo(known)


@lru_cache(1)
def _zones() -> Mapping[str, str]:
    return {name.lower(): name for name in available_timezones()} | {"z": "UTC"}


def _hour(numbers: Mapping[str, int], half: str | None) -> int | None:
    """The hour of the day; None where the hour of the half day is none."""
    if "half_hour" not in numbers:
        return numbers.get("hour", 0)
    if not 1 <= numbers["half_hour"] <= 12:
        return None
    return numbers["half_hour"] % 12 + (12 if (half or "am").lower() == "pm" else 0)


def _offset(text: str | None) -> timedelta | None:
    """The offset from UTC; None where it is more than a zone can have."""
    if text is None or text.lower() == "z":
        return timedelta()
    digits = text[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:] or 0)
    if hours * 60 + minutes > 18 * 60 or minutes > 59:
        return None
    size = timedelta(hours=hours, minutes=minutes)
    return size if text[0] == "+" else -size
