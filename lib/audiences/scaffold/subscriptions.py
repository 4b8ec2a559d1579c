"""Whether purchases look like a subscription's: equal amounts at equal gaps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise
from statistics import median

_MIN_PAYMENTS, _MIN_CUSTOMERS, _SHARE = 3, 10, 0.5
_SLACK_DAYS = 4
"""Months have 28 to 31 days, and payments wait for a working day."""


def subscription_words(payments: Mapping[str, Mapping[date, Decimal]]) -> str | None:
    """A sentence where half of the customers with three or more purchases pay the same at the same gap; else None."""
    several = [days for days in payments.values() if len(days) >= _MIN_PAYMENTS]
    if len(several) < _MIN_CUSTOMERS:
        return None
    gaps = [gap for days in several if (gap := _equal_gap(days)) is not None]
    if len(gaps) < _SHARE * len(several):
        return None
    return (
        f"{len(gaps):,} of {len(several):,} customers with {_MIN_PAYMENTS} or more purchases pay equal amounts every "
        f"{median(gaps):.0f} days or so: this looks like subscriptions, where the next purchase says little and the "
        "end of the payments says all; recency and frequency then tell of the contract, not of interest"
    )


def _equal_gap(days: Mapping[date, Decimal]) -> float | None:
    """The gap in days of someone who pays the same at the same gap; None for anyone else."""
    ordered = sorted(days)
    gaps = [(later - earlier).days for earlier, later in pairwise(ordered)]
    amounts = [days[day] for day in ordered]
    typical = median(amounts)
    is_same = sum(abs(amount - typical) <= Decimal("0.02") * abs(typical) for amount in amounts) >= 0.8 * len(amounts)
    middle = median(gaps)
    is_regular = middle >= 5 and all(abs(gap - middle) <= _SLACK_DAYS for gap in gaps)
    return middle if is_same and is_regular else None
