"""The money of a row of transactions in plain Python, by the same rules as `sources.money`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

from audiences.config import Cleaning, TransactionSource
from audiences.config.notations import NumberStyle
from audiences.schema.clean import MAX_QUANTITY
from audiences.schema.table import LINE_AMOUNT, QUANTITY
from audiences.sources.notations.characters import EDGES
from audiences.sources.notations.numbers import read_number

_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)
_CENTS, _PRICE = Decimal("0.0001"), Decimal("0.00000001")
_UNITS = Decimal(1).scaleb(-QUANTITY.scale)
_LIMIT = Decimal(10) ** (LINE_AMOUNT.precision - LINE_AMOUNT.scale)
_DEDUCTIONS = ("discount", "tax", "shipping")


@dataclass(frozen=True)
class Money:
    """The money of a row and what it was made of; None where a cell is empty or no number.

    Args:
        quantity, price: the cells.
        units: the quantity, or 1 where an amount has none beside it.
        given: the amount of the line or the order, where the row gives one.
        has_amount: whether it does.
        net: the size of the money, without its sign and without discount, tax and shipping.
        amount: with its sign; negative for money that goes back.
        is_credit: whether something in the row says that it goes back.
    """

    quantity: Decimal | None
    price: Decimal | None
    units: Decimal | None
    given: Decimal | None
    has_amount: bool
    net: Decimal | None
    amount: Decimal | None
    is_credit: bool = False

    @property
    def has_fitting_units(self) -> bool:
        return self.units is not None and _fits(self.units)


def money_of_row(values: Mapping[str, str | None], source: TransactionSource, *, is_marked: bool) -> Money:
    """The money of a row; `is_marked`: something beside its numbers says that the money goes back."""
    style = source.number_style
    quantity, price, line, order = (
        number(values.get(name), style) for name in ("quantity", "unit_price", "line_amount", "order_amount")
    )
    has_order = source.grain == "order" and _is_filled(values, "order_amount")
    has_amount = has_order or _is_filled(values, "line_amount")
    given = order if has_order else line
    units = Decimal(1) if quantity is None and has_amount and not _is_filled(values, "quantity") else quantity
    if has_amount:
        size = None if given is None else rounded(abs(given), _CENTS)
    elif units is None or price is None:
        size = None
    else:
        size = rounded(abs(_WIDE.multiply(rounded(units, _UNITS), rounded(price, _PRICE))), _CENTS)
    if size is not None and size >= _LIMIT:
        size = None
    net = None if size is None else size - _deducted(values, size, style)
    is_credit = is_marked or any(part is not None and part < 0 for part in (given, units, price))
    amount = None if net is None else -net if is_credit else net
    return Money(quantity, price, units, given, has_amount, net, amount, is_credit)


def _deducted(values: Mapping[str, str | None], size: Decimal, style: NumberStyle) -> Decimal:
    """What is taken off the row's money: amounts, and a discount that is written as a share of it."""
    parts = (number(values.get(name), style) for name in _DEDUCTIONS)
    deducted = sum((rounded(abs(part), _CENTS) for part in parts if part), Decimal(0))
    share = _percent(values, style)
    return deducted if share is None else deducted + rounded(_WIDE.multiply(size, abs(share)), _CENTS)


def _percent(values: Mapping[str, str | None], style: NumberStyle) -> Decimal | None:
    """The share that the discount's cell says with a percent sign; None where it says none."""
    text = values.get("discount")
    if number(text, style) is not None:
        return None
    return read_number(text, style=style, precision=9, scale=6, rounds=True, percent=True).value


def lessened(money: Money, off: Decimal) -> Money:
    """The money of a purchase less its share of what comes off its order."""
    return replace(money, net=money.net - off, amount=money.amount - off) if money.net and money.amount else money


def money_reasons(
    values: Mapping[str, str | None],
    money: Money,
    source: TransactionSource,
    cleaning: Cleaning,
    *,
    has_odd_order: bool = False,
) -> Iterator[str]:
    """The rules about numbers that a row breaks: unreadable, out of range, or of another grain."""
    counts_units = source.grain == "line" or not money.has_amount
    if counts_units and money.units is None:
        yield "invalid_quantity"
    if counts_units and money.quantity is not None and not money.has_fitting_units:
        yield "quantity_out_of_range"
    if not money.has_amount and money.price is None:
        yield "invalid_price"
    if money.has_amount and money.given is None:
        yield "invalid_amount"
    if not money.has_amount and money.price is None and _is_filled(values, "order_amount"):
        yield "amount_of_a_whole_order"
    style = source.number_style
    odd = {name for name in _DEDUCTIONS if _is_filled(values, name) and number(values.get(name), style) is None}
    if _percent(values, style) is not None:
        odd.discard("discount")
    if odd or has_odd_order or (money.net is not None and money.net < 0):
        yield "invalid_deduction"
    has_size = money.given is not None if money.has_amount else money.price is not None and money.has_fitting_units
    if has_size and (money.amount is None or abs(money.amount) > cleaning.max_amount):
        yield "amount_out_of_range"


def _fits(units: Decimal) -> bool:
    return abs(units) < MAX_QUANTITY and units == rounded(units, _UNITS)


def rounded(value: Decimal, unit: Decimal) -> Decimal:
    return value.quantize(unit, context=_WIDE)


def _is_filled(values: Mapping[str, str | None], name: str) -> bool:
    return bool((values.get(name) or "").strip(EDGES))


@lru_cache(maxsize=200_000)
def number(text: str | None, style: NumberStyle) -> Decimal | None:
    """The text as a number of that notation, with as many digits as `sources.money` reads; None where it is none."""
    return read_number(text, style=style, precision=38, scale=10, rounds=True).value
