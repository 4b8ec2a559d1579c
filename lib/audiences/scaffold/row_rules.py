"""The rules that reject a row of transactions, row by row in plain Python, as `sources.transactions` has them.

The two are held together by a test that runs both over the same files.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from audiences.config import Settings, TransactionSource
from audiences.scaffold.judged_row import Clock, Header, JudgedRow, Rows, holds, people, trimmed, unreadable
from audiences.scaffold.raw_rows import RawRow
from audiences.scaffold.row_money import Money, money_of_row, money_reasons, number
from audiences.sources.money import MONEY_CELLS
from audiences.sources.notations.currencies import currency_of_cell
from audiences.sources.row_checks import BLANK_ROW

_READ = ("quantity", "unit_price", "line_amount", "order_amount", "discount", "tax", "shipping", "unit_cost")


@dataclass(frozen=True)
class _Typed:
    customer: str | None
    is_lost: bool
    invoice: str | None
    product: str | None
    moment: datetime | None
    day: date | None
    currency: str | None
    money: Money
    is_cancelled: bool


class TransactionRules:
    """Judges rows one after the other; it remembers them to know those that were delivered before."""

    def __init__(self, settings: Settings, *, is_one_file: bool = False) -> None:
        rules = settings.cleaning.rules
        # of one file alone no row was delivered before: its rows need not be remembered
        self._remembers = rules.exact_duplicate or (rules.delivered_twice and not is_one_file)
        self._source: TransactionSource = settings.sources.transactions
        self._cleaning, self._currency = settings.cleaning, settings.currency
        self._has_rates = bool(settings.sources.rates.path)
        self._clock = Clock(self._source, settings.time_zone)
        self._header = Header(self._source)
        self._people = people(settings, settings.cleaning)
        self._cancelled = _matcher(self._cleaning.cancellation_pattern)
        self._bad_debt = _matcher(self._cleaning.bad_debt_pattern)
        self._no_products = frozenset(self._cleaning.non_product_codes if self._cleaning.rules.non_product else ())
        self._in_file: Counter[int] = Counter()
        self._in_earlier_files: dict[int, int] = {}
        self._orders: set[int] = set()

    def begin_file(self, rows: Rows = tuple) -> None:
        """What was read so far stands in earlier files."""
        for key, times in self._in_file.items():
            self._in_earlier_files[key] = max(times, self._in_earlier_files.get(key, 0))
        self._in_file.clear()

    def judge(self, row: RawRow) -> JudgedRow:
        """The row's typed values and its reasons, in the order of the rules."""
        typed = self._typed(row)
        if _is_blank(row):
            reasons: tuple[str, ...] = (BLANK_ROW,)
        else:
            reasons = ("header_again",) if self._header.stands_again(row) else tuple(self._broken(row, typed))
        if not all(holds(rule, row) for rule in self._source.where):
            reasons = ("filtered_out",)
        amount = None if self._is_foreign(typed) else typed.money.amount
        return JudgedRow(typed.customer, typed.invoice, typed.day, amount, typed.currency, reasons)

    def _typed(self, row: RawRow) -> _Typed:
        values = row.values
        written = values.get("customer_id")
        customer = self._people.read(written)
        moment = self._clock.moment(values.get("ts"))
        named = trimmed(values.get("invoice_id"))
        invoice = named or (None if moment is None else f"{customer.value or ''}@{moment.timestamp():.0f}")
        is_cancelled = self._cancelled(invoice)
        is_marked = is_cancelled or any(holds(rule, row) for rule in self._source.returns)
        product = None if self._source.grain == "order" else trimmed(values.get("product_id"))
        named_currency = trimmed(values.get("currency"))
        currency = named_currency.upper() if named_currency else self._currency_of_cells(values)
        day = None if moment is None else moment.date()
        money = money_of_row(values, self._source, is_marked=is_marked)
        return _Typed(
            customer.value,
            customer.is_lost,
            invoice,
            product,
            moment,
            day,
            currency,
            money,
            is_cancelled,
        )

    def _broken(self, row: RawRow, typed: _Typed) -> Iterator[str]:
        rules, cleaning, money = self._cleaning.rules, self._cleaning, typed.money
        yield from unreadable(row)
        if rules.missing_customer and typed.customer is None and not typed.is_lost:
            yield "missing_customer"
        if typed.is_lost:
            yield "lost_customer_id"
        if rules.missing_invoice and trimmed(row.values.get("invoice_id")) is None:
            yield "missing_invoice"
        if typed.day is None:
            yield "invalid_date"
        elif rules.date_out_of_range and not cleaning.min_date <= typed.day <= cleaning.max_date:
            yield "date_out_of_range"
        yield from money_reasons(row.values, money, self._source, cleaning)
        if rules.non_positive_price and money.price is not None and money.price <= 0:
            yield "non_positive_price"
        is_negative = money.amount is not None and money.amount < 0
        if typed.product in self._no_products and not is_negative:
            yield "non_product"
        if rules.bad_debt and self._bad_debt(typed.invoice):
            yield "bad_debt"
        if rules.negative_quantity and money.quantity is not None and money.quantity <= 0 and not typed.is_cancelled:
            yield "negative_quantity"
        if self._is_foreign(typed) and not self._has_rates:
            yield "other_currency"
        yield from self._repeated(row, typed)

    def _currency_of_cells(self, values: Mapping[str, str | None]) -> str | None:
        """What the cells of the row's money say of its currency."""
        said = (currency_of_cell(values.get(name), self._currency) for name in MONEY_CELLS[self._source.grain])
        return next(filter(None, said), None)

    def _is_foreign(self, typed: _Typed) -> bool:
        return typed.currency is not None and typed.currency != self._currency

    def _repeated(self, row: RawRow, typed: _Typed) -> Iterator[str]:
        rules = self._cleaning.rules
        if self._remembers:
            key = self._key(row, typed)
            self._in_file[key] += 1
            in_earlier = self._in_earlier_files.get(key, 0)
            if rules.exact_duplicate and (self._in_file[key] > 1 or in_earlier):
                yield "exact_duplicate"
            if rules.delivered_twice and not rules.exact_duplicate and in_earlier >= self._in_file[key]:
                yield "delivered_twice"
        if self._source.grain == "order":
            order = hash((typed.customer, typed.invoice, typed.moment, typed.money.amount))
            if order in self._orders and trimmed(row.values.get("invoice_id")) is not None:
                yield "repeated_order"
            self._orders.add(order)

    def _key(self, row: RawRow, typed: _Typed) -> int:
        """What makes two rows equal: each cell, typed where typing worked, else as it was written."""
        known = {"customer_id": typed.customer, "invoice_id": typed.invoice, "ts": typed.moment}
        cells = [
            (number(text, self._source.number_style) if name in _READ else known.get(name)) or trimmed(text)
            for name, text in row.values.items()
        ]
        return hash((*cells, *row.rest, row.corrupt))


def _is_blank(row: RawRow) -> bool:
    """Whether no cell of the row holds anything."""
    has_no_rest = row.corrupt is None and not any((cell or "").strip(" ") for cell in row.rest)
    return has_no_rest and not any(map(trimmed, row.values.values()))


def _matcher(pattern: str) -> Callable[[str | None], bool]:
    if not pattern:
        return lambda text: False
    compiled = re.compile(pattern)
    return lambda text: text is not None and compiled.search(text) is not None
