"""Times as people and programs write them: by a pattern, with months and zones in words, or as a number.

`read_time` reads a cell without Spark; `time_value` is the same as a Spark expression; a test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences.config.notations import FIRST_YEAR, Epoch, NumberStyle
from audiences.sources.kept_columns import kept
from audiences.sources.notations.characters import END, IN_TEXT, bound, replaced, replaced_column
from audiences.sources.notations.number_columns import number_value
from audiences.sources.notations.numbers import read_number
from audiences.sources.notations.time_patterns import parse, pattern_letters

_MONTHS: tuple[tuple[str, ...], ...] = (
    ("jan", "january", "januar", "jänner", "janv", "janvier", "ene", "enero", "gen", "gennaio", "janeiro",
     "januari", "sty"),
    ("feb", "february", "februar", "févr", "fév", "février", "febrero", "febbraio", "fev",
     "fevereiro", "februari", "lut"),
    ("mar", "march", "märz", "mär", "mrz", "mars", "marzo", "março", "maart", "mrt"),
    ("apr", "april", "avr", "avril", "abr", "abril", "aprile", "kwi"),
    ("may", "mai", "mayo", "mag", "maggio", "maio", "mei", "maj"),
    ("jun", "june", "juni", "juin", "junio", "giu", "giugno", "junho", "cze"),
    ("jul", "july", "juli", "juil", "juillet", "julio", "lug", "luglio", "julho", "lip"),
    ("aug", "august", "août", "ago", "agosto", "augustus", "augusti", "sie"),
    ("sep", "sept", "september", "septembre", "septiembre", "set", "settembre", "setembro", "wrz"),
    ("oct", "october", "okt", "oktober", "octobre", "octubre", "ott", "ottobre", "out", "outubro", "paź"),
    ("nov", "november", "novembre", "noviembre", "novembro", "lis"),
    ("dec", "december", "dez", "dezember", "déc", "décembre", "dic", "diciembre", "dicembre", "dezembro", "gru"),
)  # fmt: skip
MONTHS: Mapping[str, str] = {name: f"{number:02}" for number, names in enumerate(_MONTHS, 1) for name in names}
"""Names of months in small letters, of languages that do not contradict each other."""

ZONES: Mapping[str, int] = {
    "utc": 0, "gmt": 0, "z": 0, "wet": 0, "bst": 60, "west": 60, "cet": 60, "cest": 120, "eet": 120, "eest": 180,
    "msk": 180, "hkt": 480, "sgt": 480, "awst": 480, "jst": 540, "kst": 540, "acst": 570, "aest": 600, "aedt": 660,
    "nzst": 720, "nzdt": 780, "ast": -240, "edt": -240, "est": -300, "cdt": -300, "cst": -360, "mdt": -360,
    "mst": -420, "pdt": -420, "pst": -480,
}  # fmt: skip
"""Zone words in small letters -> minutes from UTC. A word means its offset all year; IST is three zones."""

INSTANT = "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'"
WALL_CLOCK = "yyyy-MM-dd'T'HH:mm:ss.SSSSSS"
"""How timestamps of typed sources are written: with a zone (an instant), and without one (the source's zone)."""

_WEEKDAY = r"^\p{L}{2,}\.?,? *"
_MONTH_WORD = rf"^([^\p{{L}}]*)(\p{{L}}{{3,}})\.?([\s\S]*){END}"
_ZONE_WORD = rf"^([\s\S]*?) ?([A-Za-z]{{1,5}}){END}"
_HALF = rf"(?i)([ap])\.? ?m\.?{END}"
_LETTER = "[^\\W\\d_]"  # what \p{L} is in Python, but for rare numbers

_PER_UNIT: Mapping[str, str] = {
    "seconds": "1000000", "milliseconds": "1000", "microseconds": "1", "nanoseconds": "0.001", "excel_days": "86400000",
}  # fmt: skip
_NUMBER = T.DecimalType(28, 9)
_MAX_MICROS = 253_402_300_800_000_000  # 10000-01-01
_EXCEL_START, _EXCEL_FIRST, _EXCEL_LAST = datetime(1899, 12, 30), 61, 2_958_466
"""Serial numbers count from 1900-01-01 with a 29th of February that there was not: before day 61 they mean nothing."""


SERIAL_AND_TIME = rf"^([0-9]{{5,7}}) ([0-9]{{1,2}}):([0-9]{{2}})(?::([0-9]{{2}}))?(?: ?([AaPp])\.?[Mm]\.?)?{END}"
"""A spreadsheet's day as a number, and the time of day from a column of its own."""


@dataclass(frozen=True)
class TimeForm:
    """How the times of a column are written.

    Args:
        pattern: Java pattern letters; not used where there is an `epoch`.
        time_zone: of times that do not say theirs.
        epoch: times are numbers in this unit since 1970-01-01 UTC, or a spreadsheet's days in `time_zone`.
        first_year: of two-digit years, from 1901 to 2000.
    """

    pattern: str
    time_zone: str
    epoch: Epoch | None = None
    first_year: int = FIRST_YEAR


def read_time(text: str | None, form: TimeForm) -> datetime | None:
    """The time of a cell in UTC, without a zone of its own; None: nothing is written, or no time of that form.

    Raises:
        UnknownPatternError: the pattern has letters that only Spark carries out.
    """
    if text is None:
        return None
    if form.epoch is not None:
        return _of_number(text, form)
    bare, pattern, minutes = _without_words(replaced(text, IN_TEXT), form.pattern)
    parsed = None if bare is None else parse(bare, pattern)
    if parsed is None:
        return None
    moment, says_zone = parsed
    if "yy" in re.findall("y+", pattern) and moment.year > form.first_year + 99:
        moment = moment.replace(year=moment.year - 100)
    if minutes is not None:
        return moment - timedelta(minutes=minutes)
    return moment if says_zone else _utc(moment, form.time_zone)


def read_instant(text: str | None, form: TimeForm) -> datetime | None:
    """`read_time`, else the time as typed sources write it."""
    moment = read_time(text, form)
    if moment is not None or text is None:
        return moment
    plain = text.strip(" ")
    if plain.endswith("Z"):
        instant = parse(plain, INSTANT)
        return None if instant is None else instant[0]
    wall_clock = parse(plain, WALL_CLOCK)
    return None if wall_clock is None else _utc(wall_clock[0], form.time_zone)


def _utc(wall_clock: datetime, zone: str) -> datetime:
    try:
        return wall_clock.replace(tzinfo=ZoneInfo(zone)).astimezone(timezone.utc).replace(tzinfo=None)
    except OverflowError:
        return wall_clock


def _without_words(text: str, pattern: str) -> tuple[str | None, str, int | None]:
    """The text with digits for words, its pattern, and minutes from UTC where a zone word said so."""
    letters = pattern_letters(pattern)
    minutes: int | None = None
    if "E" in letters:
        text = re.sub(_WEEKDAY.replace(r"\p{L}", _LETTER), "", text)
    if "z" in letters:
        match = re.match(_ZONE_WORD, text)
        minutes = ZONES.get(match[2].lower()) if match else None
        if match is None or minutes is None:
            return None, pattern, None
        text = match[1]
    if "MMM" in letters or "LLL" in letters:
        match = re.match(_MONTH_WORD.replace(r"[^\p{L}]", r"[\W\d_]").replace(r"\p{L}", _LETTER), text)
        number = MONTHS.get(match[2].lower()) if match else None
        if match is None or number is None:
            return None, pattern, None
        text = match[1] + number + match[3]
    if "a" in letters:
        text = re.sub(_HALF, r"\1m", text)
    return text, digits_only(pattern), minutes


def digits_only(pattern: str) -> str:
    """The pattern of a text whose weekday and zone are taken out and whose month is two digits."""
    parts = re.split(r"('[^']*')", pattern)
    for place in range(0, len(parts), 2):
        plain = re.sub(r"E+\.?,? *", "", parts[place])
        parts[place] = re.sub(r" ?z+", "", re.sub("MMM+|LLL+", "MM", plain))
    return "".join(parts)


def _of_number(text: str, form: TimeForm) -> datetime | None:
    if form.epoch == "excel_days" and (match := re.match(SERIAL_AND_TIME, replaced(text, IN_TEXT))):
        return _of_serial_and_time(match, form)
    style: NumberStyle = "comma" if "," in text else "plain"
    number = read_number(text, style=style, precision=28, scale=9, rounds=True).value
    if number is None:
        return None
    amount = number * Decimal(_PER_UNIT[form.epoch or "seconds"])
    if form.epoch == "excel_days":
        if not _EXCEL_FIRST <= number < _EXCEL_LAST:
            return None
        milliseconds = int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))
        return _utc(_EXCEL_START + timedelta(milliseconds=milliseconds), form.time_zone)
    micros = int(amount.to_integral_value(rounding=ROUND_FLOOR))
    if not -62_135_596_800_000_000 <= micros < _MAX_MICROS:
        return None
    return datetime(1970, 1, 1) + timedelta(microseconds=micros)


