"""RFM and behaviour of every customer beside plain Python on random transactions: to the cent."""

import math
import random
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

import pytest
from clean_lines import line

from audiences import schema
from audiences.config import Behaviour, Rfm
from audiences.features import behaviour, customer_days, orders, rfm, rfm_cut_points

pytestmark = pytest.mark.contract

AS_OF = date(2024, 6, 1)
CENT = Decimal("0.01")


def random_lines(seed, count):
    draw = random.Random(seed)
    for i in range(count):
        customer = None if draw.random() < 0.02 else f"c{int(draw.paretovariate(0.7)) % 150}"
        is_return = draw.random() < 0.1
        start = datetime(2023, 1, 1) + timedelta(minutes=draw.randrange(60 * 24 * 540))
        # invoices of up to six lines, some over midnight, some numbers shared by customers
        invoice = f"{'C' if is_return else ''}{draw.randrange(count // 3)}"
        quantity = -draw.randint(1, 5) if is_return else draw.choice([1, 2, 3, 0.5, 0.125, -1, 0])
        price = f"{draw.choice([0, 0.0049, 0.335, 1.25, 9.99, 120, 1999.5]):.4f}"
        yield line(
            customer, invoice, start.isoformat(" "), quantity, price,
            product=draw.choice([None, *"pqrstuvw"]), country=draw.choice([None, "DE", "FR"]),
        )  # fmt: skip
        if i % 5 == 0 and not is_return:
            yield line(customer, invoice, (start + timedelta(hours=draw.randrange(30))).isoformat(" "), 1, "2.5000")


def cents(amount):
    return amount.quantize(CENT, ROUND_HALF_UP)


def expected_of(rows):
    """customer -> every number of rfm and behaviour, straight from the definitions."""
    names = [column.name for column in schema.transactions.columns]
    records = [dict(zip(names, row, strict=True)) for row in rows]
    mine = defaultdict(list)
    firsts = {}
    for r in records:
        if r["customer_id"] is None:
            continue
        r["bought"] = not r["is_return"] and r["quantity"] > 0 and r["unit_price"] > 0
        if r["bought"] or r["is_return"]:
            mine[r["customer_id"]].append(r)
        if r["bought"]:
            key = (r["customer_id"], r["invoice_id"])
            firsts[key] = min(firsts.get(key, r["day"]), r["day"])
    order_days = defaultdict(list)
    for (customer, _), day in firsts.items():
        if day < AS_OF:
            order_days[customer].append(day)
    for customer, lines in mine.items():
        past = [r for r in lines if r["day"] < AS_OF]
        bought = [r for r in past if r["bought"]]
        if bought:
            yield customer, figures(past, bought, sorted(order_days[customer]))


def figures(past, bought, order_days):
    gross = sum(r["amount"] for r in bought)
    share = lambda lines: float(sum((r["amount"] for r in lines), Decimal(0)) / gross) if gross else 0.0  # noqa: E731
    net = lambda n: cents(sum((r["amount"] for r in past if (AS_OF - r["day"]).days <= n), Decimal(0)))  # noqa: E731
    gaps = [(b - a).days for a, b in pairwise(order_days)]
    mean = sum(gaps) / len(gaps) if gaps else None
    age = lambda r: (AS_OF - r["day"]).days  # noqa: E731
    recent = share([r for r in bought if age(r) <= 90])
    earlier = share([r for r in bought if 90 < age(r) <= 180])
    located = [r for r in past if r["country"]]
    newest = max((r["ts"] for r in located), default=None)
    return {
        "recency_days": min(map(age, bought)),
        "frequency": len(order_days),
        "monetary": cents(sum(r["amount"] for r in past)),
        "tenure_days": max(map(age, bought)),
        "average_order_value": float(gross) / len(order_days),
        "items_per_basket": float(sum(r["quantity"] for r in bought)) / len(order_days),
        "days_between_orders_mean": mean,
        "days_between_orders_sd": math.sqrt(sum((g - mean) ** 2 for g in gaps) / len(gaps)) if gaps else None,
        "return_rate": -share([r for r in past if r["is_return"]]),
        "distinct_products": len({r["product_id"] for r in bought} - {None}) or None,
        "weekend_share": share([r for r in bought if r["day"].isoweekday() >= 6]),
        "night_share": share([r for r in bought if r["hour"] < 6]),
        "morning_share": share([r for r in bought if 6 <= r["hour"] < 12]),
        "afternoon_share": share([r for r in bought if 12 <= r["hour"] < 18]),
        "evening_share": share([r for r in bought if r["hour"] >= 18]),
        "spend_30d": net(30),
        "spend_90d": net(90),
        "spend_365d": net(365),
        "spend_trend": (recent - earlier) / (recent + earlier) if recent + earlier else 0.0,
        "country": min((r["country"] for r in located if r["ts"] == newest), default=None),
    }


def test_every_customer_agrees_with_plain_python(spark):
    rows = list(random_lines(11, 3000))
    frame = spark.createDataFrame(rows, schema.transactions.schema).repartition(3).cache()
    days = customer_days(frame, orders=orders(frame), behaviour=Behaviour()).cache()
    cuts = rfm_cut_points(days, as_of=AS_OF, rfm=Rfm())
    scores = rfm(days, cut_points=cuts, as_of=AS_OF, rfm=Rfm())
    found = {
        row["customer_id"]: row.asDict()
        for row in scores.join(behaviour(days, as_of=AS_OF, settings=Behaviour()), "customer_id", "full").collect()
    }
    expected = dict(expected_of(rows))
    assert found.keys() == expected.keys()
    assert len(expected) > 100
    for customer, figures_of in expected.items():
        for name, value in figures_of.items():
            wanted = pytest.approx(value, rel=1e-9, abs=1e-12) if isinstance(value, float) else value
            assert found[customer][name] == wanted, (customer, name)
    assert_scores(found, {row["metric"]: row["cut_points"] for row in cuts.collect()})


def assert_scores(found, cuts):
    for metric, score in (("recency_days", "r_score"), ("frequency", "f_score"), ("monetary", "m_score")):
        ordered = sorted(float(row[metric]) for row in found.values())
        assert cuts[metric] == [ordered[-(-i * len(ordered) // 5) - 1] for i in range(1, 5)]
        for row in found.values():
            place = 1 + sum(cut < float(row[metric]) for cut in cuts[metric])
            assert row[score] == (6 - place if metric == "recency_days" else place)
