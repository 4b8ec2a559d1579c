"""Which columns hold the money of a purchase, and whether of a unit, a line or an order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from audiences.config.notations import NumberStyle
from audiences.scaffold.amounts import Evidence, is_order_file, repeats_on_lines, role_of, share_of_products
from audiences.scaffold.cells import Cells
from audiences.scaffold.names import AMBIGUOUS_MONEY, NONE, WHOLE, plain, rank
from audiences.scaffold.numbers import value_of
from audiences.scaffold.roles import Choice

COUNTS_ONCE = "counts once"
_FEW_EMPTY = 0.05


@dataclass(frozen=True)
class Money:
    """The choice of a column of money.

    Args:
        choices: unit_price, line_amount or order_amount -> the choice (at most one of them).
        refused: columns whose name fits and whose values do not, with the reason.
        grain: line, or order where each row is an order.
        notes: how the columns of money belong together.
    """

    choices: Mapping[str, Choice]
    refused: Mapping[str, str]
    grain: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Candidate:
    column: Cells
    role: str
    is_by_name: bool
    evidence: Evidence


def money_of(free: Sequence[Cells], choices: Mapping[str, Choice], style: NumberStyle | None) -> Money:
    """The money of the rows: the amount that was paid, of the finest grain that the file has."""
    invoice = choices["invoice_id"].column if "invoice_id" in choices else None
    product = next((choices[name].column for name in ("product_id", "description") if name in choices), None)
    quantity = choices["quantity"].column if "quantity" in choices else None
    is_order = product is None and quantity is None and is_order_file(invoice)
    given = next((name for name in ("unit_price", "line_amount", "order_amount") if name in choices), None)
    if given is not None:
        return Money({}, {}, "order" if given == "order_amount" else "line", ())
    named, refused = _named(free, style)
    if is_order:
        return _of_orders(named, refused)
    lines = []
    for column in named:
        if invoice is not None and repeats_on_lines(column, invoice):
            refused[column.name] = "it is one amount for each order, which stands on its lines: it would count again"
        else:
            lines.append(_candidate(column, quantity, product, style))
    if not lines:
        return _of_repeated_totals([column for column in named if column.name in refused], refused, invoice)
    return _of_lines(lines, refused, quantity, style)


def _named(free: Sequence[Cells], style: NumberStyle | None) -> tuple[list[Cells], dict[str, str]]:
    """The columns of numbers whose name is one of money, the best name first."""
    ranked, refused = [], {}
    for number, column in enumerate(free):
        places = [rank(column.name, role) for role in ("unit_price", "line_amount", "order_amount")]
        best = min(places)
        if best[0] == NONE or not column.filled:
            continue
        share = column.share(lambda cell: value_of(cell, style) is not None)
        if share <= 0.95:
            odd = next(cell for cell in column.filled if value_of(cell, style) is None)
            refused[column.name] = f"{1 - share:.0%} of its values are no numbers, such as {odd}"
        elif all(not value_of(cell, style) for cell in column.filled):
            refused[column.name] = "it holds zeros only"
        else:
            ranked.append((best, number, column))
    return [column for _, _, column in sorted(ranked, key=lambda entry: entry[:2])], refused


def _of_orders(named: Sequence[Cells], refused: Mapping[str, str]) -> Money:
    """One row for each order: its total."""
    ranked = sorted(
        ((rank(column.name, "order_amount"), number, column) for number, column in enumerate(named)),
        key=lambda entry: entry[:2],
    )
    if not ranked:
        return Money({}, refused, "order", ())
    fit, _, best = ranked[0]
    why = {WHOLE: "by its name", NONE: "the only column of money"}.get(fit[0], "by a word of its name")
    rivals = tuple(column.name for _, _, column in ranked[1:])
    choice = Choice(best, f"{why}; each row is an order", rivals)
    return Money({"order_amount": choice}, refused, "order", ())


def _of_repeated_totals(totals: Sequence[Cells], refused: Mapping[str, str], invoice: Cells | None) -> Money:
    """Lines that hold no money but the total of their order, which stands on each of them: it counts once."""
    every_line = [column for column in totals if invoice is not None and column.empty_share < _FEW_EMPTY]
    if not every_line:
        return Money({}, refused, "line", ())
    found = _of_orders(every_line, {name: why for name, why in refused.items() if name != every_line[0].name})
    choice = found.choices["order_amount"]
    why = (
        f"{choice.why.partition(';')[0]}; the total of an order stands on each of its lines and {COUNTS_ONCE} (the "
        "others are repeated_order); what is known of products stays empty"
    )
    refused = {name: reason for name, reason in refused.items() if name != choice.column.name}
    return Money({"order_amount": replace(choice, why=why)}, refused, "order", ())


def _candidate(column: Cells, quantity: Cells | None, product: Cells | None, style: NumberStyle | None) -> _Candidate:
    if quantity is None:
        return _Candidate(column, "line_amount", True, Evidence("line_amount", "the file has no quantity"))
    evidence = role_of(column, quantity, product, style)
    unit, line = rank(column.name, "unit_price"), rank(column.name, "line_amount")
    by_name = "unit_price" if unit < line else "line_amount"
    is_certain = plain(column.name) not in AMBIGUOUS_MONEY and min(unit, line)[0] == WHOLE
    return _Candidate(column, evidence.role or by_name, evidence.role is None and is_certain, evidence)


def _of_lines(
    lines: Sequence[_Candidate], refused: Mapping[str, str], quantity: Cells | None, style: NumberStyle | None
) -> Money:
    """The amount that was paid for a line: given, or quantity times the price of a unit."""
    units = [one for one in lines if one.role == "unit_price"]
    amounts = [one for one in lines if one.role == "line_amount"]
    if units and amounts and quantity is not None:
        return _beside_each_other(units, amounts, refused, quantity, style)
    best = (units or amounts)[0]
    rivals = tuple(f"{other.column.name} ({other.evidence.words})" for other in lines if other is not best)
    if best.evidence.role is None and not best.is_by_name and not _is_indifferent(best):
        choice = Choice(best.column, f"TO BE CHOSEN: {best.evidence.words}", rivals, ("unit_price", "line_amount"))
        return Money({best.role: choice}, refused, "line", ())
    return Money({best.role: Choice(best.column, best.evidence.words, rivals)}, refused, "line", ())


def _is_indifferent(candidate: _Candidate) -> bool:
    return "every quantity is the same" in candidate.evidence.words


def _beside_each_other(
    units: Sequence[_Candidate],
    amounts: Sequence[_Candidate],
    refused: Mapping[str, str],
    quantity: Cells,
    style: NumberStyle | None,
) -> Money:
    """Both are there: where they agree the price of a unit will do, else what was paid is the amount of the line."""
    fits = [
        (share_of_products(unit.column, quantity, amount.column, style), unit, amount)
        for unit in units
        for amount in amounts
    ]
    share, unit, amount = max(fits, key=lambda fit: fit[0])
    others = [one.column.name for one in (*units, *amounts) if one not in (unit, amount)]
    if share > 0.995:
        note = f"{amount.column.name} is quantity * {unit.column.name} in {share:.1%} of the rows"
        choice = Choice(unit.column, f"by its name and values; {note}", (amount.column.name, *others))
        return Money({"unit_price": choice}, refused, "line", (note,))
    if share > 0.3:
        note = (
            f"{amount.column.name} is quantity * {unit.column.name} in {share:.1%} of the rows and something else, "
            f"such as a discounted amount, in the others: {amount.column.name} is what was paid"
        )
        choice = Choice(amount.column, note, (f"{unit.column.name} (a price of a unit before discounts)", *others))
        return Money({"line_amount": choice}, refused, "line", (note,))
    best = _surest([*units, *amounts])
    rivals = tuple(f"{one.column.name} ({one.evidence.words})" for one in (*units, *amounts) if one is not best)
    return Money({best.role: Choice(best.column, best.evidence.words, rivals)}, refused, "line", ())


def _surest(candidates: Sequence[_Candidate]) -> _Candidate:
    """The one that values speak for, else the one with the surest name, else the first."""
    return next(_by_certainty(candidates))


def _by_certainty(candidates: Sequence[_Candidate]) -> Iterator[_Candidate]:
    yield from (one for one in candidates if one.evidence.role is not None)
    yield from (one for one in candidates if one.is_by_name)
    yield from candidates
