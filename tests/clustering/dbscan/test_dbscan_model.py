"""The fitted model: rows that it has not seen, the distance to the nearest core row, saving and loading."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from dbscan_families import FAMILIES
from dbscan_frames import answers, distances, frame, names, predictions
from dbscan_oracles import by_definition
from examples import run_examples

from audiences.clustering.dbscan import GridDBSCAN, GridDBSCANModel

pytestmark = pytest.mark.contract

EPS, MIN_POINTS = 0.6, 5


@pytest.fixture(params=[10**6, 50], ids=["one-leaf", "many-leaves"])
def fitted(spark, request):
    """The points, their core flags and labels, and the model."""
    points = FAMILIES["duplicates"](250, 3, 3)
    label, core = by_definition(points, EPS, MIN_POINTS)
    model = GridDBSCAN(eps=EPS, minPoints=MIN_POINTS, leafRows=request.param).fit(frame(spark, points))
    return points, label, core, model


@pytest.fixture(scope="module")
def solved(_session):
    """A model over one leaf."""
    return GridDBSCAN(eps=1.0, minPoints=2).fit(frame(_session, [[0.0, 0.0, 0.0], [0.5, 0.0, 0.0], [9.0, 9.0, 9.0]]))


def test_the_example_of_the_estimator(spark):
    run_examples(GridDBSCAN, GridDBSCAN=GridDBSCAN, spark=spark)


def to_core(queries, core_points):
    squares = np.zeros((len(queries), len(core_points)))
    for j in range(queries.shape[1]):  # in column order, as the definition says
        squares += (queries[:, None, j] - core_points[None, :, j]) ** 2
    return np.sqrt(squares)


def test_new_rows_take_the_smallest_label_within_eps(spark, fitted):
    points, label, core, model = fitted
    draw = np.random.default_rng(1)
    queries = np.concatenate([draw.normal(size=(150, 3)) * 4, points[:30] + 0.01, [[1e6, -1e6, 0.0]]])
    queries = np.concatenate([queries, queries[:20]])  # copies ask too
    near = to_core(queries, points[core]) <= EPS
    expected = np.where(near, label[core], 10**6).min(axis=1)
    expected[expected == 10**6] = -1
    asked = frame(spark, queries, names(len(queries)))
    np.testing.assert_array_equal(predictions(model.transform(asked)), expected)
    assert len(set(expected)) > 3


def test_distance_to_the_nearest_core_row_is_exact_and_not_limited_by_eps(spark, fitted):
    points, label, core, model = fitted
    queries = np.concatenate([np.random.default_rng(1).normal(size=(150, 3)) * 9, [[1e6, -1e6, 0.0]], points])
    found = distances(model.nearest_core(frame(spark, queries)))
    np.testing.assert_array_equal(found, to_core(queries, points[core]).min(axis=1))
    of_points = found[151:]
    assert (of_points[core] == 0).all()
    np.testing.assert_array_equal(of_points <= EPS, label >= 0)


def test_without_core_rows_there_is_no_label_and_no_distance(spark):
    points = np.arange(40.0)[:, None]
    for leaf_rows in (10**6, 10):
        model = GridDBSCAN(eps=0.5, minPoints=2, leafRows=leaf_rows).fit(frame(spark, points))
        assert set(answers(model.labels)[0]) == {-1}
        assert model.figures["clusters"] == model.figures["core_rows"] == 0
        assert set(predictions(model.transform(frame(spark, points)))) == {-1}
        assert np.isnan(distances(model.nearest_core(frame(spark, points)))).all()


@pytest.mark.parametrize("bad", [[1.0, 2.0], [1.0, 2.0, float("nan")], [1.0, 2.0, None], None])
def test_rows_to_label_must_be_sound(spark, solved, bad):
    asked = spark.createDataFrame([(1, bad)], "id int, features array<double>")
    for question in (solved.transform, solved.nearest_core):
        # Spark hands a task's own failure through as it is: a Py4J error on 3.5, its own on later lines
        with pytest.raises(Exception, match="features: a row's features are not 3 finite numbers"):
            question(asked).collect()


def test_a_saved_model_answers_as_before(spark, fitted, tmp_path):
    points, label, core, model = fitted
    path = str(tmp_path / "model")
    model.save(path)
    with pytest.raises(Exception, match="exist"):
        model.save(path)
    model.write().overwrite().save(path)
    again = GridDBSCANModel.load(path)
    assert again.uid == model.uid
    assert again.extractParamMap() == {
        again.getParam(param.name): value for param, value in model.extractParamMap().items()
    }
    assert again.figures == model.figures
    rows = frame(spark, points)
    np.testing.assert_array_equal(answers(again.labels)[0], label)
    np.testing.assert_array_equal(answers(again.labels)[1], core)
    np.testing.assert_array_equal(predictions(again.transform(rows)), label)
    np.testing.assert_array_equal(distances(again.nearest_core(rows)), distances(model.nearest_core(rows)))
    again.unpersist()
    kinds = {file.suffix or file.name for file in Path(path).rglob("*") if file.is_file() and file.name[0] != "."}
    assert kinds <= {".parquet", "_SUCCESS", "part-00000", ".txt"}, kinds


def test_a_saved_estimator_keeps_its_settings(spark, tmp_path):
    given = GridDBSCAN(eps=0.25, minPoints=7, idCol="key", weightCol="copies", leafRows=1000, maxShuffleGb=3.0)
    given.write().overwrite().save(str(tmp_path / "estimator"))
    again = GridDBSCAN.load(str(tmp_path / "estimator"))
    assert {p.name: v for p, v in again.extractParamMap().items()} == {
        p.name: v for p, v in given.extractParamMap().items()
    }