def _of_serial_and_time(match: re.Match[str], form: TimeForm) -> datetime | None:
    day, hour, minute, second = (int(part or 0) for part in match.groups()[:4])
    if match[5]:
        hour = hour % 12 + (12 if match[5] in "Pp" else 0) if 1 <= hour <= 12 else 24
    if hour > 23 or minute > 59 or second > 59 or not _EXCEL_FIRST <= day < _EXCEL_LAST:
        return None
    return _utc(_EXCEL_START + timedelta(days=day, hours=hour, minutes=minute, seconds=second), form.time_zone)


@kept
def time_value(name: str, form: TimeForm) -> Column:
    """`read_time` as a Spark expression over a column of texts; patterns may have all letters that Spark knows."""
    if form.epoch is not None:
        return _number_column(name, form)
    letters = pattern_letters(form.pattern)
    text = replaced_column(F.col(f"`{name}`"), IN_TEXT)
    minutes = None
    if "E" in letters:
        text = F.regexp_replace(text, _WEEKDAY, "")
    if "z" in letters:
        zones = ",".join(f"{word}:{offset}" for word, offset in ZONES.items())
        word = F.lower(F.regexp_extract(text, _ZONE_WORD, 2))
        minutes = F.try_element_at(F.str_to_map(F.lit(zones), F.lit(","), F.lit(":")), word).cast("int")
        text = F.regexp_extract(text, _ZONE_WORD, 1)
    if "MMM" in letters or "LLL" in letters:
        months = F.str_to_map(
            F.lit(",".join(f"{word}:{number}" for word, number in MONTHS.items())), F.lit(","), F.lit(":")
        )
        before, word, after = (F.regexp_extract(text, _MONTH_WORD, group) for group in (1, 2, 3))
        text = F.concat(before, F.try_element_at(months, F.lower(word)), after)
    if "a" in letters:
        text = F.regexp_replace(text, _HALF, "$1m")
    moment = F.try_to_timestamp(text, F.lit(digits_only(form.pattern)))
    if "yy" in re.findall("y+", letters):
        a_century_before = moment - F.make_ym_interval(F.lit(100), F.lit(0))
        moment = F.when(F.year(moment) > form.first_year + 99, a_century_before).otherwise(moment)
    if minutes is not None:
        return F.timestamp_micros(F.unix_micros(moment) - minutes.cast("bigint") * 60_000_000)
    says_zone = re.search("[VOXxZ]", letters) is not None
    return moment if says_zone else F.to_utc_timestamp(moment, form.time_zone)


