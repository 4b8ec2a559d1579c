"""Cells that a spreadsheet would take for formulas."""

from __future__ import annotations

from typing import Any

_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""First characters of a formula; the last four are the full-width forms that some spreadsheets take too."""


def defused(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets an apostrophe before it; anything else stays."""
    return "'" + value if isinstance(value, str) and value[:1] in _FORMULA else value
