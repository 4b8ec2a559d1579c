from datetime import date
from decimal import Decimal
from itertools import product

import numpy as np
import pytest
from clean_lines import line
from pyspark.sql import functions as F

from audiences import schema
from audiences.config import Rfm
from audiences.errors import ConfigError
from audiences.features import rfm, rfm_cut_points
from audiences.features.quantiles import quantiles

AS_OF = date(2024, 3, 1)


def scored(days, settings=None, as_of=AS_OF):
    settings = settings or Rfm()
    return rfm(days, cut_points=rfm_cut_points(days, as_of=as_of, rfm=settings), as_of=as_of, rfm=settings)


def cuts_of(spark, **cuts):
    rows = [(metric, values, "configured") for metric, values in cuts.items()]
    return spark.createDataFrame(rows, "metric string, cut_points array<double>, origin string")


def test_recency_frequency_and_monetary_as_defined(days, body):
    found = days(
        line("a", "1", "2024-02-10 10:00", 1, "10.00"),
        line("a", "2", "2024-02-20 10:00", 1, "5.005"),
        line("a", "2", "2024-02-20 10:01", 1, "1.00"),
        line("a", "C3", "2024-02-28 10:00", -1, "4.00"),
    )
    (customer,) = body(scored(found), schema.rfm)
    # the return of the 28th is no purchase: 1 March is 10 days after 20 February (2024 is a leap year)
    assert (customer.recency_days, customer.frequency, customer.monetary) == (10, 2, Decimal("12.01"))


def test_events_of_the_day_itself_and_later_do_not_count(days, body):
    found = days(
        line("a", "1", "2024-02-29 23:59", 1, "1.00"),
        line("a", "2", "2024-03-01 00:00", 1, "2.00"),
        line("b", "3", "2024-03-01 00:00"),
    )
    (customer,) = body(scored(found), schema.rfm)
    assert (customer.customer_id, customer.recency_days, customer.frequency, customer.monetary) == ("a", 1, 1, 1)


def test_customers_who_only_return_are_absent_and_net_may_be_negative(days, body):
    found = days(
        line("a", "C1", "2024-02-01 10:00", -1),
        line("b", "2", "2024-02-01 10:00", 1, "1.00"),
        line("b", "C3", "2024-02-02 10:00", -3, "1.00"),
    )
    assert [(row.customer_id, row.monetary) for row in body(scored(found), schema.rfm)] == [("b", -2)]


def test_an_order_over_the_cut_counts_with_its_first_part(days, body):
    found = days(line("a", "1", "2024-02-29 23:59", 1, "1.00"), line("a", "1", "2024-03-01 00:01", 1, "2.00"))
    (before,) = body(scored(found), schema.rfm)
    (after,) = body(scored(found, as_of=date(2024, 3, 2)), schema.rfm)
    assert (before.frequency, before.monetary, before.recency_days) == (1, 1, 1)
    assert (after.frequency, after.monetary, after.recency_days) == (1, 3, 1)


def test_quintiles_give_each_score_to_a_fifth_and_recency_is_reversed(days, body):
    found = days(
        *(line(f"{i}", f"{i}-{n}", f"2024-02-{20 - i:02d} 10:00", 1, f"{i}.00") for i in range(1, 11) for n in range(i))
    )
    rows = sorted(body(scored(found), schema.rfm), key=lambda row: int(row.customer_id))
    assert [row.frequency for row in rows] == list(range(1, 11))
    assert [row.r_score for row in rows] == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert [row.f_score for row in rows] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert [row.m_score for row in rows] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert rows[0].segment == "New Customers"
    assert rows[-1].segment == "Cannot Lose Them"


def test_equal_values_have_equal_scores_however_many_there_are(days, body):
    orders_of = [1] * 12 + [2] * 3 + [9]
    found = days(*(line(f"{i:02d}", f"{i}-{n}", "2024-02-01 10:00") for i, k in enumerate(orders_of) for n in range(k)))
    scores = {}
    for row in body(scored(found), schema.rfm):
        scores.setdefault(row.frequency, set()).add(row.f_score)
    assert scores == {1: {1}, 2: {4}, 9: {5}}


def test_cut_points_are_named_and_ascending(days, body):
    found = days(*(line(f"{i}", f"{i}", "2024-02-01 10:00", 1, f"{i}.25") for i in range(1, 7)))
    rows = body(rfm_cut_points(found, as_of=AS_OF, rfm=Rfm(bins=3)), schema.rfm_cut_points)
    assert [tuple(row) for row in rows] == [
        ("frequency", [1.0, 1.0], "fitted"),
        ("monetary", [2.25, 4.25], "fitted"),
        ("recency_days", [29.0, 29.0], "fitted"),
    ]


def test_own_cut_points_stand_for_quantiles_and_a_value_on_one_is_below_it(days, body):
    settings = Rfm(bins=2, cut_points={"monetary": (10.0,)})
    found = days(*(line(k, k, "2024-02-01 10:00", 1, p) for k, p in (("a", "10.00"), ("b", "10.01"), ("c", "9.99"))))
    rows = body(rfm_cut_points(found, as_of=AS_OF, rfm=settings), schema.rfm_cut_points)
    assert {row.metric: row.origin for row in rows} == {
        "monetary": "configured", "frequency": "fitted", "recency_days": "fitted",
    }  # fmt: skip
    assert [row.m_score for row in body(scored(found, settings), schema.rfm)] == [1, 2, 1]


