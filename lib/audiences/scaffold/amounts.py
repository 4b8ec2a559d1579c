"""Whether a column of money is the price of a unit, the amount of a line or of an order: what its values say."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from audiences.config.notations import NumberStyle
from audiences.scaffold.cells import Cells, rows_of, same_for_each

Role = Literal["unit_price", "line_amount", "order_amount"]

_SAME = 0.005
"""Relative difference up to which two amounts are equal: prices are rounded to cents."""
_MIN_GROUPS, _MIN_ROWS = 3, 60
_CLEAR = 0.25
"""By so much one share has to exceed the other to be evidence."""


@dataclass(frozen=True)
class Evidence:
    """What the values say: the role, None where they fit more than one, and in words why."""

    role: Role | None
    words: str


def role_of(amount: Cells, quantity: Cells, product: Cells | None, style: NumberStyle | None) -> Evidence:
    """Unit price or line amount, from lines that hold other quantities of the same product.

    The price of a unit stays when the quantity changes; of an amount of a line, amount / quantity stays.
    """
    pairs = [
        (value, units) if value and units and value > 0 and units > 0 else None
        for value, units in zip(amount.numbers(style), quantity.numbers(style), strict=True)
    ]
    if len({pair[1] for pair in pairs if pair}) < 2:
        return Evidence(None, "every quantity is the same, so that both readings give the same money")
    if product is not None:
        by_product = ([pairs[row] for row in rows] for rows in rows_of(product).values())
        groups = [[pair for pair in group if pair is not None] for group in by_product]
        groups = [group for group in groups if len({units for _, units in group}) > 1]
        if len(groups) >= _MIN_GROUPS:
            return _by_product(groups)
    known = [pair for pair in pairs if pair]
    if len(known) < _MIN_ROWS:
        return Evidence(None, "too few lines hold other quantities of the same product")
    return _by_slope(known)


def _by_product(groups: Sequence[Sequence[tuple[float, float]]]) -> Evidence:
    """How often the amount, and how often amount / quantity, is the same on all lines of a product."""
    prices = [_spread([value for value, _ in group]) for group in groups]
    ratios = [_spread([value / units for value, units in group]) for group in groups]
    same_price = sum(spread <= 2 * _SAME for spread in prices) / len(groups)
    same_ratio = sum(spread <= 2 * _SAME for spread in ratios) / len(groups)
    words = (
        f"amount / quantity is constant for {same_ratio:.0%} of {len(groups):,} products sold in several quantities, "
        f"the amount itself for {same_price:.0%}"
    )
    if abs(same_ratio - same_price) > _CLEAR:
        return Evidence("line_amount" if same_ratio > same_price else "unit_price", words)
    wide_price, wide_ratio = statistics.median(prices), statistics.median(ratios)
    words += f"; within a product it varies by {wide_ratio:.0%} and {wide_price:.0%}"
    if wide_ratio < 0.6 * wide_price:
        return Evidence("line_amount", words)
    return Evidence("unit_price" if wide_price < 0.6 * wide_ratio else None, words)


def _spread(values: Sequence[float]) -> float:
    return max(values) / min(values) - 1


def _by_slope(pairs: Sequence[tuple[float, float]]) -> Evidence:
    """Without products: whether the amount grows as the quantity does (the slope of their logarithms)."""
    amounts, units = [math.log(value) for value, _ in pairs], [math.log(units) for _, units in pairs]
    if max(units) - min(units) < math.log(2):
        return Evidence(None, "the quantities hardly differ")
    slope, _ = statistics.linear_regression(units, amounts)
    words = f"a quantity twice as large goes with an amount {2**slope:.1f} times as large"
    return Evidence("line_amount" if slope > 0.75 else "unit_price" if slope < 0.25 else None, words)


def share_of_products(price: Cells, quantity: Cells, amount: Cells, style: NumberStyle | None) -> float:
    """Share of the rows where amount = price * quantity, of those that hold all three."""
    triples = [
        (unit, units, total)
        for unit, units, total in zip(price.numbers(style), quantity.numbers(style), amount.numbers(style), strict=True)
        if unit is not None and units is not None and total is not None
    ]
    if not triples:
        return 0.0
    fits = sum(abs(unit * units - total) <= max(0.011, _SAME * abs(total)) for unit, units, total in triples)
    return fits / len(triples)


def repeats_on_lines(amount: Cells, invoice: Cells) -> bool:
    """Whether it is one amount for each order that stands again on all its lines (or on the first alone)."""
    several = [rows for rows in rows_of(invoice).values() if len(rows) > 1]
    if len(several) < _MIN_GROUPS:
        return False
    values = [{amount.cells[row] for row in rows if amount.cells[row]} for rows in several]
    filled = sum(bool(amount.cells[row]) for rows in several for row in rows)
    is_first_alone = filled <= 1.05 * len(several)
    # equal lines of one product happen: several lines of one amount in nearly every order do not
    is_one = sum(len(distinct) <= 1 for distinct in values) > 0.95 * len(several)
    return is_first_alone or is_one


def is_order_file(invoice: Cells | None) -> bool:
    """Whether each row is an order: no column of orders, or one row for each of them."""
    return invoice is None or same_for_each(invoice, Cells("row", tuple(map(str, range(len(invoice.cells)))))) > 0.99
