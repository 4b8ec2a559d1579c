"""What each column of a transaction file is: by its name, tested by its values, with the rivals named."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from audiences.config.notations import NumberStyle
from audiences.scaffold.cells import Cells, joined, same_for_each
from audiences.scaffold.discounts import shares_of
from audiences.scaffold.money_columns import Money, money_of
from audiences.scaffold.names import NONE, WHOLE, rank
from audiences.scaffold.numbers import Numbers, is_number, numbers_of, value_of
from audiences.scaffold.roles import (
    BY_CONTENT,
    Choice,
    Outcome,
    customer_of,
    invoice_of,
    is_code,
    named,
    time_of_day_of,
    ts_of,
)
from audiences.scaffold.sample import Sample, written_on
from audiences.scaffold.timestamps import Reading, readings

ENOUGH_BY_NAME = 3
"""So many of customer, order, time, quantity and money known by name make it a file of purchases; only then does
content alone fill the gaps."""
_CORE = ("customer_id", "invoice_id", "ts", "quantity", "unit_price", "line_amount", "order_amount")
_MONEY = ("unit_price", "line_amount", "order_amount")


@dataclass(frozen=True)
class Guess:
    """What the columns of a file are.

    Args:
        choices: canonical name -> choice.
        numbers: how numbers are written.
        grain: line, or order where each row is an order.
        time_of_day: the column that holds the time beside a column of days.
        others: columns that have no role.
        refused: canonical name -> column whose name fits -> why it is not that.
        notes: what the money columns have to do with each other.
    """

    choices: Mapping[str, Choice]
    numbers: Numbers
    grain: str
    time_of_day: Cells | None
    others: tuple[Cells, ...]
    refused: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def columns(self) -> Mapping[str, Cells]:
        return {name: choice.column for name, choice in self.choices.items()}

    @property
    def missing(self) -> tuple[str, ...]:
        """What a purchase cannot be read without."""
        lacking = [name for name in ("customer_id", "ts") if name not in self.choices]
        if not any(name in self.choices for name in _MONEY):
            lacking.append("unit_price, line_amount or order_amount")
        return tuple(lacking)

    @property
    def times(self) -> tuple[str, ...]:
        """The filled times, with the time of day where it stands in a column of its own."""
        ts = self.choices["ts"].column
        if self.time_of_day is None:
            return ts.filled
        return tuple(f"{day} {time}".strip() for day, time in zip(ts.cells, self.time_of_day.cells, strict=True) if day)


def guess(sample: Sample, chosen: Mapping[str, str] | None = None) -> Guess:
    """The best column for each canonical name, each column for one name at the most.

    Args:
        chosen: canonical name -> column, as a person or a known export says.
    """
    latest = written_on(Path(sample.path))
    columns = [Cells(name, sample.column(number), latest) for number, name in enumerate(sample.header)]
    of_numbers = [column for column in columns if _holds_numbers(column)]
    written = numbers_of([column.filled for column in of_numbers], [column.name for column in of_numbers])
    by_person = {
        canonical: Choice(column, "as it was given")
        for canonical, name in (chosen or {}).items()
        for column in columns
        if column.name == name
    }
    choices, refused = dict(by_person), {}
    free = _Free(columns, choices)
    if sample.has_header:
        for canonical, outcome in _people_and_times(free):
            refused[canonical] = outcome.refused
            if outcome.choice is not None:
                choices.setdefault(canonical, outcome.choice)
        _by_name(free, choices, written.style)
        money = money_of(free.columns, choices, written.style)
        choices |= {name: choice for name, choice in money.choices.items() if name not in choices}
        refused["unit_price, line_amount or order_amount"] = money.refused
        discount = shares_of(free.columns, choices, written.style) if "discount" not in choices else None
        choices |= {"discount": discount} if discount is not None else {}
    else:
        money = Money({}, {}, "line", ())
    if not sample.has_header or (len(set(choices) & set(_CORE)) >= ENOUGH_BY_NAME and _is_money_missing(choices)):
        _fill_by_content(free, choices, has_header=sample.has_header)
    ts = choices.get("ts")
    time_of_day = None if ts is None else time_of_day_of(free.columns, ts.column)
    taken = {choice.column.name for choice in choices.values()}
    taken |= {time_of_day.name} if time_of_day is not None else set()
    others = tuple(column for column in columns if column.name not in taken)
    return Guess(choices, written, money.grain, time_of_day, others, refused, money.notes)


class _Free:
    """The columns that have no role yet."""

    def __init__(self, columns: Sequence[Cells], choices: Mapping[str, Choice]) -> None:
        self._all, self._choices = columns, choices

    @property
    def columns(self) -> list[Cells]:
        taken = {choice.column.name for choice in self._choices.values()}
        return [column for column in self._all if column.name not in taken]


def _holds_numbers(column: Cells) -> bool:
    return column.share(is_number) > 0.9 and not column.readings


def _people_and_times(free: _Free) -> list[tuple[str, Outcome]]:
    invoice = free._choices.get("invoice_id")
    by_name = Outcome(invoice, {}) if invoice else invoice_of(free.columns)
    order = by_name.choice.column if by_name.choice else None
    customer = free._choices.get("customer_id")
    person = (
        Outcome(customer, {})
        if customer
        else customer_of([column for column in free.columns if column is not order], order)
    )
    who = person.choice.column if person.choice else None
    return [("invoice_id", by_name), ("customer_id", person), ("ts", ts_of(free.columns, order, who))]


def _by_name(free: _Free, choices: dict[str, Choice], style: NumberStyle | None) -> None:
    """Quantity, product and texts: by their names, if the values can be that."""
    for canonical in ("quantity", "currency", "country", "category", "description", "product_id"):
        if canonical in choices:
            continue
        fitting = [(fit, column) for fit, column in named(free.columns, canonical) if _fits(canonical, column, style)]
        if fitting:
            (fit, best), *rivals = fitting
            why = "by its name" if fit[0] == WHOLE else "by a word of its name"
            choices[canonical] = Choice(best, why, tuple(column.name for _, column in rivals))


def _fits(canonical: str, column: Cells, style: NumberStyle | None) -> bool:
    if canonical == "quantity":
        return numbers_share(column, style) > 0.95
    if canonical == "product_id":
        return is_code(column)
    if canonical == "currency":
        return column.share(lambda cell: len(cell) == 3 and cell.isalpha()) > 0.95
    return not column.readings and numbers_share(column, style) <= 0.95


def numbers_share(column: Cells, style: NumberStyle | None) -> float:
    return column.share(lambda cell: value_of(cell, style) is not None)


def _is_money_missing(choices: Mapping[str, Choice]) -> bool:
    return not any(name in choices for name in _MONEY) or not {"customer_id", "invoice_id", "ts"} <= set(choices)


def _fill_by_content(free: _Free, choices: dict[str, Choice], *, has_header: bool) -> None:
    """What no name tells: the column whose content is most like it, said to be no more than that."""
    wanted = ["ts", "unit_price", "quantity", "invoice_id", "customer_id"]
    if has_header and any(name in choices for name in _MONEY):
        wanted = ["ts", "invoice_id", "customer_id"]
    if not has_header:
        wanted += ["product_id", "description", "category", "country"]
    for canonical in wanted:
        if canonical in choices:
            continue
        known = {name: choice.column for name, choice in choices.items()}
        scored = [
            (_likeness(canonical, column, known), number, column)
            for number, column in enumerate(free.columns)
            if column.filled and _can_be(canonical, column, has_header=has_header)
        ]
        scored = sorted((entry for entry in scored if entry[0] > 0), key=lambda entry: (-entry[0], entry[1]))
        if scored:
            rivals = tuple(column.name for _, _, column in scored[1:3])
            choices[canonical] = Choice(scored[0][2], BY_CONTENT, rivals)


def _can_be(canonical: str, column: Cells, *, has_header: bool) -> bool:
    """A column whose name says that it is something else is not guessed from its content."""
    if not has_header:
        return True
    from audiences.scaffold.names import OTHER_WORDS, words_of

    words = set(words_of(column.name))
    if canonical in _MONEY and OTHER_WORDS["line_amount"] & words:
        return False
    return not OTHER_WORDS[canonical] & words and all(
        rank(column.name, other)[0] == NONE for other in ("product_id", "description", "country", "currency")
    )


def _likeness(canonical: str, column: Cells, known: Mapping[str, Cells]) -> float:
    """0: not at all; comparable within one canonical name."""
    if canonical == "ts":
        return float(column.distinct) if column.readings else 0.0
    if canonical in ("unit_price", "quantity"):
        return _number_likeness(canonical, column)
    if canonical in ("invoice_id", "customer_id", "product_id"):
        return _code_likeness(canonical, column, known)
    if column.readings or column.share(is_number) > 0.95:
        return 0.0
    words = column.share(lambda cell: " " in cell)
    if canonical == "description":
        return words if words > 0.5 and column.distinct > 20 else 0.0
    is_plain = column.share(lambda cell: not any(map(str.isdigit, cell))) > 0.95
    return float(canonical == "country" and is_plain and column.distinct <= 250 and words < 1)


def _number_likeness(canonical: str, column: Cells) -> float:
    """Prices have fractions and are hardly ever negative; quantities are whole and small, the smaller the likelier."""
    numbers = [value for cell in column.filled[:5000] if (value := value_of(cell, None)) is not None]
    if len(numbers) < 0.95 * min(len(column.filled), 5000) or not numbers or column.readings:
        return 0.0
    fractions = sum(value != round(value) for value in numbers) / len(numbers)
    if canonical == "unit_price":
        is_positive = sum(value < 0 for value in numbers) < 0.1 * len(numbers)
        return fractions if fractions > 0.2 and is_positive else 0.0
    size = statistics.median(map(abs, numbers))
    return 1 / (1 + size) if fractions < 0.2 and size <= 100 else 0.0


def _code_likeness(canonical: str, column: Cells, known: Mapping[str, Cells]) -> float:
    """All lines of an order have one time and one customer; a customer has several orders; products repeat."""
    has_digits = column.share(lambda cell: any(map(str.isdigit, cell)) and " " not in cell) > 0.9
    if not is_code(column) or not (has_digits or column.is_e_mail):
        return 0.0
    ts, invoice = known.get("ts"), known.get("invoice_id")
    if canonical == "invoice_id":  # of two such columns the one that repeats more
        repeats = len(column.filled) / column.distinct
        return repeats if ts and repeats > 1.05 and same_for_each(column, ts) > 0.8 else 0.0
    if canonical == "customer_id":
        is_owner = invoice and 2 < column.distinct < invoice.distinct and same_for_each(invoice, column) > 0.95
        return float(column.distinct) if is_owner else 0.0
    return float(column.distinct) if 1 < column.distinct < len(column.filled) else 0.0


def formats_of(guesses: Sequence[Guess]) -> list[Reading]:
    """Every timestamp format that reads the times of all files."""
    latest = joined([one.choices["ts"].column for one in guesses]).latest
    return readings([time for one in guesses for time in one.times], takes_numbers=True, latest=latest)
