"""Spark NLP's annotators; the only file that imports sparknlp (extra `nlp`)."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.ml import Pipeline
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences.errors import MachineError
from audiences.text.lemmas import DICTIONARY, FORM_DELIMITER, LEMMA_DELIMITER


def word_pairs(texts: DataFrame, *, stop_words: Sequence[str]) -> DataFrame:
    """`prepared` -> `pairs`: (previous, word) of lemmas without stop words; previous null at a sentence's start.

    Nothing is downloaded: the lemmatiser is trained from the packaged dictionary. Fitting reads no row.

    Raises:
        MachineError: the extra is not installed, or the session lacks its JARs.
    """
    model = _pipeline(stop_words).fit(texts)
    words = model.transform(texts)

    def pair(annotation: Column, place: Column) -> Column:
        previous = F.get(F.col("lemma"), place - 1)
        is_same_sentence = previous["metadata"]["sentence"] == annotation["metadata"]["sentence"]
        return F.struct(
            F.when(is_same_sentence, previous["result"]).alias("previous"), annotation["result"].alias("word")
        )

    return words.withColumn("pairs", F.transform("lemma", pair)).drop(
        "document", "sentence", "token", "normal", "clean", "lemma"
    )


def _pipeline(stop_words: Sequence[str]) -> Pipeline:
    try:
        from sparknlp.annotator import Lemmatizer, Normalizer, SentenceDetector, StopWordsCleaner, Tokenizer
        from sparknlp.base import DocumentAssembler
    except ImportError:
        raise MachineError(
            "Spark NLP is not installed", where="text.preprocessing.engine", found="spark-nlp",
            advice="pip install 'audiences[nlp]', or set text.preprocessing.engine=spark-ml",
        ) from None  # fmt: skip
    try:
        document = DocumentAssembler().setInputCol("prepared").setOutputCol("document")
    except TypeError:  # py4j finds a package where the JVM has no such class
        raise MachineError(
            "this Spark session lacks the JARs of Spark NLP", where="text.preprocessing.engine", found="spark-nlp",
            advice="start Spark with them (see README), or set text.preprocessing.engine=spark-ml",
        ) from None  # fmt: skip
    stages = [
        document,
        SentenceDetector().setInputCols(["document"]).setOutputCol("sentence"),
        Tokenizer().setInputCols(["sentence"]).setOutputCol("token"),
        Normalizer().setInputCols(["token"]).setOutputCol("normal").setCleanupPatterns([r"[^\p{L}\p{M}]"]),
        StopWordsCleaner().setInputCols(["normal"]).setOutputCol("clean").setStopWords(list(stop_words)),
        Lemmatizer().setInputCols(["clean"]).setOutputCol("lemma").setDictionary(
            DICTIONARY.as_uri(), key_delimiter=LEMMA_DELIMITER, value_delimiter=FORM_DELIMITER
        ),
    ]  # fmt: skip
    return Pipeline(stages=stages)
