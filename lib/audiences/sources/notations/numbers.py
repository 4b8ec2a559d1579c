"""Numbers as people write them: one table of notations, and the function that reads a cell by it without Spark.

`number_columns` compiles the same table to Spark expressions; a test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Literal

from audiences.config.notations import NumberStyle
from audiences.sources.notations.characters import END, IN_NUMBERS, replaced
from audiences.sources.notations.currencies import CURRENCY_AFTER, CURRENCY_BEFORE

Fault = Literal["no_number", "ambiguous", "other_notation", "percent", "out_of_range", "beyond_scale"]

NOISE_DIGITS = 6
"""Digits beyond the scale that must be zero; what comes later is the noise of binary fractions (2.5500000000000003)."""

MOST_DIGITS = 38
"""Of any decimal of Spark."""

MAX_WHOLE_DIGITS = 20
"""More digits before the decimal sign are out of any range; 38 digits in all are what Spark's decimals hold."""

_EXACT = Context(prec=80, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Notation:
    """How the numbers of a column are written.

    Args:
        decimal: the decimal sign.
        bodies: regular expressions, of which one must match the digits with their signs between them.
        words: for messages.
    """

    decimal: Literal[".", ","]
    bodies: tuple[str, ...]
    words: str


def _grouped(separator: str, decimal: str, *, groups: str = "+", fraction: str = "?") -> str:
    """Groups of three digits; the first does not begin with 0, because 0,123 can only be a fraction."""
    return rf"[1-9][0-9]{{0,2}}(?:{separator}[0-9]{{3}}){groups}(?:{decimal}[0-9]*){fraction}"


def _ungrouped(decimal: str) -> tuple[str, str]:
    return rf"[0-9]+(?:{decimal}[0-9]*)?", rf"{decimal}[0-9]+"


_LAKHS = r"[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}(?:\.[0-9]*)?"  # 12,34,567.89, as in India
_CERTAIN_POINT = (*_ungrouped(r"\."), _grouped("'", r"\."), _grouped(" ", r"\."), _LAKHS)

NOTATIONS: Mapping[NumberStyle, Notation] = {
    "plain": Notation(".", _ungrouped(r"\."), "1234.50"),
    "unambiguous": Notation(
        ".",
        (*_CERTAIN_POINT, _grouped(",", r"\.", groups="{2,}"), _grouped(",", r"\.", groups="{1}", fraction="{1}")),
        "1234.50, and 1,234.50 or 1'234.50 or 1 234.50 where nothing else can be meant",
    ),
    "point": Notation(".", (*_CERTAIN_POINT, _grouped(",", r"\.")), "1,234.50, so that 1,234 is a thousand"),
    "comma": Notation(
        ",", (*_ungrouped(","), _grouped(r"\.", ","), _grouped("'", ","), _grouped(" ", ",")),
        "1.234,50, so that 1.234 is a thousand",
    ),
}  # fmt: skip

GROUPED: tuple[NumberStyle, ...] = ("point", "comma")
"""The styles that group thousands with the other one's decimal sign."""

TEXT_MARK = r"^'"
"""An apostrophe before a number is how spreadsheets mark a text."""

NO_CENTS = rf"(?<=[0-9])[.,]-{{1,2}}{END}"
"""`12,-` and `12.--` are whole amounts, not negative ones."""

PERCENT = rf"^% ?| ?%{END}"
GROUPING = "()+- '"
"""What stands in a number beside its digits, apart from points and commas."""


FINITE = rf"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{{1,2}})?\r?\n?{END}"
"""A measure as a program writes it: no groups, no word for infinity or for no number."""


def number_pattern(style: NumberStyle) -> str:
    """What matches a number of that style, freed of its currency: with one sign at most, before, after, around it."""
    body = "(?:" + "|".join(NOTATIONS[style].bodies) + ")"
    return rf"^(?:[-+]? ?{body}|{body} ?[-+]|\( ?{body} ?\)){END}"


def plain_pattern(decimal: str) -> str:
    """What a program writes: no groups; an exponent is allowed."""
    return rf"^[+-]?(?:[0-9]+{re.escape(decimal)}?[0-9]*|{re.escape(decimal)}[0-9]+)(?:[eE][+-]?[0-9]{{1,2}})?{END}"


@dataclass(frozen=True)
class Number:
    """What a cell holds: a value, or a fault, or neither where nothing is written."""

    value: Decimal | None
    fault: Fault | None = None


_STYLES = {style: re.compile(number_pattern(style)) for style in NOTATIONS}
_PLAIN = {decimal: re.compile(plain_pattern(decimal)) for decimal in (".", ",")}
_CHANGES = [(re.compile(pattern), "") for pattern in (TEXT_MARK,)] + [
    (re.compile(CURRENCY_BEFORE), r"\1"), (re.compile(CURRENCY_AFTER), r"\1"), (re.compile(NO_CENTS), ""),
]  # fmt: skip
_PERCENT = re.compile(PERCENT)
_FINITE = re.compile(FINITE)


def read_number(
    text: str | None,
    *,
    style: NumberStyle = "unambiguous",
    precision: int,
    scale: int,
    rounds: bool = False,
    percent: bool = False,
) -> Number:
    """The number in a cell, exactly, as a decimal of that precision and scale.

    Args:
        text: the cell; nothing, or only blanks, is no fault.
        style: how the column's numbers are written.
        precision, scale: digits in all, and after the decimal sign.
        rounds: a number with more decimals than `scale` is rounded (half up); otherwise it is the fault beyond_scale.
        percent: 15 % is 0.15; otherwise it is the fault percent.
    """
    bare = "" if text is None else bare_number(text)
    if text is None or not bare:
        return Number(None)
    plain = _plain_digits(text, style)
    if plain is not None:
        value = Decimal(plain)
        if _whole_digits(value) > MOST_DIGITS:  # 0E+43 too: Java's decimals have no room for its noughts
            return Number(None, "out_of_range")
        return _fitted(value, precision, scale, rounds)
    digits, finer = _digits(bare, style), scale + NOISE_DIGITS
    if digits is not None:
        return _fitted(_rounded(Decimal(digits), finer), precision, scale, rounds)
    hundredth = _digits(_PERCENT.sub("", bare), style) if percent and _PERCENT.search(bare) else None
    if hundredth is not None:
        return _fitted(_rounded(Decimal(hundredth), finer).scaleb(-2), precision, scale, rounds)
    return Number(None, _why_not(bare, style))


def _whole_digits(value: Decimal) -> int:
    _, digits, exponent = value.as_tuple()
    return len(digits) + int(exponent)


def bare_number(text: str) -> str:
    """The cell without currency, text mark and odd characters; a percent sign stays."""
    bare = replaced(text, IN_NUMBERS)
    for pattern, new in _CHANGES:
        bare = pattern.sub(new, bare)
    return bare


def fits(text: str, style: NumberStyle) -> bool:
    """Whether a cell holds a number of that style, of any size."""
    return bool(_plain_digits(text, style) or _digits(bare_number(text), style))


def _plain_digits(text: str, style: NumberStyle) -> str | None:
    """What a program wrote, as Python and Java read it; None where it is written in another way."""
    decimal = NOTATIONS[style].decimal
    plain = replaced(text, {})
    if not text.isascii() or _PLAIN[decimal].match(plain) is None:
        return None
    return plain.replace(",", ".")


def _digits(bare: str, style: NumberStyle) -> str | None:
    if _STYLES[style].match(bare) is None:
        return None
    decimal = NOTATIONS[style].decimal
    kept = "".join(character for character in bare if character in "0123456789" or character == decimal)
    return ("-" if "-" in bare or "(" in bare else "") + kept.replace(",", ".")


def _why_not(bare: str, style: NumberStyle) -> Fault:
    if _PERCENT.search(bare):
        return "percent"
    others = [other for other in GROUPED if other != style and _STYLES[other].match(bare)]
    if style == "unambiguous" and len(others) == 2:
        return "ambiguous"
    return "other_notation" if others else "no_number"


def _fitted(value: Decimal, precision: int, scale: int, rounds: bool) -> Number:
    if value and value.adjusted() >= MAX_WHOLE_DIGITS:
        return Number(None, "out_of_range")
    near = _rounded(value, scale)
    if abs(near) >= Decimal(10) ** (precision - scale):
        return Number(None, "out_of_range")
    if not rounds and _rounded(value, scale + NOISE_DIGITS) != near:
        return Number(None, "beyond_scale")
    return Number(near)


def _rounded(value: Decimal, scale: int) -> Decimal:
    if not value or value.adjusted() < -scale - 1:  # its thousands of decimals need not be counted
        return Decimal(0).scaleb(-scale)
    return value.quantize(Decimal(1).scaleb(-scale), context=_EXACT) + 0  # Spark's decimals know no negative zero


def read_finite(text: str | None) -> float | None:
    """A measure as a double, without the spaces around it; None where it is none."""
    plain = (text or "").strip(" ")
    return float(plain) if _FINITE.match(plain) else None
