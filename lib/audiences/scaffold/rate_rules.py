"""The rules that reject an exchange rate, row by row in plain Python, as `sources.rates` has them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from audiences.config import Settings
from audiences.scaffold.judged_row import Clock, Copies, JudgedRow, Rows, reasons_of, trimmed, unreadable
from audiences.scaffold.raw_rows import RawRow
from audiences.schema.table import RATE
from audiences.sources.notations.numbers import read_number
from audiences.sources.rates import PAIR, SMALLEST


class RateRules:
    """Judges rates one after the other: of several rows of one pair and day the first counts."""

    def __init__(self, settings: Settings) -> None:
        self._style = settings.sources.rates.number_style
        self._clock, self._copies = Clock(settings.sources.rates, settings.time_zone), Copies()

    def begin_file(self, rows: Rows = tuple) -> None:
        """A pair and day of an earlier file is one again."""

    def judge(self, row: RawRow) -> JudgedRow:
        moment = self._clock.moment(row.values.get("ts"))
        day = None if moment is None else moment.date()
        return JudgedRow(day=day, reasons=reasons_of(row, self._broken(row, day)))

    def _broken(self, row: RawRow, day: date | None) -> Iterator[str]:
        yield from unreadable(row)
        if day is None:
            yield "invalid_date"
        pair = [(trimmed(row.values.get(name)) or "").upper() for name in PAIR]
        yield from (f"missing_{name}" for name, code in zip(PAIR, pair, strict=True) if not code)
        rate = read_number(
            row.values.get("rate"), style=self._style, precision=RATE.precision, scale=RATE.scale, rounds=True
        ).value
        if rate is None or rate < SMALLEST:
            yield "invalid_rate"
        if self._copies.has(day, *pair):
            yield "repeated_rate"
