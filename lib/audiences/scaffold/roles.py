"""Which column is the customer, the order and the time of the purchase: by name, tested by content, rivals named."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audiences.scaffold.cells import Cells, rows_of, same_for_each
from audiences.scaffold.names import LATER_WORDS, NONE, OTHER_WORDS, PART, WHOLE, plain, rank, speaks_of, words_of
from audiences.scaffold.numbers import value_of
from audiences.scaffold.placeholders import as_ids, is_nobody
from audiences.scaffold.timestamps import two_orders
from audiences.sources.notations.identifiers import read_identifier

BY_CONTENT = "BY ITS CONTENT ALONE, check it"
_LONGEST_ID = 80
_MIN_CUSTOMERS = 3
_MIN_REPEATED = 10
"""So many customers with several orders are needed to say what belongs to a customer and what to an order."""


@dataclass(frozen=True)
class Choice:
    """A column that was chosen.

    Args:
        column: the column.
        why: what it was found by.
        rivals: columns that it could be as well, each with what speaks for the choice.
        is_open: a rival is as likely: a person has to choose.
    """

    column: Cells
    why: str
    rivals: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        return len(self.options) > 1


@dataclass(frozen=True)
class Outcome:
    """A choice, if there is one, and the columns whose name fits and whose content does not, with the reason."""

    choice: Choice | None
    refused: Mapping[str, str]


def is_code(column: Cells) -> bool:
    """Whether the values can be ids: short, no moments, no fractions."""
    if column.readings and column.share(str.isdigit) < 0.9:
        return False
    fractions = column.share(lambda cell: (value := value_of(cell, None)) is not None and value != int(value))
    return column.share(lambda cell: len(cell) <= _LONGEST_ID) > 0.95 and fractions < 0.05


def named(columns: Sequence[Cells], canonical: str) -> list[tuple[tuple[int, int], Cells]]:
    """The filled columns whose name fits, the best first."""
    ranked = [(rank(column.name, canonical), number, column) for number, column in enumerate(columns) if column.filled]
    fitting = sorted((fit for fit in ranked if fit[0][0] != NONE), key=lambda fit: fit[:2])
    return [(fit, column) for fit, _, column in fitting]


def invoice_of(columns: Sequence[Cells]) -> Outcome:
    """The order: a code by its name."""
    refused: dict[str, str] = {}
    for fit, column in named(columns, "invoice_id"):
        if not is_code(column):
            refused[column.name] = "its values are no codes"
        elif column.distinct < 2 and len(column.cells) > 20:
            refused[column.name] = "it holds one value only"
        else:
            return Outcome(Choice(column, "by its name" if fit[0] == WHOLE else "by a word of its name"), refused)
    return Outcome(None, refused)


def customer_of(columns: Sequence[Cells], invoice: Cells | None) -> Outcome:
    """The customer: a code, an e-mail address or, last, a name, that an order has one of."""
    refused: dict[str, str] = {}
    written = {column.name: column for column in columns}
    fitting: list[tuple[tuple[bool, tuple[int, int]], Cells]] = []
    for column in columns:
        if speaks_of(column.name, "customer_id") and rank(column.name, "customer_id")[0] == NONE:
            refused[column.name] = _kind_of_customer(column)
    for fit, named_column in named(columns, "customer_id"):
        column = as_ids(named_column)
        against = _no_customer(column, invoice)
        if against:
            refused[column.name] = against
        else:
            fitting.append(((_is_one_per_order(column, invoice), fit), column))
    if not fitting:
        return Outcome(None, refused)
    fitting.sort(key=lambda fit: fit[0])
    (is_per_order, fit), best = fitting[0]
    why = "by its name" if fit[0] == WHOLE else "by a word of its name"
    passed_over = [column.name for (per_order, _), column in fitting[1:] if per_order and not is_per_order]
    if passed_over:
        why += f"; not {' or '.join(passed_over)}, which has another value for every order"
    if is_per_order:
        why += "; EVERY ORDER HAS ANOTHER VALUE, check it"
    if best.is_e_mail:
        why += "; e-mail addresses"
    if best.distinct < (spellings := len(set(filter(None, map(_written, written[best.name].filled))))):
        why += f"; {spellings:,} spellings of {best.distinct:,} ids"
    rivals = [column for (per_order, _), column in fitting[1:] if per_order == is_per_order]
    close = [
        column
        for (_, other), column in fitting[1:]
        if column in rivals and other[0] == fit[0] == WHOLE and _is_id(best) and _is_id(column)
        and min(same_for_each(best, column), same_for_each(column, best)) < 0.9
    ]  # fmt: skip
    in_words = tuple(f"{column.name} ({column.distinct:,} distinct, here {best.distinct:,})" for column in rivals)
    options = (best.name, *(column.name for column in close)) if close else ()
    return Outcome(Choice(written[best.name], why, in_words, options), refused)


def _written(cell: str) -> str:
    """The cell, empty where it stands for nobody."""
    return "" if is_nobody(cell) else cell


def _kind_of_customer(column: Cells) -> str:
    values = sorted(set(column.filled))
    shown = f": {', '.join(values[:3])}" if len(values) <= 5 else ""
    return f"it tells something of a customer, not who it is ({column.distinct:,} values{shown})"


def _is_id(column: Cells) -> bool:
    return not column.is_e_mail and "name" not in words_of(column.name)


def _no_customer(column: Cells, invoice: Cells | None) -> str:
    """What speaks against it; empty where nothing does."""
    if not is_code(column) and not column.is_e_mail:
        return "its values are no ids"
    lost = next((cell for cell in column.filled if read_identifier(cell).is_lost), None)
    if lost is not None:
        return f"a spreadsheet has rounded its ids ({lost}), several of them to one: export them again, as text"
    orders = invoice.distinct if invoice is not None else len(column.cells)
    if column.distinct < _MIN_CUSTOMERS and orders > 2 * _MIN_CUSTOMERS:
        values = ", ".join(sorted(set(column.filled)))
        return f"it has {column.distinct} values in {orders:,} orders ({values}): a kind of customer, no customer"
    if invoice is not None and same_for_each(invoice, column) < 0.9:
        return "an order has several of them"
    return ""


def _is_one_per_order(column: Cells, invoice: Cells | None) -> bool:
    """Each order has its own: the id of an order's customer record, not of a person who comes again."""
    if invoice is None or invoice.distinct < 20:
        return False
    return column.distinct >= 0.999 * invoice.distinct


