"""LDA and NMF behind one interface: fit, topics as words, topic shares of texts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from pyspark.ml import PipelineModel
from pyspark.ml.clustering import LDA, DistributedLDAModel, LDAModel
from pyspark.ml.feature import CountVectorizerModel
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from audiences.config import Topics
from audiences.text.nmf import factorise
from audiences.text.nmf_model import NMFModel
from audiences.text.passes import Array, Terms
from audiences.text.vocabulary import COUNTS

SHARES = "shares"
_BATCH = 0.05  # share of the texts; twice as much costs coherence (benchmarks/README.md)

Fit = Callable[[DataFrame, CountVectorizerModel, Array, int, Topics], PipelineModel]


def fit_lda(
    texts: DataFrame, counter: CountVectorizerModel, idf: Array, topics: int, settings: Topics
) -> PipelineModel:
    """Spark's LDA on counts: online variational Bayes (Hoffman et al. 2010) or EM (Asuncion et al. 2009).

    EM's own model holds a row per text and word; its topics alone are kept. `idf` is NMF's.
    """
    lda = LDA(
        k=topics, seed=settings.seed, optimizer=settings.lda_optimizer, featuresCol=COUNTS, topicDistributionCol=SHARES,
        maxIter=settings.lda_passes,
    )  # fmt: skip
    if settings.lda_optimizer == "online":
        lda.setParams(
            maxIter=round(settings.lda_passes / _BATCH), subsamplingRate=_BATCH,
            # Spark's offset of 1024 is made for millions of texts: few texts would hardly move the topics
            learningOffset=1.0, learningDecay=0.51, optimizeDocConcentration=True,
        )  # fmt: skip
    found = lda.fit(counter.transform(texts))
    if isinstance(found, DistributedLDAModel):
        found = found.toLocal()  # without the columns' names and the seed
        found.setFeaturesCol(COUNTS).setTopicDistributionCol(SHARES).setSeed(settings.seed)
    return PipelineModel(stages=[counter, found])


def fit_nmf(
    texts: DataFrame, counter: CountVectorizerModel, idf: Array, topics: int, settings: Topics
) -> PipelineModel:
    """NMF by HALS on tf-idf rows of length 1."""
    terms = Terms(counter.vocabulary, idf)
    found = factorise(
        texts, terms=terms, topics=topics, seed=settings.seed, iterations=settings.nmf_iterations,
        tolerance=settings.nmf_tolerance,
    )  # fmt: skip
    return PipelineModel(stages=[NMFModel.of(terms, found, input_col="tokens", output_col=SHARES)])


FITS: dict[str, Fit] = {"lda": fit_lda, "nmf": fit_nmf}


def topic_terms(model: PipelineModel) -> Array:
    """Topics x terms of the vocabulary, rows of sum 1."""
    last = model.stages[-1]
    if isinstance(last, NMFModel):
        return last.topic_terms
    if isinstance(last, LDAModel):
        matrix = np.asarray(last.topicsMatrix().toArray()).T
        return np.asarray(matrix / matrix.sum(axis=1, keepdims=True))
    raise TypeError(f"a topic model is needed, not {type(last).__name__}")


def with_shares(texts: DataFrame, model: PipelineModel) -> DataFrame:
    """`shares` array<double>: the text's topics in the model's order, of sum 1; null where the text has no term."""
    found = model.transform(texts)
    if isinstance(model.stages[-1], LDAModel):
        found = found.withColumn(SHARES, vector_to_array(F.col(SHARES))).drop(COUNTS)
    total = F.aggregate(SHARES, F.lit(0.0), lambda total, share: total + share)
    return found.withColumn(SHARES, F.when(total > 0, F.transform(SHARES, lambda share: share / total)))


def log_perplexity(model: PipelineModel, texts: DataFrame) -> float | None:
    """LDA's upper bound on the log perplexity per token of other texts, lower is better; None for NMF."""
    last = model.stages[-1]
    if not isinstance(last, LDAModel):
        return None
    return float(last.logPerplexity(model.stages[0].transform(texts)))
