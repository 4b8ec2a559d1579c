"""Input that is refused, each with what is wrong, where, what was found and what is allowed; and the plan's budget."""

from __future__ import annotations

import numpy as np
import pytest
from dbscan_frames import frame

from audiences.clustering.dbscan import GridDBSCAN
from audiences.errors import AudiencesError, ConfigError, InputError

NAN, INF = float("nan"), float("inf")
SETTINGS = [
    pytest.param({"eps": 0.0}, "eps is out of range", "a number above 0", id="eps-zero"),
    pytest.param({"eps": -1.0}, "eps is out of range", "-1.0", id="eps-negative"),
    pytest.param({"eps": NAN}, "eps is out of range", "nan", id="eps-nan"),
    pytest.param({"eps": "1"}, "eps is out of range", "'1'", id="eps-text"),
    pytest.param({"minPoints": 0}, "minPoints is out of range", "a whole number >= 1", id="min-points-zero"),
    pytest.param({"minPoints": 2.5}, "minPoints is out of range", "2.5", id="min-points-broken"),
    pytest.param({"leafRows": 0}, "leafRows is out of range", ">= 1", id="leaf-rows-zero"),
    pytest.param({"kernel": "cuda"}, "kernel is unknown", "auto, numba, scipy", id="kernel-unknown"),
    pytest.param({"idCol": ""}, "idCol names no column", "a column's name", id="id-empty"),
]


@pytest.mark.parametrize(("setting", "what", "detail"), SETTINGS)
def test_settings_are_judged_where_they_are_set(spark, setting, what, detail):
    with pytest.raises(ConfigError, match=what) as fault:
        GridDBSCAN(**setting)
    assert detail in str(fault.value)


def rows_of(*features, ids=None):
    return list(zip(ids or range(len(features)), features, strict=True))


ARRAYS = "id int, features array<double>"
FAULTS = [
    pytest.param(rows_of(), ARRAYS, "no rows to cluster", "zero rows", id="zero-rows"),
    pytest.param(rows_of([1.0]), ARRAYS, "one row is no data", "1 row", id="one-row"),
    pytest.param(rows_of([1.0], [1.0], [1.0]), ARRAYS, "all rows are identical", "3 equal rows", id="all-identical"),
    pytest.param(rows_of([0.0], [-0.0]), ARRAYS, "all rows are identical", "2 equal rows", id="zeros-are-identical"),
    pytest.param(
        rows_of([1.0, NAN], [NAN, NAN], [2.0, INF], [2.0, 3.0], [-INF, None]), ARRAYS, "must be finite numbers",
        "column 0: 1 NaN; column 0: 1 infinite; column 1: 1 null; column 1: 2 NaN; column 1: 1 infinite", id="not-finite",
    ),
    pytest.param(rows_of([1.0], None, [2.0]), ARRAYS, "features are null", "1 rows", id="features-null"),
    pytest.param(rows_of([1.0], [1.0, 2.0]), ARRAYS, "vectors differ in length", "1 to 2 values", id="lengths"),
    pytest.param(rows_of([], []), ARRAYS, "vectors differ in length", "at least one", id="no-columns"),
    pytest.param(rows_of([1.0], [2.0], ids=[1, None]), ARRAYS, "ids are null", "1 rows", id="id-null"),
    pytest.param(
        rows_of([1.0], [2.0], [3.0], ids=[7, 8, 7]), ARRAYS, "ids are not unique", "1 ids occur more than once, such as 7",
        id="id-repeats",
    ),
    pytest.param(rows_of([1.0], [1.0], [3.0], ids=["a", "a", "b"]), "id string, features array<double>", "not unique", "'a'", id="id-repeats-on-equal-rows"),
    pytest.param(rows_of(["x"], ["y"]), "id int, features array<string>", "features are not numbers", "array<string>", id="text"),
    pytest.param(rows_of(1.0, 2.0), "id int, features double", "wrong type", "a vector or an array", id="no-array"),
    pytest.param(rows_of([1.0], [2.0], ids=[0.5, 1.5]), "id double, features array<double>", "wrong type", "an integer or a string", id="id-double"),
    pytest.param(rows_of([1.0], [2.0]), "key int, features array<double>", "column is missing", "key, features", id="id-missing"),
    pytest.param(rows_of([1.0] * 13, [2.0] * 13), ARRAYS, "so many dimensions", "at most 12 (maxDimensions)", id="dimensions"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "schema", "what", "detail"), FAULTS)
def test_unsound_rows_are_refused(spark, rows, schema, what, detail):
    with pytest.raises(InputError, match=what) as fault:
        GridDBSCAN(eps=1.0, minPoints=2).fit(spark.createDataFrame(rows, schema))
    assert detail in str(fault.value)
    assert {"where", "found", "allowed"} <= set(fault.value.details)


def test_weights_are_whole_and_at_least_one(spark):
    given = GridDBSCAN(eps=1.0, minPoints=2, weightCol="weight")
    with pytest.raises(InputError, match="weights are null or below 1"):
        given.fit(frame(spark, [[0.0], [1.0]], weights=[1, 0]))
    with pytest.raises(InputError, match="wrong type"):
        given.fit(frame(spark, [[0.0], [1.0]]).selectExpr("*", "1.5 weight"))


def test_eps_has_no_default(spark):
    with pytest.raises(ConfigError, match="eps is not set") as fault:
        GridDBSCAN(minPoints=3).fit(frame(spark, [[0.0], [1.0]]))
    assert "k_distances" in str(fault.value)


def test_a_plan_says_what_a_run_will_do(spark):
    points = np.random.default_rng(0).normal(size=(400, 3))
    settings = GridDBSCAN(eps=0.5, minPoints=4, leafRows=60)
    planned = settings.plan(frame(spark, points))
    assert planned.leaves == len(planned.home) == len(planned.halo) >= 7
    assert planned.home.sum() == 400
    assert planned.home.max() <= 75
    # by hand: a row is shipped once per leaf whose box lies within eps
    _, leaf = planned.boxes.reach(points, 0.5)
    assert planned.replication == 1 + len(leaf) / 400
    figures = planned.figures()
    assert figures["largest_leaf"] == planned.home.max()
    assert min(figures["shuffle_bytes"], figures["core_seconds"], figures["task_bytes"]) > 0
    assert any(f"{planned.leaves:,} leaves" in line for line in planned.lines())
    assert settings.fit(frame(spark, points)).figures.items() >= figures.items()


@pytest.mark.parametrize(
    ("budget", "found"), [({"maxShuffleGb": 1e-6}, "GB through shuffles"), ({"maxCoreHours": 1e-9}, "core-hours")]
)
def test_a_plan_over_budget_is_refused_with_advice(spark, budget, found):
    points = np.random.default_rng(0).normal(size=(200, 2))
    given = GridDBSCAN(eps=0.5, minPoints=4, **budget)
    for start in (given.plan, given.fit):
        with pytest.raises(ConfigError, match="more than its budget") as fault:
            start(frame(spark, points))
        assert found in fault.value.details["found"]
        assert "a smaller eps" in fault.value.details["advice"]
    assert isinstance(fault.value, AudiencesError)


def test_more_components_than_the_driver_takes_are_refused(spark, monkeypatch):
    from audiences.clustering.dbscan import labels

    monkeypatch.setattr(labels, "DRIVER_NAMES", 30)
    with pytest.raises(ConfigError, match="so many components") as fault:
        GridDBSCAN(eps=0.5, minPoints=1, leafRows=10).fit(frame(spark, np.arange(40.0)[:, None]))
    assert fault.value.details["found"].startswith("40 ")
