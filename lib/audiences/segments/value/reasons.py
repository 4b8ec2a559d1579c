"""Why a segment is called so, in money, days and orders; every figure is the segment's median."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from audiences.segments.typical import APART

if TYPE_CHECKING:
    from audiences.segments.value.name_rules import Rule
    from audiences.segments.value.segment import Segment

_ABOUT = 0.1
"""A ratio to the typical customer this near to 1 is about the same."""

_MOST_PHRASES = 4
_PAIRS = {
    "recency_days": ("longer silent", "seen more recently"),
    "frequency": ("more orders", "fewer orders"),
    "monetary": ("more money", "less money"),
    "tenure_days": ("known longer", "known for less time"),
    "lateness": ("later", "less late"),
}
_BASICS = ("monetary", "recency_days", "frequency")


def reason(segment: Segment, rules: Sequence[Rule], features: Sequence[str], currency: str) -> str:
    """What the rule speaks of first, then the features of the segmentation, then money, silence and orders."""
    rule = next(rule for rule in rules if rule.rule_id == segment.rule_id)
    wanted = (*(limit.feature for limit in rule.limits), *features, *_BASICS)
    known = dict.fromkeys(name for name in wanted if segment.medians.get(name) is not None)
    return ", ".join(_phrase(segment, name, currency) for name in list(known)[:_MOST_PHRASES])


def _phrase(segment: Segment, feature: str, currency: str) -> str:
    value, typical = segment.medians[feature] or 0.0, segment.typical[feature]
    if feature == "monetary":
        times = times_typical(value, typical, segment.apart[feature])
        return f"spends {times} ({figure(value)} {currency})"
    if feature == "recency_days":
        return f"last seen {counted(value, 'day')} ago"
    if feature == "frequency":
        return counted(value, "order")
    if feature == "tenure_days":
        return f"first seen {counted(value, 'day')} ago"
    if feature == "lateness":
        times = f"{figure(value)} times" if value >= 1 else f"{value:.0%} of"
        return f"silent for {times} their usual gap"
    beside = "" if typical is None else f" (typical {figure(typical)})"
    return f"{label(feature)} {figure(value)}{beside}"


def times_typical(value: float, typical: float | None, apart: float | None) -> str:
    """The ratio to a typical customer in words: 5.4 times a typical customer, 30% of a typical customer.

    About as much is said only where neither the ratio nor the position (see `segments.typical`) is apart, so that no
    other sentence of the segment says that it is above or below.
    """
    ratio = ratio_to(value, typical)
    if ratio is None:
        return f"{figure(value)}, a typical customer {figure(typical)}" if typical is not None else figure(value)
    if abs(ratio - 1) < _ABOUT and abs(apart or 0.0) < APART:
        return "about as much as a typical customer"
    return f"{figure(ratio)} times a typical customer" if ratio > 1 else f"{ratio:.0%} of a typical customer"


def ratio_to(value: float | None, typical: float | None) -> float | None:
    """value / typical; None where it says nothing, because one of them is unknown, 0 or negative."""
    return None if value is None or typical is None or value <= 0 or typical <= 0 else value / typical


def figure(value: float) -> str:
    """A number with as many digits as count: 3,487, 12, 1.6, 0.25."""
    rounded = f"{value:,.0f}" if abs(value) >= 20 else f"{value:.1f}" if abs(value) >= 1 else f"{value:.2f}"
    return rounded.removesuffix(".0").removesuffix(".00")


def counted(value: float, noun: str) -> str:
    """1 day, 9 days."""
    text = figure(value)
    return f"{text} {noun}{'' if text == '1' else 's'}"


def label(feature: str) -> str:
    """A feature's name for people: recency_days is recency."""
    return feature.removesuffix("_days").replace("_", " ")


def apart_words(feature: str | None, number: int, count: int) -> str:
    """What tells the number-th (from 0, the highest first) of `count` segments with one name from the others.

    None: no feature's median differs, so they are numbered.
    """
    if feature is None:
        return f"{number + 1} of {count}"
    if count == 2:
        return _PAIRS.get(feature, (f"higher {label(feature)}", f"lower {label(feature)}"))[number]
    return f"{number + 1} of {count} by {label(feature)}"