def ts_of(columns: Sequence[Cells], invoice: Cells | None, customer: Cells | None) -> Outcome:
    """The time of the purchase: one for an order, several for a customer, before what follows a purchase."""
    refused: dict[str, str] = {}
    fitting: list[tuple[tuple[bool, tuple[int, int]], Cells]] = []
    for column in columns:
        if not column.readings and rank(column.name, "ts")[0] != NONE:
            refused |= {column.name: words} if (words := two_orders(column.filled)) else {}
        if not column.readings or column.is_time_of_day:
            continue
        fit = rank(column.name, "ts")
        against = _no_purchase_time(column, invoice, customer)
        if against:
            refused[column.name] = against
        elif fit[0] != NONE or not column.share(str.isdigit):
            is_later_step = fit[0] != WHOLE and bool(LATER_WORDS & set(words_of(column.name)))
            fitting.append(((is_later_step, fit), column))
    if not fitting:
        return Outcome(None, refused)
    fitting.sort(key=lambda fit: fit[0])
    ((is_later_step, fit), best), *others = fitting
    earlier = next(
        (column for (later, _), column in others if later == is_later_step and _is_never_after(column, best)
         and not _is_never_after(best, column) and fit[0] != WHOLE), None,
    )  # fmt: skip
    why = {WHOLE: "by its name", PART: "by a word of its name"}.get(fit[0], BY_CONTENT)
    if earlier is not None:
        best, why = earlier, f"it is never after {best.name}, check it"
    elif is_later_step:
        why = "THE ONLY TIME THERE IS; its name speaks of another step than the purchase, check it"
    rivals = [(fit, column) for fit, column in fitting if column is not best]
    in_words = tuple(_rival_in_words(column, best) for _, column in rivals)
    close = [
        column.name for (later, other), column in rivals
        if later == is_later_step and other[0] == fit[0] and earlier is None
        and not _is_never_after(best, column) and not _is_same(best, column)
    ]  # fmt: skip
    return Outcome(Choice(best, why, in_words, (best.name, *close) if close else ()), refused)


def _rival_in_words(column: Cells, best: Cells) -> str:
    return f"{column.name} (never before {best.name})" if _is_never_after(best, column) else column.name


def _no_purchase_time(column: Cells, invoice: Cells | None, customer: Cells | None) -> str:
    first, last = column.readings[0].first, column.readings[0].last
    span = f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"
    if OTHER_WORDS["ts"] & set(words_of(column.name)) or plain(column.name) in OTHER_WORDS["ts"]:
        return f"its name says that it is no time of a purchase ({span})"
    if customer is not None and _belongs_to_customers(column, customer, invoice):
        return f"a customer has one value whatever the order ({span})"
    if column.distinct == 1 and len(column.cells) > 50:
        return f"every row holds {column.filled[0]}"
    return ""


def _belongs_to_customers(column: Cells, customer: Cells, invoice: Cells | None) -> bool:
    """One value for each customer that has several orders: a birth date, a day of registration."""
    repeated = {
        value: rows
        for value, rows in rows_of(customer).items()
        if (len({invoice.cells[row] for row in rows}) if invoice is not None else len(rows)) > 1
    }
    if len(repeated) < _MIN_REPEATED:
        return False
    same = sum(len({column.cells[row] for row in rows if column.cells[row]}) <= 1 for rows in repeated.values())
    return same > 0.95 * len(repeated)


def _is_never_after(first: Cells, second: Cells) -> bool:
    """Whether one time stands before the other, or with it, in nearly every row that holds both."""
    pairs = [(one, two) for one, two in zip(first.cells, second.cells, strict=True) if one and two][:2000]
    one, two = first.readings[0], second.readings[0]
    times = [(one.read(earlier), two.read(later)) for earlier, later in pairs]
    days = [(earlier.date(), later.date()) for earlier, later in times if earlier and later]
    return bool(days) and sum(earlier <= later for earlier, later in days) > 0.99 * len(days)


def _is_same(first: Cells, second: Cells) -> bool:
    return _is_never_after(first, second) and _is_never_after(second, first)


def time_of_day_of(columns: Sequence[Cells], ts: Cells) -> Cells | None:
    """The column with the time of day beside a column of days."""
    reading = ts.readings[0]
    has_time = reading.epoch is not None and (reading.epoch != "excel_days" or not ts.share(str.isdigit) > 0.95)
    if has_time or re.search("[Hh]", re.sub("'.*?'", "", reading.pattern)):
        return None
    candidates = [column for column in columns if column.is_time_of_day and column is not ts]
    by_name = [
        column for column in candidates if {"time", "zeit", "uhrzeit", "hora", "heure"} & set(words_of(column.name))
    ]
    return next(iter(by_name or candidates), None)
