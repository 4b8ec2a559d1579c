"""Columns that say what became of a row: a return, no sale, a step before a purchase; rules by their values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from audiences.scaffold.cells import Cells, joined, rows_of
from audiences.scaffold.columns import Guess
from audiences.scaffold.exports import Export
from audiences.scaffold.names import words_of
from audiences.scaffold.state_words import (
    CANCELLED,
    FLAG_OF_CANCELLING,
    FLAG_OF_RETURN,
    NO,
    OF_SENDING,
    PENDING,
    PURCHASES,
    RETURNS,
    STEPS,
    YES,
    bare,
    is_flag,
)

MAX_VALUES = 12
"""A column with more values says something else than what became of its rows."""
_ALREADY = 0.9
"""Where so large a share of the marked rows has negative money as it is, the mark adds nothing."""


@dataclass(frozen=True)
class StateRule:
    """One rule about one source column, for `where` or `returns`.

    Args:
        setting: where or returns.
        column: by its own name.
        values: any_of for returns, none_of for where; of a purchase log any_of for where.
        is_any_of: whether the rule holds for the values, not for the others.
        is_of_order: the cell stands on the first line of an order alone.
        evidence: a sentence with rows and money.
        is_told: whether the terminal says it as well; a known export's are told as its notes.
    """

    setting: str
    column: str
    values: tuple[str, ...]
    is_any_of: bool
    evidence: str
    is_of_order: bool = False
    is_told: bool = True

    def as_setting(self) -> dict[str, object]:
        """The rule as the settings file has it."""
        values: dict[str, object] = {"any_of" if self.is_any_of else "none_of": list(self.values)}
        return {"column": self.column, **values, **({"of_order": True} if self.is_of_order else {})}


@dataclass(frozen=True)
class Worth:
    """What rows are worth, in words.

    Args:
        amounts: the money of each row, None where it cannot be read.
    """

    amounts: Sequence[float | None]

    def words(self, rows: Sequence[int]) -> str:
        return f"{len(rows):,} rows, {sum(self.amounts[row] or 0 for row in rows):,.2f}"

    def negative_share(self, rows: Sequence[int]) -> float:
        return sum((self.amounts[row] or 0) < 0 for row in rows) / len(rows)


def state_rules(
    columns: Sequence[Cells], invoice: Cells | None, amounts: Sequence[float | None], known: Sequence[str] = ()
) -> list[StateRule]:
    """The rules that the columns without a role speak for.

    Args:
        columns: those of all files that have no role, row by row as `amounts`.
        invoice: the order of each row.
        known: columns that a known export has rules for already.
    """
    worth = Worth(amounts)
    found: list[StateRule] = []
    for column in columns:
        if column.name in known or not 1 < len(set(map(bare, column.cells))) <= MAX_VALUES + 1:
            continue
        found += _rules_of(column, invoice, worth)
    return found


def _rules_of(column: Cells, invoice: Cells | None, worth: Worth) -> Iterator[StateRule]:
    words = words_of(column.name)
    values = {bare(value) for value in column.filled}
    if values & STEPS and values & PURCHASES:
        yield _purchases(column, worth)
        return
    of_order = invoice is not None and _is_on_first_line(column, invoice)
    if values <= YES | NO and values & YES:
        if is_flag(words, FLAG_OF_RETURN):
            yield from _returns(column, YES.__contains__, of_order, invoice, worth)
        elif is_flag(words, FLAG_OF_CANCELLING):
            yield from _no_sales(column, YES.__contains__, of_order, invoice, worth)
        return
    if values <= RETURNS or values <= CANCELLED:
        return  # nothing stands beside them: a name, no state
    yield from _returns(column, RETURNS.__contains__, of_order, invoice, worth)
    pending = frozenset() if OF_SENDING & set(words) else PENDING
    yield from _no_sales(column, (CANCELLED | pending).__contains__, of_order, invoice, worth)


def _purchases(column: Cells, worth: Worth) -> StateRule:
    """A log of events: only purchases are sales."""
    rows = _rows(column, PURCHASES.__contains__)
    others = _rows(column, lambda value: value not in PURCHASES)
    evidence = (
        f"{column.name} is a log of events: {_shown(column, rows)} are purchases ({worth.words(rows)}), "
        f"{_shown(column, others)} are not ({worth.words(others)}): they are left out"
    )
    return StateRule("where", column.name, _values(column, rows), True, evidence)


def _returns(
    column: Cells, is_marked: Callable[[str], bool], of_order: bool, invoice: Cells | None, worth: Worth
) -> Iterator[StateRule]:
    rows = _rows(column, is_marked)
    if not rows:
        return
    all_rows = _of_orders(rows, invoice) if of_order else rows
    what = f"{column.name} {_shown(column, rows)}"
    if worth.negative_share(rows) > _ALREADY:
        return
    evidence = (
        f"{what} marks returns: {worth.words(all_rows)}, which goes back; if such a row is the sale itself, which "
        "was taken back and counts as nothing, move the rule to where, with none_of"
    )
    yield StateRule("returns", column.name, _values(column, rows), True, evidence, of_order)


def _no_sales(
    column: Cells, is_marked: Callable[[str], bool], of_order: bool, invoice: Cells | None, worth: Worth
) -> Iterator[StateRule]:
    rows = _rows(column, is_marked)
    if not rows:
        return
    all_rows = _of_orders(rows, invoice) if of_order else rows
    evidence = f"{column.name} {_shown(column, rows)} is no sale: {worth.words(all_rows)}, are left out"
    yield StateRule("where", column.name, _values(column, rows), False, evidence, of_order)


def _rows(column: Cells, holds: Callable[[str], bool]) -> list[int]:
    marked = {value for value in column.counted if holds(bare(value))}
    return [row for row, cell in enumerate(column.cells) if cell in marked]


def _values(column: Cells, rows: Sequence[int]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(column.cells[row] for row in rows))


def _shown(column: Cells, rows: Sequence[int]) -> str:
    return " or ".join(_values(column, rows)[:4])


def _of_orders(rows: Sequence[int], invoice: Cells | None) -> list[int]:
    """All lines of the orders that these rows belong to."""
    if invoice is None:
        return list(rows)
    orders = {invoice.cells[row] for row in rows}
    return [row for row, order in enumerate(invoice.cells) if order in orders]


def _is_on_first_line(column: Cells, invoice: Cells) -> bool:
    """Whether of orders of several lines the first line alone is filled."""
    several = [rows for rows in rows_of(invoice).values() if len(rows) > 1]
    firsts = sum(bool(column.cells[rows[0]]) for rows in several)
    others = sum(bool(column.cells[row]) for rows in several for row in rows[1:])
    return len(several) >= 3 and firsts > 0.9 * len(several) and others == 0


def setting_lines(rules: Sequence[StateRule], flow: Callable[[object], str]) -> Iterator[str]:
    """The rules as lines of a settings file below a source."""
    by_setting: dict[str, list[StateRule]] = {}
    for rule in rules:
        by_setting.setdefault(rule.setting, []).append(rule)
    for setting, listed in by_setting.items():
        yield f"    {setting}:"
        for rule in listed:
            yield f"      # {rule.evidence}"
            yield f"      - {flow(rule.as_setting())}"


def rules_of_export(status: Mapping[str, tuple[str, ...]], present: Sequence[str], of_order: bool) -> list[StateRule]:
    """The rules of a known export's columns of states, as far as the file has them."""
    return [
        StateRule("where", name, values, False, "rows of these states are no sales: they are left out", of_order, False)
        for name, values in status.items() if name in present
    ]  # fmt: skip


def states_of(
    guesses: Sequence[Guess], header: Sequence[str], export: Export | None, amounts: Sequence[float | None]
) -> list[StateRule]:
    """Rules by columns that say what became of a row: a known export's, and what the others show."""
    status = {} if export is None else export.status
    known = rules_of_export(status, header, of_order=export is not None and export.of_order)
    by_name = [{column.name: column for column in guessed.others} for guessed in guesses]
    shared = [name for name in by_name[0] if all(name in columns for columns in by_name)]
    others = [joined([columns[name] for columns in by_name]) for name in shared]
    invoices = [guessed.columns["invoice_id"] for guessed in guesses if "invoice_id" in guessed.columns]
    invoice = joined(invoices) if len(invoices) == len(guesses) else None
    return known + state_rules(others, invoice, amounts, list(status))
