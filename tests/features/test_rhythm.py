"""Usual gaps by Kaplan and Meier, beside SciPy, and how late customers are."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from clean_lines import line
from scipy.stats import CensoredData, ecdf

from audiences import schema
from audiences.features.rhythm import ORDER_NUMBERS, kaplan_meier, rhythm, usual_gap, usual_gaps

AS_OF = date(2024, 7, 1)


def test_the_curve_is_scipys_with_open_gaps_as_censored():
    draw = np.random.default_rng(4)
    days, came_back = draw.integers(1, 60, 400), draw.random(400) < 0.6
    counts = [(int(d), bool(c), 1) for d, c in zip(days, came_back, strict=True)]
    curve = kaplan_meier(counts)
    theirs = ecdf(CensoredData(uncensored=days[came_back], right=days[~came_back])).sf
    assert [d for d, _ in curve] == sorted(set(days[came_back].tolist()))
    assert [s for _, s in curve] == pytest.approx([float(theirs.evaluate(d)) for d, _ in curve])
    assert kaplan_meier([(d, c, n * 3) for d, c, n in counts]) == [(d, pytest.approx(s)) for d, s in curve]


def test_customers_who_have_not_come_back_yet_make_the_usual_gap_longer():
    observed = [(10, True, 6), (40, True, 5)]
    assert usual_gap(observed) == 10
    still_away = [*observed, (30, False, 20)]
    assert kaplan_meier(still_away) == [(10, pytest.approx(25 / 31)), (40, 0.0)]
    assert usual_gap(still_away) == 40  # of 31 customers only 6 were back after 10 days
    assert usual_gap([(5, False, 9)]) is None


def test_the_usual_gap_is_that_of_those_who_come_back():
    # 30 of 100 come back, 15 within 20 days; the others have been away for 300 days
    assert usual_gap([(20, True, 15), (60, True, 15), (300, False, 70)]) == 20


def test_a_class_with_few_returns_takes_its_neighbours_rhythm():
    gaps = usual_gaps({0: [(50, True, 100)], 1: [(20, True, 3)]})
    assert gaps[0] == 50
    assert gaps[1] == 50
    assert len(gaps) == len(ORDER_NUMBERS)
    assert usual_gaps({}) == [None] * len(ORDER_NUMBERS)


def bought(customer: str, *days_before: int, hour: int = 10) -> list:
    """One purchase line on each of these days before AS_OF."""
    return [
        line(customer, f"{customer}{n}", f"{AS_OF - timedelta(days=before)} {hour}:00", 1, "5.00")
        for n, before in enumerate(days_before)
    ]


def weekly() -> list:
    """25 customers who buy every seventh day."""
    return [one for n in range(25) for one in bought(f"w{n}", *range(1, 80, 7))]


def test_lateness_is_silence_over_the_usual_gap_of_customers_like_them_and_their_own(days, body):
    shop = weekly()
    shop += bought("late", *range(36, 110, 7)) + bought("once", 8)
    shop += bought("twice", 40) + bought("twice", 40, hour=12)
    found = {row.customer_id: row for row in body(rhythm(days(*shop), as_of=AS_OF), schema.rhythm)}
    assert found["w0"].peer_gap_days == found["w0"].usual_gap_days == 7
    assert found["w0"].lateness == pytest.approx(1 / 7)
    assert found["late"].lateness == pytest.approx(36 / 7)
    assert found["once"].lateness == pytest.approx(8 / 7)  # against the first gaps of all others
    assert (found["twice"].purchase_days, found["twice"].lateness) == (1, pytest.approx(40 / 7))  # two orders, one day


def test_own_gaps_count_beside_those_of_others(days, body):
    monthly = bought("m", *range(10, 220, 30))
    shop = weekly()
    found = {row.customer_id: row for row in body(rhythm(days(*monthly, *shop), as_of=AS_OF), schema.rhythm)}
    assert found["m"].purchase_days == 7
    assert found["m"].usual_gap_days == pytest.approx((180 + 3 * found["m"].peer_gap_days) / 9)


def test_where_nobody_ever_came_back_lateness_is_unknown(days, body):
    (customer,) = body(rhythm(days(*bought("a", 50)), as_of=AS_OF), schema.rhythm)
    assert (customer.peer_gap_days, customer.usual_gap_days, customer.lateness) == (None, None, None)
