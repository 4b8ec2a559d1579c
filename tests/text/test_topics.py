"""Topic models beside scikit-learn and by hand: NMF, LDA, coherence, the choice, shares per customer and product."""

from __future__ import annotations

from datetime import date
from itertools import combinations

import numpy as np
import pandas as pd
import planted
import pytest
from pyspark.ml import PipelineModel
from scipy.optimize import nnls
from sklearn.decomposition import NMF

from audiences.config import Topics, Vocabulary
from audiences.errors import InputError
from audiences.schema import review_topics as table
from audiences.text.nmf import factorise, row_weights
from audiences.text.passes import Terms
from audiences.text.quality import co_occurrences, coherence, diversity, top_places
from audiences.text.topic_models import fit_lda, fit_nmf, log_perplexity, topic_terms, with_shares
from audiences.text.topic_selection import fit_topics
from audiences.text.topics import customer_topics, product_topics, review_topics, topics_of
from audiences.text.vocabulary import fit_vocabulary

pytestmark = pytest.mark.contract

AS_OF = planted.AS_OF
SETTINGS = Topics(
    min_topics=2, max_topics=4, step=1, top_words=6, stored_words=12, lda_passes=3, rows_per_partition=150
)


@pytest.fixture
def corpus(spark):
    tokens, truth = planted.texts()
    frame = (
        planted.frame(spark, [*tokens, ["unheard"], []])
        .repartition(2, "review_id")
        .sortWithinPartitions("review_id")
        .cache()
    )
    counter, vocabulary = fit_vocabulary(frame, vocabulary=Vocabulary(), as_of=AS_OF)
    terms = [row["term"] for row in vocabulary.orderBy("term_id").collect()]
    idf = np.array([1 - np.log(row["document_share"]) for row in vocabulary.orderBy("term_id").collect()])
    return {
        "tokens": tokens,
        "truth": truth,
        "frame": frame,
        "counter": counter,
        "vocabulary": vocabulary,
        "terms": terms,
        "idf": idf,
    }


def matrix(tokens, terms, idf) -> np.ndarray:
    """tf-idf by hand."""
    counts = (
        pd.DataFrame([pd.Series(words).value_counts() for words in tokens]).reindex(columns=terms).fillna(0).to_numpy()
    )
    weighted = np.where(counts > 0, 1 + np.log(np.maximum(counts, 1)), 0) * idf
    return weighted / np.linalg.norm(weighted, axis=1, keepdims=True)


def test_nmf_reaches_the_error_of_scikit_learn_and_its_rows_are_least_squares(corpus):
    x = matrix(corpus["tokens"], corpus["terms"], corpus["idf"])
    h = factorise(
        corpus["frame"], terms=Terms(corpus["terms"], corpus["idf"]), topics=3, seed=7, iterations=40, tolerance=1e-4
    )
    w = np.array([nnls(h.T, row)[0] for row in x])
    theirs = NMF(3, init="nndsvda", max_iter=1000, tol=1e-6).fit(x)
    assert np.linalg.norm(x - w @ h) <= theirs.reconstruction_err_ * 1.001
    from scipy.sparse import csr_matrix

    assert np.allclose(row_weights(csr_matrix(x), h), w, atol=1e-3 * w.max())
    assert np.allclose(h.sum(axis=1), 1)


@pytest.mark.parametrize(
    ("fit", "changes"),
    [(fit_lda, {}), (fit_lda, {"lda_optimizer": "em", "lda_passes": 40}), (fit_nmf, {})],
    ids=["lda", "lda-em", "nmf"],
)
def test_planted_topics_are_found_and_a_saved_model_says_the_same(corpus, fit, changes, tmp_path):
    texts = corpus["frame"]
    model = fit(texts, corpus["counter"].stages[0], corpus["idf"], 3, SETTINGS.model_copy(update=changes))
    tops = [{corpus["terms"][place] for place in places} for places in top_places(topic_terms(model), 6)]
    assert all(any(top <= set(own) for own in planted.OWN.values()) for top in tops)
    model.write().overwrite().save(str(tmp_path / "model"))
    loaded = PipelineModel.load(str(tmp_path / "model"))
    one, two = (with_shares(texts, m).orderBy("review_id").toPandas() for m in (model, loaded))
    assert (
        one["shares"]
        .map(lambda s: None if s is None else list(s))
        .equals(two["shares"].map(lambda s: None if s is None else list(s)))
    )
    assert one["shares"].iloc[-1] is None
    assert one["shares"].iloc[-2] is None
    found = np.array(one["shares"].iloc[:-2].tolist())
    assert np.allclose(found.sum(axis=1), 1)
    crossed = pd.crosstab(found.argmax(axis=1), np.array(corpus["truth"]))
    assert crossed.max(axis=1).sum() >= 0.97 * len(corpus["truth"])
    assert (log_perplexity(model, texts) is None) == (fit is fit_nmf)


