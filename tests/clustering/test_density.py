"""Density segments beside scikit-learn and SciPy: labels, scores, names, reasons, and the figures of the validation."""

from __future__ import annotations

import numpy as np
import pytest
from pyspark.ml import PipelineModel
from scipy.spatial import cKDTree
from scipy.stats import binomtest
from sklearn.cluster import DBSCAN
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score

from audiences import schema
from audiences.config import Density, Personas
from audiences.errors import ConfigError, InputError
from audiences.segments.density.eps_selection import eps_selection
from audiences.segments.density.fit import fit_density
from audiences.segments.density.members import density_segments
from audiences.segments.density.validation import density_validation

NAMES = ("events_per_week", "evenness", "variety")
RULES = Personas(reference_share=0.2)


def users(seed: int = 5) -> np.ndarray:
    """Two large groups that differ in activity, a small dense group of bots, and strays."""
    draw = np.random.default_rng(seed)
    groups = [(160, (-0.6, 0, 0), 0.25), (110, (2.5, 0.2, 0), 0.25), (8, (0.5, 4, 4), 0.02)]
    rows = [draw.normal(centre, spread, (size, 3)) for size, centre, spread in groups]
    return np.vstack([*rows, draw.uniform(-6, 6, (22, 3))]).round(3)


def frame(spark, rows: np.ndarray, names=NAMES):
    made = [(f"u{i:04d}", [float(x) for x in row], list(names)) for i, row in enumerate(rows)]
    body = [column.field() for column in schema.activity_scaled.body]
    return spark.createDataFrame(made, type(schema.activity_scaled.schema)(body))


def segmented(spark, rows: np.ndarray, density: Density, folder, identities=None):
    """The three stages, the model through a save and a load, as the runner does."""
    scaled = frame(spark, rows)
    selection = eps_selection(scaled, density=density).cache()
    model, figures = fit_density(scaled, eps_selection=selection, density=density)
    model.write().overwrite().save(f"{folder}/model")
    loaded = PipelineModel.load(f"{folder}/model")
    made = density_segments(scaled, model=loaded, identities=identities, density=density, personas=RULES)
    found = [(field.name, field.dataType.simpleString()) for field in made.schema.fields]
    assert found == [(column.name, column.type.simpleString()) for column in schema.density_segments.body]
    return (
        selection.collect(),
        {row["figure"]: row["value"] for row in figures.collect()},
        made.orderBy("user_id").collect(),
    )


@pytest.mark.contract
def test_segments_are_those_of_scikit_learn_with_scores_names_and_reasons(spark, tmp_path):
    rows = users()
    identities = spark.createDataFrame([("u0001", "c1"), ("u9999", "c2")], schema.identities.schema)
    density = Density(features=NAMES, eps=0.5, min_points=6, min_share=0.05)
    selection, figures, found = segmented(spark, rows, density, tmp_path, identities)
    oracle = DBSCAN(eps=0.5, min_samples=6, algorithm="kd_tree").fit(rows)
    labels = oracle.labels_
    assert [row["label"] for row in found] == labels.tolist()
    is_core = np.isin(np.arange(len(rows)), oracle.core_sample_indices_)
    assert [row["is_core"] for row in found] == is_core.tolist()
    sizes = {label: int((labels == label).sum()) for label in set(labels)}
    assert [row["cluster_size"] for row in found] == [sizes[label] for label in labels]
    # the bots are a cluster, but a small one: their core rows are no reference
    normal = [label for label, size in sizes.items() if label >= 0 and size >= 0.2 * len(rows)]
    assert len(normal) == 2
    distance = cKDTree(rows[is_core & np.isin(labels, normal)]).query(rows)[0]
    np.testing.assert_allclose([row["anomaly_score"] for row in found], distance, atol=1e-12)
    assert (distance[270:278] > 3).all()
    names = np.array([row["persona"] for row in found])
    numbers = {"Power User": 0, "Casual User": 1, "Anomalous": 2}
    assert [row["segment_id"] for row in found] == [numbers[name] for name in names]
    large = np.isin(labels, normal)
    assert set(names[large & (labels == labels[0])]) == {"Casual User"}
    assert set(names[large & (labels == labels[200])]) == {"Power User"}
    assert set(names[~large]) == {"Anomalous"}
    assert found[272]["reason"].startswith("in a cluster of 2.67 % of users; from the normal median: ")
    iqr = np.subtract(*np.percentile(rows[large, 2], [75, 25], method="inverted_cdf"))
    away = abs(rows[272, 2] - np.percentile(rows[large, 2], 50, method="inverted_cdf")) / iqr
    assert f"variety {away:.1f} iqr above" in found[272]["reason"]
    assert "mean activity level" in found[0]["reason"]
    assert (found[1]["customer_id"], found[2]["customer_id"]) == ("c1", "u0002")
    assert {row["forced_cluster"] for row in found} == {0, 1}
    assert (figures["clusters"], figures["kmeans_clusters"]) == (labels.max() + 1, 2)
    assert figures["noise_rows"] == sizes[-1]
    (chosen,) = (row for row in selection if row["is_chosen"])
    assert (chosen["kind"], chosen["eps"], chosen["min_points"]) == ("grid", 0.5, 6)
    assert "set by density.eps" in chosen["reason"]


