"""Names of the ways in which cells are written, and the words that stand for nothing."""

from __future__ import annotations

from typing import Literal

NumberStyle = Literal["plain", "unambiguous", "point", "comma"]
IdCase = Literal["keep", "lower", "upper"]
Epoch = Literal["seconds", "milliseconds", "microseconds", "nanoseconds", "excel_days"]

ID_SUFFIX = r"\.0+$"
"""What a program that takes ids for numbers writes behind them; the default of the setting."""

FIRST_YEAR = 1969
"""Two-digit years are those from this one on, as POSIX has it: 69 is 1969, 68 is 2068."""

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
