"""What a reading says, from cells that are stated here."""

from __future__ import annotations

import numpy as np

from audiences.config import Experiments
from audiences.experiments.design import CONTROL, arms_of
from audiences.experiments.moments import Moments
from audiences.experiments.multiplicity import adjusted_p
from audiences.experiments.reading import COLUMNS, has_enough, read
from audiences.experiments.words import of_arm, of_money

RULES = Experiments()


def cell(count: int, bought: float, spend: float, seed: int, cap: float = 1e9) -> Moments:
    """Customers of whom a share bought, for about `spend`."""
    draw = np.random.default_rng(seed)
    hits = draw.random(count) < bought
    net = hits * draw.normal(spend, 2, count)
    nothing = np.zeros(count)
    return Moments.of_values(
        np.column_stack([hits, hits, net, np.minimum(net, cap), nothing, nothing, nothing]), COLUMNS
    )


def words(cells, costs=(), metric="net_spend", control=0.5):
    arms = arms_of(control, ["mail"], list(costs))
    reading = read(cells, arms, metric, RULES, lambda _: {"mail": {0.0: 9, 5.0: 1}, CONTROL: {0.0: 9, 4.0: 1}}, seed=1)[
        0
    ]
    return reading, "\n".join([*of_arm(reading, metric, "EUR"), of_money(reading, 0.5, "EUR")])


def test_one_clear_segment_and_the_others():
    cells = {
        name: {"mail": cell(2000, 0.3, spend, seed), CONTROL: cell(2000, 0.3, 20, seed + 50)}
        for seed, (name, spend) in enumerate({"At-risk": 30, "Loyal": 20, "New": 20}.items())
    }
    reading, text = words(cells, ["0.25"])
    assert "per customer chosen, sent or not: " in text
    assert " EUR more (" in text
    assert " than without" in text
    assert "clear in At-risk, the others too uncertain to tell" in text
    assert [part.segment for part in reading.segments if part.is_clear] == ["At-risk"]
    picked = reading.segments[0].difference
    assert picked.high - picked.low > picked.at(0.95).high - picked.at(0.95).low  # wider, because it was picked
    assert "at a cost of 0.25" in text
    assert "explains" not in text  # covariates that do not vary do not help


def test_equal_segments_are_told_together():
    cells = {name: {"mail": cell(3000, 0.3, 30, 1), CONTROL: cell(3000, 0.3, 20, 2)} for name in ("a", "b", "c")}
    _, text = words(cells)
    assert "no sign that segments differ: the figure over all holds for each of them" in text
    assert "clear in" not in text


def test_less_is_said_with_its_interval_in_that_direction():
    _, text = words({"a": {"mail": cell(4000, 0.3, 10, 1), CONTROL: cell(4000, 0.3, 20, 2)}})
    low, high = (float(end) for end in text.split("EUR less (")[1].split(")")[0].split(" to "))
    assert 2 < low < 3 < high < 4


def test_few_buyers_get_a_permutation_and_no_interval():
    reading, text = words({"a": {"mail": cell(900, 0.02, 20, 1), CONTROL: cell(900, 0.02, 20, 2)}})
    assert not reading.is_enough
    assert not reading.is_clear
    assert "too few to say (" in text
    assert "by permutation p = 1.000" in text
    assert "too few to say in a" in text


def test_a_share_that_bought_is_told_in_points():
    _, text = words({"a": {"mail": cell(5000, 0.4, 10, 1), CONTROL: cell(5000, 0.3, 10, 2)}}, metric="bought")
    points = float(text.split("sent or not: ")[1].split(" points more buyers")[0])
    assert 8 < points < 12
    assert "of what a customer without it does" in text


def test_a_relative_figure_is_withheld_where_the_control_is_near_0():
    few = {"a": {"mail": cell(5000, 0.001, 10, 1), CONTROL: cell(5000, 0.0006, 10, 2)}}
    assert words(few)[0].relative is None


def test_the_cap_takes_a_part_of_the_difference_and_says_so():
    capped = {"a": {"mail": cell(5000, 0.3, 60, 1, cap=40), CONTROL: cell(5000, 0.3, 20, 2, cap=40)}}
    reading, text = words(capped)
    assert 0.4 < reading.share_above_cap < 0.6
    assert "of the difference lies above the cap" in text
    assert reading.money.difference > 1.8 * reading.overall.difference


def test_enough_is_by_buyers_or_by_customers_for_the_skewness():
    assert has_enough(cell(400, 0.3, 20, 1), "net_spend_capped", 100)
    assert not has_enough(cell(90, 0.3, 20, 1), "net_spend_capped", 100)
    assert has_enough(cell(90, 0.95, 20, 1), "bought", 80)
    assert not has_enough(cell(50, 0.0, 20, 1), "net_spend_capped", 100)  # nobody bought: nothing varies


def test_two_arms_share_the_false_discovery_rate():
    cells = {"a": {"mail": cell(500, 0.5, 21, 1), "push": cell(500, 0.5, 22, 3), CONTROL: cell(500, 0.5, 20, 2)}}
    mail, push = read(cells, arms_of(0.4, ["mail=0.3", "push=0.3"]), "net_spend", RULES, lambda _: {}, seed=1)
    assert [mail.arm.name, push.arm.name] == ["mail", "push"]
    assert [mail.q, push.q] == adjusted_p([mail.overall.p, push.overall.p], "by")
    assert mail.q > mail.overall.p
