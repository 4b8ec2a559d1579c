import random
from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from clean_lines import line

from audiences import schema
from audiences.config import Behaviour
from audiences.features import behaviour

AS_OF = date(2024, 3, 1)


def of(days, body, as_of=AS_OF, **settings):
    return body(behaviour(days, as_of=as_of, settings=Behaviour(**settings)), schema.behaviour)


def test_each_definition_on_a_customer_worked_out_by_hand(days, body):
    found = days(
        line("a", "1", "2023-11-04 09:00", 2, "10.00", product="p", country="FR"),  # Saturday, 118 days before D
        line("a", "2", "2024-01-01 13:00", 1, "30.00", product="q", country="FR"),  # Monday, 58 days later
        line("a", "3", "2024-01-01 19:00", 3, "10.00", product="p", country="FR"),
        line("a", "4", "2024-02-11 02:00", 1, "20.00", product="r", country="DE"),  # Sunday, 41 days later
        line("a", "C5", "2024-02-12 09:00", -1, "10.00", product="q"),
    )
    (row,) = of(found, body)
    assert row.tenure_days == 118
    assert row.average_order_value == 25.0
    assert row.items_per_basket == 1.75
    assert row.days_between_orders_mean == pytest.approx((58 + 0 + 41) / 3)
    assert row.days_between_orders_sd == pytest.approx((((58 - 33) ** 2 + 33**2 + (41 - 33) ** 2) / 3) ** 0.5)
    assert row.return_rate == pytest.approx(0.1)
    assert row.distinct_products == 3
    assert row.weekend_share == pytest.approx(0.4)
    assert (row.night_share, row.morning_share, row.afternoon_share, row.evening_share) == (0.2, 0.2, 0.3, 0.3)
    assert (row.spend_30d, row.spend_90d, row.spend_365d) == (Decimal(10), Decimal(70), Decimal(90))
    assert row.spend_trend == pytest.approx((80 - 20) / 100)
    assert row.country == "DE"


def test_one_order_has_no_rhythm_and_no_ids_no_products(days, body):
    (row,) = of(days(line("a", "1", "2024-02-01 10:00", 1, "5.00")), body)
    assert row.days_between_orders_mean is None
    assert row.days_between_orders_sd is None
    assert row.distinct_products is None
    assert row.country is None
    assert (row.return_rate, row.spend_trend) == (0.0, 1.0)


def test_two_orders_of_one_day_are_0_days_apart(days, body):
    (row,) = of(days(line("a", "1", "2024-02-01 10:00"), line("a", "2", "2024-02-01 11:00")), body)
    assert (row.days_between_orders_mean, row.days_between_orders_sd) == (0.0, 0.0)


def test_days_with_returns_or_late_lines_only_do_not_break_the_rhythm(days, body):
    found = days(
        line("a", "1", "2024-01-01 23:59"),
        line("a", "1", "2024-01-02 00:01"),
        line("a", "C2", "2024-01-05 10:00", -1),
        line("a", "3", "2024-01-11 10:00"),
    )
    (row,) = of(found, body)
    assert (row.days_between_orders_mean, row.days_between_orders_sd) == (10.0, 0.0)


@pytest.mark.parametrize(
    ("day", "spends", "trend"),
    [
        pytest.param("2024-02-29", (1, 1, 1), 1.0, id="yesterday"),
        pytest.param("2024-01-31", (1, 1, 1), 1.0, id="30-days"),
        pytest.param("2024-01-30", (0, 1, 1), 1.0, id="31-days"),
        pytest.param("2023-12-02", (0, 1, 1), 1.0, id="90-days"),
        pytest.param("2023-12-01", (0, 0, 1), -1.0, id="91-days"),
        pytest.param("2023-09-03", (0, 0, 1), -1.0, id="180-days"),
        pytest.param("2023-09-02", (0, 0, 1), 0.0, id="181-days"),
        pytest.param("2023-03-02", (0, 0, 1), 0.0, id="365-days"),
        pytest.param("2023-03-01", (0, 0, 0), 0.0, id="366-days"),
    ],
)
def test_windows_end_at_the_day_before_d(days, body, day, spends, trend):
    (row,) = of(days(line("a", "1", f"{day} 10:00", 1, "1.00")), body)
    assert (row.spend_30d, row.spend_90d, row.spend_365d, row.spend_trend) == (*spends, trend)