def test_coherence_and_diversity_by_hand(corpus):
    words = ["ship", "arrive", "price", "good"]
    together = co_occurrences(corpus["frame"], words)
    sets = [set(one) for one in corpus["tokens"]]
    n = len(sets)

    def p(*some):
        return sum(all(word in one for word in some) for one in sets) / n

    expected = [
        np.log(p(a, b) / (p(a) * p(b))) / -np.log(p(a, b)) if p(a, b) else -1.0 for a, b in combinations(words, 2)
    ]
    assert coherence(together, range(4), n) == pytest.approx(np.mean(expected))
    assert diversity([[1, 2], [2, 3]]) == 0.75


def test_the_choice_the_topics_and_shares_per_review_customer_and_product(spark, corpus):
    frame = corpus["frame"]
    model, selection = fit_topics(
        frame, counter=corpus["counter"], vocabulary=corpus["vocabulary"], topics=SETTINGS, as_of=AS_OF
    )
    rows = selection.collect()
    assert {(row["method"], row["topics"]) for row in rows} == {(m, k) for m in ("lda", "nmf") for k in (2, 3, 4)}
    (chosen,) = [row for row in rows if row["is_chosen"]]
    assert chosen["topics"] == 3
    assert chosen["quality"] == max(row["quality"] for row in rows)
    themes = {"delivery": ("ship", "courier", "late"), "price": ("price", "money", "not_worth")}
    settings = SETTINGS.model_copy(update={"themes": themes})
    made = topics_of(frame, model=model, vocabulary=corpus["vocabulary"], topics=settings, as_of=AS_OF).cache()
    named = {row["topic_id"]: row for row in made.collect()}
    assert sorted(named) == [0, 1, 2]
    assert {"delivery", "price"} <= {row["label"] for row in named.values()}
    assert sum(row["share"] for row in named.values()) == pytest.approx(1)
    shares = review_topics(frame, model=model, topics=made, as_of=AS_OF).cache()
    by_review = shares.toPandas().set_index("review_id")
    right = [named[int(np.argmax(by_review.loc[f"r{i:05}", "shares"]))]["words"][0] in planted.OWN[topic]
             for i, topic in enumerate(corpus["truth"])]  # fmt: skip
    assert np.mean(right) > 0.95


def test_shares_per_customer_and_product_by_pandas(spark, corpus):
    draw = np.random.default_rng(3)
    rows = [
        (f"r{i:05}", f"c{i % 40:03}", None if i % 7 == 0 else f"p{i % 6}", float(1 + i % 5), [0, 4, 7],
         None if i % 11 == 0 else draw.dirichlet([0.3] * 3).tolist())
        for i in range(240)
    ]  # fmt: skip
    shares = spark.createDataFrame(rows, type(table.schema)([c.field() for c in table.body])).cache()
    made = spark.createDataFrame(
        [(7, "c", None), (0, "a", "x"), (4, "b", None)], "topic_id int, label string, theme string"
    )
    by_review = shares.toPandas()
    silent = spark.createDataFrame([("c000",), ("zz",)], "customer_id string")
    found = customer_topics(shares, topics=made, customers=silent).toPandas().set_index("customer_id")
    assert len(found) == 41
    for customer, of in by_review.groupby("customer_id"):
        told = [s for s in of["shares"] if s is not None]
        assert np.allclose(found.loc[customer, "shares"], np.sum(told, axis=0) / len(of))
        assert found.loc[customer, "no_text_share"] == pytest.approx(1 - len(told) / len(of))
        best = int(np.argmax(np.sum(told, axis=0)))
        assert found.loc[customer, "dominant_topic_id"] == [0, 4, 7][best]
        assert found.loc[customer, "dominant_topic"] == "abc"[best]
    assert found.loc["zz", ["reviews", "no_text_share"]].tolist() == [0, 1.0]
    assert list(found.loc["zz", "shares"]) == [0, 0, 0]
    assert pd.isna(found.loc["zz", "dominant_topic"])

    products = product_topics(shares, topics=made, reviews=planted.reviews(spark, corpus["tokens"])).toPandas()
    about = by_review[by_review["product_id"].eq("p1") & by_review["shares"].notna()]
    one = products[(products["product_id"] == "p1") & (products["topic_id"] == 0)].iloc[0]
    weights = np.array([s[0] for s in about["shares"]])
    assert one["share"] == pytest.approx(weights.mean())
    assert one["rating"] == pytest.approx((weights * about["rating"]).sum() / weights.sum())
    assert len(one["examples"]) == 3
    assert all(len(text) <= 242 for text in one["examples"])


def test_too_few_texts_for_the_topics_say_so(spark):
    frame = planted.frame(spark, [["a", "b"], ["a", "b"]])
    counter, vocabulary = fit_vocabulary(frame, vocabulary=Vocabulary(min_documents=1, max_documents=1.0), as_of=AS_OF)
    with pytest.raises(InputError, match="fewer terms or texts than topics"):
        fit_topics(frame, counter=counter, vocabulary=vocabulary, topics=Topics(), as_of=AS_OF)


def test_only_texts_before_as_of_count(spark):
    frame = planted.frame(spark, [["a", "b"], ["a", "c"]], days=[date(2024, 5, 31), AS_OF])
    _, vocabulary = fit_vocabulary(frame, vocabulary=Vocabulary(min_documents=1, max_documents=1.0), as_of=AS_OF)
    assert {row["term"] for row in vocabulary.collect()} == {"a", "b"}
