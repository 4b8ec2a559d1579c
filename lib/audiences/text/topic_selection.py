"""The topic model: a sweep over methods and numbers of topics, the choice, and why, in words."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from pyspark.ml import PipelineModel
from pyspark.ml.feature import CountVectorizerModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences.config import Topics
from audiences.errors import InputError
from audiences.schema import topic_selection as table
from audiences.text.passes import Array
from audiences.text.quality import co_occurrences, coherence, diversity, top_places
from audiences.text.topic_models import FITS, log_perplexity, topic_terms
from audiences.text.vocabulary import documents

_HASHED = 1_000_000


@dataclass(frozen=True)
class Candidate:
    """What one method gives with one number of topics; units as in the table `topic_selection`."""

    method: str
    topics: int
    perplexity: float | None
    seconds: float
    tops: Sequence[Sequence[int]]
    coherence: float = 0.0

    @property
    def diversity(self) -> float:
        return diversity(self.tops)

    @property
    def quality(self) -> float:
        """Coherence * diversity (Dieng et al. 2020); a negative coherence is not made better by less diversity."""
        return self.coherence * self.diversity if self.coherence > 0 else self.coherence


def fit_topics(
    review_tokens: DataFrame, *, counter: PipelineModel, vocabulary: DataFrame, topics: Topics, as_of: date
) -> tuple[PipelineModel, DataFrame]:
    """Sweeps on all texts or a stated sample, a part of them held out; fits the choice on all texts.

    Collects the vocabulary's document shares and figures per candidate.

    Returns:
        (PipelineModel whose last stage is an LDAModel or NMFModel, the body of `topic_selection`).

    Raises:
        InputError: fewer terms or texts than topics.
    """
    counts = counter.stages[0]
    if not isinstance(counts, CountVectorizerModel):
        raise TypeError(f"a pipeline that starts with a CountVectorizerModel is needed, not {type(counts).__name__}")
    idf = _idf(vocabulary)
    texts = documents(review_tokens, as_of=as_of).select("review_id", "tokens")
    number = texts.count()
    sample = _drawn(texts, number, topics)
    is_held_out = F.pmod(F.xxhash64("review_id", F.lit(topics.seed)), F.lit(_HASHED)) < int(
        topics.held_out_share * _HASHED
    )
    train = _in_fixed_order(sample.where(~is_held_out), min(number, topics.sample_reviews), topics).cache()
    held_out = sample.where(is_held_out)
    every = _in_fixed_order(texts, number, topics).cache()
    try:
        candidates = _candidates(train, held_out, counts, idf, topics)
        best, reason = choose(candidates, topics)
        model = FITS[best.method](every, counts, idf, best.topics, topics)
    finally:
        train.unpersist()
        every.unpersist()
    rows = [
        (one.method, one.topics, one.coherence, one.diversity, one.quality, one.perplexity, one.seconds, number,
         one is best, reason if one is best else None)
        for one in candidates
    ]  # fmt: skip
    schema = T.StructType([column.field() for column in table.body])
    return model, review_tokens.sparkSession.createDataFrame(rows, schema)


def _idf(vocabulary: DataFrame) -> Array:
    rows = vocabulary.select("term_id", "document_share").orderBy("term_id").collect()  # at most `vocabulary.size`
    return np.array([1.0 - np.log(row["document_share"]) for row in rows])


def _drawn(texts: DataFrame, number: int, topics: Topics) -> DataFrame:
    if number <= topics.sample_reviews:
        return texts
    return texts.orderBy(F.xxhash64("review_id", F.lit(topics.seed + 1)), "review_id").limit(topics.sample_reviews)


def _in_fixed_order(texts: DataFrame, number: int, topics: Topics) -> DataFrame:
    partitions = -(-number // topics.rows_per_partition) or 1
    return texts.repartition(partitions, "review_id").sortWithinPartitions("review_id")


def _candidates(
    train: DataFrame, held_out: DataFrame, counts: CountVectorizerModel, idf: Array, topics: Topics
) -> list[Candidate]:
    number = train.count()
    wanted = [topics.topics] if topics.topics else range(topics.min_topics, topics.max_topics + 1, topics.step)
    fitting = [k for k in wanted if k <= min(len(counts.vocabulary), number)]
    if not fitting:
        raise InputError(
            "there are fewer terms or texts than topics", where="text.topics",
            found=f"{len(counts.vocabulary)} terms, {number} texts besides those held out",
            allowed=f"at least {min(wanted)} of each",
        )  # fmt: skip
    methods = list(FITS) if topics.method == "best" else [topics.method]
    found = []
    for method in methods:
        for k in fitting:
            started = time.monotonic()
            model = FITS[method](train, counts, idf, k, topics)
            seconds = round(time.monotonic() - started, 3)
            tops = top_places(topic_terms(model), topics.top_words)
            found.append(Candidate(method, k, log_perplexity(model, held_out), seconds, tops))
            del model
    return _with_coherence(found, train, counts.vocabulary, number)


def _with_coherence(
    found: Sequence[Candidate], train: DataFrame, vocabulary: Sequence[str], number: int
) -> list[Candidate]:
    """One pass for all candidates: only words that are a top word somewhere are looked at."""
    seen = sorted({place for one in found for places in one.tops for place in places})
    at = {place: i for i, place in enumerate(seen)}
    together = co_occurrences(train, [vocabulary[place] for place in seen])
    return [
        replace(
            one,
            coherence=float(
                np.mean([coherence(together, [at[place] for place in places], number) for places in one.tops])
            ),
        )
        for one in found
    ]


def choose(candidates: Sequence[Candidate], topics: Topics) -> tuple[Candidate, str]:
    """The candidate with the highest coherence * diversity; of equal ones fewer topics, then NMF, which is cheaper."""
    best = max(candidates, key=lambda one: (round(one.quality, 9), -one.topics, one.method))
    said = f"NPMI coherence {best.coherence:.3f}, diversity {best.diversity:.2f}"
    if len(candidates) == 1:
        return best, f"{best.method} with {best.topics} topics is fixed by the settings: {said}"
    ks = sorted({one.topics for one in candidates})
    methods = ", ".join(sorted({one.method for one in candidates}))
    return best, (
        f"highest coherence x diversity, {best.quality:.3f}, of {methods} with {ks[0]} to {ks[-1]} topics: {said}"
    )
