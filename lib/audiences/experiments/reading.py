"""What an experiment says: overall, then whether segments differ, and only then which of them are clear."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from audiences.config import Experiments
from audiences.experiments.design import CONTROL, Arm, Metric
from audiences.experiments.differences import Difference, ShareDifference, adjusted, over_strata, shares, welch
from audiences.experiments.heterogeneity import Heterogeneity, heterogeneity
from audiences.experiments.moments import Moments, together
from audiences.experiments.multiplicity import Method, adjusted_p, picked_confidence
from audiences.experiments.permutation import Histogram, permutation_p

COVARIATES = ("spend_before", "bought_before", "has_history")
OUTCOMES = ("bought", "orders", "net_spend", "net_spend_capped")
COLUMNS = (*OUTCOMES, *COVARIATES)

Cells = Mapping[str, Mapping[str, Moments]]
"""Segment -> arm -> moments of COLUMNS."""

Histograms = Callable[[str | None], Mapping[str, Histogram]]
"""Segment (None: all) -> arm -> counts of equal outcomes; asked only where buyers are few."""

_SKEWNESS_RULE = 355
"""Customers per squared skewness from which on a mean is near enough to normal (Kohavi et al. 2014)."""


@dataclass(frozen=True)
class SegmentReading:
    """One frozen segment under one arm.

    Args:
        difference: of the metric, per customer chosen, sent or not; picked ones with the wider interval of the picked.
        bought: the shares that bought, unadjusted.
        is_enough: whether there are enough buyers for an interval; else `permutation_p` is given.
        q: the smallest false discovery rate at which the segment is picked; None where it was not tested.
        is_clear: segments differ, and this one is picked.
        pooled: estimate, low and high, pulled towards the mean of all; None where segments were not compared.
    """

    segment: str
    treated: Moments
    control: Moments
    difference: Difference
    bought: ShareDifference
    is_enough: bool
    permutation_p: float | None
    q: float | None = None
    is_clear: bool = False
    pooled: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class ArmReading:
    """One arm against the control.

    Args:
        overall: the metric (spend capped) over all segments, adjusted where `covariates` help.
        money: net spend, not capped, not adjusted: what counts for the return on the cost; `capped`: the same, capped.
        q: false discovery rate of `overall` among several arms; its p where there is one.
        is_clear: there are enough buyers, and q is small enough.
        relative: of the control's mean; None where that lies within 3 standard errors of 0.
        variance_kept: share of the variance that the covariates leave.
        differ: whether segments differ; None where fewer than two have enough buyers.
    """

    arm: Arm
    treated: Moments
    control: Moments
    overall: Difference
    money: Difference
    capped: Difference
    is_enough: bool
    permutation_p: float | None
    q: float
    relative: float | None
    variance_kept: float
    differ: Heterogeneity | None
    segments: tuple[SegmentReading, ...]
    is_clear: bool = False

    @property
    def share_above_cap(self) -> float | None:
        """How much of the difference in net spend the cap takes away; None where there is no difference to divide."""
        if abs(self.money.difference) <= self.money.standard_error:
            return None
        return 1 - self.capped.difference / self.money.difference


def read(
    cells: Cells, arms: Sequence[Arm], metric: Metric, rules: Experiments, histograms: Histograms, *, seed: int
) -> tuple[ArmReading, ...]:
    """One reading per arm but the control, in the arms' order."""
    outcome = column_of(metric)
    treated_arms = [arm for arm in arms if arm.name != CONTROL]
    single = len(treated_arms) == 1
    raw = [_arm(cells, arm, outcome, rules, histograms, seed) for arm in treated_arms]
    overall = adjusted_p([reading.overall.p for reading in raw], "bh" if single else "by")
    return _with_picked(
        [
            replace(reading, q=q, is_clear=reading.is_enough and q <= rules.false_discovery_rate)
            for reading, q in zip(raw, overall, strict=True)
        ],
        rules,
        "bh" if single else "by",
    )


def column_of(metric: Metric) -> str:
    """The column that the verdict reads: spend is capped."""
    return "net_spend_capped" if metric == "net_spend" else metric


def has_enough(moments: Moments, outcome: str, min_buyers: int) -> bool:
    """Whether a t interval of this arm is to be believed: by buyers, or by customers for its skewness."""
    if moments.variance(outcome) <= 0:
        return False
    # An even distribution would need no customers at all by the rule; 36 are asked for in any case.
    needed = _SKEWNESS_RULE * max(moments.skewness(outcome) ** 2, 0.1)
    return moments.total("bought") >= min_buyers or moments.count >= needed


