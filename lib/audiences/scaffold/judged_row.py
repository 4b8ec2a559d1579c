"""What judging rows of any source in plain Python has in common, as `sources.row_checks` has it for Spark."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import Decimal
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from audiences.config import Cleaning, ReviewCleaning, RowRule, Settings, Source
from audiences.config.contacts import is_address
from audiences.config.notations import MISSING, IdCase
from audiences.errors import InputError
from audiences.scaffold.raw_rows import RawRow
from audiences.sources.notations.characters import EDGES
from audiences.sources.notations.identifiers import Identifier, read_identifier
from audiences.sources.notations.placeholders import is_placeholder
from audiences.sources.notations.time_patterns import UnknownPatternError
from audiences.sources.notations.times import TimeForm, read_instant
from audiences.sources.row_checks import BLANK_ROW

_REPLACEMENT = "\ufffd"
_OF_A_RUN = frozenset({"exact_duplicate", "delivered_twice", "repeated_order", "duplicate_id"})
"""Reasons that compare a row with others of the whole source: a run has them, the judgement of a delivery has not."""

Rows = Callable[[], Iterable[RawRow]]


@dataclass(frozen=True)
class JudgedRow:
    """A row with its typed values and every reason that speaks against it (none: it is kept).

    Args:
        customer: the person, be it a customer or a user.
        amount: its money; None where that cannot be read, or is in another currency than the configured one.
        text: what a person wrote.
    """

    customer: str | None = None
    invoice: str | None = None
    day: date | None = None
    amount: Decimal | None = None
    currency: str | None = None
    reasons: tuple[str, ...] = ()
    text: str | None = None

    @property
    def reasons_alone(self) -> tuple[str, ...]:
        """The reasons that the row has by itself, by which a delivery is judged before it is landed."""
        return tuple(reason for reason in self.reasons if reason not in _OF_A_RUN)


class Rules(Protocol):
    """Judges the rows of a source one after the other, file by file in the order of their names."""

    def begin_file(self, rows: Rows = tuple) -> None:
        """Another file begins; `rows` reads it for rules that look at the whole of it."""

    def judge(self, row: RawRow) -> JudgedRow:
        """The row's typed values and its reasons, in the order of the rules."""


class Clock:
    """Reads the times of a source, on the clock of the settings."""

    def __init__(self, source: Source, time_zone: str) -> None:
        self._form = TimeForm(
            source.timestamp_format, source.time_zone or time_zone, source.epoch, source.first_year
        )  # fmt: skip
        self._zone = ZoneInfo(time_zone)
        self.moment = lru_cache(maxsize=200_000)(self._moment)

    def _moment(self, text: str | None) -> datetime | None:
        try:
            moment = read_instant(text, self._form)
        except UnknownPatternError as fault:
            raise InputError(
                "the times are written in a way that only Spark reads", where="timestamp_format", found=fault,
                advice="let `audiences run` judge this source, or write the format with other letters",
            ) from None  # fmt: skip
        return None if moment is None else moment.replace(tzinfo=timezone.utc).astimezone(self._zone)


class People:
    """Reads ids of people in one spelling.

    Args:
        suffix_pattern: what is taken off an id.
        nobody: words that stand for nobody.
        case: whether ids keep their case.
        hashes_addresses: whether a run puts a keyed hash in the place of e-mail addresses.
    """

    def __init__(
        self,
        suffix_pattern: str,
        nobody: Sequence[str] = MISSING,
        *,
        case: IdCase = "keep",
        hashes_addresses: bool = False,
    ) -> None:
        self._suffix, self._case = suffix_pattern, case
        self._nobody = frozenset(nobody)
        self._hashes_addresses = hashes_addresses
        self.read = lru_cache(maxsize=200_000)(self._read)

    def _read(self, text: str | None) -> Identifier:
        """The id; none for a word that stands for nobody."""
        read = read_identifier(text, case=self._case, suffix_pattern=self._suffix)
        if self._hashes_addresses and read.value is not None and is_address(read.value):
            # a run's hash needs the key; who is the same person needs only the small letters
            read = Identifier(read.value.lower())
        return Identifier(None, read.is_lost) if is_placeholder(text, self._nobody) else read


def people(settings: Settings, cleaning: Cleaning | ReviewCleaning) -> People:
    """What reads the ids of a source that is cleaned by these rules."""
    return People(
        cleaning.id_suffix_pattern, cleaning.nobody, case=settings.cleaning.id_case,
        hashes_addresses=settings.contacts.ids == "hash",
    )  # fmt: skip


class Header:
    """Knows the names of a source's columns, and rows that are a header again."""

    def __init__(self, source: Source) -> None:
        candidates = source.columns.candidates()
        self._names = {name: frozenset(one.lower() for one in names) for name, names in candidates.items() if names}

    def stands_again(self, row: RawRow) -> bool:
        """Whether the row's cells are the names of their columns."""
        are_names = [
            text.lower() in self._names[name]
            for name, cell in row.values.items()
            if name in self._names and (text := trimmed(cell)) is not None
        ]
        return len(are_names) >= 2 and all(are_names)


class Copies:
    """Counts rows that are the same in what they are given by."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def has(self, *same: object) -> bool:
        """Whether such a row came before; it is remembered from now on."""
        key = hash(same)
        if key in self._seen:
            return True
        self._seen.add(key)
        return False


def trimmed(text: str | None) -> str | None:
    """The text without blanks and invisible characters around it; None if nothing is left."""
    return (text or "").strip(EDGES) or None


def holds(rule: RowRule, row: RawRow) -> bool:
    """Whether a rule about one source column holds for a row."""
    return meets(rule, row.cell(rule.column) or "")


def meets(rule: RowRule, cell: str) -> bool:
    """Whether a rule holds for the text of its column's cell."""
    wanted = {value.strip().lower() for value in rule.any_of or rule.none_of}
    return (cell.strip().lower() in wanted) == bool(rule.any_of)


def reasons_of(
    row: RawRow, broken: Iterable[str], *, header: Header | None = None, is_wanted: bool = True
) -> tuple[str, ...]:
    """What speaks against the row, as `row_checks.reasons` and `row_checks.left_out` have it.

    Args:
        row: the row.
        broken: the rules that it breaks; all of them are asked, as a later row may repeat this one.
        header: knows rows that are a header again; None: the source has none.
        is_wanted: whether the settings leave the row in.
    """
    found = tuple(broken)
    if header is not None and header.stands_again(row):
        found = ("header_again",)
    if is_blank(row):
        found = (BLANK_ROW,)
    return found if is_wanted else ("filtered_out",)


def is_blank(row: RawRow) -> bool:
    """Whether no cell of the row holds anything."""
    has_no_rest = row.corrupt is None and not any((cell or "").strip(" ") for cell in row.rest)
    return has_no_rest and not any(map(trimmed, row.values.values()))


def unreadable(row: RawRow) -> Iterator[str]:
    """The rules that any row can break: it could not be split, or holds characters that could not be decoded."""
    if row.corrupt is not None:
        yield "corrupt_record"
    extra_names = (name for name, cell in row.extras.items() if cell is not None)
    cells = (*row.values.values(), *row.rest, row.corrupt, *extra_names)
    if any(cell is not None and _REPLACEMENT in cell for cell in cells):
        yield "undecodable_text"
