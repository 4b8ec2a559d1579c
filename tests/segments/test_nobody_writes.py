"""All customers without a text: the hybrid segments are those of behaviour, and nothing fails."""

from __future__ import annotations

from audiences.config import Hybrid
from audiences.schema import review_topics as told_table
from audiences.segments.hybrid.features import hybrid_features
from audiences.segments.hybrid.names import hybrid_names
from audiences.segments.hybrid.tree import dendrogram, hybrid_segments, hybrid_selection
from audiences.segments.topic_profiles import segment_topics
from audiences.text.topics import customer_topics


def test_customers_without_texts_are_segmented_by_what_they_do(spark):
    topics = spark.createDataFrame(
        [(0, "delivery", "delivery", ["late"]), (1, "price", None, ["cheap"])],
        "topic_id int, label string, theme string, words array<string>",
    )
    told = spark.createDataFrame([], type(told_table.schema)([column.field() for column in told_table.body]))
    buyers = spark.createDataFrame(
        [(f"c{i}", i % 3, f"V{i % 3}") for i in range(30)], "customer_id string, segment_id int, name string"
    )
    said = customer_topics(told, topics=topics, customers=buyers)
    assert {(row["no_text_share"], row["dominant_topic"], row["reviews"]) for row in said.collect()} == {(1.0, None, 0)}
    features = hybrid_features(said, topics=topics, hybrid=Hybrid(), value=buyers).cache()
    tree = dendrogram(features, hybrid=Hybrid())
    selection = hybrid_selection(tree, hybrid=Hybrid())
    names = hybrid_names(tree, selection=selection)
    members = hybrid_segments(features, dendrogram=tree, selection=selection, names=names)
    pairs = members.join(buyers.select("customer_id", "name").withColumnRenamed("name", "value"), "customer_id")
    assert {(row["name"], row["value"]) for row in pairs.collect()} == {(f"V{i}", f"V{i}") for i in range(3)}
    reviews = spark.createDataFrame([], "review_id string, text string")
    assert (
        segment_topics(members, customer_topics=said, topics=topics, review_topics=told, reviews=reviews).count() == 0
    )
