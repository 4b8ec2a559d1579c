"""Figures of predictions beside scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.neighbors import NearestCentroid

from audiences.schema.scoring import EARLY_FEATURES
from audiences.scoring.baselines import majority, nearest_centre
from audiences.scoring.evaluation import evaluated

NAMES = ["High", "Lost", "New"]


@pytest.fixture
def drawn(spark):
    """Truth, prediction and probabilities of 400 customers, one of whom became a segment that no model knows."""
    draw = np.random.default_rng(4)
    stated = draw.dirichlet([1, 1, 1], 400)
    stated[5] = [0.0, 0.75, 0.25]
    truth = np.array([NAMES[draw.choice(3, p=row)] for row in stated])
    truth[5], truth[9] = "High", "Bot"
    predicted = np.array(NAMES)[stated.argmax(1)]
    rows = [(str(t), str(p), [float(x) for x in s]) for t, p, s in zip(truth, predicted, stated, strict=True)]
    frame = spark.createDataFrame(rows, "truth string, predicted string, stated array<double>")
    return truth, predicted, stated, frame


def test_every_figure_is_that_of_scikit_learn(drawn):
    truth, predicted, stated, frame = drawn
    figures = evaluated(frame, segments=NAMES, split="holdout", model="m")
    whole = {one.metric: one.value for one in figures if one.segment is None and one.bin is None}
    assert whole["accuracy"] == pytest.approx(metrics.accuracy_score(truth, predicted), abs=1e-12)
    assert whole["macro_f1"] == pytest.approx(metrics.f1_score(truth, predicted, average="macro"), abs=1e-12)
    known = truth != "Bot"  # scikit-learn wants a probability for every segment: 0 for the one that is not known
    with_bot = np.column_stack([np.zeros(len(stated)), stated])
    labels = ["Bot", *NAMES]
    assert whole["log_loss"] == pytest.approx(metrics.log_loss(truth, with_bot, labels=labels), rel=1e-9)
    top2 = metrics.top_k_accuracy_score(truth[known], stated[known], k=2, labels=NAMES)
    assert whole["top2_accuracy"] == pytest.approx(top2 * known.sum() / len(truth), abs=1e-12)
    one_hot = truth[:, None] == np.array(labels)
    assert whole["brier"] == pytest.approx(((with_bot - one_hot) ** 2).sum(1).mean(), abs=1e-12)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        truth, predicted, labels=labels, zero_division=0
    )
    by_segment = {(one.metric, one.segment): one for one in figures if one.segment}
    for i, name in enumerate(labels):
        assert (by_segment["precision", name].value or 0.0) == pytest.approx(precision[i])
        assert by_segment["recall", name].value == pytest.approx(recall[i])
        assert by_segment["f1", name].value == pytest.approx(f1[i])
        assert by_segment["recall", name].rows == support[i]
    assert by_segment["precision", "Bot"].value is None  # nobody is called so


def test_the_calibration_curve_is_that_of_scikit_learn(drawn):
    truth, predicted, stated, frame = drawn
    figures = evaluated(frame, segments=NAMES, split="holdout", model="m")
    right, sure = calibration_curve(truth == predicted, stated.max(1), n_bins=10)
    found = {
        name: [one.value for one in figures if one.metric == f"calibration_{name}"] for name in ("found", "stated")
    }
    np.testing.assert_allclose(found["found"], right, atol=1e-12)
    np.testing.assert_allclose(found["stated"], sure, atol=1e-12)


def test_the_baselines_are_the_training_s_shares_and_scikit_learn_s_nearest_centroid(spark):
    draw = np.random.default_rng(1)
    points = draw.gamma(1.0, 5.0, (300, len(EARLY_FEATURES)))
    points[:, 3] = 7.0  # a feature without spread
    names = np.array(NAMES)[np.minimum(2, (points[:, 0] / 4).astype(int))]
    frame = spark.createDataFrame(
        [(str(name), *map(float, row)) for name, row in zip(names, points, strict=True)], ["segment", *EARLY_FEATURES]
    )
    training, holdout = points[:200], points[200:]
    early = frame.limit(200)
    rows = nearest_centre(frame, training=early).collect()
    deviations = training.std(0)
    deviations[3] = 1.0
    oracle = NearestCentroid().fit(training / deviations, names[:200])
    assert [row["predicted"] for row in rows] == list(oracle.predict(points / deviations))
    assert [row["truth"] for row in rows] == list(names)
    shares = {name: float((names[:200] == name).mean()) for name in NAMES}
    row = majority(frame, training=early).first()
    assert row["predicted"] == max(shares, key=shares.get)
    assert row["stated"] == pytest.approx([shares[name] for name in NAMES])
    assert len(holdout) == 100