def test_later_events_do_not_count_and_the_customers_are_those_of_rfm(days, body):
    found = days(
        line("a", "1", "2024-02-01 10:00", 1, "5.00", product="p"),
        line("a", "2", "2024-03-01 00:00", 1, "7.00", product="q"),
        line("b", "C3", "2024-02-01 10:00", -1),
        line("c", "4", "2024-03-02 10:00"),
    )
    (row,) = of(found, body)
    assert (row.customer_id, row.average_order_value, row.distinct_products) == ("a", 5.0, 1)


def test_the_weekend_is_configured(days, body):
    found = days(line("a", "1", "2024-02-02 10:00", 1, "3.00"), line("a", "2", "2024-02-04 10:00", 1, "1.00"))
    (row,) = of(found, body, weekend=(5, 6))  # 2 February 2024 is a Friday
    assert row.weekend_share == 0.75


def test_lines_whose_money_rounds_to_nothing_are_free_and_make_no_order(days, body):
    free = line("a", "1", "2024-02-01 10:00", "0.001", "0.0100")
    assert of(days(free), body) == []
    (row,) = of(days(free, line("a", "2", "2024-02-02 10:00", 1, "2.00")), body)
    assert (row.average_order_value, row.morning_share, row.return_rate) == (2.0, 1.0, 0.0)


def test_discounts_are_shares_of_the_money_before_them_and_of_the_lines(days, body):
    found = days(
        line("a", "1", "2024-02-01 10:00", 1, "7.50", discount="2.50"),
        line("a", "1", "2024-02-01 10:00", 3, "10.00", discount="0"),
        line("a", "2", "2024-02-02 10:00", 1, "5.00", discount="5.00"),
        line("a", "C3", "2024-02-02 11:00", -1, "5.00", discount="5.00"),  # a return is no purchase
        line("a", "C4", "2024-02-03 11:00", -1, "1.00", discount="0"),
        line("a", "5", "2024-03-01 10:00", 1, "1.00", discount="9.00"),  # not before D
        line("b", "6", "2024-02-01 10:00", 2, "3.00", discount="0"),
        line("c", "7", "2024-02-01 10:00", 2, "3.00"),
    )
    rows = of(found, body)
    assert [(row.customer_id, row.discount_share, row.full_price_share) for row in rows] == [
        ("a", pytest.approx(7.5 / 50), pytest.approx(1 / 3)), ("b", 0.0, 1.0), ("c", None, None),
    ]  # fmt: skip


def test_discounts_of_many_customers_agree_with_pandas(spark, days, body):
    draw = random.Random(3)
    stated = [
        (f"c{draw.randrange(60)}", f"2024-0{draw.randint(1, 2)}-{draw.randint(1, 28):02d} 10:00",
         f"{draw.uniform(0.01, 90):.2f}", f"{draw.choice([0, 0, 0.3333, 1.5, 20]):.4f}")
        for _ in range(800)
    ]  # fmt: skip
    found = days(*(line(who, str(i), when, 1, price, discount=off) for i, (who, when, price, off) in enumerate(stated)))
    lines = pd.DataFrame(stated, columns=["customer_id", "ts", "paid", "off"]).astype({"paid": float, "off": float})
    sums = (
        lines.assign(is_full=lines["off"] == 0)
        .groupby("customer_id")
        .agg({"paid": "sum", "off": "sum", "is_full": "mean"})
    )
    rows = {row.customer_id: row for row in of(found, body)}
    assert rows.keys() == set(sums.index)
    for who, expected in sums.iterrows():
        assert rows[who].discount_share == pytest.approx(expected["off"] / (expected["paid"] + expected["off"]))
        assert rows[who].full_price_share == pytest.approx(expected["is_full"])
