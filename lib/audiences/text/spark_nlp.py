"""Spark NLP's annotators; the only file that imports sparknlp (extra `nlp`)."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from pyspark.ml import Pipeline, Transformer
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences.errors import MachineError, extra_advice
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


def token_signs(tokens: DataFrame, *, signs: Mapping[str, str]) -> DataFrame:
    """`token` -> `token`, `sign`: 1, -1 or 0 of each, by SentimentDetector.

    Args:
        tokens: one token per row, none twice: the detector looks through its whole list for each.
        signs: token -> positive or negative.

    Raises:
        MachineError: the extra is not installed, or the session lacks its JARs.
    """
    document = _assembler("token", "document")
    from sparknlp.annotator import SentimentDetector, Tokenizer

    with tempfile.TemporaryDirectory() as folder:  # read by the driver while fitting, and not again
        dictionary = Path(folder, "signs.txt")
        dictionary.write_text("".join(f"{word},{sign}\n" for word, sign in signs.items()), encoding="utf-8")
        detector = SentimentDetector().setInputCols(["word", "document"]).setOutputCol("found")
        detector = detector.setDictionary(dictionary.as_uri(), ",").setEnableScore(True)
        words = Tokenizer().setInputCols(["document"]).setOutputCol("word")
        model = Pipeline(stages=[document, words, detector]).fit(tokens)
    score = F.get(F.col("found"), F.lit(0))["result"].cast("double").cast("int")
    return model.transform(tokens).select("token", score.alias("sign"))


def _pipeline(stop_words: Sequence[str]) -> Pipeline:
    document = _assembler("prepared", "document")
    from sparknlp.annotator import Lemmatizer, Normalizer, SentenceDetector, StopWordsCleaner, Tokenizer

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


def _assembler(column: str, output: str) -> Transformer:
    """The first annotator; says what is missing where Spark NLP is not to be had."""
    try:
        from sparknlp.base import DocumentAssembler
    except ImportError:
        raise MachineError(
            "Spark NLP is not installed", where="text.preprocessing.engine", found="spark-nlp",
            advice=f"{extra_advice('nlp')}; or set text.preprocessing.engine=spark-ml",
        ) from None  # fmt: skip
    try:
        assembler: Transformer = DocumentAssembler().setInputCol(column).setOutputCol(output)
    except TypeError:  # py4j finds a package where the JVM has no such class
        raise MachineError(
            "this Spark session lacks the JARs of Spark NLP", where="text.preprocessing.engine", found="spark-nlp",
            advice="start Spark with them (see README), or set text.preprocessing.engine=spark-ml",
        ) from None  # fmt: skip
    return assembler
