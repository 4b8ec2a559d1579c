"""The tokens of each review, by either engine; same columns out."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from audiences.config import Preprocessing
from audiences.schema import review_tokens as table
from audiences.text import spark_ml, spark_nlp
from audiences.text.words import prepared, tokens

# words that carry no theme; negators are not among them: "not good" must not become "good"
_STOP_WORDS = Path(__file__).with_name("stop_words_en.txt")


def review_tokens(reviews: DataFrame, *, preprocessing: Preprocessing, engine: str) -> DataFrame:
    """One row per review: its tokens in order; none where every word was a stop word.

    Args:
        reviews: the table `reviews`.
        engine: spark-nlp or spark-ml.

    Raises:
        MachineError: spark-nlp is asked for and is not to be had.
    """
    word_pairs = spark_nlp.word_pairs if engine == "spark-nlp" else spark_ml.word_pairs
    stop_words = sorted({*_STOP_WORDS.read_text().split(), *preprocessing.extra_stop_words} - {*preprocessing.negators})
    texts = reviews.select(
        "review_id", "customer_id", "product_id", "day", "rating", prepared(F.col("text")).alias("prepared")
    )
    said = tokens(
        F.col("pairs"), negators=preprocessing.negators, min_letters=preprocessing.min_letters,
        has_bigrams=preprocessing.has_bigrams,
    )  # fmt: skip
    return word_pairs(texts, stop_words=stop_words).withColumn("tokens", said).select(*table.names)
