"""The rules that reject a text of a customer, row by row in plain Python, as `sources.reviews` has them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from audiences.config import Settings
from audiences.scaffold.judged_row import (
    Clock,
    Copies,
    Header,
    JudgedRow,
    Rows,
    holds,
    people,
    reasons_of,
    trimmed,
    unreadable,
)
from audiences.scaffold.raw_rows import RawRow
from audiences.sources.notations.identifiers import Identifier
from audiences.sources.notations.markup import read_plain_text
from audiences.sources.notations.numbers import read_number
from audiences.sources.row_checks import MEASURE

_ASCII_WORD = re.compile(r"[A-Za-z][A-Za-z'-]*")


@dataclass(frozen=True)
class _Typed:
    customer: Identifier
    moment: datetime | None
    summary: str | None
    body: str | None
    rating: float | None

    @property
    def text(self) -> str:
        """The heading without its point, and the text."""
        heading = None if self.summary is None else re.sub(r"[. ]+\Z", "", self.summary)
        return ". ".join(part for part in (heading, self.body) if part is not None)


class ReviewRules:
    """Judges texts one after the other; it remembers them to know those that stand twice."""

    def __init__(self, settings: Settings) -> None:
        source = settings.sources.reviews
        self._cleaning, self._where = settings.review_cleaning, source.where
        self._clock, self._header = Clock(source, settings.time_zone), Header(source)
        self._people = people(settings, self._cleaning)
        self._copies, self._ids = Copies(), Copies()

    def begin_file(self, rows: Rows = tuple) -> None:
        """A text of an earlier file is a text again."""

    def judge(self, row: RawRow) -> JudgedRow:
        values = row.values
        typed = _Typed(
            self._people.read(values.get("customer_id")), self._clock.moment(values.get("ts")),
            read_plain_text(values.get("summary")), read_plain_text(values.get("text")),
            _measure(values.get("rating")),
        )  # fmt: skip
        is_wanted = all(holds(rule, row) for rule in self._where)
        reasons = reasons_of(row, self._broken(values, typed, row), header=self._header, is_wanted=is_wanted)
        day = None if typed.moment is None else typed.moment.date()
        return JudgedRow(typed.customer.value, day=day, reasons=reasons, text=typed.text)

    def _broken(self, values: Mapping[str, str | None], typed: _Typed, row: RawRow) -> Iterator[str]:
        cleaning = self._cleaning
        yield from unreadable(row)
        if typed.customer.is_lost:
            yield "lost_customer_id"
        elif typed.customer.value is None:
            yield "missing_customer"
        if typed.body is None:
            yield "missing_text"
        elif words_in(typed.text) < cleaning.min_words:
            yield "too_short"
        if len(values.get("text") or "") > cleaning.max_characters:
            yield "too_long"
        if typed.moment is None:
            yield "invalid_date"
        elif not cleaning.min_date <= typed.moment.date() <= cleaning.max_date:
            yield "date_out_of_range"
        if typed.rating is None and trimmed(values.get("rating")) is not None:
            yield "invalid_rating"
        if typed.rating is not None and not cleaning.min_rating <= typed.rating <= cleaning.max_rating:
            yield "rating_out_of_range"
        yield from self._repeated(values, typed)

    def _repeated(self, values: Mapping[str, str | None], typed: _Typed) -> Iterator[str]:
        given = trimmed(values.get("review_id"))
        read = {
            "customer_id": typed.customer.value, "product_id": trimmed(values.get("product_id")), "ts": typed.moment,
            "text": typed.body, "summary": typed.summary,
        }  # fmt: skip
        is_copy = self._copies.has(
            given, *(values.get(name) if value is None else value for name, value in read.items())
        )
        is_known = given is not None and self._ids.has(given)
        if is_copy:
            yield "exact_duplicate"
        elif is_known:
            yield "duplicate_id"


def words_in(text: str) -> int:
    """How many words a text has: a letter, and letters, marks, apostrophes and hyphens after it."""
    if text.isascii():
        return len(_ASCII_WORD.findall(text))
    words, is_inside = 0, False
    for character in text:
        if character.isalpha():
            words += not is_inside
            is_inside = True
        elif character not in "'’-" and unicodedata.category(character)[0] != "M":
            is_inside = False
    return words


def _measure(text: str | None) -> float | None:
    value = read_number(text, precision=MEASURE.precision, scale=MEASURE.scale, rounds=True, percent=True).value
    return None if value is None else float(value)
