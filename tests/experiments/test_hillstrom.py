"""Hillstrom's e-mail test (64,000 customers, three arms) from Spark's group-bys, against figures of other libraries."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from audiences.experiments import sample_ratio
from audiences.experiments.aggregates import capped, moments_by
from audiences.experiments.differences import adjusted, shares, welch
from audiences.experiments.moments import Moments
from audiences.experiments.multiplicity import adjusted_p

CONTROL, MENS, WOMENS = "No E-Mail", "Mens E-Mail", "Womens E-Mail"
OUTCOMES = ("visit", "conversion", "spend", "spend_capped", "history")
SEGMENTATIONS = ("history_segment", "zip_code", "channel", "newbie", "mens", "womens")


@pytest.fixture(scope="module")
def arms(_session, shared_data_path) -> dict[str, Moments]:
    """Arm -> moments, by one group-by."""
    rows = moments_by(customers(_session, shared_data_path), ["arm"], OUTCOMES).collect()
    return {row["arm"]: Moments.of_row(row.asDict(), OUTCOMES) for row in rows}


@pytest.fixture(scope="module")
def cells(_session, shared_data_path) -> dict[str, Mapping[tuple[str, str], Moments]]:
    """Segmentation -> (segment, arm) -> moments."""
    frame = customers(_session, shared_data_path)
    names = ("visit", "conversion")
    return {
        name: {
            (str(row[name]), row["arm"]): Moments.of_row(row.asDict(), names)
            for row in moments_by(frame, [name, "arm"], names).collect()
        }
        for name in SEGMENTATIONS
    }


@pytest.fixture(scope="module")
def shared_data_path():
    path = Path(__file__).resolve().parents[3] / "shared" / "data" / "hillstrom.csv.gz"
    if not path.exists():
        pytest.skip("the real data file hillstrom.csv.gz is not on this machine")
    return path


def customers(session, path):
    frame = session.read.csv(str(path), header=True, inferSchema=True).withColumnRenamed("segment", "arm")
    cap = frame.where("history > 0").selectExpr("percentile(history, 0.995) AS cap").collect()[0]["cap"]
    return frame.withColumn("spend_capped", capped("spend", cap))


def hits(moments: Moments, name: str) -> int:
    return round(moments.total(name))


def compared(treated: Moments, control: Moments, name: str):
    return shares((hits(treated, name), hits(control, name)), (treated.count, control.count))


def exactly(value: float):
    return pytest.approx(value, abs=1e-6)


def test_the_sample_ratio(arms):
    counts = [arms[name].count for name in (WOMENS, MENS, CONTROL)]
    assert counts == [21_387, 21_307, 21_306]
    result = sample_ratio.by_shares(counts, [1, 1, 1])
    assert (result.statistic, result.degrees, result.p) == (exactly(0.202531), 2, exactly(0.903693))


@pytest.mark.parametrize(
    ("arm", "name", "count", "share", "difference", "ends", "z", "p", "ratio"),
    [
        (MENS, "visit", 3894, 0.182757, 0.076590, (0.069953, 0.083227), 22.4860, 5.685e-112, (1.7214, 1.6404, 1.8064)),
        (
            MENS,
            "conversion",
            267,
            0.012531,
            0.006805,
            (0.005014, 0.008641),
            7.3851,
            1.523e-13,
            (2.1884, 1.7680, 2.7088),
        ),
        (WOMENS, "visit", 3238, 0.151400, 0.045233, (0.038894, 0.051574), 13.9492, 3.182e-44, (1.4261, 1.3562, 1.4995)),
        (
            WOMENS,
            "conversion",
            189,
            0.008837,
            0.003111,
            (0.001502, 0.004745),
            3.7796,
            1.571e-04,
            (1.5433, 1.2301, 1.9363),
        ),
    ],
)
def test_shares_of_each_arm(arms, arm, name, count, share, difference, ends, z, p, ratio):
    assert hits(arms[CONTROL], name) == {"visit": 2262, "conversion": 122}[name]
    assert hits(arms[arm], name) == count
    result = compared(arms[arm], arms[CONTROL], name)
    assert result.treated == exactly(share)
    assert result.difference == exactly(difference)
    assert (result.low, result.high) == (exactly(ends[0]), exactly(ends[1]))
    assert result.z == pytest.approx(z, abs=5e-5)
    assert result.p == pytest.approx(p, rel=5e-4)
    assert result.ratio == pytest.approx(ratio, abs=5e-5)


@pytest.mark.parametrize(
    ("arm", "mean", "variance", "difference", "ends", "degrees", "p"),
    [
        (MENS, 1.422617, 315.2118, 0.769827, (0.485140, 1.054515), 36671.2, 1.164e-07),
        (WOMENS, 1.077202, 228.4967, 0.424412, (0.168957, 0.679868), 40064.9, 1.129e-03),
    ],
)
def test_spend_of_each_arm(arms, arm, mean, variance, difference, ends, degrees, p):
    control = arms[CONTROL]
    assert (control.mean("spend"), control.variance("spend")) == (exactly(0.652789), pytest.approx(134.2864, abs=5e-5))
    assert (arms[arm].mean("spend"), arms[arm].variance("spend")) == (exactly(mean), pytest.approx(variance, abs=5e-5))
    result = welch(arms[arm], control, "spend")
    assert result.difference == exactly(difference)
    assert (result.low, result.high) == (exactly(ends[0]), exactly(ends[1]))
    assert result.degrees == pytest.approx(degrees, abs=0.05)
    assert result.p == pytest.approx(p, rel=5e-4)


@pytest.mark.parametrize(
    ("arm", "slope", "rho", "difference", "error", "plain_error"),
    [
        (MENS, 1.222897e-03, 0.02092, 0.767438, 0.145215, 0.145247),
        (WOMENS, 1.034651e-03, 0.019509, 0.422701, 0.130308, 0.130333),
    ],
)
def test_spend_adjusted_by_history(arms, arm, slope, rho, difference, error, plain_error):
    both = arms[arm] + arms[CONTROL]
    assert both.covariance("spend", "history") / both.variance("history") == pytest.approx(slope, abs=5e-10)
    spread = (both.variance("spend") * both.variance("history")) ** 0.5
    assert both.covariance("spend", "history") / spread == pytest.approx(rho, abs=5e-6)
    result = adjusted(arms[arm], arms[CONTROL], "spend", ["history"], slopes="pooled")
    assert (result.difference, result.standard_error) == (exactly(difference), exactly(error))
    assert welch(arms[arm], arms[CONTROL], "spend").standard_error == exactly(plain_error)
    by_arm = adjusted(arms[arm], arms[CONTROL], "spend", ["history"])
    assert by_arm.difference == pytest.approx(difference, abs=2e-3)
    assert by_arm.standard_error == pytest.approx(error, rel=1e-3)


def test_an_independent_library_says_the_same_from_the_same_aggregates(arms):
    tea_tasting = pytest.importorskip("tea_tasting")
    from tea_tasting.aggr import Aggregates

    def aggregates(moments: Moments) -> Aggregates:
        pair = ("spend", "history")
        return Aggregates(
            count_=moments.count, mean_={name: moments.mean(name) for name in pair},
            var_={name: moments.variance(name) for name in pair},
            cov_={("history", "spend"): moments.covariance("spend", "history")},
        )  # fmt: skip

    plain = tea_tasting.Mean("spend").analyze_aggregates(aggregates(arms[CONTROL]), aggregates(arms[MENS]))
    mine = welch(arms[MENS], arms[CONTROL], "spend")
    assert (mine.difference, mine.low, mine.high) == pytest.approx(
        (plain.effect_size, plain.effect_size_ci_lower, plain.effect_size_ci_upper), rel=1e-9
    )
    cuped = tea_tasting.Mean("spend", "history").analyze_aggregates(aggregates(arms[CONTROL]), aggregates(arms[MENS]))
    mine = adjusted(arms[MENS], arms[CONTROL], "spend", ["history"], slopes="pooled")
    assert (mine.low, mine.high) == (exactly(0.482813), exactly(1.052064))
    assert (mine.difference, mine.low, mine.high, mine.p) == pytest.approx(
        (cuped.effect_size, cuped.effect_size_ci_lower, cuped.effect_size_ci_upper, cuped.pvalue), rel=1e-7
    )


def test_the_cap_from_before_the_start_erases_no_spender(arms):
    """The 99 % quantile of spend itself is 0; that of positive history lies above everybody's spend."""
    for arm in (MENS, WOMENS, CONTROL):
        assert arms[arm].mean("spend_capped") == arms[arm].mean("spend") > 0
    assert (arms[MENS] + arms[WOMENS] + arms[CONTROL]).skewness("spend") == pytest.approx(20.6, abs=0.05)


