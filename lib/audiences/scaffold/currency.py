"""The currency of a file's money, where the file says it: in a column, beside the numbers, or in a name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audiences.scaffold.cells import Cells
from audiences.sources.notations.currencies import currency_mark

_BY_SIGN = {"€": "EUR", "£": "GBP", "₹": "INR", "₽": "RUB", "₩": "KRW", "₺": "TRY", "zł": "PLN", "Kč": "CZK",
            "R$": "BRL", "₫": "VND", "฿": "THB", "₪": "ILS"}  # fmt: skip
_ONE_OF_SEVERAL = {"$": "USD, CAD, AUD, …", "¥": "JPY or CNY", "kr": "SEK, NOK or DKK"}
_CODES = (
    "AED|ARS|AUD|BGN|BRL|CAD|CHF|CLP|CNY|COP|CZK|DKK|EUR|GBP|HKD|HUF|IDR|ILS|INR|JPY|KRW|MXN|MYR|NOK|NZD|PEN|PHP|PLN|"
    "RON|RUB|SAR|SEK|SGD|THB|TRY|TWD|UAH|USD|VND|ZAR"
)
_CODE = re.compile(rf"(?<![A-Za-z])({_CODES})(?![A-Za-z])")


@dataclass(frozen=True)
class Currency:
    """What a file says of its currency.

    Args:
        code: ISO 4217; None: a person has to say.
        evidence: what says so, or why nothing does.
        lines: code -> lines, where a column holds several currencies.
    """

    code: str | None
    evidence: str
    lines: Mapping[str, int]


def currency_of(column: Cells | None, money: Cells | None, names: Sequence[str]) -> Currency:
    """The currency by its column, else by the signs beside the money, else by a code in the money column's name."""
    if column is not None:
        counted = Counter(cell.upper() for cell in column.filled)
        if len(counted) == 1:
            return Currency(next(iter(counted)), f"every filled cell of {column.name} says so", {})
        shown = ", ".join(f"{code} {lines:,}" for code, lines in counted.most_common(5))
        return Currency(None, f"{column.name} holds several: {shown} lines; which one is the report to be in?", counted)
    if money is not None:
        marks = Counter(mark for cell in money.filled if (mark := currency_mark(cell)))
        if len(marks) == 1:
            mark = next(iter(marks))
            code = _BY_SIGN.get(mark) or (mark.upper() if _CODE.fullmatch(mark.upper()) else None)
            if code is not None:
                return Currency(code, f"the amounts are written with {mark}", {})
            if mark in _ONE_OF_SEVERAL:
                return Currency(None, f"the amounts are written with {mark}: {_ONE_OF_SEVERAL[mark]}", {})
    for name in ([money.name] if money is not None else []) + list(names):
        codes = set(_CODE.findall(name))
        if len(codes) == 1:
            return Currency(codes.pop(), f"the name {name} says so", {})
    return Currency(None, "nothing in the file says it", {})
