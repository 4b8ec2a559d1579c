"""The difference between two arms, with its interval: plain, adjusted by covariates, as shares, and over strata."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import special

from audiences.experiments.extra import statsmodels
from audiences.experiments.moments import Moments, Values

Slopes = Literal["by_arm", "pooled"]


@dataclass(frozen=True)
class Difference:
    """Treated minus control, per customer.

    Args:
        treated, control: the means; adjusted ones where covariates were used.
        difference: treated - control.
        standard_error: of the difference.
        degrees: degrees of freedom of its t distribution (Welch and Satterthwaite).
        low, high: the interval.
        p: two-sided, of no difference.
        covariates: what it was adjusted by; empty: nothing.
    """

    treated: float
    control: float
    difference: float
    standard_error: float
    degrees: float
    low: float
    high: float
    p: float
    covariates: tuple[str, ...] = ()

    def at(self, confidence: float) -> Difference:
        """The same difference with an interval of another confidence."""
        half = self.standard_error * float(special.stdtrit(self.degrees, (1 + confidence) / 2))
        return replace(self, low=self.difference - half, high=self.difference + half)

    def scaled(self, factor: float) -> Difference:
        """The same difference in another unit, for example margin instead of spend; the factor is positive."""
        money = ("treated", "control", "difference", "standard_error", "low", "high")
        return replace(self, **{name: getattr(self, name) * factor for name in money})


def welch(treated: Moments, control: Moments, outcome: str, *, confidence: float = 0.95) -> Difference:
    """The difference of two means whose variances differ (Welch 1947)."""
    return _difference(
        (treated.mean(outcome), treated.variance(outcome), treated.count),
        (control.mean(outcome), control.variance(outcome), control.count),
        confidence,
    )


def adjusted(
    treated: Moments, control: Moments, outcome: str, covariates: Sequence[str], *, slopes: Slopes = "by_arm",
    confidence: float = 0.95,
) -> Difference:  # fmt: skip
    """The difference of two means, less what covariates from before the start explain.

    `by_arm` is the regression with an own slope per arm (Lin 2013); its standard error holds the spread of the
    covariates themselves too. `pooled` is one slope over both arms: CUPED (Deng, Xu, Kohavi & Walker 2013).
    A covariate that does not vary in one of the arms is left out; without any the plain difference is returned.
    """
    usable = tuple(name for name in covariates if min(treated.variance(name), control.variance(name)) > 1e-12)
    if not usable or min(treated.count, control.count) <= len(usable) + 2:
        return welch(treated, control, outcome, confidence=confidence)
    both = treated + control
    if slopes == "pooled":
        slope = _slope(both, outcome, usable)
        parts = [_less_explained(arm, outcome, usable, slope, both) for arm in (treated, control)]
        return replace(_difference(parts[0], parts[1], confidence), covariates=usable)
    own = [_slope(arm, outcome, usable) for arm in (treated, control)]
    parts = [
        _residual(_less_explained(arm, outcome, usable, slope, both), len(usable))
        for arm, slope in zip((treated, control), own, strict=True)
    ]
    apart = own[0] - own[1]
    spread = float(apart @ both.matrix(usable, usable) @ apart) / both.count
    return replace(_difference(parts[0], parts[1], confidence, extra_variance=spread), covariates=usable)


def _slope(group: Moments, outcome: str, covariates: Sequence[str]) -> Values:
    explained = group.matrix(covariates, [outcome])[:, 0]
    slope = np.linalg.lstsq(group.matrix(covariates, covariates), explained, rcond=1e-10)[0]
    return np.asarray(slope, dtype=np.float64)


def _less_explained(
    arm: Moments, outcome: str, covariates: Sequence[str], slope: Values, both: Moments
) -> tuple[float, float, int]:
    """Mean, variance and count of the outcome less slope x (covariates - their mean over both arms)."""
    mean = arm.mean(outcome) - float(slope @ (arm.vector(covariates) - both.vector(covariates)))
    crossed = float(slope @ arm.matrix(covariates, [outcome])[:, 0])
    variance = arm.variance(outcome) - 2 * crossed + float(slope @ arm.matrix(covariates, covariates) @ slope)
    return mean, max(variance, 0.0), arm.count


def _residual(arm: tuple[float, float, int], slopes: int) -> tuple[float, float, int]:
    """The residual variance of a regression: each slope costs a degree of freedom."""
    mean, variance, count = arm
    return mean, variance * (count - 1) / (count - 1 - slopes), count


def _difference(
    treated: tuple[float, float, int], control: tuple[float, float, int], confidence: float, extra_variance: float = 0.0
) -> Difference:
    parts = [variance / count for _, variance, count in (treated, control)]
    error = float(np.sqrt(sum(parts) + extra_variance))
    freedom = sum(part**2 / max(arm[2] - 1, 1) for part, arm in zip(parts, (treated, control), strict=True))
    degrees = sum(parts) ** 2 / freedom if freedom > 0 else float(treated[2] + control[2] - 2)
    return _finished(treated[0], control[0], error, degrees, confidence)


def _finished(treated: float, control: float, error: float, degrees: float, confidence: float) -> Difference:
    gap = treated - control
    p = float(2 * special.stdtr(degrees, -abs(gap) / error)) if error > 0 else float(gap == 0)
    return Difference(treated, control, gap, error, degrees, gap, gap, p).at(confidence)


def over_strata(parts: Sequence[tuple[int, Difference]], *, confidence: float = 0.95) -> Difference:
    """The sum of N_s / N x d_s over strata, with the variance within strata (Miratrix, Sekhon & Yu 2013).

    Args:
        parts: customers and difference of each stratum.
    """
    total = sum(count for count, _ in parts)
    weights = [count / total for count, _ in parts]
    pairs = [(weight, part) for weight, (_, part) in zip(weights, parts, strict=True)]
    variances = [(weight * part.standard_error) ** 2 for weight, part in pairs]
    freedom = sum(variance**2 / part.degrees for variance, (_, part) in zip(variances, pairs, strict=True))
    degrees = sum(variances) ** 2 / freedom if freedom > 0 else float(total - 2 * len(parts))
    treated, control = (sum(weight * getattr(part, arm) for weight, part in pairs) for arm in ("treated", "control"))
    result = _finished(treated, control, float(np.sqrt(sum(variances))), degrees, confidence)
    return replace(result, covariates=tuple(dict.fromkeys(name for _, part in pairs for name in part.covariates)))


@dataclass(frozen=True)
class ShareDifference:
    """The difference of two shares: Newcombe's interval, the pooled z test, and the ratio with its interval.

    The ratio is None where one of the arms has no hit.
    """

    treated: float
    control: float
    difference: float
    low: float
    high: float
    z: float
    p: float
    ratio: tuple[float, float, float] | None

    @property
    def interval(self) -> tuple[float, float, float]:
        """Difference, low and high."""
        return self.difference, self.low, self.high


def shares(hits: tuple[int, int], counts: tuple[int, int], *, confidence: float = 0.95) -> ShareDifference:
    """Treated against control: how many of how many (Newcombe 1998, method 10)."""
    proportion = statsmodels("proportion")
    treated, control = hits[0] / counts[0], hits[1] / counts[1]
    arguments = (hits[0], counts[0], hits[1], counts[1])
    low, high = proportion.confint_proportions_2indep(
        *arguments, method="newcomb", compare="diff", alpha=1 - confidence
    )
    z, p = 0.0, 1.0
    ratio: tuple[float, float, float] | None = None
    if 0 < sum(hits) < sum(counts):
        z, p = (float(figure) for figure in proportion.proportions_ztest(hits, counts))
    if min(hits) > 0:
        ends = proportion.confint_proportions_2indep(*arguments, method="log", compare="ratio", alpha=1 - confidence)
        ratio = (treated / control, float(ends[0]), float(ends[1]))
    return ShareDifference(treated, control, treated - control, float(low), float(high), z, p, ratio)