def test_with_all_cut_points_given_nothing_is_fitted(days, body):
    own = {"recency_days": (7.0,), "frequency": (1.0,), "monetary": (5.0,)}
    settings = Rfm(bins=2, cut_points=own)
    found = days(line("a", "1", "2024-02-28 10:00", 1, "5.00"), line("b", "2", "2024-01-01 10:00", 1, "6.00"))
    rows = body(rfm_cut_points(found, as_of=AS_OF, rfm=settings), schema.rfm_cut_points)
    assert {row.metric: tuple(row.cut_points) for row in rows} == own
    assert {row.origin for row in rows} == {"configured"}
    kept = rfm_cut_points(found, as_of=AS_OF, rfm=Rfm(bins=2), frozen=rfm_cut_points(found, as_of=AS_OF, rfm=settings))
    frozen = body(kept, schema.rfm_cut_points)
    assert {row.metric: tuple(row.cut_points) for row in frozen} == own
    assert {row.origin for row in frozen} == {"frozen"}
    with pytest.raises(ConfigError, match="another number of bins"):
        rfm_cut_points(found, as_of=AS_OF, rfm=Rfm(bins=3), frozen=kept)
    first, second = body(scored(found, settings), schema.rfm)
    assert (first.r_score, first.f_score, first.m_score) == (2, 1, 1)
    assert (second.r_score, second.f_score, second.m_score) == (1, 1, 2)


@pytest.mark.parametrize("bins", [2, 3, 4, 5, 7, 10])
def test_segments_see_scores_rescaled_to_five(days, body, spark, bins):
    settings = Rfm(bins=bins)
    cuts = [float(i) for i in range(1, bins)]
    made = [(f"{f:02d}-{m:02d}", f, m) for f, m in product(range(1, bins + 1), repeat=2)]
    frame = spark.createDataFrame(made, "customer_id string, f bigint, m bigint").select(
        "customer_id", F.lit(date(2024, 2, 28)).alias("day"), F.lit(1).alias("lines"), F.col("f").alias("orders"),
        F.col("m").cast("decimal(18,4)").alias("gross"), F.lit(0).cast("decimal(18,4)").alias("returned"),
        F.lit(0).cast("decimal(18,4)").alias("adjusted"),
    )  # fmt: skip
    points = cuts_of(spark, recency_days=cuts, frequency=cuts, monetary=cuts)
    for row in body(rfm(frame, cut_points=points, as_of=AS_OF, rfm=settings), schema.rfm):
        assert (row.f_score, row.m_score) == (row.frequency, int(row.monetary))
        r, f, m = (-(-score * 5 // bins) for score in (row.r_score, row.f_score, row.m_score))
        assert row.segment == next(rule.name for rule in settings.segments if rule.matches(r, f, m))


def test_border_distance_is_the_nearest_cut_point_in_shares_of_the_range(days, body, spark):
    found = days(
        line("a", "1", "2024-02-28 10:00", 1, "130.00"),
        line("b", "2", "2024-02-10 10:00", 1, "200.00"),
    )
    points = cuts_of(spark, recency_days=[10.0, 30.0], frequency=[3.0], monetary=[100.0, 200.0])
    rows = body(rfm(found, cut_points=points, as_of=AS_OF, rfm=Rfm(bins=3)), schema.rfm)
    # a: recency 2 is 8 / 20 away, frequency 2 units away (one cut point), monetary 30 / 100; b lies on a cut point
    assert [row.border_distance for row in rows] == [pytest.approx(0.3), 0.0]


def test_equal_cut_points_count_distance_in_units(days, body, spark):
    found = days(line("a", "1", "2024-02-28 10:00", 1, "130.00"))
    points = cuts_of(spark, recency_days=[5.0, 5.0], frequency=[8.0, 8.0], monetary=[100.0, 100.0])
    (row,) = body(rfm(found, cut_points=points, as_of=AS_OF, rfm=Rfm(bins=3)), schema.rfm)
    assert row.border_distance == 3.0


def test_without_customers_there_are_no_rows(days, body):
    found = days(line("a", "1", "2024-05-01 10:00"))
    assert body(scored(found), schema.rfm) == []


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([3.0], id="one"),
        pytest.param([1.0, 1.0, 1.0, 2.0], id="ties"),
        pytest.param([5.0, -1.0, 2.5, 0.0, 9.0, 9.0, 7.0], id="few"),
        pytest.param([float(x) for x in np.random.default_rng(1).poisson(1.5, 50_000)], id="many-ties"),
        pytest.param([float(x) for x in np.random.default_rng(2).lognormal(3, 2, 50_000).round(2)], id="skewed"),
        pytest.param([float(x) for x in np.random.default_rng(3).permutation(50_000)], id="all-different"),
    ],
)
@pytest.mark.parametrize("parts", [2, 5, 10])
def test_quantiles_are_exact(spark, values, parts):
    frame = spark.createDataFrame([(value,) for value in values] + [(None,)], "x double").repartition(3)
    (row,) = quantiles(frame, columns={"x": F.col("x")}, parts=parts).collect()
    # in whole numbers: i / parts as a double would put some ranks one off
    ordered = sorted(values)
    expected = [ordered[-(-i * len(values) // parts) - 1] for i in range(1, parts)]
    assert (row.n, row.cut_points) == (len(values), expected)
    if parts in (2, 5) and len(values) > 10:
        shares = [i / parts for i in range(1, parts)]
        assert row.cut_points == list(np.quantile(values, shares, method="inverted_cdf"))


def test_quantiles_of_nothing_have_no_row(spark):
    frame = spark.createDataFrame([(None,)], "x double")
    assert quantiles(frame, columns={"x": F.col("x")}, parts=5).collect() == []
