"""Numbers, features and names as a reader wants them; nothing here is HTML."""

from __future__ import annotations

import html
import math
import re
import textwrap
from typing import Any

SPACE = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
NONE = "\N{EN DASH}"
_SCALES = ((1e9, "bn"), (1e6, "M"), (1e3, "k"))


def number(value: Any, decimals: int | None = None) -> str:
    """1234.5 -> '1,234'; three digits that count for small values; whole numbers stay whole; a dash for null."""
    if value is None or not math.isfinite(value):
        return NONE
    figure = float(value)
    if decimals is None:
        size = abs(figure)
        decimals = 0 if figure.is_integer() or size >= 100 else 1 if size >= 10 else 2 if size >= 0.095 else 3
    text = f"{abs(figure):,.{decimals}f}"
    return f"{MINUS}{text}" if figure < 0 and text.strip("0.,") else text


def compact(value: Any) -> str:
    """1234567 -> '1.23 M'."""
    if value is None or not math.isfinite(value):
        return NONE
    size = abs(float(value))
    for scale, letter in _SCALES:
        if size >= scale * 0.9995:
            scaled = float(value) / scale
            decimals = 0 if abs(scaled) >= 99.95 else 1 if abs(scaled) >= 9.995 else 2
            return f"{number(scaled, decimals)}{SPACE}{letter}"
    return number(value)


def money(value: Any, currency: str, *, is_compact: bool = False) -> str:
    """With the currency's code; cents only below 100."""
    if value is None or not math.isfinite(value):
        return NONE
    size = abs(float(value))
    text = compact(value) if is_compact and size >= 1e4 else number(value, 0 if size >= 99.995 or size == 0 else 2)
    return f"{currency}{SPACE}{text}".strip()


def share(value: Any) -> str:
    """0.1234 -> '12.3 %'."""
    if value is None or not math.isfinite(value):
        return NONE
    percent = float(value) * 100
    if percent == 0:
        return f"0{SPACE}%"
    if 0 < percent < 0.05:
        return f"<{SPACE}0.1{SPACE}%"
    return f"{number(percent, 0 if abs(percent) >= 99.95 else 1)}{SPACE}%"


def size(count: int) -> str:
    """Bytes for people."""
    return f"{compact(count)}{'' if count >= 1e3 else SPACE}B"


def quantity(value: Any, unit: str, currency: str) -> str:
    """A value with its unit: money, a share or a count of something."""
    if value is None:
        return NONE
    if unit in (currency, "currency"):
        return money(value, currency)
    if unit in ("share", "%"):
        return share(value)
    plain = unit in ("", "score", "ratio", "number", "-1 to 1")
    return number(value) if plain else f"{number(value)}{SPACE}{unit}"


def label(feature: str) -> str:
    """A column name for people: spend_90d -> 'Spend, 90 days'; recency_days -> 'Recency'."""
    text = re.sub(r"_(\d+)d$", r", \1 days", feature.removesuffix("_days"))
    text = text.replace("_", " ").replace("=", ": ").strip()
    return text[:1].upper() + text[1:]


def spaced(text: str) -> str:
    """Tokens and themes as words: not_work -> not work."""
    return text.replace("_", " ")


ABOUT_AVERAGE = 0.15  # in standard deviations


def deviation(sd: float) -> str:
    """How far from the mean, in words."""
    size = abs(sd)
    if size < ABOUT_AVERAGE:
        return "about average"
    grade = "far " if size >= 2 else "well " if size >= 1 else "a little " if size < 0.5 else ""
    return f"{grade}{'above' if sd > 0 else 'below'} average"


def counted(count: int, noun: str) -> str:
    """1 file, 2 files."""
    return f"{number(count)} {noun}{'' if count == 1 else 's'}"


def signed_sd(sd: Any) -> str:
    """+1.2 sd"""
    if sd is None:
        return NONE
    return f"{'+' if sd > 0 else ''}{number(sd, 1)}{SPACE}sd"


def plotly_text(text: Any, width: int = 0, most: int = 120) -> str:
    """Text from data made safe for plotly, which reads pseudo-HTML; wrapped at `width` characters where given."""
    plain = " ".join(str(text).split())
    plain = plain if len(plain) <= most else f"{plain[: most - 1]}…"
    lines = textwrap.wrap(plain, width) if width else [plain]
    return "<br>".join(html.escape(line, quote=False) for line in lines)
