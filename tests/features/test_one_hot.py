"""Attributes as features beside pandas' get_dummies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from audiences import schema
from audiences.clustering.points import feature_names, vectors
from audiences.config import Scaling
from audiences.errors import ConfigError
from audiences.features import feature_summary, features_scaled, fit_scaling

pytestmark = pytest.mark.contract

REGIONS = ["South", "North", None, "North", "unknown", "N.W. `x`", "South", "South"]
CHANNELS = ["a"] * 8
SCALING = Scaling(features=("recency_days", "return_rate"), attributes=("region", "channel"))


def frames(spark, regions=REGIONS, channels=CHANNELS, first=0):
    """rfm, behaviour and attributes of customers; one without a value has a null, or no row at all."""
    ids = [f"{first + i:03d}" for i in range(len(regions))]
    rfm = spark.createDataFrame([(one, i * i) for i, one in enumerate(ids)], "customer_id string, recency_days int")
    behaviour = spark.createDataFrame(
        [(one, i / 10) for i, one in enumerate(ids)], "customer_id string, return_rate double"
    )
    rows = [
        (one, "region", value) for one, value in zip(ids, regions, strict=True) if value is not None or one == "002"
    ]
    rows += [(one, "channel", value) for one, value in zip(ids, channels, strict=True)]
    rows += [(one, "not asked for", "x") for one in ids]
    return rfm, behaviour, spark.createDataFrame(rows, "customer_id string, attribute string, value string")


def test_levels_are_those_of_get_dummies_and_an_attribute_weighs_as_much_as_a_feature(spark, body):
    rfm, behaviour, attributes = frames(spark)
    model, table = fit_scaling(rfm, behaviour=behaviour, scaling=SCALING, attributes=attributes)
    scaled = features_scaled(rfm, behaviour=behaviour, model=model, scaling=SCALING, attributes=attributes)
    rows = body(scaled, schema.features_scaled)
    dummies = pd.get_dummies(pd.Series(REGIONS).fillna("unknown"), prefix="region", prefix_sep="=").astype(float)
    assert rows[0].feature_names == [*SCALING.features, *dummies.columns, "channel=a", "channel=unknown"]
    found = np.array([row.features for row in rows])
    expected = dummies.to_numpy() / np.sqrt(dummies.var(ddof=0).sum())
    np.testing.assert_allclose(found[:, 2:6], expected, rtol=1e-12)
    assert found[:, 2:6].var(axis=0).sum() == pytest.approx(1)
    assert (found[:, 6:] == 0).all()  # everyone came by one channel: nothing to tell customers apart
    choices = {row.feature: row for row in body(table, schema.scaling)}
    assert [choices[name].position for name in rows[0].feature_names] == list(range(8))
    assert (choices["region=North"].transform, choices["region=North"].is_constant) == ("one_hot", False)
    assert choices["channel=a"].is_constant
    # the other features are scaled as they are without attributes
    plain = Scaling(features=SCALING.features)
    other, _ = fit_scaling(rfm, behaviour=behaviour, scaling=plain)
    alone = body(features_scaled(rfm, behaviour=behaviour, model=other, scaling=plain), schema.features_scaled)
    np.testing.assert_allclose(found[:, :2], [row.features for row in alone], rtol=1e-12)
    assert feature_names(scaled, features=["return_rate", "region"]) == ["return_rate", *dummies.columns]
    chosen = vectors(scaled, features=["return_rate", "region"]).orderBy("customer_id").collect()
    np.testing.assert_array_equal([row.vector.toArray() for row in chosen], found[:, 1:6])


def test_the_summary_of_levels_is_their_shares(spark, body):
    rfm, behaviour, attributes = frames(spark)
    model, table = fit_scaling(rfm, behaviour=behaviour, scaling=SCALING, attributes=attributes)
    scaled = features_scaled(rfm, behaviour=behaviour, model=model, scaling=SCALING, attributes=attributes)
    summary = feature_summary(
        rfm, behaviour=behaviour, features_scaled=scaled, scaling_table=table, scaling=SCALING, attributes=attributes
    )
    found = {(row.feature, row.form): row for row in body(summary, schema.feature_summary)}
    dummies = pd.get_dummies(pd.Series(REGIONS).fillna("unknown")).astype(float)
    assert len(found) == 2 * 8
    for value in dummies:
        assert found[f"region={value}", "raw"].mean == pytest.approx(dummies[value].mean())
    assert found["channel=a", "raw"].mean == 1
    r = dict(map(tuple, found["region=North", "raw"].correlations))
    assert r["region=South"] == pytest.approx(dummies.corr().loc["North", "South"])


def test_a_newcomer_of_a_value_that_the_fit_did_not_know_is_unknown(spark, tmp_path):
    from pyspark.ml import PipelineModel

    rfm, behaviour, attributes = frames(spark)
    scaling = Scaling(features=("recency_days",), attributes=("region",), scaler="minmax")
    model, _ = fit_scaling(rfm, behaviour=behaviour, scaling=scaling, attributes=attributes)
    model.save(str(tmp_path / "model"))
    rfm, behaviour, attributes = frames(spark, ["Mars", "North"], ["a", "b"], first=500)
    new = features_scaled(
        rfm, behaviour=behaviour, model=PipelineModel.load(str(tmp_path / "model")), scaling=scaling,
        attributes=attributes,
    )  # fmt: skip
    mars, north = new.orderBy("customer_id").collect()
    of = {name: place for place, name in enumerate(mars.feature_names)}
    assert (mars.features[of["region=unknown"]], sum(mars.features[1:])) == (1.0, 1.0)
    assert (north.features[of["region=North"]], sum(north.features[1:])) == (1.0, 1.0)


def test_attributes_that_the_run_does_not_have_are_told(spark):
    rfm, behaviour, _ = frames(spark)
    with pytest.raises(ConfigError, match=r"no attributes of customers[\s\S]*region, channel"):
        fit_scaling(rfm, behaviour=behaviour, scaling=SCALING)
