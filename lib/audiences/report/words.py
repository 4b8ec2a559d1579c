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


ABOUT_TYPICAL = 0.08
"""A smaller position difference (see `segment_profiles`) is no difference worth a word."""

MEAN_APART = 0.1
"""Standard deviations: a mean nearer to that of all customers does not bear a median out that is apart."""


def deviation(position_difference: float) -> str:
    """How far from a typical customer, in words: by the share of customers who lie between."""
    size = abs(position_difference)
    if size < ABOUT_TYPICAL:
        return "about typical"
    grade = "far " if size >= 0.4 else "well " if size >= 0.25 else "a little " if size < 0.15 else ""
    return f"{grade}{'above' if position_difference > 0 else 'below'} typical"


def is_apart(row: Any) -> bool:
    """Whether a row of `segment_profiles` sets its segment apart; runs of older versions do not say so."""
    difference, sd = row.get("position_difference") or 0.0, row.get("difference_sd")
    is_agreed = sd is None or (difference * sd > 0 and abs(sd) >= MEAN_APART)  # the mean bears the median out
    return is_agreed and bool(abs(difference) >= ABOUT_TYPICAL)


def beside_typical(row: Any, currency: str) -> str:
    """A row of `segment_profiles` in one line: the segment's median beside that of all customers."""
    name, difference = label(row["feature"]), row["position_difference"]
    if row["median"] is None:  # a value of an attribute: a share of the customers
        how = "more" if difference > 0 else "less"
        return f"{name} {how} common: {share(row['mean'])} of them, {share(row['overall_mean'])} of all"
    median = quantity(row["median"], row["unit"], currency)
    typical = quantity(row["overall_median"], row["unit"], currency)
    return f"{name} {deviation(difference)}: {median}, typical {typical}"


def statistic(row: Any, currency: str) -> str:
    """The mean of a row of `segment_profiles` beside that of all customers, for readers who want it."""
    mean, overall = (quantity(row[name], row["unit"], currency) for name in ("mean", "overall_mean"))
    return f"{label(row['feature'])}: mean {mean}, of all {overall} ({signed_sd(row['difference_sd'])})"


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