def _arm(cells: Cells, arm: Arm, outcome: str, rules: Experiments, histograms: Histograms, seed: int) -> ArmReading:
    pairs = {
        segment: (by_arm[arm.name], by_arm[CONTROL])
        for segment, by_arm in cells.items()
        if arm.name in by_arm and CONTROL in by_arm
    }
    strata = _strata(pairs)
    plain = _over(strata, outcome, (), rules)
    fitted = plain if rules.slopes == "none" else _over(strata, outcome, COVARIATES, rules)
    is_adjusted = fitted.standard_error < plain.standard_error  # else the covariates do not help
    covariates = COVARIATES if is_adjusted else ()
    treated, control = (together([pair[side] for pair in pairs.values()]) for side in (0, 1))
    is_enough = all(has_enough(moments, outcome, rules.min_buyers) for moments in (treated, control))
    segments = tuple(
        _segment(name, *pair, outcome, covariates, rules, partial(histograms, name), arm.name, seed)
        for name, pair in pairs.items()
        if min(moments.count for moments in pair) >= 2
    )
    error = (control.variance(outcome) / control.count) ** 0.5
    overall = fitted if is_adjusted else plain
    return ArmReading(
        arm=arm, treated=treated, control=control, overall=overall, money=_over(strata, "net_spend", (), rules),
        capped=_over(strata, "net_spend_capped", (), rules),
        is_enough=is_enough,
        permutation_p=None if is_enough else _permuted(histograms(None), arm.name, rules, seed),
        q=overall.p, relative=overall.difference / overall.control if overall.control > 3 * error > 0 else None,
        variance_kept=(fitted.standard_error / plain.standard_error) ** 2 if is_adjusted else 1.0,
        differ=None, segments=segments,
    )  # fmt: skip


def _strata(pairs: Mapping[str, tuple[Moments, Moments]]) -> list[tuple[Moments, Moments]]:
    """One pair per segment; those too small for a variance are added to the largest."""
    ordered = sorted(pairs.values(), key=lambda pair: -min(pair[0].count, pair[1].count))
    large = [pair for pair in ordered if min(pair[0].count, pair[1].count) >= 2]
    small = [pair for pair in ordered if min(pair[0].count, pair[1].count) < 2]
    if not large:
        return [(together([pair[0] for pair in small]), together([pair[1] for pair in small]))]
    treated, control = ([large[0][side], *(pair[side] for pair in small)] for side in (0, 1))
    return [(together(treated), together(control)), *large[1:]]


def _over(
    strata: Sequence[tuple[Moments, Moments]], outcome: str, covariates: Sequence[str], rules: Experiments
) -> Difference:
    parts = [
        (treated.count + control.count, _pair(treated, control, outcome, covariates, rules))
        for treated, control in strata
    ]
    return over_strata(parts, confidence=rules.confidence)


def _pair(
    treated: Moments, control: Moments, outcome: str, covariates: Sequence[str], rules: Experiments
) -> Difference:
    if not covariates or rules.slopes == "none":
        return welch(treated, control, outcome, confidence=rules.confidence)
    return adjusted(treated, control, outcome, covariates, slopes=rules.slopes, confidence=rules.confidence)


def _segment(
    name: str, treated: Moments, control: Moments, outcome: str, covariates: Sequence[str], rules: Experiments,
    histograms: Callable[[], Mapping[str, Histogram]], arm: str, seed: int,
) -> SegmentReading:  # fmt: skip
    is_enough = all(has_enough(moments, outcome, rules.min_buyers) for moments in (treated, control))
    hits = round(treated.total("bought")), round(control.total("bought"))
    return SegmentReading(
        segment=name, treated=treated, control=control,
        difference=_pair(treated, control, outcome, covariates, rules),
        bought=shares(hits, (treated.count, control.count), confidence=rules.confidence),
        is_enough=is_enough,
        permutation_p=None if is_enough else _permuted(histograms(), arm, rules, seed),
    )  # fmt: skip


def _permuted(counts: Mapping[str, Histogram], arm: str, rules: Experiments, seed: int) -> float:
    return permutation_p(counts.get(arm, {}), counts.get(CONTROL, {}), seed=seed, draws=rules.permutations)


def _with_picked(readings: Sequence[ArmReading], rules: Experiments, method: Method) -> tuple[ArmReading, ...]:
    """First the test whether an arm's segments differ, then the picks among those of the arms where they do."""
    compared = []
    for reading in readings:
        enough = [part for part in reading.segments if part.is_enough]
        differ = heterogeneity([part.difference for part in enough], confidence=rules.confidence)
        pooled = dict(zip([part.segment for part in enough], differ.pooled if differ else (), strict=False))
        segments = tuple(replace(part, pooled=pooled.get(part.segment)) for part in reading.segments)
        compared.append(replace(reading, differ=differ, segments=segments))
    tested = [(reading, part) for reading in compared for part in reading.segments if part.is_enough]
    found = adjusted_p([part.difference.p for _, part in tested], method)
    rates = {(reading.arm.name, part.segment): q for (reading, part), q in zip(tested, found, strict=True)}
    picked = {
        (reading.arm.name, part.segment) for reading, part in tested
        if reading.differ is not None and reading.differ.p < 1 - rules.confidence
        and rates[reading.arm.name, part.segment] <= rules.false_discovery_rate
    }  # fmt: skip
    wider = picked_confidence(len(tested), len(picked), rules.false_discovery_rate, method) if picked else 0.0
    return tuple(
        replace(
            reading,
            segments=tuple(
                replace(
                    part, q=rates.get((reading.arm.name, part.segment)),
                    is_clear=(reading.arm.name, part.segment) in picked,
                    difference=part.difference.at(max(wider, rules.confidence))
                    if (reading.arm.name, part.segment) in picked else part.difference,
                )
                for part in reading.segments
            ),
        )
        for reading in compared
    )  # fmt: skip
