"""Words that stand for nothing: what databases and programs write for a missing value, and shops for a guest."""

from __future__ import annotations

from collections.abc import Iterable

from pyspark.sql import Column
from pyspark.sql import functions as F

from audiences.sources.notations.characters import IN_TEXT, replaced, replaced_column

MISSING = (
    "null", "(null)", "<null>", "[null]", "nan", "<na>", "n/a", "#n/a", "na", "n.a.", "none", "(none)", "nil", "\\n",
    "nat", "undefined", "missing", "(not set)", "not set", "(blank)", "empty", "-", "--", "---", "?", ".", "#null!",
    "#value!", "#ref!", "#name?", "#div/0!",
)  # fmt: skip
"""What programs write for a missing value of any kind, in small letters."""

NOBODY = (
    *MISSING, "0", "0.0", "-1", "-1.0", "guest", "gast", "invité", "invitado", "anonymous", "anonym", "unknown",
    "unbekannt", "inconnu", "desconocido", "guest checkout", "walk-in", "walk in", "not available", "no customer",
)  # fmt: skip
"""What stands in a column of ids for a customer who is not known; the default of the setting."""

NO_TIME = (
    *MISSING, "0", "0000-00-00", "0000-00-00 00:00:00", "0000-00-00t00:00:00", "00/00/0000", "00.00.0000", "00-00-0000",
    "0001-01-01", "0001-01-01 00:00:00", "1900-01-00",
)  # fmt: skip
"""What stands in a column of times for no time."""


def is_placeholder(text: str | None, words: Iterable[str]) -> bool:
    """Whether a cell says that there is no value: it is blank, or one of the words, in capitals or not."""
    if text is None:
        return True
    bare = replaced(text, IN_TEXT)
    return not bare or bare.lower() in {word.lower() for word in words}


def placeholder(text: Column, words: Iterable[str]) -> Column:
    """`is_placeholder` as a Spark expression; never null."""
    bare = F.lower(replaced_column(text, IN_TEXT))
    listed = sorted({"", *(word.lower() for word in words)})
    return F.coalesce(bare.isin(*listed), F.lit(True))
