"""The rules that reject an event of a log, row by row in plain Python, as `sources.activity` has them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from audiences.config import Settings
from audiences.scaffold.judged_row import (
    Clock,
    Copies,
    Header,
    JudgedRow,
    People,
    Rows,
    holds,
    people,
    reasons_of,
    trimmed,
    unreadable,
)
from audiences.scaffold.raw_rows import RawRow
from audiences.sources.notations.numbers import read_finite


class ActivityRules:
    """Judges events one after the other."""

    def __init__(self, settings: Settings) -> None:
        source = settings.sources.activity
        self._cleaning, self._where = settings.cleaning, source.where
        self._rejects_repeats = settings.activity.cleaning.reject_repeats
        self._clock, self._header = Clock(source, settings.time_zone), Header(source)
        self._people = people(settings, settings.cleaning)
        self._sessions = People(settings.cleaning.id_suffix_pattern)
        self._copies = Copies()

    def begin_file(self, rows: Rows = tuple) -> None:
        """Repeats are repeats in whatever file they stand."""

    def judge(self, row: RawRow) -> JudgedRow:
        user = self._people.read(row.values.get("user_id")).value
        moment = self._clock.moment(row.values.get("ts"))
        is_wanted = all(holds(rule, row) for rule in self._where)
        reasons = reasons_of(row, self._broken(row, user, moment), header=self._header, is_wanted=is_wanted)
        return JudgedRow(user, day=None if moment is None else moment.date(), reasons=reasons)

    def _broken(self, row: RawRow, user: str | None, moment: datetime | None) -> Iterator[str]:
        yield from unreadable(row)
        if user is None:
            yield "missing_user"
        if moment is None:
            yield "invalid_date"
        elif not self._cleaning.min_date <= moment.date() <= self._cleaning.max_date:
            yield "date_out_of_range"
        written = row.values.get("duration_seconds")
        duration = read_finite(written)
        if duration is None and trimmed(written) is not None:
            yield "invalid_duration"
        if duration is not None and duration < 0:
            yield "negative_duration"
        if self._rejects_repeats and self._is_repeated(row, user, moment, duration):
            yield "exact_duplicate"

    def _is_repeated(self, row: RawRow, user: str | None, moment: datetime | None, duration: float | None) -> bool:
        values = row.values
        typed = {
            "user_id": user, "ts": moment, "duration_seconds": duration, "path": trimmed(values.get("path")),
            "event_type": trimmed(values.get("event_type")) or "event",
            "session_id": self._sessions.read(values.get("session_id")).value,
        }  # fmt: skip
        cells = (typed.get(name) if typed.get(name) is not None else text for name, text in values.items())
        return self._copies.has(*cells, *row.rest, row.corrupt)
