"""Do segments differ at all? Asked before any of them is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from audiences.experiments.differences import Difference
from audiences.experiments.extra import statsmodels
from audiences.experiments.moments import Values


@dataclass(frozen=True)
class Heterogeneity:
    """Cochran's Q over the differences of segments, and each difference pulled towards the mean of all.

    Args:
        q, degrees, p: the test that all segments have the same effect.
        between: variance of the true effects between segments (DerSimonian & Laird 1986).
        pooled: estimate, low and high per segment, partially pooled, in the segments' order.
    """

    q: float
    degrees: int
    p: float
    between: float
    pooled: tuple[tuple[float, float, float], ...]


def heterogeneity(parts: Sequence[Difference], *, confidence: float = 0.95) -> Heterogeneity | None:
    """None for fewer than two segments that vary at all."""
    if len(parts) < 2 or min(part.standard_error for part in parts) <= 0:
        return None
    effects = np.array([part.difference for part in parts])
    variances = np.array([part.standard_error**2 for part in parts])
    with np.errstate(all="ignore"):  # it also works out what is not read here, from a variance that may be below 0
        result = statsmodels("meta_analysis").combine_effects(effects, variances, method_re="dl")
    degrees = len(parts) - 1
    between = max(float(result.tau2), 0.0)
    p = float(stats.chi2.sf(result.q, degrees))
    return Heterogeneity(float(result.q), degrees, p, between, _pooled(effects, variances, between, confidence))


def _pooled(
    effects: Values, variances: Values, between: float, confidence: float
) -> tuple[tuple[float, float, float], ...]:
    """Empirical Bayes: a mean of the segment's own effect and that of all, by their precision.

    The uncertainty of the common mean goes in too, since a segment may hang on it wholly.
    """
    weights = 1 / (variances + between)
    mean, mean_variance = float((weights * effects).sum() / weights.sum()), float(1 / weights.sum())
    own = between / (between + variances)
    centres = own * effects + (1 - own) * mean
    errors = np.sqrt(own * variances + (1 - own) ** 2 * mean_variance)
    half = float(stats.norm.ppf((1 + confidence) / 2)) * errors
    ends = zip(centres, centres - half, centres + half, strict=True)
    return tuple((float(centre), float(low), float(high)) for centre, low, high in ends)
