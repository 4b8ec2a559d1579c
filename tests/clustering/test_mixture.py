"""Gaussian mixtures behind the value segments' interface, beside scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from pyspark.sql import functions as F
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture
from test_k_selection import FEATURES, scaled

from audiences.clustering import mixture
from audiences.clustering.k_selection import fit_value_segments
from audiences.clustering.method import DegenerateFitError
from audiences.clustering.mixture import criteria, entropy
from audiences.config import ValueSegments
from audiences.errors import InputError
from audiences.schema import segment_names
from audiences.segments.value.members import value_segments

pytestmark = pytest.mark.contract


def clouds(n: int = 300) -> np.ndarray:
    """Two clouds, one long and one round, that KMeans cannot tell apart."""
    draw = np.random.default_rng(9)
    one = draw.normal(0, [3.0, 0.3, 0.5], (n // 2, 3))
    two = draw.normal([0, 2.5, 0], [0.4, 0.4, 0.5], (n // 2, 3))
    return np.concatenate([one, two])


SETTINGS = ValueSegments(method="gaussian_mixture", choose="bic", k_max=3, starts=3, sweep_starts=2, tolerance=1e-5,
                         covariance_floor=1e-4)  # fmt: skip


def test_a_mixture_reaches_the_likelihood_of_scikit_learn_and_bic_finds_the_clouds(spark):
    x = clouds()
    frame = scaled(spark, x)
    model, quality = fit_value_segments(frame, segments=SETTINGS)
    rows = {row["k"]: row for row in quality.collect()}
    best = GaussianMixture(2, n_init=10, random_state=0, tol=1e-6, max_iter=500).fit(x)
    theirs = best.score(x) * len(x)
    assert rows[2]["is_chosen"]
    assert rows[2]["log_likelihood"] >= theirs - 0.01 * abs(theirs)
    assert rows[2]["bic"] == pytest.approx(best.bic(x), rel=0.01)
    assert rows[2]["aic"] == pytest.approx(best.aic(x), rel=0.01)
    assert rows[2]["reason"].startswith("lowest BIC")

    means = [row["mean"].toArray().tolist() for row in model.stages[0].gaussiansDF.collect()]
    rest = (list(FEATURES), None, None, None, None)
    flip = [(1, 0, "B", "r", 1, means[0], *rest), (0, 1, "A", "r", 1, means[1], *rest)]
    names = spark.createDataFrame(flip, type(segment_names.schema)([c.field() for c in segment_names.body]))
    members = value_segments(frame, names=names, model=model, segments=SETTINGS).orderBy("customer_id").collect()
    soft = np.array([row["memberships"] for row in members])
    assert np.allclose(soft.sum(axis=1), 1)
    assert [row["segment_id"] for row in members] == soft.argmax(axis=1).tolist()
    theirs_soft = best.predict_proba(x)
    agree = max(np.abs(soft - theirs_soft).max(), 0), np.abs(soft - theirs_soft[:, ::-1]).max()
    assert min(agree) < 0.05
    expected = -(soft * np.log(np.maximum(soft, 1e-300))).sum(axis=1) / np.log(2)
    assert np.allclose([row["entropy"] for row in members], expected, atol=1e-9)


def test_points_on_a_plane_are_refused_with_advice(spark):
    x = clouds(60)
    x[:, 2] = x[:, 0] + x[:, 1]
    with pytest.raises(InputError, match="without volume"):
        fit_value_segments(scaled(spark, x), segments=SETTINGS)


def test_customers_with_equal_values_get_a_component_as_scikit_learn_with_reg_covar_has_it(spark):
    """Half of them share one value: without a floor the likelihood has no end."""
    x = clouds()
    x[:150, 1] = -1.0
    settings = SETTINGS.model_copy(
        update={"covariance_floor": 1e-4, "k": 2, "choose": "fixed", "starts": 6, "max_iterations": 200}
    )
    model, _ = fit_value_segments(scaled(spark, x), segments=settings)
    best = GaussianMixture(2, n_init=10, random_state=0, reg_covar=1e-4, tol=1e-6, max_iter=500).fit(x)
    theirs = best.score(x) * len(x)
    parts = model.stages[0].gaussiansDF.collect()
    densities = [multivariate_normal(row["mean"].toArray(), row["cov"].toArray()).pdf(x) for row in parts]
    ours = np.log(np.array(model.stages[0].weights) @ np.array(densities)).sum()
    assert ours >= theirs - 0.01 * abs(theirs)
    thin = min(np.linalg.eigvalsh(row["cov"].toArray())[0] for row in parts)
    assert thin == pytest.approx(1e-4, rel=0.5)


def test_a_k_that_no_start_can_fit_is_left_out_of_the_sweep(spark, monkeypatch):
    whole = mixture.fits

    def failing_at_3(rows, *, k, **others):
        if k == 3:
            raise DegenerateFitError("no volume")
        return whole(rows, k=k, **others)

    monkeypatch.setattr(mixture, "fits", failing_at_3)
    _, quality = fit_value_segments(scaled(spark, clouds()), segments=SETTINGS)
    rows = quality.collect()
    assert [row["k"] for row in rows] == [2]
    assert rows[0]["reason"].endswith("without k = 3: no start gives every component volume")


def test_criteria_and_entropy_by_hand(spark):
    bic, aic = criteria(-100.0, k=2, features=3, rows=50)
    free = 1 + 2 * 3 + 2 * 6
    assert (bic, aic) == (pytest.approx(free * np.log(50) + 200), 2 * free + 200)
    frame = spark.createDataFrame([([0.5, 0.5],), ([1.0, 0.0],), ([1.0],)], "p array<double>")
    assert [row[0] for row in frame.select(entropy(F.col("p"))).collect()] == [pytest.approx(1.0), 0.0, 0.0]
