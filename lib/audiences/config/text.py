"""Settings of the text branch: words, vocabulary, topics and themes."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Literal

import pyspark
from pydantic import Field

from audiences.config.section import Names, Section

SPARK_NLP_LINES = ("3.5",)  # those whose Spark NLP JARs are known, see session.LINES


class Preprocessing(Section):
    """How a text becomes tokens: lower case, no stop words, lemmas; a word after a negator is `not_word`."""

    engine: Literal["auto", "spark-nlp", "spark-ml"] = Field(
        "auto", description="auto: spark-nlp where the extra nlp is installed and its JARs are known, else spark-ml"
    )
    extra_stop_words: Names = Field((), description="besides the built-in list; brand and shop names, for example")
    negators: Names = Field(("not", "no", "never", "without", "hardly"), description="mark the next word as not_word")
    min_letters: int = Field(2, ge=1, description="shorter words are dropped")
    has_bigrams: bool = Field(False, description="also pairs of neighbouring words, as one_two")

    @property
    def chosen_engine(self) -> str:
        """The engine that `auto` stands for here; part of the fingerprint in its place."""
        if self.engine != "auto":
            return self.engine
        has_jars = ".".join(pyspark.__version__.split(".")[:2]) in SPARK_NLP_LINES
        return "spark-nlp" if has_jars and find_spec("sparknlp") is not None else "spark-ml"


class Vocabulary(Section):
    """Which tokens count."""

    min_documents: float = Field(5, gt=0, description="in fewer texts: left out; below 1 a share of the texts")
    max_documents: float = Field(0.5, gt=0, description="in more texts: left out; up to 1 a share of the texts")
    size: int = Field(5_000, ge=2, le=100_000, description="the most frequent tokens that remain")


class Text(Section):
    """Reviews to tokens to topics."""

    preprocessing: Preprocessing = Field(default_factory=Preprocessing)
    vocabulary: Vocabulary = Field(default_factory=Vocabulary)
