from decimal import Decimal

import numpy as np
import pytest
from pyspark.sql import functions as F

from audiences import schema
from audiences.config import Scaling
from audiences.features import feature_summary, features_scaled, fit_scaling

pytestmark = pytest.mark.contract

COLUMNS = ("recency_days", "monetary", "spend_90d", "distinct_products", "days_between_orders_mean", "return_rate")
WANTED = {column.name: column.type for table in (schema.rfm, schema.behaviour) for column in table.body}


@pytest.fixture
def customers(spark):
    """customers([(recency, monetary, spend, products, gap, returns), …]) -> rfm and behaviour with these values."""

    def make(rows):
        made = spark.createDataFrame(
            [(f"{i:04d}", *row) for i, row in enumerate(rows)],
            "customer_id string, recency_days int, monetary double, spend_90d double, distinct_products bigint, "
            "days_between_orders_mean double, return_rate double",
        )
        whole = made.select("customer_id", *(F.col(name).cast(WANTED[name]) for name in COLUMNS))
        names = [column.name for column in schema.rfm.body if column.name in whole.columns]
        return whole.select(*names), whole.drop("recency_days", "monetary")

    return make


def scaled(customers, scaling):
    rfm, behaviour = customers
    model, table = fit_scaling(rfm, behaviour=behaviour, scaling=scaling)
    return table, features_scaled(rfm, behaviour=behaviour, model=model, scaling=scaling)


def values(frame):
    return np.array([row.features for row in frame.orderBy("customer_id").collect()])


def test_fills_transforms_and_scales_as_it_says(customers, body):
    skewed = [1.0, 2.0, 3.0, 4.0, 500.0]
    gaps = [None, 4.0, 10.0, 6.0, None]
    rows = [
        (i + 1, x, -x if i == 0 else x, None if i else 7, g, 0.25)
        for i, (x, g) in enumerate(zip(skewed, gaps, strict=True))
    ]
    table, frame = scaled(customers(rows), Scaling(features=COLUMNS))
    choices = {row.feature: row for row in body(table, schema.scaling)}
    assert {name: row.transform for name, row in choices.items()} == {
        "recency_days": "none",
        "monetary": "log1p",
        "spend_90d": "signed_log1p",
        "distinct_products": "log1p",
        "days_between_orders_mean": "none",
        "return_rate": "none",
    }
    assert choices["days_between_orders_mean"].fill == 6.0
    assert choices["distinct_products"].fill == 0.0
    assert (choices["return_rate"].is_constant, choices["return_rate"].skewness) == (True, None)
    assert [choices[name].position for name in COLUMNS] == list(range(6))
    spend = np.array([-1.0, *skewed[1:]])
    prepared = np.column_stack(
        [
            [1, 2, 3, 4, 5], np.log1p(skewed), np.sign(spend) * np.log1p(np.abs(spend)), np.log1p([7, 0, 0, 0, 0]),
            [6, 4, 10, 6, 6],
        ]
    )  # fmt: skip
    expected = (prepared - prepared.mean(axis=0)) / prepared.std(axis=0, ddof=1)
    found = body(frame, schema.features_scaled)
    assert found[0].feature_names == list(COLUMNS)
    np.testing.assert_allclose(values(frame)[:, :5], expected, rtol=1e-12, atol=1e-12)
    assert (values(frame)[:, 5] == 0).all()


@pytest.mark.parametrize("scaler", ["standard", "robust", "minmax"])
def test_a_constant_or_absent_feature_becomes_0_with_every_scaler(customers, scaler):
    # the sum of many 0.1 is not exact, so a deviation of 1e-17 would be blown up to 1
    rows = [(i % 7 + 1, float(i % 11), 1.0, None, None, 0.1) for i in range(40)]
    _, frame = scaled(customers(rows), Scaling(features=COLUMNS, scaler=scaler))
    found = values(frame)
    assert np.isfinite(found).all()
    assert (found[:, 2:] == 0).all()
    assert (found[:, :2].std(axis=0) > 0).all()


