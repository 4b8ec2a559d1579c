"""Characters that look like nothing or like another: blanks, invisible marks, dashes, apostrophes and digits.

Both engines use the same tables: `str.translate` and `str.strip` in Python, `translate` and `btrim` in Spark.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pyspark.sql import Column
from pyspark.sql import functions as F

CONTROLS = "".join(map(chr, (*range(0x21), *range(0x7F, 0xA0)))) + "\u2028\u2029"
"""The space and the control characters, tabs and line ends among them: they are cut off at both ends of a cell."""

BLANKS = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""No-break, thin and other spaces: each is read as a space."""

INVISIBLE = "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff" + "".join(
    map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
)
"""Zero-width characters, soft hyphens, byte order marks and direction marks: they are taken out."""

EDGES = CONTROLS + BLANKS + INVISIBLE
"""What is cut off at both ends of a text of any kind."""

_DIGIT_ZEROS = "\u0660\u06f0\u0966\u09e6\uff10"  # Arabic, Persian, Devanagari, Bengali, full width
_DASHES = "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"
_APOSTROPHES = "\u2018\u2019\u02bc\u2032\u00b4`\uff07\u066c"

END = r"(?![\s\S])"
"""The end of a text, and nothing before it; `$` also stands before a line end, which differs between the engines."""

IN_TEXT: Mapping[str, str] = {**dict.fromkeys(BLANKS, " "), **dict.fromkeys(INVISIBLE, "")}
"""What is replaced in a text that identifies something."""

IN_NUMBERS: Mapping[str, str] = {
    **IN_TEXT,
    **{chr(ord(zero) + digit): str(digit) for zero in _DIGIT_ZEROS for digit in range(10)},
    **dict.fromkeys(_DASHES, "-"),
    **dict.fromkeys(_APOSTROPHES, "'"),
    **dict(zip("\uff0e\uff0c\uff08\uff09\uff05\uff0b\u066a\u066b\uffe5\uff04", ".,()%+%.¥$", strict=True)),
}
"""What is replaced in a number beside it; the Arabic thousands mark becomes an apostrophe, which means nothing else."""


def replaced(text: str, table: Mapping[str, str]) -> str:
    """The text with the characters of the table replaced, and without blanks and controls at its ends."""
    if text.isascii() and not any(map(str.isascii, table)):
        return text.strip(CONTROLS)
    by_code = {ord(old): new for old, new in table.items()}
    return text.translate(by_code).strip(CONTROLS)


def replaced_column(text: Column, table: Mapping[str, str]) -> Column:
    """`replaced` as a Spark expression."""
    kept = {old: new for old, new in table.items() if new}
    removed = "".join(old for old, new in table.items() if not new)
    all_old, all_new = "".join(kept) + removed, "".join(kept.values())
    of_any = F.btrim(F.translate(text, all_old, all_new), F.lit(CONTROLS))
    if any(map(str.isascii, table)):
        return of_any
    # most cells are plain ASCII: there the slower look at each character is spared
    return F.when(is_ascii(text), stripped_column(text, CONTROLS)).otherwise(of_any)


def stripped_column(text: Column, characters: str) -> Column:
    """The text without the characters at its ends, none of which may be a visible one of ASCII.

    Most cells begin and end with a visible character: they are kept as they are, as Spark's btrim looks at every one.
    """

    def is_visible(end: Column) -> Column:
        return F.ascii(end).between(0x21, 0x7E)

    is_bare = is_visible(text) & is_visible(F.substring(text, -1, 1))
    return F.when(is_bare, text).otherwise(F.btrim(text, F.lit(characters)))


def is_ascii(text: Column) -> Column:
    """Whether each character of the text is one byte of UTF-8."""
    return F.length(text) == F.octet_length(text)


def bound(value: Column, expression: Callable[[Column], Column]) -> Column:
    """The expression over a value that is worked out once, however often it stands in it.

    Spark would write the value out at each of its places, and plan and check all of them.
    """
    return F.get(F.transform(F.array(value), expression), F.lit(0))
