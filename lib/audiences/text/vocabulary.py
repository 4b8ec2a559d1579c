"""The tokens that count, with their document frequencies, and the model that counts them."""

from __future__ import annotations

from datetime import date

from pyspark.ml import PipelineModel
from pyspark.ml.feature import CountVectorizerModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences.config import Vocabulary
from audiences.errors import InputError
from audiences.schema import vocabulary as table

COUNTS = "counts"


def documents(review_tokens: DataFrame, *, as_of: date) -> DataFrame:
    """The reviews before as_of that have a token."""
    return review_tokens.where((F.col("day") < F.lit(as_of)) & (F.size("tokens") > 0))


def fit_vocabulary(review_tokens: DataFrame, *, vocabulary: Vocabulary, as_of: date) -> tuple[PipelineModel, DataFrame]:
    """Counts texts per token and keeps the configured range; ties of frequency go by the token: no order is left open.

    Returns:
        (PipelineModel with Spark's CountVectorizerModel over `tokens`, the body of `vocabulary`: `size` rows at most).

    Raises:
        InputError: no text has a token, or no token is left by the limits.
    """
    texts = documents(review_tokens, as_of=as_of)
    number = texts.count()
    if number == 0:
        raise InputError(
            "no text before as_of has a word that counts", where="reviews", found="0 texts",
            advice="check the source's columns and text.preprocessing, or leave sources.reviews.path empty",
        )  # fmt: skip
    low, high = _limits(vocabulary, number)
    counted = (
        texts.select(F.explode(F.array_distinct("tokens")).alias("term"))
        .groupBy("term")
        .agg(F.count("*").alias("documents"))
    )
    rows = (
        counted.where(F.col("documents").between(low, high))
        .orderBy(F.desc("documents"), "term")
        .limit(vocabulary.size)
        .collect()
    )
    if len(rows) < 2:
        raise InputError(
            "the vocabulary is empty: no two tokens are in the configured range of texts", where="text.vocabulary",
            found=f"{len(rows)} tokens in {low:g} to {high:g} of {number} texts",
            advice="lower min_documents or raise max_documents",
        )  # fmt: skip
    model = CountVectorizerModel.from_vocabulary([row["term"] for row in rows], inputCol="tokens", outputCol=COUNTS)
    body = [(place, row["term"], row["documents"], row["documents"] / number) for place, row in enumerate(rows)]
    schema = T.StructType([column.field() for column in table.body])
    return PipelineModel(stages=[model]), texts.sparkSession.createDataFrame(body, schema)


def _limits(vocabulary: Vocabulary, number: int) -> tuple[float, float]:
    low, high = vocabulary.min_documents, vocabulary.max_documents
    return (low * number if low < 1 else low), (high * number if high <= 1 else high)