def _number_column(name: str, form: TimeForm) -> Column:
    with_comma = F.when(
        F.contains(F.col(f"`{name}`"), F.lit(",")), number_value(name, _NUMBER, style="comma", rounds=True)
    )
    number = F.coalesce(number_value(name, _NUMBER, style="plain", rounds=True), with_comma)
    factor = Decimal(_PER_UNIT[form.epoch or "seconds"])
    amount = number * F.lit(factor)
    if form.epoch == "excel_days":
        is_day = (number >= _EXCEL_FIRST) & (number < _EXCEL_LAST)
        start = int((_EXCEL_START - datetime(1970, 1, 1)).total_seconds() * 1000)
        milliseconds = F.when(is_day, F.round(amount, 0)).cast("bigint") + start
        milliseconds = F.coalesce(milliseconds, _milliseconds_of_serial_and_time(name) + start)
        return F.to_utc_timestamp(F.timestamp_millis(milliseconds), form.time_zone)
    in_reach = (amount >= -62_135_596_800_000_000) & (amount < _MAX_MICROS)
    return F.timestamp_micros(F.floor(F.when(in_reach, amount)).cast("bigint"))


def _milliseconds_of_serial_and_time(name: str) -> Column:
    """From the spreadsheet's first day on; null where the text is no day and time of day."""

    def milliseconds(text: Column) -> Column:
        # an extract of nothing is an empty text, which must not be cast
        day, hour, minute, second = (
            F.coalesce(F.nullif(F.regexp_extract(text, SERIAL_AND_TIME, group), F.lit("")), F.lit("0")).cast("int")
            for group in (1, 2, 3, 4)
        )
        half = F.lower(F.regexp_extract(text, SERIAL_AND_TIME, 5))
        of_half = F.when(hour.between(1, 12), hour % 12 + F.when(half == "p", 12).otherwise(0)).otherwise(24)
        of_day = F.when(half == "", hour).otherwise(of_half)
        is_time = (of_day < 24) & (minute < 60) & (second < 60) & (day >= _EXCEL_FIRST) & (day < _EXCEL_LAST)
        return F.when(is_time, ((day.cast("bigint") * 24 + of_day) * 60 + minute) * 60_000 + second * 1000)

    text = F.col(f"`{name}`")
    return F.when(F.contains(text, F.lit(":")), bound(replaced_column(text, IN_TEXT), milliseconds))
