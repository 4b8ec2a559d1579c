"""What a delivery holds, counted row by row: rows, money, reasons, customers, orders, months."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from audiences.scaffold.judged_row import JudgedRow
from audiences.scaffold.raw_rows import Lines, RawRow
from audiences.sources.deliveries import Figures
from audiences.sources.row_checks import BLANK_ROW
from audiences.text.languages import SAMPLE

ZERO = Decimal(0)
_LARGEST = 3


@dataclass
class Part:
    """Rows and their money, as far as it can be read."""

    rows: int = 0
    money: Decimal = ZERO

    def add(self, amount: Decimal | None) -> None:
        self.rows += 1
        self.money += amount or ZERO


@dataclass
class FileTally:
    """One file: its lines and what became of its records."""

    path: str
    lines: Lines = field(default_factory=Lines)
    kept: Part = field(default_factory=Part)
    rejected: Part = field(default_factory=Part)
    figures: Figures = field(default_factory=Figures)

    @property
    def records(self) -> int:
        return self.figures.rows

    @property
    def rejected_share(self) -> float:
        return self.rejected.rows / self.records if self.records else 0.0


@dataclass
class Tally:
    """All files together."""

    files: list[FileTally] = field(default_factory=list)
    reasons: dict[str, Part] = field(default_factory=lambda: defaultdict(Part))
    examples: dict[str, tuple[str, int, str]] = field(default_factory=dict)
    largest: list[tuple[Decimal, str, str, int]] = field(default_factory=list)
    months: dict[str, Part] = field(default_factory=lambda: defaultdict(Part))
    spend: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    rows_by_customer: Counter[str] = field(default_factory=Counter)
    filtered: Part = field(default_factory=Part)
    blank: int = 0
    repeated: Part = field(default_factory=Part)
    foreign: Counter[str] = field(default_factory=Counter)
    currencies: Counter[str] = field(default_factory=Counter)
    kept_in: dict[str, Part] = field(default_factory=lambda: defaultdict(Part))
    orders: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    payments: dict[str, dict[date, Decimal]] = field(default_factory=lambda: defaultdict(dict))
    texts: list[str] = field(default_factory=list)
    first: date | None = None
    last: date | None = None

    def add(self, file: FileTally, row: RawRow, judged: JudgedRow) -> None:
        """Counts one row of a file."""
        amount = judged.amount or ZERO
        if judged.currency is not None:
            self.currencies[judged.currency] += 1
            if not judged.reasons:
                self.kept_in[judged.currency].add(judged.amount)
        example = _shown(row) if judged.reasons and file.figures.example is None else None
        file.figures.add(judged.reasons_alone, 1, max(amount, ZERO), min(amount, ZERO), example)
        if "other_currency" in judged.reasons:
            file.figures.currency = file.figures.currency or judged.currency
        if judged.amount is None and judged.currency is not None and not judged.reasons:
            self.foreign[judged.currency] += 1
        if judged.reasons == ("filtered_out",):
            self.filtered.add(judged.amount)
        elif judged.reasons == (BLANK_ROW,):
            self.blank += 1
        elif judged.reasons == ("repeated_order",):
            self.repeated.add(judged.amount)
        elif judged.reasons:
            self._reject(file, row, judged)
        else:
            self._keep(file, judged)

    def _reject(self, file: FileTally, row: RawRow, judged: JudgedRow) -> None:
        file.rejected.add(judged.amount)
        for reason in judged.reasons:
            self.reasons[reason].add(judged.amount)
            self.examples.setdefault(reason, (file.path, row.line, _shown(row)))
        if judged.amount is not None:
            self.largest.append((abs(judged.amount), judged.reasons[0], file.path, row.line))
            self.largest = sorted(self.largest, reverse=True)[:_LARGEST]

    def _keep(self, file: FileTally, judged: JudgedRow) -> None:
        file.kept.add(judged.amount)
        if judged.text is not None and len(self.texts) < SAMPLE:
            self.texts.append(judged.text)
        day, amount, customer = judged.day, judged.amount or ZERO, judged.customer
        if day is not None:
            self.months[f"{day:%Y-%m}"].add(amount)
            self.first = day if self.first is None else min(self.first, day)
            self.last = day if self.last is None else max(self.last, day)
        if customer is None or day is None:
            return
        self.spend[customer] += amount
        self.rows_by_customer[customer] += 1
        if amount > 0:
            self.orders[customer].add(judged.invoice or "")
            self.payments[customer][day] = self.payments[customer].get(day, ZERO) + amount

    def of_currency(self, code: str) -> Part:
        """The kept rows that say that they are in it."""
        return self.kept_in.get(code, Part())

    @property
    def kept(self) -> Part:
        return _sum(file.kept for file in self.files)

    @property
    def rejected(self) -> Part:
        return _sum(file.rejected for file in self.files)

    @property
    def order_count(self) -> int:
        return sum(map(len, self.orders.values()))

    @property
    def repeat_buyers(self) -> int:
        return sum(len(orders) > 1 for orders in self.orders.values())

    @property
    def top_customer(self) -> tuple[str, float] | None:
        """The customer with most money and the share of all money."""
        total = sum(self.spend.values(), ZERO)
        if not self.spend or total <= 0:
            return None
        customer = max(self.spend, key=lambda name: self.spend[name])
        return customer, float(self.spend[customer] / total)

    def rows_of_top(self) -> tuple[str, float] | None:
        """The customer with most rows and its share of the kept rows that have a customer."""
        if not self.rows_by_customer:
            return None
        customer, rows = self.rows_by_customer.most_common(1)[0]
        return customer, rows / sum(self.rows_by_customer.values())


def _sum(parts: Iterator[Part]) -> Part:
    total = Part()
    for part in parts:
        total.rows += part.rows
        total.money += part.money
    return total


def _shown(row: RawRow) -> str:
    filled: Mapping[str, str] = {name: text for name, text in row.values.items() if text}
    return ", ".join(f"{name} {text[:40]}" for name, text in filled.items())[:200]
