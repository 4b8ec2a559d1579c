"""The table of `numbers` as Spark expressions: built-in functions only, no Python worker, no double on the way.

Nothing here raises under ANSI: a text is cast by `try_cast`, or after a pattern and a bound have made sure of it.
"""

from __future__ import annotations

from functools import reduce
from operator import and_, or_

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences.config.notations import NumberStyle
from audiences.sources.kept_columns import kept
from audiences.sources.notations.characters import CONTROLS, IN_NUMBERS, bound, is_ascii, replaced_column
from audiences.sources.notations.currencies import CURRENCY_AFTER, CURRENCY_BEFORE
from audiences.sources.notations.numbers import (
    GROUPED,
    GROUPING,
    MAX_WHOLE_DIGITS,
    NO_CENTS,
    NOISE_DIGITS,
    NOTATIONS,
    PERCENT,
    TEXT_MARK,
    number_pattern,
    plain_pattern,
)


@kept
def number_value(
    name: str, kind: T.DecimalType, *, style: NumberStyle = "unambiguous", rounds: bool = False, percent: bool = False
) -> Column:
    """The number in a column of texts, exactly, as a decimal of that type; null where there is none or it is a fault.

    Args:
        name: of the column of texts; a name, because `try_cast` is no function of the Column API of Spark 3.5.
        kind: the type of the result; its scale is at most 9.
        style, rounds, percent: as of `numbers.read_number`.
    """
    plain = _plain_value(name, kind, style=style, rounds=rounds)
    other = _other_value(name, kind, style=style, rounds=rounds, percent=percent)
    return F.coalesce(plain, F.when(F.col(f"`{name}`").isNotNull(), other))  # many columns are empty in all rows


def number_fault(
    name: str, kind: T.DecimalType, *, style: NumberStyle = "unambiguous", rounds: bool = False, percent: bool = False
) -> Column:
    """Why a cell that is not blank gives no number, as `numbers.Fault`; null where it gives one, or is blank."""
    value = number_value(name, kind, style=style, rounds=rounds, percent=percent)
    in_range = number_value(name, kind, style=style, rounds=True, percent=percent).isNotNull()
    plain = replaced_column(F.col(f"`{name}`"), {}).rlike(plain_pattern(NOTATIONS[style].decimal))
    is_plain = is_ascii(F.col(f"`{name}`")) & plain

    def why(bare: Column) -> Column:
        is_number = is_plain | bare.rlike(number_pattern(style))
        if percent:
            is_percent = bare.rlike(PERCENT) & _without_percent(bare).rlike(number_pattern(style))
            is_number = is_number | is_percent
        matches = {way: bare.rlike(number_pattern(way)) for way in GROUPED}
        found = (
            F.when(bare.isNull() | (bare == ""), None)
            .when(is_number & ~in_range, "out_of_range")
            .when(is_number, "beyond_scale")
        )
        found = found.when(bare.rlike(PERCENT), "percent")
        if style == "unambiguous":
            found = found.when(reduce(and_, matches.values()), "ambiguous")
        others = [of_way for way, of_way in matches.items() if way != style]
        return found.when(reduce(or_, others), "other_notation").otherwise("no_number")

    return F.when(value.isNull(), bound(_bare(name), why))


def _bare(name: str) -> Column:
    """`numbers.bare_number` as an expression."""
    bare = F.regexp_replace(replaced_column(F.col(f"`{name}`"), IN_NUMBERS), TEXT_MARK, "")
    for pattern, new in ((CURRENCY_BEFORE, "$1"), (CURRENCY_AFTER, "$1"), (NO_CENTS, "")):
        bare = F.regexp_replace(bare, pattern, new)
    return bare


def _without_percent(bare: Column) -> Column:
    return F.regexp_replace(bare, PERCENT, "")


def _plain_value(name: str, kind: T.DecimalType, *, style: NumberStyle, rounds: bool) -> Column:
    """What a program wrote: the cast itself is the check, which costs far less than a pattern."""
    text = f"`{name}`"
    cell = F.col(text)
    # a decimal with an exponent of nine digits would keep Java busy for hours
    has_exponent = F.contains(cell, F.lit("e")) | F.contains(cell, F.lit("E"))
    pattern = plain_pattern(NOTATIONS[style].decimal)
    can_be = is_ascii(cell) & (~has_exponent | F.btrim(cell, F.lit(CONTROLS)).rlike(pattern))
    if NOTATIONS[style].decimal == ",":
        can_be = can_be & ~F.contains(cell, F.lit("."))
        text = f"translate({text}, ',', '.')"
    value = F.expr(f"try_cast({text} AS {kind.simpleString()})")
    if rounds:
        return F.when(can_be, value)
    finer = F.expr(f"try_cast({text} AS {_finer(kind).simpleString()})")
    return F.when(can_be & (finer == value.cast(_finer(kind))), value)


def _finer(kind: T.DecimalType) -> T.DecimalType:
    return T.DecimalType(38, kind.scale + NOISE_DIGITS)


def _other_value(name: str, kind: T.DecimalType, *, style: NumberStyle, rounds: bool, percent: bool) -> Column:
    """What people and spreadsheets wrote."""

    def exact(bare: Column) -> Column:
        value = F.when(bare.rlike(number_pattern(style)), bound(_digits(bare, style), lambda text: _exact(text, kind)))
        if not percent:
            return value
        is_percent = bare.rlike(PERCENT) & _without_percent(bare).rlike(number_pattern(style))
        whole = bound(_digits(_without_percent(bare), style), lambda text: _exact(text, kind))
        hundredth = (whole * F.lit("0.01").cast(T.DecimalType(2, 2))).cast(_wide(kind, 2))
        return F.coalesce(value.cast(_wide(kind, 2)), F.when(is_percent, hundredth))

    return bound(bound(_bare(name), exact), lambda value: _fitted(value, kind, rounds=rounds))


def _wide(kind: T.DecimalType, more: int = 0) -> T.DecimalType:
    """Room for every whole number in range and more decimals than the result has."""
    return T.DecimalType(MAX_WHOLE_DIGITS + kind.scale + NOISE_DIGITS + more, kind.scale + NOISE_DIGITS + more)


def _digits(bare: Column, style: NumberStyle) -> Column:
    """The digits with a point, behind a minus where one stands anywhere or parentheses do."""
    decimal = NOTATIONS[style].decimal
    removed = GROUPING + ("," if decimal == "." else ".")
    kept = F.translate(bare, decimal + removed, ".")
    is_negative = F.contains(bare, F.lit("-")) | F.contains(bare, F.lit("("))
    return F.when(is_negative, F.concat(F.lit("-"), kept)).otherwise(kept)


def _exact(digits: Column, kind: T.DecimalType) -> Column:
    """The digits as a decimal with room; null where more digits stand before the point than are in any range."""
    whole = F.length(F.regexp_replace(F.substring_index(digits, ".", 1), "^-?0*", ""))
    return F.when(whole <= MAX_WHOLE_DIGITS, digits.cast(_wide(kind)))


def _fitted(value: Column, kind: T.DecimalType, *, rounds: bool) -> Column:
    near = F.round(value, kind.scale)
    largest = F.lit("9" * (kind.precision - kind.scale) + "." + "9" * kind.scale).cast(kind)
    fits = near.between(-largest, largest)
    if not rounds:
        fits = fits & (F.round(value, kind.scale + NOISE_DIGITS) == near)
    return F.when(fits, near.cast(kind))
