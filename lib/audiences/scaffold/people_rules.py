"""The rules that reject a row about a user or a customer, in plain Python, as `sources.users` and `.customers` do."""

from __future__ import annotations

from collections.abc import Iterator

from audiences.config import Settings
from audiences.scaffold.judged_row import Copies, JudgedRow, Rows, people, reasons_of, trimmed, unreadable
from audiences.scaffold.raw_rows import RawRow
from audiences.sources.notations.flags import read_flag
from audiences.sources.notations.numbers import read_finite


class _PeopleRules:
    """What these rules share: ids in one spelling, and people who were met before, in whatever file."""

    def __init__(self, settings: Settings) -> None:
        self._people, self._copies = people(settings, settings.cleaning), Copies()

    def begin_file(self, rows: Rows = tuple) -> None:
        """Who stands in an earlier file is met again."""

    def _id(self, row: RawRow, name: str) -> str | None:
        return self._people.read(row.values.get(name)).value


class UserRules(_PeopleRules):
    """Judges rows of measures: of those of one user only the first is kept."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._measures = settings.user_measures.features

    def judge(self, row: RawRow) -> JudgedRow:
        user = self._id(row, "user_id")
        return JudgedRow(user, reasons=reasons_of(row, self._broken(row, user)))

    def _broken(self, row: RawRow, user: str | None) -> Iterator[str]:
        yield from unreadable(row)
        if user is None:
            yield "missing_user"
        for name in self._measures:
            text = (row.extras.get(name) or "").strip(" ")
            if text and read_finite(text) is None:
                yield f"invalid_{name}"
        if user is not None and self._copies.has(user):
            yield "repeated_user"


class IdentityRules(_PeopleRules):
    """Judges pairs of ids: of several rows of one user the first counts."""

    def judge(self, row: RawRow) -> JudgedRow:
        user, customer = (self._id(row, name) for name in ("user_id", "customer_id"))
        return JudgedRow(user, reasons=reasons_of(row, self._broken(row, user, customer)))

    def _broken(self, row: RawRow, user: str | None, customer: str | None) -> Iterator[str]:
        yield from unreadable(row)
        if user is None:
            yield "missing_user"
        if customer is None:
            yield "missing_customer"
        if user is not None and self._copies.has(user):
            yield "repeated_user"


class KnownRules(_PeopleRules):
    """Judges known anomalies; where no row of a file has a flag, each of its rows is one."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._has_flags = False

    def begin_file(self, rows: Rows = tuple) -> None:
        """Looks for a flag in any row of the file."""
        self._has_flags = any((row.values.get("flag") or "").strip(" ") for row in rows())

    def judge(self, row: RawRow) -> JudgedRow:
        user = self._id(row, "user_id")
        return JudgedRow(user, reasons=reasons_of(row, self._broken(row, user)))

    def _broken(self, row: RawRow, user: str | None) -> Iterator[str]:
        yield from unreadable(row)
        if user is None:
            yield "missing_user"
        word = trimmed(row.values.get("flag"))
        if self._has_flags and word is None:
            yield "missing_flag"
        if self._has_flags and word is not None and read_flag(word) is None:
            yield "invalid_flag"


class CustomerRules(_PeopleRules):
    """Judges rows of attributes: of those of one customer only the first is kept."""

    def judge(self, row: RawRow) -> JudgedRow:
        customer = self._id(row, "customer_id")
        return JudgedRow(customer, reasons=reasons_of(row, self._broken(row, customer)))

    def _broken(self, row: RawRow, customer: str | None) -> Iterator[str]:
        yield from unreadable(row)
        if customer is None:
            yield "missing_customer"
        elif self._copies.has(customer):
            yield "repeated_customer"
