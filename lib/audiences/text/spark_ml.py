"""The twin of spark_nlp.py with Spark's own parts: for the 4.1 line, Spark Connect, and machines without the extra."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.ml.feature import RegexTokenizer, StopWordsRemover
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences.text.lemmas import MAPS, lemma_maps, lemma_of

_WORD_OR_END = r"[\p{L}\p{M}]+|[.!?]+"
_END = r"^[.!?]"


def word_pairs(texts: DataFrame, *, stop_words: Sequence[str]) -> DataFrame:
    """`prepared` -> `pairs`: (previous, word) of lemmas without stop words; previous null at a sentence's start."""
    tokenizer = RegexTokenizer(gaps=False, pattern=_WORD_OR_END, inputCol="prepared", outputCol="all_words")
    remover = StopWordsRemover(stopWords=list(stop_words), inputCol="all_words", outputCol="words")
    words = remover.transform(tokenizer.transform(texts)).crossJoin(F.broadcast(lemma_maps(texts.sparkSession)))
    lemmas = words.withColumn("lemmas", F.transform("words", lemma_of))
    pairs = F.transform(
        "lemmas",
        lambda word, place: F.struct(_word_at(place - 1).alias("previous"), word.alias("word")),
    )
    return lemmas.withColumn("pairs", F.filter(pairs, lambda pair: ~pair["word"].rlike(_END))).drop(
        "all_words", "words", "lemmas", MAPS
    )


def _word_at(place: Column) -> Column:
    """The lemma at a place; null before the first and at the end of a sentence."""
    word = F.get(F.col("lemmas"), place)
    return F.when(~word.rlike(_END), word)
