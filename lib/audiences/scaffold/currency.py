"""The currency of a file's money, where the file says it: in a column, beside the numbers, or in a name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audiences.scaffold.cells import Cells
from audiences.sources.notations.currencies import MEANINGS, currency_mark

_CODES = (
    "AED|ARS|AUD|BGN|BRL|CAD|CHF|CLP|CNY|COP|CZK|DKK|EUR|GBP|HKD|HUF|IDR|ILS|INR|JPY|KRW|MXN|MYR|NOK|NZD|PEN|PHP|PLN|"
    "RON|RUB|SAR|SEK|SGD|THB|TRY|TWD|UAH|USD|VND|ZAR"
)
_CODE = re.compile(rf"(?<![A-Za-z])({_CODES})(?![A-Za-z])")
_SHOWN = 3


@dataclass(frozen=True)
class Currency:
    """What a file says of its currency.

    Args:
        code: ISO 4217; None: a person has to say.
        evidence: what says so, or why nothing does.
        lines: code or sign -> lines, where the file holds several currencies.
        likely: the code that most lines may be in, for a preview before a person has said it; None: no line says any.
    """

    code: str | None
    evidence: str
    lines: Mapping[str, int]
    likely: str | None = None


def currency_of(column: Cells | None, money: Cells | None, names: Sequence[str]) -> Currency:
    """The currency by its column, else by the signs beside the money, else by a code in the money column's name."""
    if column is not None:
        counted = Counter(cell.upper() for cell in column.filled)
        if len(counted) == 1:
            return Currency(next(iter(counted)), f"every filled cell of {column.name} says so", {})
        return _several(counted, f"{column.name} holds several", counted.most_common(1)[0][0])
    beside = None if money is None else _beside_numbers(money)
    if beside is not None:
        return beside
    for name in ([money.name] if money is not None else []) + list(names):
        codes = set(_CODE.findall(name))
        if len(codes) == 1:
            return Currency(codes.pop(), f"the name {name} says so", {})
    return Currency(None, "nothing in the file says it", {})


def _beside_numbers(money: Cells) -> Currency | None:
    """The one currency that all signs and codes beside the numbers may stand for; None where there are none."""
    marks: Counter[str] = Counter()
    for cell, rows in money.counted.items():
        mark = currency_mark(cell)
        if mark is not None:
            marks[mark] += rows
    if not marks:
        return None
    shown = " and ".join(mark for mark, _ in marks.most_common(_SHOWN))
    meant = [code for code in MEANINGS[next(iter(marks))] if all(code in MEANINGS[mark] for mark in marks)]
    if len(meant) == 1:
        return Currency(meant[0], f"the amounts are written with {shown}", {})
    if meant:
        some = ", ".join(meant[:_SHOWN]) + (", …" if len(meant) > _SHOWN else "")
        return Currency(None, f"the amounts are written with {shown}: {some}", {}, meant[0])
    counted: Counter[str] = Counter()
    for mark, rows in marks.items():
        counted[MEANINGS[mark][0] if len(MEANINGS[mark]) == 1 else mark] += rows
    most = counted.most_common(1)[0][0]
    return _several(counted, f"{money.name} is written in several currencies", (MEANINGS.get(most) or ("XXX",))[0])


def _several(counted: Counter[str], words: str, likely: str) -> Currency:
    shown = ", ".join(f"{code} {lines:,}" for code, lines in counted.most_common(5))
    return Currency(None, f"{words}: {shown} lines; which one is the report to be in?", counted, likely)
