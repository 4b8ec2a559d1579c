"""Fits on planted customers: later ones judge, the gate decides, and plain arrays say what Spark says."""

from __future__ import annotations

import json
from datetime import date, timedelta

import numpy as np
import pytest
from pyspark.ml import PipelineModel

from audiences import schema
from audiences.config import Scoring
from audiences.errors import InputError
from audiences.schema.scoring import EARLY_FEATURES
from audiences.scoring.classifiers import predicted, segments_of
from audiences.scoring.fit import fit_early_segment, refusals
from audiences.scoring.flatten import portable
from audiences.scoring.portable import PortableModel, dumps
from audiences.scoring.score import scored

AS_OF = date(2024, 6, 1)
NAMES = ("High", "Low", "Middle")
SETTINGS = {"window_days": 14, "mature_days": 30, "grid": {"trees": [8], "depth": [2, 4], "regularisation": [0.01]}}


def customers(count: int, *, seed: int, is_told: bool = True) -> tuple[list[tuple], list[tuple]]:
    """Rows of early_features and of segments; two features tell the segment, or nothing does.

    The High order 3 to 40 times, so their mean lies far from those of them who order least: the nearest centre errs there.
    """
    draw = np.random.default_rng(seed)
    early, members = [], []
    for number in range(count):
        kind = int(draw.integers(3))
        first = date(2024, 1, 1) + timedelta(days=int(draw.integers(120)))
        point = draw.gamma(1.0, 1.0, len(EARLY_FEATURES))
        if is_told:
            point[0] = draw.uniform(3, 40) if NAMES[kind] == "High" else draw.uniform(0, 3)
            point[1] = draw.uniform(0, 2) if NAMES[kind] == "Low" else draw.uniform(2, 4)
        point[0] = 1 + np.floor(point[0])  # orders
        early.append((f"c{number:05}", first, 14, True, *map(float, point)))
        members.append((f"c{number:05}", kind, NAMES[kind], "value"))
    return early, members


@pytest.fixture(scope="module")
def frames(_session):
    def make(count: int, **drawn):
        early, members = customers(count, **drawn)
        features = [column.field() for column in schema.early_features.body]
        return (
            _session.createDataFrame(early, type(schema.early_features.schema)(features)),
            _session.createDataFrame(members, "customer_id string, segment_id int, name string, segmentation string"),
        )

    return make


@pytest.fixture(scope="module")
def fitted(frames):
    """Classifier -> (model, its figures' rows), each fitted once."""
    kept: dict = {}

    def fit(classifier: str):
        if classifier not in kept:
            early, members = frames(400, seed=1)
            settings = Scoring(classifier=classifier, **SETTINGS)
            model, metrics = fit_early_segment(early, segments=members, scoring=settings, as_of=AS_OF)
            kept[classifier] = (model, metrics.collect())
        return kept[classifier]

    return fit


CLASSIFIERS = ("random_forest", pytest.param("gradient_boosted", marks=pytest.mark.slow), "logistic_regression")


@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_a_model_of_telling_features_beats_both_baselines_and_a_saved_one_is_the_same_as_arrays(
    classifier, fitted, frames, spark, tmp_path, capsys
):
    model, rows = fitted(classifier)
    gates = {row["metric"]: row for row in rows if row["metric"].startswith("gate_")}
    assert all(row["passed"] for row in gates.values())
    assert gates["gate_macro_f1"]["value"] > 0.8
    path = str(tmp_path / "model")
    model.write().save(path)
    loaded = PipelineModel.load(path)
    arrays = PortableModel.from_json(json.loads(dumps(portable(spark, loaded, path)))["model"])
    assert arrays.kind == classifier
    others, _ = frames(10_000, seed=99)
    spark_says = predicted(others, model=loaded).orderBy("customer_id").collect()
    points = np.array([[row[name] for name in EARLY_FEATURES] for row in spark_says])
    stated = np.array([row["stated"] for row in spark_says])
    ours = arrays.probabilities(points)
    worst = np.abs(ours - stated).max()
    with capsys.disabled():
        print(f"\n{classifier}: max difference to Spark on {len(points):,} customers {worst:.2e}")
    assert worst < 1e-12
    assert [arrays.segments[i] for i in ours.argmax(1)] == [row["predicted"] for row in spark_says]
    if classifier == "random_forest":  # what the features add, and the roots' shares, make the probability
        best = ours.argmax(1)
        roots = np.array([arrays.trees.values[root] for root in arrays.trees.roots]).mean(0)
        whole = arrays.contributions(points, best).sum(1) + roots[best]
        np.testing.assert_allclose(whole, ours.max(1), atol=1e-9)


