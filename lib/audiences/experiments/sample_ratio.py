"""Are the arms that were analysed the arms that were drawn?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from audiences.experiments.extra import statsmodels


@dataclass(frozen=True)
class SampleRatio:
    """The test of a sample ratio: statistic, degrees of freedom and p."""

    statistic: float
    degrees: int
    p: float


def by_shares(counts: Sequence[int], shares: Sequence[float]) -> SampleRatio:
    """Chi-square of the arms' counts against their shares: for arms that were drawn customer by customer."""
    expected = np.array(shares) / sum(shares) * sum(counts)
    statistic, p = stats.chisquare(counts, expected)
    return SampleRatio(float(statistic), len(counts) - 1, float(p))


def by_losses(strata: Sequence[tuple[tuple[int, int], tuple[int, int]]]) -> SampleRatio:
    """Lost x arm over strata (Cochran-Mantel-Haenszel): for arms of fixed sizes, where only losses can differ.

    Args:
        strata: of each stratum (lost, kept) of the treated and of the control.
    """
    tables = [np.array(table, dtype=float) for table in strata if sum(map(sum, table)) > 1]
    # A stratum where nobody or everybody was lost, or with one arm only, tells nothing; the test divides by its 0.
    telling = [table for table in tables if table.sum(axis=0).all() and table.sum(axis=1).all()]
    if not telling:
        return SampleRatio(0.0, 1, 1.0)
    result = statsmodels("contingency_tables").StratifiedTable(telling).test_null_odds(correction=False)
    return SampleRatio(float(result.statistic), 1, float(result.pvalue))
