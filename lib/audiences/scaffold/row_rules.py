"""The rules that reject a row of transactions, row by row in plain Python, as `sources.transactions` has them.

The two are held together by a test that runs both over the same files.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from audiences.config import Settings, TransactionSource
from audiences.config.row_rule import RowRule
from audiences.scaffold.judged_row import Clock, Header, JudgedRow, Rows, meets, people, reasons_of, trimmed, unreadable
from audiences.scaffold.order_values import OrderValues, in_units
from audiences.scaffold.raw_rows import RawRow
from audiences.scaffold.row_money import Money, lessened, money_of_row, money_reasons, number
from audiences.sources.money import MONEY_CELLS
from audiences.sources.notations.currencies import currency_of_cell

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
        self._orders: set[tuple[object, ...]] = set()
        style = self._source.number_style
        self._orders_of_file = OrderValues(self._source, lambda text: number(text, style))

    def begin_file(self, rows: Rows = tuple) -> None:
        """What was read so far stands in earlier files; `rows` is asked only where a rule speaks of whole orders."""
        self._orders_of_file.begin_file()
        if self._orders_of_file.are_needed:
            self._look_through(rows)
        for key, times in self._in_file.items():
            self._in_earlier_files[key] = max(times, self._in_earlier_files.get(key, 0))
        self._in_file.clear()

    def _look_through(self, rows: Callable[[], Iterable[RawRow]]) -> None:
        for row in rows():
            self._orders_of_file.look_for_cells(row, self._invoice_of(row))
        if self._source.order_deductions:  # which rows are returns is known now, and with that what shares them
            for row in rows():
                typed = self._typed(row, is_first_look=True)
                self._orders_of_file.look_for_money(typed.invoice, self._part(typed.money))

    def _invoice_of(self, row: RawRow) -> str | None:
        named = trimmed(row.values.get("invoice_id"))
        moment = None if named else self._clock.moment(row.values.get("ts"))
        customer = self._people.read(row.values.get("customer_id"))
        return named or (None if moment is None else f"{customer.value or ''}@{moment.timestamp():.0f}")

    def _part(self, money: Money) -> int:
        """What of a row's money takes part in its order's deductions, in units of 1e-4; a return takes none."""
        is_in_range = money.net is not None and 0 <= money.net <= self._cleaning.max_amount
        return in_units(money.net) if money.net is not None and is_in_range and not money.is_credit else 0

    def judge(self, row: RawRow) -> JudgedRow:
        """The row's typed values and its reasons, in the order of the rules."""
        typed = self._typed(row)
        is_wanted = all(self._hold(self._source.where, row, typed.invoice))
        reasons = reasons_of(row, self._broken(row, typed), header=self._header, is_wanted=is_wanted)
        amount = None if self._is_foreign(typed) else typed.money.amount
        return JudgedRow(typed.customer, typed.invoice, typed.day, amount, typed.currency, reasons)

    def _hold(self, rules: Sequence[RowRule], row: RawRow, invoice: str | None) -> Iterable[bool]:
        return (meets(rule, self._orders_of_file.cell(rule, row, invoice)) for rule in rules)

    def _typed(self, row: RawRow, *, is_first_look: bool = False) -> _Typed:
        values = row.values
        written = values.get("customer_id")
        customer = self._people.read(written)
        moment = self._clock.moment(values.get("ts"))
        invoice = self._invoice_of(row)
        is_cancelled = self._cancelled(invoice)
        is_marked = is_cancelled or any(self._hold(self._source.returns, row, invoice))
        product = None if self._source.grain == "order" else trimmed(values.get("product_id"))
        named_currency = trimmed(values.get("currency"))
        currency = named_currency.upper() if named_currency else self._currency_of_cells(values)
        day = None if moment is None else moment.date()
        money = money_of_row(values, self._source, is_marked=is_marked)
        if self._source.order_deductions and not is_first_look:
            money = lessened(money, self._orders_of_file.share(invoice, self._part(money)))
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
        is_odd = self._orders_of_file.is_odd(row)
        yield from money_reasons(row.values, money, self._source, cleaning, has_odd_order=is_odd)
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
            order = (typed.customer, typed.invoice, typed.moment, typed.money.amount)
            if order in self._orders and trimmed(row.values.get("invoice_id")) is not None:
                yield "repeated_order"
            self._orders.add(order)

    def _key(self, row: RawRow, typed: _Typed) -> int:
        """What makes two rows equal: each cell, typed where typing worked, else as it was written."""
        known = {"customer_id": typed.customer, "invoice_id": typed.invoice, "ts": typed.moment}
        cells = [
            (_as_text(number(text, self._source.number_style)) if name in _READ else known.get(name)) or trimmed(text)
            for name, text in row.values.items()
        ]
        return hash((*cells, *row.rest, row.corrupt))


def _as_text(value: Decimal | None) -> str | None:
    """A number as one text for each value; as numbers -1 and -2 have one hash in Python."""
    return None if value is None else f"{value.normalize():f}"


def _matcher(pattern: str) -> Callable[[str | None], bool]:
    if not pattern:
        return lambda text: False
    compiled = re.compile(pattern)
    return lambda text: text is not None and compiled.search(text) is not None
