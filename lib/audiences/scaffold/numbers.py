"""Numbers as people write them: with a decimal point or a decimal comma."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

_WHOLE = re.compile(r"[+-]?\d+")
_POINT = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?")
_COMMA = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+),\d+")
_GROUPED = {",": re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?"), ".": re.compile(r"[+-]?\d{1,3}(?:\.\d{3}){2,}")}

Sign = Literal[".", ","]


def is_number(text: str) -> bool:
    """Whether it can be a number in either way of writing."""
    return any(one.fullmatch(text) for one in (_WHOLE, _POINT, _COMMA, *_GROUPED.values()))


def value_of(text: str, sign: Sign) -> float | None:
    """The number, if it is one with this decimal sign; what groups thousands is understood with a comma only."""
    if sign == ",":
        if not (_WHOLE.fullmatch(text) or _COMMA.fullmatch(text) or _GROUPED["."].fullmatch(text)):
            return None
        text = text.replace(".", "").replace(",", ".")
    return float(text) if _WHOLE.fullmatch(text) or _POINT.fullmatch(text) else None


@dataclass(frozen=True)
class Decimals:
    """How the numbers of a file are written.

    Args:
        sign: the decimal sign; None: it could be either, a person has to say.
        evidence: what says so.
    """

    sign: Sign | None
    evidence: str


def decimals(columns: Sequence[Sequence[str]]) -> Decimals:
    """The decimal sign of all number columns together; where nothing has a fraction, the point."""
    cells = [cell for column in columns for cell in column if cell]
    points = [cell for cell in cells if _POINT.fullmatch(cell)]
    commas = [cell for cell in cells if _COMMA.fullmatch(cell)]
    if commas:  # ids and counts that a tool wrote as 17850.0 do not speak for the point
        points = [cell for cell in points if not cell.endswith(".0")]
    if commas and all(_GROUPED[","].fullmatch(cell) for cell in commas):
        return Decimals(None if not points else ".", f"{commas[0]} may be thousands or a fraction")
    if len(commas) > len(points):
        return Decimals(",", f"{len(commas):,} numbers like {commas[0]}, {len(points):,} with a point")
    if points:
        return Decimals(".", f"{len(points):,} numbers like {points[0]}, {len(commas):,} with a comma")
    return Decimals(".", "no number of the sample has a fraction")
