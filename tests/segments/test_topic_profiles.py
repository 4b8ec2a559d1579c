"""Topic shares, lift and examples per segment, beside pandas."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd
import pytest

from audiences.schema import review_topics as review_topics_table
from audiences.schema import reviews as reviews_table
from audiences.schema import segment_topics as table
from audiences.segments.topic_profiles import segment_topics


def test_lift_is_the_share_over_that_of_everybody_with_a_text(spark):
    said = {"a": [0.9, 0.1], "b": [0.7, 0.3], "c": [0.2, 0.8], "d": [0.0, 0.0]}
    customers = spark.createDataFrame(
        [(c, [0, 5], shares, float(sum(shares) == 0)) for c, shares in said.items()],
        "customer_id string, topic_ids array<int>, shares array<double>, no_text_share double",
    )
    members = spark.createDataFrame(
        [("a", 0, "A"), ("b", 0, "A"), ("c", 1, "B"), ("d", 1, "B")], "customer_id string, segment_id int, name string"
    )
    topics = spark.createDataFrame(
        [(0, "delivery", "delivery", ["ship"] * 20), (5, "x, y", None, ["x", "y"])],
        "topic_id int, label string, theme string, words array<string>",
    )
    rows = [(f"r{c}", c, None, None, [0, 5], shares if sum(shares) else None) for c, shares in said.items()]
    told = spark.createDataFrame(rows, type(review_topics_table.schema)([c.field() for c in review_topics_table.body]))
    texts = [
        (f"r{c}", c, None, datetime(2024, 1, 1), date(2024, 1, 1), None, "review", f"{c} " * 200, None, None)
        for c in said
    ]
    reviews = spark.createDataFrame(texts, reviews_table.schema)
    made = segment_topics(members, customer_topics=customers, topics=topics, review_topics=told, reviews=reviews)
    assert made.columns == [c.name for c in table.body if c.name != "segmentation"]
    found = made.toPandas().set_index(["segment_id", "topic_id"])
    base = pd.DataFrame([said[c] for c in "abc"]).mean().tolist()
    assert found.loc[(0, 0), "share"] == pytest.approx(0.8)
    assert found.loc[(0, 0), "lift"] == pytest.approx(0.8 / base[0])
    assert found.loc[(1, 5), "lift"] == pytest.approx(0.8 / base[1])
    assert (found.loc[(0, 0), "rank"], found.loc[(0, 5), "rank"]) == (1, 2)
    assert found.loc[(1, 5), "customers_with_text"] == 1
    assert len(found.loc[(0, 0), "keywords"]) == 8
    assert [text[0] for text in found.loc[(0, 0), "examples"]] == ["a", "b"]
    assert all(len(text) <= 242 for text in found.loc[(0, 0), "examples"])
