"""Settings of the text branch: words, vocabulary, topics and themes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from importlib.util import find_spec
from typing import Literal

import pyspark
from pydantic import Field, model_validator

from audiences.config.compute import compute
from audiences.config.section import Names, Section

SPARK_NLP_LINES = ("3.5",)  # those whose Spark NLP JARs are known, see jars.LINES


class Preprocessing(Section):
    """How a text becomes tokens: lower case, no stop words, lemmas; a word after a negator is `not_word`."""

    engine: Literal["auto", "spark-nlp", "spark-ml"] = Field(
        "auto",
        description="auto: spark-nlp where the extra nlp is installed, its JARs are known and Spark is not reached "
        "over Spark Connect (Databricks standard and serverless), else spark-ml",
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
        has_jars = ".".join(pyspark.__version__.split(".")[:2]) in SPARK_NLP_LINES and compute() == "classic"
        return "spark-nlp" if has_jars and find_spec("sparknlp") is not None else "spark-ml"


class Vocabulary(Section):
    """Which tokens count."""

    min_documents: float = Field(5, gt=0, description="in fewer texts: left out; below 1 a share of the texts")
    max_documents: float = Field(0.5, gt=0, description="in more texts: left out; up to 1 a share of the texts")
    size: int = Field(5_000, ge=2, le=100_000, description="the most frequent tokens that remain")


_THEMES = {
    "quality_complaints": ("break", "not_work", "cheap", "flimsy", "defective", "poor", "terrible", "return"),
    "price_sensitivity": ("price", "money", "worth", "expensive", "discount", "bargain", "overpriced", "value"),
    "delivery": ("ship", "delivery", "arrive", "courier", "package", "late", "tracking", "fast"),
    "service": ("service", "support", "staff", "refund", "agent", "helpful", "rude", "customer"),
    "design": ("design", "colour", "color", "look", "style", "pattern", "shape", "beautiful"),
}


class Topics(Section):
    """Topic models, their number of topics, and what topics are called."""

    method: Literal["best", "lda", "nmf"] = Field("best", description="best: both, the better one is taken")
    min_topics: int = Field(4, ge=2, description="smallest number of topics in the sweep")
    max_topics: int = Field(12, ge=2, le=100, description="largest number of topics in the sweep")
    step: int = Field(2, ge=1, description="of the sweep")
    topics: int | None = Field(None, ge=2, le=100, description="a fixed number of topics instead of the sweep")
    top_words: int = Field(10, ge=2, le=50, description="words per topic that coherence and diversity look at")
    stored_words: int = Field(50, ge=10, le=500, description="words per topic in the table topics")
    seed: int = Field(7, description="of both methods")
    lda_optimizer: Literal["online", "em"] = Field(
        "online", description="em: all texts in each pass, more memory and time; not over Spark Connect"
    )
    lda_passes: int = Field(10, ge=1, description="how often LDA sees each text; online in mini-batches of a twentieth")
    nmf_iterations: int = Field(200, ge=1, description="passes over the texts at the most")
    nmf_tolerance: float = Field(1e-4, gt=0, description="relative change of the topics below which NMF has converged")
    sample_reviews: int = Field(50_000, ge=10, description="the sweep looks at this many texts at the most")
    held_out_share: float = Field(0.1, gt=0, lt=0.5, description="of these texts, for LDA's perplexity")
    rows_per_partition: int = Field(20_000, ge=100, description="texts per sorted partition that a fit gets")
    themes: Mapping[str, Names] = Field(_THEMES, description="theme -> seed words, as tokens: lemmas, not_work")
    min_theme_score: float = Field(0.15, ge=0, le=1, description="share of a topic's top words' weight on seed words")
    same_distance: float = Field(0.7, gt=0, le=1, description="Hellinger distance up to which a topic is an old one")
    ids_of: date | None = Field(None, description="as_of of a published run whose topic ids are kept where topics are")

    @model_validator(mode="after")
    def _consistent(self) -> Topics:
        if self.max_topics < self.min_topics:
            raise ValueError(f"max_topics {self.max_topics} is below min_topics {self.min_topics}")
        if self.lda_optimizer == "em" and compute() != "classic":
            raise ValueError("lda_optimizer em does not run over Spark Connect; take online")
        empty = sorted(theme for theme, words in self.themes.items() if not words)
        if empty:
            raise ValueError(f"themes without seed words: {empty}")
        return self


class Sentiment(Section):
    """How customers feel about the themes, by a dictionary of words; part of a run where themes are listed."""

    themes: Names = Field((), description="themes whose sentiment is told, or all; empty: none")
    words: Mapping[str, Literal["positive", "negative", "neutral"]] = Field(
        {}, description="tokens (lemmas) that mean another thing here than in the packaged list, or that it lacks"
    )

    @property
    def is_for_all(self) -> bool:
        return self.themes == ("all",)


class Text(Section):
    """Reviews to tokens to topics to sentiment."""

    preprocessing: Preprocessing = Field(default_factory=Preprocessing)
    vocabulary: Vocabulary = Field(default_factory=Vocabulary)
    topics: Topics = Field(default_factory=Topics)
    sentiment: Sentiment = Field(default_factory=Sentiment)

    @model_validator(mode="after")
    def _themes_are_known(self) -> Text:
        unknown = sorted(set(self.sentiment.themes) - set(self.topics.themes)) if not self.sentiment.is_for_all else []
        if unknown:
            raise ValueError(f"sentiment.themes: unknown {unknown}; allowed: all, {', '.join(self.topics.themes)}")
        return self
