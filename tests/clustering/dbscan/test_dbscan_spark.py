"""GridDBSCAN through Spark: acceptance A, B, D, E, F, G, I on few rows, against the definition and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from dbscan_families import FAMILIES
from dbscan_frames import answers, frame, names, predictions, with_vectors
from dbscan_oracles import by_definition, by_sklearn
from pyspark.sql import functions as F

from audiences.clustering.dbscan import GridDBSCAN, estimator

pytestmark = pytest.mark.contract

ONE_LEAF = 10**6

CASES = [
    pytest.param("blobs", 3, 0.7, 5, 60, "integers", id="blobs-3d"),
    pytest.param("blobs", 9, 2.5, 18, 90, "strings", id="blobs-9d-string-ids"),
    pytest.param("lattice", 2, 1.0, 4, 40, "strings", id="ties-2d"),
    pytest.param("counts", 3, 1.0, 6, 15, "integers", id="counts-repeat"),
    pytest.param("duplicates", 2, 0.5, 4, 50, "strings", id="a-third-copies"),
    pytest.param("bridges", 6, 1.0, 8, 70, "integers", id="bridge-6d"),
    pytest.param("moons", 2, 0.2, 4, 30, "vectors", id="moons-vectors"),
    pytest.param("negative_zeros", 2, 0.5, 5, 6, "vectors", id="zeros-of-both-signs"),
    pytest.param("blobs", 1, 0.05, 3, 40, "vectors", id="one-column"),
    pytest.param("duplicates", 3, 0.6, 6, ONE_LEAF, "strings", id="one-leaf"),
]


@pytest.mark.parametrize(("family", "dimensions", "eps", "min_points", "leaf_rows", "kind"), CASES)
def test_labels_are_scikit_learns(spark, family, dimensions, eps, min_points, leaf_rows, kind):
    points = FAMILIES[family](240, dimensions, 7)
    rows = frame(spark, points, names(len(points)) if kind == "strings" else None)
    rows = with_vectors(rows) if kind == "vectors" else rows
    mixed = rows.orderBy(F.xxhash64("id")).repartition(3)
    model = GridDBSCAN(eps=eps, minPoints=min_points, leafRows=leaf_rows).fit(mixed)
    assert (model.figures["leaves"] > 1) == (leaf_rows != ONE_LEAF)
    label, core = answers(model.labels)  # acceptance E: as many rows, each id once
    for expected, expected_core in (by_definition(points + 0.0, eps, min_points), by_sklearn(points, eps, min_points)):
        np.testing.assert_array_equal(label, expected)
        np.testing.assert_array_equal(core, expected_core)
    assert model.labels.dtypes == [("id", dict(rows.dtypes)["id"]), ("prediction", "int"), ("is_core", "boolean")]
    np.testing.assert_array_equal(predictions(model.transform(rows)), expected)
    counted = {row["prediction"]: (row["rows"], row["core_rows"]) for row in model.summary.collect()}
    assert counted == {
        name: (int((expected == name).sum()), int(expected_core[expected == name].sum())) for name in set(expected)
    }
    assert model.figures["clusters"] == expected.max() + 1


@pytest.mark.parametrize("leaf_rows", [ONE_LEAF, 30])
def test_scipys_kernel_serves_too(spark, leaf_rows):
    points = FAMILIES["duplicates"](150, 3, 1)
    model = GridDBSCAN(eps=0.8, minPoints=4, leafRows=leaf_rows, kernel="scipy").fit(frame(spark, points))
    expected, expected_core = by_definition(points, 0.8, 4)
    label, core = answers(model.labels)
    np.testing.assert_array_equal(label, expected)
    np.testing.assert_array_equal(core, expected_core)
    np.testing.assert_array_equal(predictions(model.transform(frame(spark, points))), expected)


@pytest.mark.parametrize("leaf_rows", [ONE_LEAF, 25])
def test_weights_are_repetition(spark, leaf_rows):
    points = FAMILIES["blobs"](120, 2, 5)
    weights = np.random.default_rng(5).integers(1, 5, len(points))
    model = GridDBSCAN(eps=0.4, minPoints=9, weightCol="weight", leafRows=leaf_rows).fit(
        frame(spark, points, weights=weights)
    )
    expected, expected_core = by_definition(np.repeat(points, weights, axis=0), 0.4, 9)
    first = np.cumsum(weights) - weights
    label, core = answers(model.labels)
    np.testing.assert_array_equal(label, expected[first])
    np.testing.assert_array_equal(core, expected_core[first])


def border_between_clusters():
    """Two dense groups and one row that reaches a core row of each, far from that a lone core row with border rows."""
    left, right = np.linspace(-2.0, -1.0, 12), np.linspace(1.0, 2.0, 12)
    return np.concatenate([left, right, [0.0], [50.0, 50.9, 49.1, 50.0], [90.0]])[:, None]


def test_a_border_row_does_not_join_clusters_and_a_lone_core_row_is_one(spark):
    points = border_between_clusters()
    model = GridDBSCAN(eps=1.0, minPoints=4, leafRows=4).fit(frame(spark, points))
    assert model.figures["leaves"] >= 6
    label, core = answers(model.labels)
    assert label.tolist() == [0] * 12 + [1] * 12 + [0] + [2] * 4 + [-1]
    assert core.tolist() == [True] * 24 + [False] + [True, False, False, True] + [False]


def test_linking_through_border_rows_would_be_caught(spark, monkeypatch):
    """The fault that others ship, put into the merge: names that one border row reaches are linked."""
    sound = estimator.leaf_jobs.crossed

    def faulty(gathered, job, key_type):
        found = sound(gathered, job, key_type)
        border = found.where(F.col("key").isNotNull() & (F.size("names") > 1))
        links = border.withColumns({"key": F.lit(None).cast(key_type), "names": F.slice("names", 1, 2)})
        return found.unionByName(links)

    monkeypatch.setattr(estimator.leaf_jobs, "crossed", faulty)
    points = border_between_clusters()
    label, _ = answers(GridDBSCAN(eps=1.0, minPoints=4, leafRows=4).fit(frame(spark, points)).labels)
    assert label[:25].tolist() == [0] * 25  # merged
    with pytest.raises(AssertionError, match="not equal"):
        np.testing.assert_array_equal(label, by_definition(points, 1.0, 4)[0])


def test_a_chain_across_many_leaves_is_one_cluster_and_copies_on_cuts_are_kept(spark):
    # whole numbers, three of each: every cut falls on rows
    points = np.repeat(np.column_stack([np.arange(60.0), np.zeros(60)]), 3, axis=0)
    model = GridDBSCAN(eps=1.0, minPoints=7, leafRows=8).fit(frame(spark, points, names(180)))
    assert model.figures["leaves"] >= 7
    label, core = answers(model.labels)
    expected, expected_core = by_definition(points, 1.0, 7)
    assert label.tolist() == [0] * 180 == expected.tolist()
    np.testing.assert_array_equal(core, expected_core)
    assert (~core).sum() == 6  # both ends


def test_one_ball_may_hold_everything(spark):
    points = FAMILIES["blobs"](200, 3, 2)
    estimators = GridDBSCAN(eps=1e3, minPoints=200, leafRows=40)
    planned = estimators.plan(frame(spark, points))
    assert planned.replication == planned.leaves  # every leaf sees every row
    assert planned.block_rows == 40
    label, core = answers(estimators.fit(frame(spark, points)).labels)
    assert set(label) == {0}
    assert core.all()


def test_tiles_of_a_solved_block_are_solved_alike(spark):
    """Acceptance G: copies of a block, farther apart than eps, shifted by powers of two so that differences stay."""
    block = np.round(FAMILIES["blobs"](250, 3, 4) * 1024) / 1024
    shifts = np.array([[x, y, z] for x in (0, 32) for y in (0, 32) for z in (0, 32)], float)
    points = (block[None] + shifts[:, None]).reshape(-1, 3)
    expected, expected_core = by_sklearn(block, 0.6, 6)
    clusters = expected.max() + 1
    labels = np.concatenate([np.where(expected < 0, -1, expected + tile * clusters) for tile in range(8)])
    model = GridDBSCAN(eps=0.6, minPoints=6, leafRows=300).fit(frame(spark, points))
    assert model.figures["leaves"] >= 7
    label, core = answers(model.labels)
    np.testing.assert_array_equal(label, labels)
    np.testing.assert_array_equal(core, np.tile(expected_core, 8))


def test_a_sampled_audit_by_full_scan_finds_nothing(spark):
    """Acceptance H: random rows recounted against all others, their labels against the core rows within eps."""
    points, eps, min_points = FAMILIES["blobs"](3000, 4, 8), 0.5, 8
    model = GridDBSCAN(eps=eps, minPoints=min_points, leafRows=400).fit(frame(spark, points))
    assert model.figures["leaves"] >= 7
    label, core = answers(model.labels)
    kinds = set()
    for row in np.random.default_rng(8).choice(len(points), 300, replace=False):
        near = ((points - points[row]) ** 2).sum(1) <= eps * eps
        reached = set(label[near & core].tolist())
        assert core[row] == (near.sum() >= min_points)
        assert label[row] == min(reached, default=-1)
        assert not core[row] or reached == {label[row]}
        kinds.add((bool(core[row]), bool(label[row] < 0)))
    assert kinds == {(True, False), (False, False), (False, True)}  # core, border and noise rows were all looked at


def test_params_name_the_columns_and_ids_keep_their_type(spark):
    rows = frame(spark, [[0.0], [0.5], [9.0]]).selectExpr(
        "cast(id + 5 as int) `the id`", "features x", "2 `how many`", "'kept' other"
    )
    settings = GridDBSCAN(
        idCol="the id", featuresCol="x", weightCol="how many", predictionCol="cluster", eps=1.0, minPoints=4
    )
    model = settings.fit(rows)
    assert model.labels.dtypes == [("the id", "int"), ("cluster", "int"), ("is_core", "boolean")]
    assert model.labels.orderBy("the id").collect() == [(5, 0, True), (6, 0, True), (7, -1, False)]
    moved = model.transform(rows)
    assert moved.columns == ["the id", "x", "how many", "other", "cluster"]
    assert [row["cluster"] for row in moved.orderBy("the id").collect()] == [0, 0, -1]
    assert model.nearest_core(rows).columns == ["the id", "distance"]


def test_min_points_is_twice_the_columns_if_not_given(spark):
    planned = GridDBSCAN(eps=1.0).plan(frame(spark, [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]))
    assert planned.min_points == 6
