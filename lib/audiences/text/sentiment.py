"""How customers feel about each theme: Spark NLP's dictionary approach, or its twin, over the tokens of each review."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from audiences.config import Sentiment
from audiences.schema import review_sentiment as review_table
from audiences.schema import theme_sentiment as theme_table
from audiences.text import spark_nlp
from audiences.text.words import NEGATED

_DICTIONARY = Path(__file__).with_name("sentiments_en.txt")
_OPPOSITE = {"positive": "negative", "negative": "positive"}


def signs(words: Mapping[str, str]) -> dict[str, str]:
    """Token -> positive or negative: the packaged words, changed by `words`, and the opposite for each `not_word`."""
    lines = (line.split(",") for line in _DICTIONARY.read_text(encoding="utf-8").splitlines())
    plain = {**dict(lines), **words}
    known = {word: sign for word, sign in plain.items() if sign in _OPPOSITE}
    return {**{f"{NEGATED}{word}": _OPPOSITE[sign] for word, sign in known.items()}, **known}


def review_sentiment(review_tokens: DataFrame, *, sentiment: Sentiment, engine: str) -> DataFrame:
    """One row per review: positive tokens less negative ones.

    Args:
        engine: spark-nlp or spark-ml.

    Raises:
        MachineError: spark-nlp is asked for and is not to be had.
    """
    said = review_tokens.select("review_id", F.explode_outer("tokens").alias("token"))
    known = signs(sentiment.words)
    numbers = [(token, 1 if sign == "positive" else -1) for token, sign in known.items()]
    judged = review_tokens.sparkSession.createDataFrame(numbers, "token string, sign int")
    if engine == "spark-nlp":
        # a text's score is the sum over its tokens, so each is judged once, and only those that are in the dictionary:
        # the detector looks through all of it for every token
        met = said.join(F.broadcast(judged), "token", "left_semi").select("token").distinct()
        judged = spark_nlp.token_signs(met, signs=known)
    score = F.coalesce(F.sum("sign"), F.lit(0)).cast("int")
    return (
        said.join(F.broadcast(judged), "token", "left")
        .groupBy("review_id")
        .agg(score.alias("score"))
        .select(*review_table.names)
    )


def theme_sentiment(
    review_topics: DataFrame, *, review_sentiment: DataFrame, topics: DataFrame, sentiment: Sentiment
) -> DataFrame:
    """One row per configured theme that a topic has; a text counts by the share of the theme's topics in it.

    Args:
        review_topics, topics: of the same as_of.
    """
    themes = topics.where(F.col("theme").isNotNull()).select("topic_id", "theme")
    if not sentiment.is_for_all:
        themes = themes.where(F.col("theme").isin(*sentiment.themes))
    shares = (
        review_topics.select("review_id", "rating", F.explode(F.arrays_zip("topic_ids", "shares")).alias("pair"))
        .select("review_id", "rating", F.col("pair.topic_ids").alias("topic_id"), F.col("pair.shares").alias("share"))
        .where(F.col("share") > 0)
    )
    felt = shares.join(F.broadcast(themes), "topic_id").join(review_sentiment, "review_id")
    share, score = F.col("share"), F.col("score")
    weight = F.sum(share)
    rated = F.sum(F.when(F.col("rating").isNotNull(), share))
    return (
        felt.groupBy("theme")
        .agg(
            weight.alias("texts"),
            (F.sum(share * F.signum(score)) / weight).alias("sentiment"),
            (F.sum(F.when(score > 0, share).otherwise(0.0)) / weight).alias("positive_share"),
            (F.sum(F.when(score < 0, share).otherwise(0.0)) / weight).alias("negative_share"),
            F.try_divide(F.sum(share * F.col("rating")), rated).alias("rating"),
        )
        .select(*(column.name for column in theme_table.body))
    )