def test_the_training_ends_where_the_holdout_begins_and_the_grid_never_sees_it(fitted):
    _, rows = fitted("random_forest")
    early, _ = customers(400, seed=1)
    settled = sorted(row[1] for row in early if row[1] <= AS_OF - timedelta(days=30))
    trained_on = next(row["rows"] for row in rows if row["metric"] == "trained_on")
    judged_on = {row["rows"] for row in rows if row["split"] == "holdout" and row["metric"] == "accuracy"}
    assert judged_on == {len(settled) - trained_on}
    assert settled[trained_on - 1] < settled[trained_on]  # no day is on both sides
    assert 0.15 < judged_on.pop() / len(settled) <= 0.25
    grid = {row["model"]: row["rows"] for row in rows if row["split"] == "grid"}
    assert set(grid) == {"random_forest, trees 8, depth 2", "random_forest, trees 8, depth 4"}
    assert max(grid.values()) < trained_on / 2


def test_a_model_of_features_that_tell_nothing_is_refused_with_the_figures(frames):
    early, members = frames(400, seed=2, is_told=False)
    settings = Scoring(**{**SETTINGS, "gate": {"macro_f1_gain": 0.2}})
    _, metrics = fit_early_segment(early, segments=members, scoring=settings, as_of=AS_OF)
    refused = {name: detail for name, detail, _ in refusals(metrics)}
    assert "gate_macro_f1" in refused
    assert "more than 0.2 is asked" in refused["gate_macro_f1"]


def test_too_few_customers_or_a_single_segment_are_told(frames):
    early, members = frames(40, seed=3)
    with pytest.raises(InputError, match="too few settled customers") as told:
        fit_early_segment(early, segments=members, scoring=Scoring(**SETTINGS), as_of=AS_OF)
    assert "30 or more each" in str(told.value)
    early, members = frames(200, seed=3)
    alone = members.where("name = 'High'")
    with pytest.raises(InputError, match="became one segment"):
        fit_early_segment(early, segments=alone, scoring=Scoring(min_customers=5, **SETTINGS), as_of=AS_OF)


def test_scores_come_with_runner_up_and_reasons_and_the_unscorable_say_why(fitted, frames, spark, tmp_path):
    model, _ = fitted("random_forest")
    model.write().save(str(tmp_path / "m"))
    arrays = portable(spark, model, str(tmp_path / "m"))
    early, _ = frames(50, seed=7)
    rows = early.collect()
    changed = [row.asDict() for row in rows]
    changed[0]["is_complete"] = False
    changed[1]["orders"] = 0.0
    frame = spark.createDataFrame([tuple(row.values()) for row in changed], early.schema)
    settings = {"model": model, "portable": arrays, "reasons": 2, "fingerprint": "f", "run_id": "r"}
    found = {row["customer_id"]: row for row in scored(frame, **settings).collect()}
    assert len(found) == 50
    first, second = changed[0], changed[1]
    last = first["first_day"] + timedelta(days=13)
    assert found[first["customer_id"]]["unscorable"] == f"the window is open: its last day is {last}"
    assert found[second["customer_id"]]["unscorable"] == "no purchase in the first days: 14"
    names = segments_of(model)
    for row in changed[2:]:
        score = found[row["customer_id"]]
        stated = arrays.probabilities([[row[name] for name in EARLY_FEATURES]])[0]
        order = np.argsort(-stated, kind="stable")
        assert (score["segment"], score["runner_up"]) == (names[order[0]], names[order[1]])
        assert score["probability"] == pytest.approx(stated[order[0]], abs=1e-12)
        assert score["runner_up_probability"] == pytest.approx(stated[order[1]], abs=1e-12)
        assert score["unscorable"] is None
        assert len(score["reasons"]) <= 2
    assert any("orders" in reason or "(+0." in reason for score in found.values() for reason in score["reasons"])
