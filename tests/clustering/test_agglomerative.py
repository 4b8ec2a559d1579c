"""Hybrid features and the tree over micro-clusters, beside scikit-learn and NumPy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score

from audiences.config import Hybrid
from audiences.errors import InputError
from audiences.segments.hybrid.features import hybrid_features
from audiences.segments.hybrid.names import hybrid_names, unique
from audiences.segments.hybrid.tree import dendrogram, hybrid_segments, hybrid_selection

pytestmark = pytest.mark.contract

# 2 behaviours x 2 themes: neither side alone can tell the four apart
PLANTED = [("Loyal", 0), ("Loyal", 1), ("Lost", 0), ("Lost", 1)]


def customers(n: int = 200):
    draw = np.random.default_rng(1)
    rows = []
    for i in range(n):
        behaviour, topic = PLANTED[i % 4]
        if i % 25 == 24:
            shares, no_text = [0.0, 0.0], 1.0
        else:
            own = draw.uniform(0.75, 0.95)
            shares, no_text = ([own, 1 - own] if topic == 0 else [1 - own, own]), 0.0
        rows.append((f"c{i:04}", behaviour, topic, shares, no_text))
    return rows


@pytest.fixture
def hybrid_frame(spark):
    rows = customers()
    topics = spark.createDataFrame([(0, "delivery"), (1, "price")], "topic_id int, label string")
    said = spark.createDataFrame(
        [(c, shares, no_text) for c, _, _, shares, no_text in rows],
        "customer_id string, shares array<double>, no_text_share double",
    )
    value = spark.createDataFrame(
        [(c, 0 if b == "Loyal" else 1, b) for c, b, *_ in rows], "customer_id string, segment_id int, name string"
    )
    return hybrid_features(said, topics=topics, hybrid=Hybrid(topic_weight=2.0), value=value).cache()


def test_each_block_has_its_share_of_the_variance(hybrid_frame):
    found = hybrid_frame.toPandas()
    x, names = np.array(found["features"].tolist()), found["feature_names"][0]
    assert list(names) == ["behaviour: Loyal", "behaviour: Lost", "topic: delivery", "topic: price", "topic: no text"]
    assert x[:, :2].var(axis=0).sum() == pytest.approx(1.0)
    assert x[:, 2:].var(axis=0).sum() == pytest.approx(2.0)


def made(frame, settings):
    tree = dendrogram(frame, hybrid=settings).cache()
    selection = hybrid_selection(tree, hybrid=settings).cache()
    names = hybrid_names(tree, selection=selection).cache()
    members = hybrid_segments(frame, dendrogram=tree, selection=selection, names=names)
    return tree, selection, names, members.orderBy("customer_id").toPandas()


def test_with_a_leaf_per_row_it_is_scikit_learns_and_the_planted_segments_are_found(hybrid_frame):
    tree, selection, names, members = made(hybrid_frame, Hybrid(k_max=6))
    rows = hybrid_frame.orderBy("customer_id").toPandas()
    x = np.array(rows["features"].tolist())
    distinct = len(np.unique(x, axis=0))
    assert tree.count() == 2 * distinct - 1
    k = selection.where("is_chosen").first()["k"]
    theirs = AgglomerativeClustering(k, linkage="ward").fit_predict(x)
    assert adjusted_rand_score(theirs, members["segment_id"]) == 1
    assert members["distance"].max() < 1e-7
    told = [i for i in range(200) if i % 25 != 24]
    truth = [PLANTED[i % 4] for i in told]
    assert adjusted_rand_score([str(one) for one in truth], members["segment_id"].iloc[told]) > 0.97
    sizes = members["segment_id"].value_counts().sort_index().tolist()
    assert sizes == sorted(sizes, reverse=True)
    named = {row["segment_id"]: (row["name"], row["customers"]) for row in names.collect()}
    assert {one: size for one, (_, size) in named.items()} == dict(enumerate(sizes))
    assert {f"{does}, about {topic}" for does in ("Loyal", "Lost") for topic in ("delivery", "price")} <= {
        name for name, _ in named.values()
    }


def test_micro_clusters_stand_for_many_customers(hybrid_frame):
    tree, _, _, members = made(hybrid_frame, Hybrid(micro_clusters=30, choose="fixed", k=4))
    leaves = tree.where("centre is not null").toPandas()
    assert len(leaves) <= 30
    assert leaves["customers"].sum() == 200
    exact = made(hybrid_frame, Hybrid(choose="fixed", k=4))[3]
    assert adjusted_rand_score(exact["segment_id"], members["segment_id"]) > 0.95
    x = np.array(hybrid_frame.orderBy("customer_id").toPandas()["features"].tolist())
    centres = np.array(leaves.sort_values("node_id")["centre"].tolist())
    away = np.sqrt(((x[:, None] - centres[None]) ** 2).sum(axis=2))
    assert np.allclose(members["distance"], away.min(axis=1), atol=1e-7)


def test_only_reviews_give_figures_instead_of_segments(spark):
    topics = spark.createDataFrame([(0, "delivery")], "topic_id int, label string")
    said = spark.createDataFrame([("a", [1.0], 0.0), ("b", [0.0], 1.0), ("c", [1.0], 0.0)],
                                 "customer_id string, shares array<double>, no_text_share double")  # fmt: skip
    told = [("a", 3, 9, 5.0, 0.0, 20.0, None), ("c", 40, 1, None, None, 8.0, 0.5)]
    behaviour = spark.createDataFrame(
        told, "customer_id string, recency_days int, reviews long, rating_mean double, rating_sd double, "
        "words_mean double, helpful_mean double",
    )  # fmt: skip
    found = hybrid_features(said, topics=topics, hybrid=Hybrid(), review_behaviour=behaviour).toPandas()
    x = pd.DataFrame(found["features"].tolist(), index=found["customer_id"], columns=found["feature_names"][0])
    assert x.loc["b"].filter(like="behaviour").eq(0).all()
    logs = np.log1p([3, 40])
    z = (logs - logs.mean()) / logs.std()
    assert np.sign(x.loc[["a", "c"], "behaviour: recency_days"]).tolist() == np.sign(z).tolist()
    assert not x.isna().any().any()


def test_fewer_customers_than_segments_say_so(spark):
    frame = spark.createDataFrame(
        [("a", [0.0], ["topic: x"])], "customer_id string, features array<double>, feature_names array<string>"
    )
    tree = dendrogram(frame, hybrid=Hybrid())
    with pytest.raises(InputError, match="fewer distinct customers than segments"):
        hybrid_selection(tree, hybrid=Hybrid())


def test_equal_names_are_told_apart():
    assert unique(["A", "B", "A"]) == ["A (1 of 2)", "B", "A (2 of 2)"]
