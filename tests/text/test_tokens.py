"""Words by Spark NLP and by Spark's own parts: negation, lemmas, and how far the two agree."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pandas as pd
import pytest

from audiences.config import Preprocessing, Vocabulary
from audiences.errors import InputError
from audiences.schema import review_tokens as tokens_table
from audiences.schema import reviews as reviews_table
from audiences.text.lemmas import forms
from audiences.text.tokens import review_tokens
from audiences.text.vocabulary import fit_vocabulary

pytestmark = pytest.mark.contract

SAID = {
    "I don't like it; it is NOT a good cable.": ["not_like", "not_good", "cable"],
    "Cables broke twice. Never again!": ["cable", "break", "twice"],
    "No. Works great": ["work", "great"],
    "The strings weren't very durable, cheaper ones were": ["string", "not_durable", "cheap"],
    'pop sounds.Now my well-made 1/4" plugs can’t fail': ["pop", "sound", "plug", "not_fail"],
    "Café déjà vu 👍👍": ["café", "déjà", "vu"],
    "It is what it is": [],
}


def reviews(spark, texts):
    rows = [
        (f"r{i:05}", "c", None, None, date(2024, 1, 1), None, "review", text, None, None)
        for i, text in enumerate(texts)
    ]
    return spark.createDataFrame(rows, type(reviews_table.schema)([c.field() for c in _nullable(reviews_table)]))


def _nullable(table):
    from dataclasses import replace

    return [replace(column, nullable=True) for column in table.columns]


def said(spark, texts, engine, **settings):
    found = review_tokens(reviews(spark, texts), preprocessing=Preprocessing(**settings), engine=engine)
    assert found.columns == tokens_table.names
    return [row["tokens"] for row in found.orderBy("review_id").collect()]


def test_negation_lemmas_and_sentences(spark):
    assert said(spark, list(SAID), "spark-ml") == list(SAID.values())


def test_spark_nlp_says_the_same(spark):
    pytest.importorskip("sparknlp")
    found = dict(zip(SAID, said(spark, list(SAID), "spark-nlp"), strict=True))
    # its sentence detector takes "No." for "number": what follows counts as negated
    assert found.pop("No. Works great") == ["not_work", "great"]
    assert found == {text: words for text, words in SAID.items() if text in found}


def test_bigrams_and_extra_stop_words(spark):
    found = said(spark, ["Not good. A sturdy little stand"], "spark-ml", has_bigrams=True, extra_stop_words=("little",))
    assert found == [["not_good", "sturdy", "stand", "sturdy_stand"]]


def test_the_engines_agree_on_real_reviews(spark, shared_data, record_property):
    pytest.importorskip("sparknlp")
    texts = pd.read_csv(shared_data("musical_instruments_reviews.csv.gz"))["reviewText"].fillna("").tolist()[::30]
    one, two = said(spark, texts, "spark-nlp"), said(spark, texts, "spark-ml")
    equal = sum((Counter(a) & Counter(b)).total() for a, b in zip(one, two, strict=True))
    every = max(sum(map(len, one)), sum(map(len, two)))
    record_property("share_of_equal_tokens", equal / every)
    print(f"equal tokens: {equal} of {every}, {equal / every:.4f}; {len(texts)} reviews")
    assert equal / every > 0.99


def test_the_dictionary_takes_one_step():
    table = dict(forms())
    assert 20_000 < len(table) < 60_000
    assert not set(table.values()) & set(table)
    assert (table["broken"], table["better"], table["children"], table["arrived"]) == (
        "break",
        "good",
        "child",
        "arrive",
    )


def tokens_frame(spark, texts):
    rows = [(f"r{i}", "c", None, date(2024, 1, day), None, words.split()) for i, (words, day) in enumerate(texts)]
    return spark.createDataFrame(rows, type(tokens_table.schema)([c.field() for c in _nullable(tokens_table)]))


def test_the_vocabulary_keeps_the_range_and_breaks_ties_by_word(spark):
    frame = tokens_frame(spark, [("a b c", 1), ("a b d d", 1), ("a c e", 1), ("a f", 1), ("z z", 9)])
    settings = Vocabulary(min_documents=2, max_documents=0.9)
    model, table = fit_vocabulary(frame, vocabulary=settings, as_of=date(2024, 1, 5))
    assert [(row["term"], row["documents"]) for row in table.orderBy("term_id").collect()] == [("b", 2), ("c", 2)]
    assert model.stages[0].vocabulary == ["b", "c"]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        pytest.param([("", 1)], "no text before as_of", id="no-tokens"),
        pytest.param([("a b", 9)], "no text before as_of", id="all-later"),
        pytest.param([("a b c", 1)], "vocabulary is empty", id="one-document"),
    ],
)
def test_an_empty_vocabulary_says_why(spark, texts, message):
    with pytest.raises(InputError, match=message):
        fit_vocabulary(tokens_frame(spark, texts), vocabulary=Vocabulary(), as_of=date(2024, 1, 5))
