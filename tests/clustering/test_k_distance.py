"""The k-distance curve against SciPy over all rows, its knee, and the table of what an eps would give."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree
from sklearn.cluster import DBSCAN

from audiences.clustering.dbscan import GridDBSCAN
from audiences.clustering.k_distance import k_distances, rounded_up
from audiences.errors import ConfigError, InputError


def frame(spark, points, weights=None):
    weights = np.ones(len(points), int) if weights is None else weights
    rows = [(i, [float(x) for x in point], int(w)) for i, (point, w) in enumerate(zip(points, weights, strict=True))]
    return spark.createDataFrame(rows, "id bigint, features array<double>, weight int")


def blobs(n=600, d=3):
    draw = np.random.default_rng(2)
    points = draw.normal(size=(n, d)) * 0.3 + draw.integers(0, 3, (n, 1)) * 4.0
    points[: n // 10] = draw.uniform(-2, 10, (n // 10, d))
    return points


def test_distances_are_those_to_the_kth_row_itself_included(spark):
    points = blobs()
    found = k_distances(frame(spark, points).repartition(3), min_points=5, queries=10**6)  # all rows ask
    expected = np.sort(cKDTree(points).query(points, k=[5])[0][:, 0])
    np.testing.assert_allclose(found.distances, expected, rtol=1e-12)
    assert (found.k, found.size.rows, found.size.dimensions) == (5, 600, 3)
    assert found.quantile(0.5) == pytest.approx(np.quantile(expected, 0.5, method="inverted_cdf"))
    assert found.curve(3)[-1] == (1.0, found.distances[-1])


def test_a_sample_asks_all_rows_and_is_the_same_each_time(spark):
    points = blobs(2000)
    rows = frame(spark, points)
    found = k_distances(rows, queries=200)
    assert found.k == 6
    assert 120 < len(found.distances) < 280
    again = k_distances(rows.repartition(5), queries=200)
    np.testing.assert_array_equal(found.distances, again.distances)
    # a sampled reference would be farther away by a factor of two
    exact = np.quantile(cKDTree(points).query(points, k=[6])[0], 0.5)
    assert found.quantile(0.5) == pytest.approx(exact, rel=0.15)


def test_equal_rows_and_weights_count(spark):
    points = np.array([[0.0], [0.0], [0.0], [1.0], [3.0], [6.0]])
    found = k_distances(frame(spark, points), min_points=3, queries=100)
    assert found.distances.tolist() == [0, 0, 0, 1, 3, 5]
    assert found.zero_share == 0.5
    assert found.suggestion() > 0
    heavy = k_distances(frame(spark, points[2:], [3, 1, 1, 1]), min_points=3, weight_col="weight", queries=100)
    assert heavy.distances.tolist() == [0, 1, 3, 5]
    assert heavy.zero_share == 0.5


def test_the_table_tells_core_share_and_price(spark):
    points = blobs()
    rows = frame(spark, points)
    found = k_distances(rows, min_points=6, queries=10**6, leaf_rows=100)
    table = found.table()
    assert found.suggestion() in [choice.eps for choice in table]
    assert [choice.eps for choice in table] == sorted({rounded_up(choice.eps) for choice in table})
    for choice in table:
        core = len(DBSCAN(eps=choice.eps, min_samples=6, algorithm="kd_tree").fit(points).core_sample_indices_)
        assert choice.core_share == pytest.approx(core / len(points), abs=1e-9)
        assert min(choice.replication, choice.shuffle_gb, choice.core_seconds) > 0
    assert table[-1].replication > table[0].replication
    planned = GridDBSCAN(eps=table[-1].eps, minPoints=6, leafRows=100).plan(rows)
    assert table[-1].replication == pytest.approx(planned.replication)  # every row was in the sample


def test_the_knee_parts_clusters_from_noise(spark):
    points = blobs()
    found = k_distances(frame(spark, points), min_points=6, queries=10**6)
    label = DBSCAN(eps=found.suggestion(), min_samples=6).fit_predict(points)
    assert label.max() + 1 == 3
    assert 0.8 < found.core_share(found.suggestion()) < 0.95


@pytest.mark.parametrize(
    ("eps", "expected"), [(0.12341, 0.1235), (0.1234, 0.1234), (123410.0, 123500.0), (9.99951, 10.0), (1e-7, 1e-7)]
)
def test_eps_is_rounded_up_to_four_digits(eps, expected):
    assert rounded_up(eps) == expected
    assert rounded_up(eps) >= eps


def test_faults_are_told(spark):
    rows = frame(spark, [[0.0], [1.0]])
    with pytest.raises(ConfigError, match="queries is out of range"):
        k_distances(rows, queries=0)
    with pytest.raises(ConfigError, match="min_points is out of range"):
        k_distances(rows, min_points=0)
    with pytest.raises(InputError, match="must be finite"):
        k_distances(frame(spark, [[0.0], [float("nan")]]))
    beyond = k_distances(rows, min_points=5, queries=10)
    with pytest.raises(ConfigError, match="no eps can be suggested"):
        beyond.suggestion()
    same = k_distances(frame(spark, [[0.0], [0.0], [1.0], [1.0]]), min_points=2, queries=10)
    with pytest.raises(ConfigError, match="no eps can be suggested"):
        same.suggestion()
