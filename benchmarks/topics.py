"""Topics of real reviews beside gensim's LDA and scikit-learn's NMF: coherence, diversity and time on one corpus.

`python benchmarks/topics.py FILE [TOPICS …]`, FILE being musical_instruments_reviews.csv.gz; needs gensim and
scikit-learn. All four get the same tokens and vocabulary, and are judged by the same function over the same texts.
"""

from __future__ import annotations

import sys
import time
from datetime import date

import numpy as np
import pandas as pd
from pyspark.sql import functions as F

from audiences.config import Preprocessing, Session, Topics, Vocabulary
from audiences.spark.session import get_spark
from audiences.text.passes import Terms
from audiences.text.quality import co_occurrences, coherence, diversity, top_places
from audiences.text.tokens import review_tokens
from audiences.text.topic_models import fit_lda, fit_nmf, topic_terms
from audiences.text.vocabulary import fit_vocabulary

AS_OF = date(2015, 1, 1)
SETTINGS = Topics()


def gensim_lda(tokens, terms, topics):
    from gensim.corpora import Dictionary
    from gensim.models import LdaModel

    known = Dictionary([list(terms)])
    corpus = [known.doc2bow(words) for words in tokens]
    model = LdaModel(corpus, topics, known, passes=SETTINGS.lda_passes, random_state=7, alpha="auto", chunksize=1000)
    at = [known.token2id[term] for term in terms]
    return model.get_topics()[:, at]


def sklearn_nmf(tokens, terms, idf, topics):
    import pyarrow as pa
    from sklearn.decomposition import NMF

    return NMF(topics, init="nndsvda", max_iter=400).fit(Terms(terms, idf).matrix(pa.array(tokens))).components_


def main(path: str, *numbers: str) -> None:
    spark = get_spark(Session(master="local[2]", driver_memory="3g", shuffle_partitions=4, is_short=True))
    raw = pd.read_csv(path)[["reviewerID", "asin", "reviewText", "overall"]].dropna()
    rows = [(f"r{i:06}", one.reviewerID, one.asin, date(2014, 1, 1), one.overall, one.reviewText)
            for i, one in enumerate(raw.itertuples())]  # fmt: skip
    reviews = spark.createDataFrame(
        rows, "review_id string, customer_id string, product_id string, day date, rating double, text string"
    )
    settings = Preprocessing()
    started = time.monotonic()
    every = review_tokens(reviews, preprocessing=settings, engine=settings.chosen_engine)
    every = every.repartition(2, "review_id").sortWithinPartitions("review_id").cache()
    every.count()  # the words are made once, and not again for the filter
    frame = every.where(F.size("tokens") > 0)
    print(f"{frame.count()} reviews to tokens by {settings.chosen_engine}: {time.monotonic() - started:.1f} s")
    counter, vocabulary = fit_vocabulary(frame, vocabulary=Vocabulary(min_documents=10), as_of=AS_OF)
    found = vocabulary.orderBy("term_id").collect()
    terms = [row["term"] for row in found]
    idf = np.array([1 - np.log(row["document_share"]) for row in found])
    tokens = [row["tokens"] for row in frame.select("tokens").collect()]
    print(f"{len(terms)} terms", flush=True)
    for k in map(int, numbers or ("8",)):
        makers = {
            "LDA, ours (Spark ML)": lambda k=k: topic_terms(fit_lda(frame, counter.stages[0], idf, k, SETTINGS)),
            "LDA, gensim": lambda k=k: gensim_lda(tokens, terms, k),
            "NMF, ours": lambda k=k: topic_terms(fit_nmf(frame, counter.stages[0], idf, k, SETTINGS)),
            "NMF, scikit-learn": lambda k=k: sklearn_nmf(tokens, terms, idf, k),
        }
        for name, make in makers.items():
            started = time.monotonic()
            tops = top_places(make(), SETTINGS.top_words)
            seconds = time.monotonic() - started
            seen = sorted({place for places in tops for place in places})
            together = co_occurrences(frame, [terms[place] for place in seen])
            npmi = np.mean([coherence(together, [seen.index(p) for p in places], len(tokens)) for places in tops])
            print(f"k={k:<3} {name:<22} NPMI {npmi:.4f}  diversity {diversity(tops):.3f}  {seconds:6.1f} s", flush=True)
            for places in tops[:3]:
                print("      ", ", ".join(terms[place] for place in places))
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
