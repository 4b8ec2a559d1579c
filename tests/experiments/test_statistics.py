"""The statistics against row-level libraries: they see moments only, the libraries see every customer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable

from audiences.errors import ConfigError
from audiences.experiments import sample_ratio
from audiences.experiments.design import arms_of
from audiences.experiments.differences import adjusted, over_strata, welch
from audiences.experiments.heterogeneity import heterogeneity
from audiences.experiments.moments import Moments, together
from audiences.experiments.multiplicity import adjusted_p, picked_confidence
from audiences.experiments.permutation import permutation_p
from audiences.experiments.power import smallest_effect, times_the_customers

NAMES = ("y", "a", "b")


def rows(count: int, seed: int, effect: float = 0.0, slope: float = 2.0) -> np.ndarray:
    draw = np.random.default_rng(seed)
    a, b = draw.gamma(1, 10, count), draw.integers(0, 2, count).astype(float)
    y = 5 + effect + slope * a - 3 * b + draw.normal(0, 8, count)
    return np.column_stack([y, a, b])


def moments(values: np.ndarray) -> Moments:
    return Moments.of_values(values, NAMES)


def test_moments_of_parts_added_are_those_of_the_whole():
    whole = rows(900, seed=1)
    added = together([moments(part) for part in (whole[:10], whole[10:11], whole[11:500], whole[500:])])
    assert added.count == 900
    np.testing.assert_allclose(added.means, whole.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(added.covariances, np.cov(whole.T), rtol=1e-12)
    for place, name in enumerate(NAMES):
        assert added.skewness(name) == pytest.approx(stats.skew(whole[:, place]), rel=1e-10)


def test_the_plain_difference_is_welchs():
    treated, control = rows(300, seed=2, effect=1), rows(80, seed=3)
    result = welch(moments(treated), moments(control), "y")
    oracle = stats.ttest_ind(treated[:, 0], control[:, 0], equal_var=False)
    interval = oracle.confidence_interval()
    assert (result.p, result.low, result.high) == pytest.approx((oracle.pvalue, interval.low, interval.high))


def test_one_slope_per_arm_is_the_interacted_regression():
    treated, control = rows(700, seed=4, effect=1.5, slope=3), rows(250, seed=5)
    values = np.vstack([treated, control])
    arm = np.r_[np.ones(700), np.zeros(250)]
    centred = values[:, 1:] - values[:, 1:].mean(axis=0)
    design = sm.add_constant(np.column_stack([arm, centred, centred * arm[:, None]]))
    oracle = sm.OLS(values[:, 0], design).fit(cov_type="HC2")
    result = adjusted(moments(treated), moments(control), "y", ("a", "b"))
    assert result.difference == pytest.approx(oracle.params[1], rel=1e-9)
    # The regression takes the covariates' mean for known; ours adds its spread, so it is a little larger.
    both = Moments.of_values(values, NAMES)
    apart = oracle.params[4:6]
    spread = float(apart @ both.matrix(("a", "b"), ("a", "b")) @ apart) / 950
    assert (result.standard_error**2 - spread) ** 0.5 == pytest.approx(oracle.bse[1], rel=0.02)
    assert spread > 0


@pytest.mark.parametrize("slopes", ["by_arm", "pooled"])
def test_a_covariate_that_does_not_vary_is_left_out(slopes):
    treated, control = rows(100, seed=6), rows(100, seed=7)
    treated[:, 2] = 1
    result = adjusted(moments(treated), moments(control), "y", ("a", "b"), slopes=slopes)
    assert result == adjusted(moments(treated), moments(control), "y", ("a",), slopes=slopes)
    assert result.covariates == ("a",)


def test_equal_covariates_twice_change_nothing():
    treated, control = (np.column_stack([part[:, :2], part[:, 1]]) for part in (rows(200, seed=8), rows(90, seed=9)))
    once = adjusted(moments(treated), moments(control), "y", ("a",), slopes="pooled")
    twice = adjusted(moments(treated), moments(control), "y", ("a", "b"), slopes="pooled")
    assert twice.difference == pytest.approx(once.difference)
    assert twice.standard_error == pytest.approx(once.standard_error)


def test_strata_are_weighed_by_their_customers():
    parts = [(30, welch(moments(rows(20, 1, effect=4)), moments(rows(10, 2)), "y")),
             (100, welch(moments(rows(50, 3)), moments(rows(50, 4)), "y"))]  # fmt: skip
    result = over_strata(parts)
    assert result.difference == pytest.approx((30 * parts[0][1].difference + 100 * parts[1][1].difference) / 130)
    expected = sum((count / 130 * part.standard_error) ** 2 for count, part in parts) ** 0.5
    assert result.standard_error == pytest.approx(expected)
    assert min(part.degrees for _, part in parts) <= result.degrees <= sum(part.degrees for _, part in parts)


def differences(effects: list[float], error: float) -> list:
    shape = welch(moments(rows(5000, 1)), moments(rows(5000, 2)), "y")
    scale = error / shape.standard_error
    return [replace(shape.scaled(scale), difference=effect) for effect in effects]


def test_segments_of_one_effect_do_not_differ_and_are_pooled_to_one_figure():
    result = heterogeneity(differences([1.0, 1.0, 1.0], error=0.5))
    assert (result.q, result.p, result.between) == pytest.approx((0, 1, 0))
    assert all(estimate == pytest.approx(1.0) for estimate, _, _ in result.pooled)
    assert result.pooled[0][2] - result.pooled[0][1] < 2 * 1.96 * 0.5  # surer than one segment alone


def test_q_is_the_weighed_sum_of_squares():
    effects = [0.0, 1.0, 4.0]
    result = heterogeneity(differences(effects, error=0.5))
    assert result.q == pytest.approx(sum((effect - 5 / 3) ** 2 for effect in effects) / 0.25)
    assert result.p == pytest.approx(stats.chi2.sf(result.q, 2))
    assert 0 < result.pooled[0][0] < 5 / 3 < result.pooled[2][0] < 4  # each drawn towards the mean


def test_a_single_segment_has_nothing_to_differ_from():
    assert heterogeneity(differences([1.0], error=0.5)) is None


def test_false_discovery_rates_and_intervals_of_the_picked():
    p = [0.001, 0.011, 0.02, 0.5]
    assert adjusted_p(p, "bh") == pytest.approx([0.004, 0.022, 0.02 * 4 / 3, 0.5])
    assert adjusted_p(p, "by")[0] == pytest.approx(0.004 * (1 + 1 / 2 + 1 / 3 + 1 / 4))
    assert adjusted_p([], "bh") == []
    assert picked_confidence(10, 2, 0.05, "bh") == pytest.approx(0.99)
    assert picked_confidence(2, 1, 0.05, "by") == pytest.approx(1 - 0.025 / 1.5)


def test_losses_by_arm_are_cochran_mantel_haenszel():
    strata = [((30, 970), (5, 95)), ((60, 1940), (2, 198)), ((0, 50), (0, 10)), ((1, 0), (0, 0))]
    result = sample_ratio.by_losses(strata)
    oracle = StratifiedTable([np.array(table) for table in strata[:2]]).test_null_odds(correction=False)
    assert (result.statistic, result.p) == pytest.approx((oracle.statistic, oracle.pvalue))


def test_no_loss_is_no_alarm_and_a_planted_loss_is_one():
    assert sample_ratio.by_losses([((0, 900), (0, 100))]).p == 1
    assert sample_ratio.by_losses([((45, 855), (0, 900)), ((50, 850), (1, 899))]).p < 0.001


def test_the_permutation_p_is_fishers_where_outcomes_are_0_and_1():
    treated, control = {0.0: 180, 1.0: 20}, {0.0: 95, 1.0: 5}
    p = permutation_p(treated, control, seed=3, draws=40_000)
    middle = 100 * 25 / 300  # both-sided by distance, as the permutation counts it
    hits = np.arange(26)
    oracle = stats.hypergeom(300, 25, 100).pmf(hits)[abs(hits - middle) >= abs(5 - middle) - 1e-9].sum()
    assert p == pytest.approx(oracle, abs=0.01)
    assert permutation_p(treated, control, seed=3) == permutation_p(treated, control, seed=3)


def test_the_permutation_p_of_money_is_that_of_shuffled_customers():
    draw = np.random.default_rng(5)
    spend = np.r_[draw.integers(1, 400, 30), np.zeros(370)].astype(float)
    draw.shuffle(spend)
    treated, control = spend[:320] + (spend[:320] > 0) * 40, spend[320:]
    counts = [dict(zip(*np.unique(part, return_counts=True), strict=True)) for part in (treated, control)]
    seen, shuffles = abs(treated.mean() - control.mean()), np.random.default_rng(1)
    drawn = [shuffles.permutation(np.r_[treated, control]) for _ in range(4000)]
    oracle = np.mean([abs(part[:320].mean() - part[320:].mean()) >= seen - 1e-9 for part in drawn])
    assert 0.05 < oracle < 0.95
    assert permutation_p(*counts, seed=1, draws=4000) == pytest.approx(oracle, abs=4 * (2 * 0.25 / 4000) ** 0.5)


def test_power_says_what_an_uneven_division_costs():
    assert times_the_customers(0.1) == pytest.approx(2.7778, abs=1e-4)
    halves, tenth = (smallest_effect(25.0, 100_000, control) for control in (0.5, 0.1))
    assert halves == pytest.approx((1.959964 + 0.841621) * 5 * (4 / 100_000) ** 0.5, rel=1e-3)
    assert tenth / halves == pytest.approx(2.7778**0.5, rel=1e-3)
    assert smallest_effect(25.0, 10, 0.1) is None
    assert smallest_effect(0.0, 1000, 0.1) is None


def test_arms_divide_what_the_control_leaves():
    arms = arms_of(0.2, ["mail=0.5", "push"], ["0.1", "mail=0.4"])
    assert [(arm.name, round(arm.share, 9), arm.cost) for arm in arms] == [
        ("control", 0.2, 0.0), ("mail", 0.5, 0.4), ("push", 0.3, 0.1)
    ]  # fmt: skip
    assert [arm.name for arm in arms_of(0.1)] == ["control", "treatment"]


@pytest.mark.parametrize(
    ("control", "named", "costs", "words"),
    [
        pytest.param(0, [], [], "share must lie between 0 and 1", id="no-control"),
        pytest.param(1.2, [], [], "share must lie between 0 and 1", id="control-above-1"),
        pytest.param(float("nan"), [], [], "share must lie between 0 and 1", id="control-is-no-number"),
        pytest.param(0.1, ["mail=0"], [], "share must lie between 0 and 1", id="an-arm-of-0"),
        pytest.param(0.1, ["mail=1.5"], [], "share must lie between 0 and 1", id="an-arm-above-1"),
        pytest.param(0.1, ["mail=0.5"], [], "do not sum to 1", id="sum-below-1"),
        pytest.param(0.5, ["mail=0.5", "push"], [], "do not sum to 1", id="nothing-left"),
        pytest.param(0.1, ["mail", "mail"], [], "a name of its own", id="twice"),
        pytest.param(0.1, ["control"], [], "a name of its own", id="control-as-arm"),
        pytest.param(0.1, ["mail=many"], [], "not a number", id="no-number"),
        pytest.param(0.1, [], ["-1"], "a cost is an amount", id="negative-cost"),
        pytest.param(0.1, [], ["push=1"], "a cost is an amount", id="cost-of-no-arm"),
    ],
)
def test_arms_that_cannot_be_are_refused(control, named, costs, words):
    with pytest.raises(ConfigError, match=words):
        arms_of(control, named, costs)