def test_newcomers_are_scaled_by_the_saved_model(customers, tmp_path):
    from pyspark.ml import PipelineModel

    scaling = Scaling(features=("recency_days", "monetary", "days_between_orders_mean"))
    rfm, behaviour = customers([(1, 1.0, 0.0, 1, 2.0, 0.0), (3, 2.0, 0.0, 1, 4.0, 0.0), (5, 900.0, 0.0, 1, 9.0, 0.0)])
    model, _ = fit_scaling(rfm, behaviour=behaviour, scaling=scaling)
    model.save(str(tmp_path / "model"))
    loaded = PipelineModel.load(str(tmp_path / "model"))
    newcomers = customers([(3, -5.0, 0.0, None, None, 0.0)])
    (row,) = features_scaled(newcomers[0], behaviour=newcomers[1], model=loaded, scaling=scaling).collect()
    assert row.features[0] == 0.0
    assert row.features[1] < values(features_scaled(rfm, behaviour=behaviour, model=model, scaling=scaling))[0, 1]
    assert np.isfinite(row.features).all()


def test_the_summary_agrees_with_numpy(customers, body):
    random = np.random.default_rng(5)
    amounts = random.lognormal(2, 1, 400).round(2)
    gaps = [None if i % 4 == 0 else float(g) for i, g in enumerate(random.integers(1, 60, 400))]
    rows = [(int(i % 90) + 1, float(x), 1.0, 1, g, 0.5) for i, (x, g) in enumerate(zip(amounts, gaps, strict=True))]
    scaling = Scaling(features=("recency_days", "monetary", "days_between_orders_mean", "return_rate"))
    rfm, behaviour = customers(rows)
    table, frame = scaled((rfm, behaviour), scaling)
    summary = feature_summary(rfm, behaviour=behaviour, features_scaled=frame, scaling_table=table, scaling=scaling)
    found = {(row.feature, row.form): row for row in body(summary, schema.feature_summary)}
    assert len(found) == 8
    money = found["monetary", "raw"]
    assert (money.customers, money.nulls, money.transform) == (400, 0, "log1p")
    assert money.mean == pytest.approx(amounts.mean())
    assert money.sd == pytest.approx(amounts.std(ddof=1))
    assert (money.minimum, money.maximum) == (amounts.min(), amounts.max())
    assert money.q75 == pytest.approx(np.quantile(amounts, 0.75, method="inverted_cdf"))
    centred = amounts - amounts.mean()
    assert money.skewness == pytest.approx((centred**3).mean() / (centred**2).mean() ** 1.5)
    low, high = money.q25 - 3 * (money.q75 - money.q25), money.q75 + 3 * (money.q75 - money.q25)
    assert money.outliers == ((amounts < low) | (amounts > high)).sum() > 0
    gap = found["days_between_orders_mean", "raw"]
    assert gap.nulls == 100
    middle = np.quantile([g for g in gaps if g is not None], 0.5, method="inverted_cdf")
    expected = np.corrcoef(amounts, [middle if g is None else g for g in gaps])[0, 1]
    assert dict(map(tuple, gap.correlations))["monetary"] == pytest.approx(expected)
    assert [item.feature for item in gap.correlations] == list(scaling.features)
    assert dict(map(tuple, gap.correlations))["days_between_orders_mean"] == pytest.approx(1.0)
    assert dict(map(tuple, money.correlations))["return_rate"] is None
    assert found["return_rate", "raw"].skewness is None
    after = found["monetary", "scaled"]
    assert (after.nulls, after.mean, after.sd) == (0, pytest.approx(0, abs=1e-9), pytest.approx(1))
    assert abs(after.skewness) < abs(money.skewness)
    assert Decimal(found["days_between_orders_mean", "scaled"].nulls) == 0
