"""Sentiment by a dictionary: Spark NLP's detector and its twin, and what a theme feels like, beside pandas."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from audiences.config import Preprocessing, Sentiment, Text
from audiences.schema import review_sentiment as table
from audiences.text.sentiment import review_sentiment, signs, theme_sentiment
from audiences.text.tokens import review_tokens

SAID = {
    "A great cable, I love it": 2,
    "Not good. It broke, and I hate it!": -3,
    "Great sound but a terrible problem": -1,
    "The cable is two metres long": 0,
    "It is what it is": 0,
    "No problem with it, not bad": 2,
}
TOKENS = "review_id string, customer_id string, product_id string, day date, rating double, tokens array<string>"


def tokens_of(spark, texts):
    rows = [(f"r{i}", "c", None, date(2024, 1, 1), None, text) for i, text in enumerate(texts)]
    frame = spark.createDataFrame(
        rows, "review_id string, customer_id string, product_id string, day date, rating double, text string"
    )
    return review_tokens(frame, preprocessing=Preprocessing(), engine="spark-ml")


def scores(frame, engine, **settings):
    found = review_sentiment(frame, sentiment=Sentiment(themes="all", **settings), engine=engine)
    assert found.columns == table.names
    return [row["score"] for row in found.orderBy("review_id").collect()]


@pytest.mark.contract
def test_positive_less_negative_words_with_negation_turned(spark):
    assert scores(tokens_of(spark, SAID), "spark-ml") == list(SAID.values())


@pytest.mark.contract
def test_the_detector_of_spark_nlp_gives_the_same_scores(spark):
    pytest.importorskip("sparknlp")
    frame = tokens_of(spark, SAID)
    assert scores(frame, "spark-nlp") == list(SAID.values())
    own = {"cable": "negative", "great": "neutral"}
    assert scores(frame, "spark-nlp", words=own) == scores(frame, "spark-ml", words=own) == [0, -3, -2, -1, 0, 2]


@pytest.mark.slow
def test_both_agree_on_real_reviews(spark, shared_data):
    pytest.importorskip("sparknlp")
    texts = pd.read_csv(shared_data("musical_instruments_reviews.csv.gz"), nrows=2000)["reviewText"].dropna()
    frame = tokens_of(spark, texts).cache()
    assert scores(frame, "spark-nlp") == scores(frame, "spark-ml")


@pytest.mark.contract
def test_the_packaged_words_have_a_sign_and_an_opposite():
    known = signs({"cheap": "negative", "good": "neutral"})
    assert set(known.values()) == {"positive", "negative"}
    assert (known["love"], known["not_love"], known["not_cheap"]) == ("positive", "negative", "positive")
    assert "good" not in known
    assert "not_good" not in known


@pytest.mark.contract
def test_a_text_counts_by_its_share_of_the_theme(spark):
    shares = {"a": [0.8, 0.1, 0.1], "b": [0.5, 0.5, 0.0], "c": [0.0, 0.3, 0.7], "d": None}
    score = {"a": 3, "b": -1, "c": 0, "d": 5}
    rating = {"a": 5.0, "b": 1.0, "c": None, "d": 4.0}
    topics = spark.createDataFrame(
        [(0, "delivery"), (1, "price"), (4, "delivery"), (9, None)], "topic_id int, theme string"
    )
    told = spark.createDataFrame(
        [(one, rating[one], [0, 1, 4], shares[one]) for one in shares],
        "review_id string, rating double, topic_ids array<int>, shares array<double>",
    )
    felt = spark.createDataFrame(list(score.items()), "review_id string, score int")
    found = theme_sentiment(told, review_sentiment=felt, topics=topics, sentiment=Sentiment(themes="all"))
    rows = {row["theme"]: row for row in found.collect()}
    weights = pd.DataFrame({one: {"delivery": s[0] + s[2], "price": s[1]} for one, s in shares.items() if s}).T
    sign = pd.Series({"a": 1, "b": -1, "c": 0})
    for theme in ("delivery", "price"):
        w = weights[theme]
        assert rows[theme]["texts"] == pytest.approx(w.sum())
        assert rows[theme]["sentiment"] == pytest.approx((w * sign).sum() / w.sum())
        assert rows[theme]["positive_share"] == pytest.approx(w["a"] / w.sum())
        assert rows[theme]["negative_share"] == pytest.approx(w["b"] / w.sum())
        assert rows[theme]["rating"] == pytest.approx((w["a"] * 5 + w["b"]) / (w["a"] + w["b"]))
    one = theme_sentiment(told, review_sentiment=felt, topics=topics, sentiment=Sentiment(themes="price"))
    assert [row["theme"] for row in one.collect()] == ["price"]


@pytest.mark.contract
def test_an_unknown_theme_is_refused():
    with pytest.raises(ValueError, match="unknown \\['colour'\\]"):
        Text(sentiment={"themes": ["colour"]})
