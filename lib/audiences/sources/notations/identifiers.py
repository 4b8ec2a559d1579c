"""Ids in one spelling: without odd characters, composed, in one case, and not as a program's floating-point number.

What floating point lost cannot be restored: such an id is a fault, never a customer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from pyspark.sql import Column
from pyspark.sql import functions as F

from audiences.config.notations import IdCase
from audiences.sources.notations.characters import END, IN_TEXT, bound, is_ascii, replaced, replaced_column

MAX_DIGITS = 15
"""So many digits does a double hold of every whole number; ids with more were rounded when they became one."""

# 1.2346034E7 is how Java, and with it Spark, writes a double: all its digits are there, zeros at the end are left out.
_JAVA = rf"^([0-9])\.([0-9]+)E([0-9]{{1,2}}){END}"
# 1.2346E+07 is how spreadsheets write what is too wide for a cell, and C and Python a large double: digits may be lost.
_SPREADSHEET = rf"^([0-9])(?:[.,]([0-9]+))?[eE]\+([0-9]{{1,3}}){END}"

_MAYBE_FLOATING = r"[0-9][eE]\+?[0-9]"  # one look that spares most ids the others

_MARKS = "\u0300-\u036f"  # combining accents; nothing else is composed here
_PAIR_SEPARATOR = "\n"


@dataclass(frozen=True)
class Identifier:
    """What an id cell holds: an id, or the fault that it was rounded, or neither where nothing is written."""

    value: str | None
    is_lost: bool = False


def read_identifier(text: str | None, *, case: IdCase = "keep", suffix_pattern: str = "") -> Identifier:
    """The id in a cell, in one spelling.

    Args:
        text: the cell.
        case: `lower` or `upper` where an id is the same in capitals and small letters (e-mail addresses).
        suffix_pattern: a regular expression of what is removed: `\\.0+$` makes 17850.0 the id 17850.
    """
    bare = replaced(text or "", IN_TEXT)
    for pattern, writes_all_digits in ((_JAVA, True), (_SPREADSHEET, False)):
        match = re.match(pattern, bare)
        if match and re.search(_MAYBE_FLOATING, text or ""):
            digits = _restored(match[1], match[2] or "", int(match[3]), writes_all_digits=writes_all_digits)
            return Identifier(digits, is_lost=digits is None)
    bare = composed(bare)
    bare = bare.lower() if case == "lower" else bare.upper() if case == "upper" else bare
    return Identifier((re.sub(suffix_pattern, "", bare) if suffix_pattern else bare) or None)


def _restored(first: str, rest: str, exponent: int, *, writes_all_digits: bool) -> str | None:
    if exponent >= MAX_DIGITS or rest[exponent:].strip("0"):
        return None
    if len(rest) < exponent and not writes_all_digits:
        return None
    return first + rest[:exponent].ljust(exponent, "0")


def identifier_value(text: Column, *, case: IdCase = "keep", suffix_pattern: str = "") -> Column:
    """`read_identifier` as a Spark expression: the id; null where nothing is written, or the id is lost."""

    def plain(bare: Column) -> Column:
        joined = composed_column(bare)
        one_case = F.lower(joined) if case == "lower" else F.upper(joined) if case == "upper" else joined
        without = F.regexp_replace(one_case, suffix_pattern, "") if suffix_pattern else one_case
        return F.nullif(without, F.lit(""))

    bare = replaced_column(text, IN_TEXT)
    return F.when(text.rlike(_MAYBE_FLOATING), bound(bare, lambda value: _restored_or(value, plain))).otherwise(
        plain(bare)
    )


def identifier_is_lost(text: Column) -> Column:
    """Whether the id was rounded when a spreadsheet or a program made a floating-point number of it."""
    bare = replaced_column(text, IN_TEXT)
    is_lost = F.when(
        text.rlike(_MAYBE_FLOATING), bound(bare, lambda value: _restored_or(value, lambda other: other)).isNull()
    )
    return F.coalesce(is_lost, F.lit(False))


def _restored_or(bare: Column, otherwise: Callable[[Column], Column]) -> Column:
    """The id of a floating-point number, null where it is lost; else what is made of the text."""
    return (
        F.when(bare.rlike(_JAVA), _restored_column(bare, _JAVA, writes_all_digits=True))
        .when(bare.rlike(_SPREADSHEET), _restored_column(bare, _SPREADSHEET, writes_all_digits=False))
        .otherwise(otherwise(bare))
    )


def _restored_column(bare: Column, pattern: str, *, writes_all_digits: bool) -> Column:
    first, rest = F.regexp_extract(bare, pattern, 1), F.regexp_extract(bare, pattern, 2)
    # an extract of nothing is an empty text, which must not be cast
    exponent = F.when(bare.rlike(pattern), F.regexp_extract(bare, pattern, 3).cast("int"))
    digits = F.call_function("rpad", F.call_function("substring", rest, F.lit(1), exponent), exponent, F.lit("0"))
    beyond = F.call_function("substring", rest, exponent + 1)
    is_certain = (exponent < MAX_DIGITS) & (F.translate(beyond, "0", "") == "")
    if not writes_all_digits:
        is_certain = is_certain & (F.length(rest) >= exponent)
    return F.when(is_certain, F.concat(first, digits))


@lru_cache(1)
def _pairs() -> tuple[tuple[str, str], ...]:
    """Each letter followed by one accent, with the character that both make; simple letters before composed ones."""
    pairs = []
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x2000), *range(0x370, 0x530)):
        character = chr(code)
        parts = unicodedata.normalize("NFD", character)
        first = unicodedata.normalize("NFC", parts[:-1])
        is_pair = len(parts) > 1 and re.match(f"[{_MARKS}]", parts[-1]) and len(first) == 1
        if is_pair and unicodedata.normalize("NFC", first + parts[-1]) == character:
            pairs.append((len(parts), first + parts[-1], character))
    return tuple((apart, together) for _, apart, together in sorted(pairs))


def composed(text: str) -> str:
    """The text with accents joined to their letters, as Unicode's form NFC has it for Latin, Greek and Cyrillic.

    Spark 3.5 and 4.1 have no function for it. What is not done: accents in an order other than the canonical one, and
    Hangul, Indic and other scripts; their ids stay as they are written.
    """
    if not re.search(f"[{_MARKS}]", text):
        return text
    for apart, together in _pairs():
        text = text.replace(apart, together)
    return text


def composed_column(text: Column) -> Column:
    """`composed` as a Spark expression; only a text with a separate accent costs more than a look at its letters."""
    pairs = F.split(F.lit(_PAIR_SEPARATOR.join(apart + together for apart, together in _pairs())), _PAIR_SEPARATOR)
    joined = F.aggregate(
        pairs, text, lambda so_far, pair: F.replace(so_far, F.substring(pair, 1, 2), F.substring(pair, 3, 1))
    )
    return F.when(~is_ascii(text) & text.rlike(f"[{_MARKS}]"), joined).otherwise(text)