@pytest.mark.contract
def test_without_an_eps_the_suggestion_is_taken_and_one_cluster_is_split_by_level(spark, tmp_path):
    rows = users()[:160]
    density = Density(min_share=0.05)
    selection, figures, found = segmented(spark, rows, density, tmp_path)
    (chosen,) = (row for row in selection if row["is_chosen"])
    assert "density.eps is null, so the suggestion is taken" in chosen["reason"]
    assert (figures["eps"], figures["min_points"], figures["large_clusters"]) == (chosen["eps"], 6, 1)
    curve = [row["eps"] for row in selection if row["kind"] == "curve"]
    assert len(curve) == 200
    assert curve == sorted(curve)
    labels = np.array([row["label"] for row in found])
    level = rows[:, 0]
    members = level[labels == 0]
    limit = members.mean() + members.std()
    expected = np.where(labels != 0, "Anomalous", np.where(level >= limit, "Power User", "Casual User"))
    assert [row["persona"] for row in found] == expected.tolist()
    assert {"Power User", "Casual User"} <= set(expected)
    assert "the one large cluster is split by activity level" in found[int(np.argmax(labels == 0))]["reason"]


@pytest.mark.slow
def test_principal_components_are_a_choice(spark, tmp_path):
    rows = users()
    density = Density(features=NAMES, pca_components=2, eps=0.5, min_points=6, min_share=0.05)
    _, figures, found = segmented(spark, rows, density, tmp_path)
    components = PCA(2).fit(rows).components_
    labels = DBSCAN(eps=0.5, min_samples=6, algorithm="kd_tree").fit_predict(rows @ components.T)
    assert figures["dimensions"] == 2
    assert [row["label"] for row in found] == labels.tolist()


@pytest.mark.contract
@pytest.mark.parametrize(
    ("rows", "density", "error", "told"),
    [
        pytest.param(users()[:0], Density(), InputError, "no users", id="nobody"),
        pytest.param(users(), Density(features=("events", "variety")), ConfigError, "events", id="unknown-feature"),
        pytest.param(users(), Density(max_dimensions=2), ConfigError, "pca_components", id="too-many"),
        pytest.param(users(), Density(pca_components=4), ConfigError, "at most 3", id="too-many-components"),
        pytest.param(np.zeros((9, 3)), Density(eps=1.0), InputError, "identical", id="all-alike"),
        pytest.param(np.zeros((1, 3)), Density(eps=1.0), InputError, "one row", id="one-user"),
    ],
)
def test_bad_input_is_told(spark, rows, density, error, told):
    with pytest.raises(error, match=told):
        eps_selection(frame(spark, rows), density=density)


@pytest.mark.contract
def test_settings_of_density_are_judged():
    for wrong in ({"eps": 0}, {"eps": -1}, {"min_points": 0}, {"features": ("a", "a")}, {"pca_components": 0}):
        with pytest.raises(ValueError, match=r"density|greater|each feature|Input should be"):
            Density(**wrong)


def validated(spark, scores, flagged, known, extra=()):
    rows = [
        (f"u{i}", f"u{i}", i % 3 - 1, True, 1, 0.5, 0, "Anomalous" if flag else "Casual User", "", 0.0, score, 0)
        for i, (score, flag) in enumerate(zip(scores, flagged, strict=True))
    ]
    body = type(schema.density_segments.schema)([column.field() for column in schema.density_segments.body])
    # judged and found innocent is the same as never judged
    judged = [(f"u{i}", bool(is_known), 1) for i, is_known in enumerate(known) if is_known or i % 2]
    made = density_validation(
        spark.createDataFrame(rows, body),
        known_anomalies=spark.createDataFrame([*judged, *extra], schema.known_anomalies.schema),
        personas=Personas(),
    )
    found = [(field.name, field.dataType.simpleString()) for field in made.schema.fields]
    assert found == [(column.name, column.type.simpleString()) for column in schema.validation.body]
    return {row["name"]: row for row in made.collect()}


@pytest.mark.contract
def test_validation_agrees_with_scikit_learn_and_scipy(spark):
    draw = np.random.default_rng(2)
    known = draw.random(3000) < 0.05
    # many ties at 0, few elsewhere
    scores = np.where(draw.random(3000) < 0.6, 0.0, (draw.exponential(size=3000) + known).round(1))
    flagged = scores > 1.5
    found = validated(spark, scores.tolist(), flagged, known, extra=[("ghost", True, 1)])
    assert found["auc"]["found"] == pytest.approx(roc_auc_score(known, scores), abs=1e-12)
    for name, hits, rows in (
        ("precision", (flagged & known).sum(), flagged.sum()), ("recall", (flagged & known).sum(), known.sum()),
        ("base_rate", known.sum(), 3000), ("noise", known[::3].sum(), 1000), ("cluster 1", known[2::3].sum(), 1000),
    ):  # fmt: skip
        interval = binomtest(int(hits), int(rows)).proportion_ci(method="wilson")
        row = found[name]
        assert (row["hits"], row["rows"], row["found"]) == (hits, rows, pytest.approx(hits / rows))
        assert (row["low"], row["high"]) == (pytest.approx(interval.low), pytest.approx(interval.high))
    assert found["lift"]["found"] == pytest.approx(found["precision"]["found"] / known.mean())
    assert found["known_without_activity"]["found"] == 1
    order = np.sort(scores)[::-1]
    limit, n = order[known.sum() - 1], known.sum()
    above, tied = scores > limit, scores == limit
    expected = (known[above].sum() + (n - above.sum()) * known[tied].mean()) / n
    assert found["precision_at_known"]["found"] == pytest.approx(expected)
    assert all(row["passed"] and row["required"] is None for row in found.values())


@pytest.mark.contract
def test_validation_without_a_known_anomaly_or_a_score_has_no_figures(spark):
    found = validated(spark, [None, 1.0, 2.0, 3.0], [True, False, False, False], [False] * 4)
    assert (found["auc"]["found"], found["recall"]["found"], found["recall"]["low"], found["lift"]["found"]) == (
        None,
    ) * 4
    assert found["precision"]["found"] == 0.0
    # no core row near or far: the highest score
    assert validated(spark, [None, 1.0, 2.0], [True] * 3, [True, False, False])["auc"]["found"] == 1.0
