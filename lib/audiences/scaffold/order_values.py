"""What a file says of a whole order on one of its lines, in plain Python, as `sources.order_values` has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from audiences.config import TransactionSource
from audiences.config.row_rule import RowRule
from audiences.scaffold.raw_rows import RawRow

_UNIT = 10_000  # shares are cut in units of 1e-4
_MOST = 10**19


@dataclass
class _Order:
    """One order: the first filled cell of each column, and its money in units of 1e-4."""

    cells: dict[str, str] = field(default_factory=dict)
    deducted: dict[str, int] = field(default_factory=dict)
    whole: int = 0
    so_far: int = 0


class OrderValues:
    """The orders of the file that is read; it has to be looked through once before its rows are judged."""

    def __init__(self, source: TransactionSource, number: Callable[[str], Decimal | None]) -> None:
        rules = (*source.where, *source.returns)
        self._columns = tuple({rule.column for rule in rules if rule.of_order})
        self._deductions, self._number = source.order_deductions, number
        self._orders: dict[str | None, _Order] = {}

    @property
    def are_needed(self) -> bool:
        return bool(self._columns or self._deductions)

    def begin_file(self) -> None:
        self._orders.clear()

    def look_for_cells(self, row: RawRow, invoice: str | None) -> None:
        """Keeps what the row says of its order."""
        order = self._orders.setdefault(invoice, _Order())
        for column in self._columns:
            cell = (row.cell(column) or "").strip()
            if cell:
                order.cells.setdefault(column, cell)
        for column in self._deductions:
            off = self._number(row.cell(column) or "")
            if off is not None:
                order.deducted.setdefault(column, in_units(abs(off)))

    def look_for_money(self, invoice: str | None, part: int) -> None:
        self._orders[invoice].whole += part

    def cell(self, rule: RowRule, row: RawRow, invoice: str | None) -> str:
        """The cell that a rule looks at."""
        cell = (row.cell(rule.column) or "").strip()
        if cell or not rule.of_order:
            return cell
        order = self._orders.get(invoice)
        return "" if order is None else order.cells.get(rule.column, "")

    def share(self, invoice: str | None, part: int) -> Decimal:
        """What comes off this row, the next of its order; `part` is its own money in units."""
        order = self._orders.get(invoice)
        if order is None or not order.whole or order.whole >= _MOST:
            return Decimal(0)
        off = min(sum(order.deducted.values()), order.whole)
        before, order.so_far = order.so_far, order.so_far + part
        return Decimal(off * order.so_far // order.whole - off * before // order.whole) / _UNIT

    def is_odd(self, row: RawRow) -> bool:
        """Whether a cell of such money is no number."""
        cells = (row.cell(column) or "" for column in self._deductions)
        return any(cell.strip() and self._number(cell) is None for cell in cells)


def in_units(money: Decimal) -> int:
    """Money in units of 1e-4, rounded half up."""
    return int((money * _UNIT + Decimal("0.5")) // 1)
