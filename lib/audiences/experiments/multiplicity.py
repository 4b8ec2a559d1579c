"""Many tests at once: false discovery rates, and intervals for what was picked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from audiences.experiments.extra import statsmodels

Method = Literal["bh", "by"]
"""bh: Benjamini & Hochberg 1995, for tests of disjoint segments; by: Benjamini & Yekutieli 2001, however they hang
together (several arms against one control, several metrics, overlapping segments)."""


def adjusted_p(values: Sequence[float], method: Method) -> list[float]:
    """The smallest false discovery rate at which each test would be picked."""
    if not values:
        return []
    corrected = statsmodels("multitest").multipletests(list(values), method=f"fdr_{method}")[1]
    return [float(value) for value in corrected]


def picked_confidence(tests: int, picked: int, rate: float, method: Method) -> float:
    """The confidence of the intervals of the picked ones, so that at most `rate` of them miss on average.

    Benjamini & Yekutieli 2005: 1 - picked x rate / tests, under `by` also divided by 1 + 1/2 + ... + 1/tests.
    """
    share = picked * rate / tests
    return 1 - (share if method == "bh" else share / sum(1 / number for number in range(1, tests + 1)))