@pytest.mark.parametrize(("name", "raw", "kept"), [("visit", 38, 38), ("conversion", 28, 27)])
def test_every_arm_and_segment_under_a_false_discovery_rate(cells, name, raw, kept):
    tests = {
        (arm, segmentation, segment): compared(by_cell[segment, arm], by_cell[segment, CONTROL], name)
        for segmentation, by_cell in cells.items()
        for segment in sorted({segment for segment, _ in by_cell})
        for arm in (MENS, WOMENS)
    }
    q = dict(zip(tests, adjusted_p([result.p for result in tests.values()], "bh"), strict=True))
    assert len(tests) == 38
    assert sum(result.p < 0.05 for result in tests.values()) == raw
    assert sum(value < 0.05 for value in q.values()) == kept
    if name == "conversion":
        lost = (MENS, "zip_code", "Rural")
        assert (tests[lost].p, q[lost]) == (exactly(0.042715), exactly(0.057971))
        few = tests[WOMENS, "history_segment", "3) $200 - $350"]
        assert (few.difference, few.p) == (exactly(-0.000666), exactly(0.709212))
        return
    not_before, before = tests[WOMENS, "womens", "0"], tests[WOMENS, "womens", "1"]
    assert (not_before.difference, not_before.low, not_before.high) == tuple(
        map(exactly, (0.011078, 0.002406, 0.019755))
    )
    assert (not_before.p, q[WOMENS, "womens", "0"]) == (exactly(0.012279), exactly(0.012961))
    assert (before.difference, before.low, before.high) == tuple(map(exactly, (0.073115, 0.064072, 0.082155)))
    assert tests[MENS, "womens", "0"].difference == exactly(0.069155)
    assert tests[MENS, "womens", "1"].difference == exactly(0.082558)
    rural = tests[WOMENS, "zip_code", "Rural"]
    assert (rural.difference, rural.low, rural.high, rural.p) == tuple(
        map(exactly, (0.029095, 0.010656, 0.047512, 0.001989))
    )
    richest = (WOMENS, "history_segment", "7) $1,000 +")
    rich = tests[richest]
    assert (rich.difference, rich.low, rich.high) == tuple(map(exactly, (0.053761, 0.000424, 0.106661)))
    assert (rich.p, q[richest]) == (exactly(0.047923), exactly(0.047923))
