"""Columns of discounts: whether the money beside them is before or after the discount."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from audiences.config.notations import NumberStyle
from audiences.scaffold.cells import Cells, rows_of
from audiences.scaffold.names import words_of
from audiences.scaffold.numbers import value_of
from audiences.scaffold.roles import Choice

_WORDS = frozenset({"discount", "discounts", "rabatt", "nachlass", "remise", "descuento", "sconto", "desconto",
                    "korting", "rabat", "скидка", "割引", "折扣", "할인"})  # fmt: skip
_MIN_PRODUCTS, _MOST = 3, 0.9
NOT_TAKEN_OFF = ""
"""Stands among the options of a discount for: the money is after it, nothing is to be taken off."""


def shares_of(free: Sequence[Cells], choices: Mapping[str, Choice], style: NumberStyle | None) -> Choice | None:
    """A column of discounts that are written as shares, such as 10%; open where nothing tells whether they count yet.

    None where there is no such column, or where the prices show that it was taken off already.
    """
    column = next((one for one in free if _is_discount(one) and one.share(_is_percent) > _MOST), None)
    if column is None:
        return None
    why = "shares of the money of a line"
    before = _is_before(column, choices, style)
    if before is None:
        options = (column.name, NOT_TAKEN_OFF)
        return Choice(column, f"{why}: nothing tells whether the money is before it or after it", (), options)
    return Choice(column, f"{why}, not yet taken off: a product's price stays while it changes") if before else None


def told_discounts(columns: Sequence[Cells], style: NumberStyle | None) -> list[str]:
    """A sentence for each column of discounts that is left alone."""
    return [
        f"{column.name} holds discounts and is not taken off the money; if the money is before it, name it as "
        "sources.transactions.columns.discount"
        for column in columns
        if _is_discount(column) and any(_is_percent(cell) or value_of(cell, style) for cell in column.counted)
    ]


def _is_discount(column: Cells) -> bool:
    words = set(words_of(column.name))
    return bool(words & _WORDS) and not words & {"code", "codes", "name", "type", "id", "reason"}


def _is_percent(cell: str) -> bool:
    return cell.endswith(("%", "％")) and any(map(str.isdigit, cell))


def _is_before(column: Cells, choices: Mapping[str, Choice], style: NumberStyle | None) -> bool | None:
    """Whether prices are before the discount; None where too few products are sold at several discounts."""
    product, price = choices.get("product_id") or choices.get("description"), choices.get("unit_price")
    if product is None or price is None or price.is_open:
        return None
    prices = price.column.numbers(style)
    groups = [
        {prices[row] for row in rows}
        for rows in rows_of(product.column).values()
        if len({column.cells[row] for row in rows}) > 1
    ]
    if len(groups) < _MIN_PRODUCTS:
        return None
    same = sum(len(group) == 1 for group in groups) / len(groups)
    return True if same > _MOST else False if same < 1 - _MOST else None
