"""The choice of k, the adjusted Rand index, and KMeans, beside scikit-learn."""

from __future__ import annotations

from types import SimpleNamespace
from typing import get_args
from unittest.mock import Mock

import numpy as np
import pytest
from pyspark.ml.classification import LogisticRegressionModel
from pyspark.ml.clustering import KMeansModel
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, calinski_harabasz_score, silhouette_score

from audiences.clustering.k_selection import Figures, adjusted_rand, choose, fit_value_segments
from audiences.clustering.methods import METHODS, method_of
from audiences.config import ValueSegments
from audiences.errors import InputError
from audiences.schema import features_scaled, segment_names
from audiences.segments.value.members import value_segments

pytestmark = pytest.mark.contract

FEATURES = ("recency_days", "frequency", "monetary")
UNNAMED = (None,) * 4  # key, rule, fits and neighbour: members do not need them


def scaled(spark, points):
    rows = [(f"c{i:04}", [float(x) for x in point], list(FEATURES)) for i, point in enumerate(points)]
    return spark.createDataFrame(rows, type(features_scaled.schema)([c.field() for c in features_scaled.body]))


def blobs(n: int = 240) -> np.ndarray:
    draw = np.random.default_rng(3)
    centres = np.array([[0, 0, 0], [4, 0, 0], [0, 4, 0], [4, 4, 4]])
    return np.concatenate([draw.normal(centre, 0.4, (n // 4, 3)) for centre in centres])


def test_the_sweep_agrees_with_scikit_learn_and_finds_the_planted_number(spark):
    points = blobs()
    settings = ValueSegments(k_max=6, starts=3)
    model, quality = fit_value_segments(scaled(spark, points), segments=settings)
    rows = {row["k"]: row for row in quality.collect()}
    assert sorted(rows) == [2, 3, 4, 5, 6]
    best = KMeans(4, n_init=10, random_state=0).fit(points)
    assert rows[4]["is_chosen"]
    assert rows[4]["reason"].startswith("knee of the inertia curve: k = 4")
    assert rows[4]["inertia"] == pytest.approx(best.inertia_, rel=1e-6)
    assert rows[4]["calinski_harabasz"] == pytest.approx(calinski_harabasz_score(points, best.labels_), rel=1e-6)
    silhouette = silhouette_score(points, best.labels_, metric="sqeuclidean")
    assert rows[4]["silhouette"] == pytest.approx(silhouette, rel=1e-6)
    assert rows[4]["smallest_share"] == 0.25
    assert rows[4]["stability"] == 1.0
    ours, theirs = np.array(model.stages[0].clusterCenters()), best.cluster_centers_
    assert np.allclose(ours[np.lexsort(ours.T.round(6))], theirs[np.lexsort(theirs.T.round(6))])


def test_a_sample_is_used_above_its_stated_size(spark):
    settings = ValueSegments(k_max=3, starts=1, sample_customers=100)
    _, quality = fit_value_segments(scaled(spark, blobs()), segments=settings)
    assert {row["customers"] for row in quality.collect()} == {100}


def test_members_get_the_nearest_centre_and_the_runner_up(spark):
    points = np.array([[0.0, 0, 0], [3, 0, 0], [2, 0, 0]])
    body = [(n, n, f"S{n}", "r", 1, [4.0 * n, 0.0, 0.0], list(FEATURES), *UNNAMED) for n in range(3)]
    names = spark.createDataFrame(body, type(segment_names.schema)([c.field() for c in segment_names.body]))
    model = SimpleNamespace(stages=[Mock(spec=KMeansModel)])  # members go by the names' centres
    members = value_segments(scaled(spark, points), names=names, model=model, segments=ValueSegments()).orderBy(
        "customer_id"
    )
    assert [tuple(row)[1:] for row in members.collect()] == [
        (0, "S0", 0.0, 1, 4.0, None, None),
        (1, "S1", 1.0, 0, 3.0, None, None),
        (0, "S0", 2.0, 1, 2.0, None, None),  # a tie goes to the smaller id
    ]


def test_adjusted_rand_equals_scikit_learns():
    draw = np.random.default_rng(1)
    for _ in range(20):
        one, two = draw.integers(0, 4, 60), draw.integers(0, 3, 60)
        pairs, counts = np.unique(np.stack([one, two]), axis=1, return_counts=True)
        table = [(int(a), int(b), int(n)) for (a, b), n in zip(pairs.T, counts, strict=True)]
        assert adjusted_rand(table) == pytest.approx(adjusted_rand_score(one, two))
    assert adjusted_rand([(0, 0, 5)]) == 1.0


def figures(*inertias: float) -> list[Figures]:
    return [Figures(k, w, 0.1 * k, 1.0, 0.1, 1.0, 0.0, 100) for k, w in enumerate(inertias, 2)]


def test_the_choice_is_fixed_silhouette_or_knee_and_says_why():
    assert choose(figures(9, 8), ValueSegments(choose="fixed", k=3)) == (3, "k = 3 is fixed by the settings")
    k, reason = choose(figures(100, 40, 30, 25), ValueSegments(choose="silhouette"))
    assert (k, reason) == (5, "best silhouette, 0.500, of k = 2 to 5")
    k, reason = choose(figures(100, 40, 30, 25), ValueSegments())
    assert k == 3
    assert "0.47 below the chord from k = 2 to 5" in reason
    k, reason = choose(figures(100, 90), ValueSegments())
    assert "has no knee" in reason


def test_fewer_distinct_rows_than_clusters_is_told_and_shortens_a_sweep(spark):
    three = scaled(spark, [[0, 0, 0], [1, 0, 0], [5, 5, 5]] * 4)
    with pytest.raises(InputError, match="fewer distinct customers than clusters"):
        fit_value_segments(three, segments=ValueSegments(choose="fixed", k=4))
    _, quality = fit_value_segments(three, segments=ValueSegments(starts=1))
    assert [row["k"] for row in quality.orderBy("k").collect()] == [2, 3]


def test_the_settings_know_exactly_the_methods_of_the_registry():
    assert set(get_args(ValueSegments.model_fields["method"].annotation)) == set(METHODS)


def test_a_model_of_no_method_is_refused(spark):
    with pytest.raises(TypeError, match="KMeansModel, GaussianMixtureModel"):
        method_of(LogisticRegressionModel())
