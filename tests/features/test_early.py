"""Early features: beside pandas and plain Python row by row, and blind to whatever comes after the window."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from clean_lines import line

from audiences import schema
from audiences.config import Behaviour, Cleaning
from audiences.features import early_features
from audiences.schema.scoring import EARLY_FEATURES
from audiences.scoring.events import early_of, kept_lines

pytestmark = pytest.mark.contract

AS_OF, N = date(2024, 3, 1), 14
START = datetime(2024, 1, 1)


def drawn(customers: int = 40, seed: int = 3) -> list[tuple]:
    draw = random.Random(seed)
    rows = []
    for number in range(customers):
        first = START + timedelta(days=draw.randrange(58))
        for order in range(draw.randrange(1, 7)):
            when = first + timedelta(days=draw.randrange(40) if order else 0, minutes=draw.randrange(1440))
            is_return = draw.random() < 0.2
            for _ in range(draw.randrange(1, 4)):
                quantity = draw.choice([1, 2, 12, "0.333"])
                rows.append(line(f"c{number}", f"{'C' if is_return else ''}{number * 100 + order}", when.isoformat(),
                                 f"-{quantity}" if is_return else quantity, f"{draw.uniform(0.01, 90):.4f}",
                                 product=draw.choice([None, "a", "b", "c"])))  # fmt: skip
    return rows


def by_pandas(rows: list[tuple]) -> pd.DataFrame:
    """An independent way to the same figures, float arithmetic throughout."""
    frame = pd.DataFrame(rows, columns=schema.transactions.names)
    frame = frame[frame["day"] < AS_OF]
    frame["first_day"] = frame.groupby("customer_id")["day"].transform("min")
    since = (pd.to_datetime(frame["day"]) - pd.to_datetime(frame["first_day"])).dt.days
    frame = frame[since < N].assign(since=since, money=frame["amount"].astype(float))
    weekend = pd.to_datetime(frame["day"]).dt.dayofweek >= 5

    def one(part: pd.DataFrame) -> pd.Series:
        bought, back = part[~part["is_return"]], part[part["is_return"]]
        gross, units, orders = (
            bought["money"].sum(),
            bought["quantity"].astype(float).sum(),
            bought["invoice_id"].nunique(),
        )
        return pd.Series({
            "first_day": part["first_day"].iloc[0], "orders": orders, "active_days": part["day"].nunique(),
            "span_days": part["since"].max(), "lines": len(bought), "units": units, "gross": gross,
            "returned": back["money"].sum(), "return_lines": len(back),
            "distinct_products": bought["product_id"].nunique(),
            "largest_line": bought["money"].max() if len(bought) else 0.0,
            "first_day_gross": bought.loc[bought["since"] == 0, "money"].sum(),
            "average_order_value": gross / orders if orders else 0.0,
            "items_per_basket": units / orders if orders else 0.0, "price_per_unit": gross / units if units else 0.0,
            "weekend_share": bought.loc[weekend[bought.index], "money"].sum() / gross if gross else 0.0,
            "evening_share": bought.loc[bought["hour"] >= 18, "money"].sum() / gross if gross else 0.0,
        })  # fmt: skip

    return frame.groupby("customer_id").apply(one, include_groups=False).sort_index()


@pytest.fixture
def features(transactions, body):
    def of(rows: list[tuple], **settings) -> list:
        chosen = {"window_days": N, "behaviour": Behaviour(), "as_of": AS_OF, **settings}
        return body(early_features(transactions(*rows), **chosen), schema.early_features)

    return of


def test_every_figure_of_every_customer_is_that_of_pandas(features):
    rows = drawn()
    found = pd.DataFrame([row.asDict() for row in features(rows)]).set_index("customer_id").sort_index()
    expected = by_pandas(rows)
    assert list(found.index) == list(expected.index)
    assert (found["first_day"] == expected["first_day"]).all()
    wanted = expected[list(EARLY_FEATURES)].astype(float)
    np.testing.assert_allclose(found[list(EARLY_FEATURES)], wanted, rtol=1e-12, atol=1e-9)
    assert (found["orders"] == 0).any()  # a window with nothing but returns
    is_complete = expected["first_day"].map(lambda day: day + timedelta(days=N) <= AS_OF)
    assert (found["is_complete"] == is_complete).all()
    assert 0 < is_complete.sum() < len(is_complete)


def test_nothing_after_the_window_leaks_in(features):
    rows = drawn()
    first = {}
    for row in rows:
        first[row[0]] = min(row[9], first.get(row[0], row[9]))
    inside = [row for row in rows if (row[9] - first[row[0]]).days < N]
    # what comes later is made a hundred times as large, and every customer gets some of it
    later = [(*row[:5], row[5] * 100, row[6] * 100, row[7] * 10_000, *row[8:]) for row in rows if row not in inside]
    later += [line(one, f"late-{one}", f"{day + timedelta(days=N)}T00:00", 9, "99.00") for one, day in first.items()]
    assert features(inside + later) == features(inside)
    far = [line(one, f"last-{one}", f"{day + timedelta(days=N - 1)}T23:59", 9, "99.00") for one, day in first.items()]
    with_last_minute = {row["customer_id"]: row["gross"] for row in features(inside + far)}
    for row in features(inside):
        if row["first_day"] + timedelta(days=N - 1) < AS_OF:
            assert with_last_minute[row["customer_id"]] == pytest.approx(row["gross"] + 9 * 99)


def test_a_complete_window_is_the_same_at_every_later_date(features):
    rows = drawn()
    now = {row["customer_id"]: row for row in features(rows) if row["is_complete"]}
    later = {row["customer_id"]: row for row in features(rows, as_of=date(2024, 6, 1))}
    assert now
    assert all(later[customer] == row for customer, row in now.items())


def test_plain_python_gives_the_same_to_the_last_bit(features):
    rows = drawn(80, seed=11)
    spark = {row["customer_id"]: row for row in features(rows)}
    raw: dict[str, list[dict]] = {}
    for row in rows:
        event = {
            "invoice_id": row[1],
            "product_id": row[2],
            "quantity": str(row[5]),
            "unit_price": str(row[6]),
            "ts": row[8],
        }
        raw.setdefault(row[0], []).append(event)
    cleaning = Cleaning(rules={"delivered_twice": False})
    for customer, events in raw.items():
        lines, rejected = kept_lines(events, cleaning=cleaning, time_zone="UTC")
        early = early_of(lines, window_days=N, behaviour=Behaviour(), as_of=AS_OF)
        assert not rejected
        if customer not in spark:
            assert early is None
            continue
        assert early.first_day == spark[customer]["first_day"]
        assert dict(early.features) == {name: spark[customer][name] for name in EARLY_FEATURES}


def test_the_weekend_and_the_evening_are_those_of_the_settings(features):
    rows = [line("a", "1", "2024-01-05T17:30", 1, "30.00"), line("a", "2", "2024-01-06T10:00", 1, "10.00")]
    settings = Behaviour(weekend=(5,), hour_starts=(0, 6, 12, 17))
    (row,) = features(rows, behaviour=settings)
    assert (row["weekend_share"], row["evening_share"]) == (0.75, 0.75)
    assert Decimal(str(row["gross"])) == 40
