"""Whether the discounts of single lines in a Shopify export come off their orders: its subtotals say so."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from audiences.scaffold.numbers import value_of
from audiences.scaffold.sample import Sample

COLUMN = "Lineitem discount"
_NEEDED = ("Name", "Subtotal", "Discount Amount", "Lineitem quantity", "Lineitem price", COLUMN)
_CENT, _NEARLY_ALL = 0.015, 0.9


@dataclass
class _Order:
    lines: float = 0.0
    off_lines: float = 0.0
    subtotal: list[float] = field(default_factory=list)
    off: float = 0.0


def come_off(sample: Sample) -> bool:
    """Whether subtotals are the lines less both kinds of discount, and not less the order's alone."""
    if not set(_NEEDED) <= set(sample.header):
        return False
    orders: dict[str, _Order] = defaultdict(_Order)
    columns = [sample.column(sample.header.index(name)) for name in _NEEDED]
    for name, *cells in zip(*columns, strict=True):
        order = orders[name]
        subtotal, off, units, price, off_line = (value_of(cell, None) if cell else None for cell in cells)
        order.lines += (units or 0) * (price or 0)
        order.off_lines += abs(off_line or 0)
        order.off += abs(off or 0)
        order.subtotal += [] if subtotal is None else [subtotal]
    telling = [order for order in orders.values() if order.off_lines > _CENT and order.subtotal]
    fits = sum(abs(one.lines - one.off - one.off_lines - one.subtotal[0]) < _CENT for one in telling)
    return bool(telling) and fits > _NEARLY_ALL * len(telling)
