"""Generated texts of the planted customers: reviews, survey answers and support tickets, mostly about their theme."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from audiences.datasets.catalogue import choose_product, favourite, products
from audiences.datasets.customers import customer_id, partitions_for, planted_customers
from audiences.datasets.draws import at, below, geometric, normal, numbered, pick, uniform
from audiences.datasets.phrases import CLOSINGS, DISPLEASED, OPENINGS, PHRASES, PLEASED, SUBJECTS, THEMES
from audiences.datasets.planted import HYBRID_SEGMENTS
from audiences.errors import ConfigError

WRITERS = 0.80  # share of customers who write at all
TEXTS_PER_WRITER = 4.0  # mean, geometric from 1
OWN_THEME = 0.80  # share of sentences on the customer's own theme; the others take any theme
EMPTY = 0.005  # share of texts that are empty
COPY = 0.005  # share of texts, after a customer's first, that are an exact copy of the one before
HTML = 0.01  # share of texts with line breaks in HTML

_SOURCES = {"review": 80, "survey": 20}
_SOURCES_WHEN_DISPLEASED = {"review": 60, "survey": 15, "support_ticket": 25}
_RATING_SPREAD = 0.9  # standard deviation, in stars, before rounding
_MAX_TEXTS = 100
_SECOND_SENTENCE = 0.7


def reviews(
    spark: SparkSession,
    *,
    customers: int,
    days: int,
    seed: int,
    start: date = date(2024, 1, 1),
    partitions: int | None = None,
) -> DataFrame:
    """Texts of `customers` planted customers from `start` 00:00 UTC over `days` days.

    Columns:
        review_id string; unique, but for exact copies.
        customer_id string; see `truth`; one customer in five writes nothing.
        product_id string; as in `transactions`; null for support tickets.
        ts timestamp; UTC.
        rating int; stars 1 to 5, around the mean of the customer's hybrid segment; null for support tickets.
        source string; review, survey or, when displeased, support_ticket.
        text string; English, one or two sentences on themes (80 % the customer's own) and words around them; pleased
            from three stars up (three: as likely as not).

    Dirt: 0.5 % of the texts are empty, 1 % hold HTML line breaks, 0.5 % of a customer's texts after the first are an
    exact copy of the one before, id included.

    About 3.2 texts per customer, whatever the days; `partitions` sets the tasks and files, never the rows.
    """
    if days < 1:
        raise ConfigError("The number of days must be positive.", where="days", found=days, allowed=">= 1")
    partitions = partitions or partitions_for(customers * WRITERS * TEXTS_PER_WRITER)
    planted = planted_customers(spark, customers=customers, seed=seed, partitions=partitions)
    first_second = (start - date(1970, 1, 1)).days * 86_400
    written = planted.transform(_texts, seed=seed)
    about = written.join(F.broadcast(products(spark, seed=seed)), "product")
    return about.transform(_as_columns, seed=seed, first_second=first_second, seconds=days * 86_400)


def _texts(planted: DataFrame, *, seed: int) -> DataFrame:
    """customers -> texts: number, place in the customer's row of texts (a copy has that of the one before), product."""
    number, place = F.col("number"), F.col("place")
    more = geometric(uniform(seed, "texts", number), mean=TEXTS_PER_WRITER - 1)
    writers = planted.where(uniform(seed, "is_writer", number) < WRITERS).select(
        "number",
        "segment_at",
        favourite(seed, number).alias("favourite"),
        (F.least(more, F.lit(_MAX_TEXTS - 1)) + 1).cast("int").alias("texts"),
    )
    slot, u = F.col("slot"), uniform(seed, "text/source", number, place)
    is_copy = (slot > 0) & (uniform(seed, "text/is_copy", number, slot) < COPY)
    return (
        writers.withColumn("slot", numbered(F.col("texts")))
        .withColumn("place", F.when(is_copy, slot - 1).otherwise(slot))
        .withColumn("product", choose_product(seed, "text/product", number, place, favourite=F.col("favourite")))
        .withColumn("stars", _stars(seed))
        .withColumn("is_pleased", _is_pleased(seed))
        .withColumn(
            "origin", F.when(F.col("is_pleased"), pick(u, _SOURCES)).otherwise(pick(u, _SOURCES_WHEN_DISPLEASED))
        )
    )


def _stars(seed: int) -> Column:
    mean = at([segment.rating for segment in HYBRID_SEGMENTS], F.col("segment_at"))
    drawn = F.round(mean + _RATING_SPREAD * normal(seed, "text/rating", F.col("number"), F.col("place")))
    return F.least(F.greatest(drawn, F.lit(1.0)), F.lit(5.0)).cast("int")


def _is_pleased(seed: int) -> Column:
    coin = uniform(seed, "text/coin", F.col("number"), F.col("place")) < 0.5
    return (F.col("stars") > 3) | ((F.col("stars") == 3) & coin)


def _text(seed: int) -> Column:
    """Opening, one or two themed sentences, closing."""
    number, place, is_pleased = F.col("number"), F.col("place"), F.col("is_pleased")
    opening = at(OPENINGS, below(uniform(seed, "text/opening", number, place), len(OPENINGS)))
    closing = at(
        CLOSINGS[False] + CLOSINGS[True],
        below(uniform(seed, "text/closing", number, place), len(CLOSINGS[True]))
        + F.when(is_pleased, F.lit(len(CLOSINGS[False]))).otherwise(F.lit(0)),
    )
    has_second = uniform(seed, "text/has_second", number, place) < _SECOND_SENTENCE
    phrase = below(uniform(seed, "text/phrase", number, place), PHRASES)
    step = 1 + below(uniform(seed, "text/next_phrase", number, place), PHRASES - 1)  # never the same sentence twice
    breaks = uniform(seed, "text/has_html", number, place) < HTML
    gap = F.when(breaks, F.lit(".<br /><br />")).otherwise(F.lit(". "))
    second = F.when(has_second, F.concat(gap, _sentence(seed, "second", (phrase + step) % PHRASES))).otherwise(
        F.lit("")
    )
    text = F.concat(opening, _sentence(seed, "first", phrase), second, F.lit("."), closing)
    return F.when(uniform(seed, "text/is_empty", number, place) < EMPTY, F.lit("")).otherwise(text)


def _sentence(seed: int, which: str, phrase: Column) -> Column:
    """'This mug' and the given phrase of a theme, in the mood of the stars."""
    number, place = F.col("number"), F.col("place")
    own = at([THEMES.index(segment.theme) for segment in HYBRID_SEGMENTS], F.col("segment_at"))
    u = uniform(seed, f"text/{which}/theme", number, place)
    theme = F.when(u < OWN_THEME, own).otherwise(
        below(uniform(seed, f"text/{which}/other", number, place), len(THEMES)).cast("int")
    )
    ends = [end for theme_ in THEMES for mood in (DISPLEASED, PLEASED) for end in mood[theme_]]
    end = at(ends, (theme * 2 + F.col("is_pleased").cast("int")) * PHRASES + phrase)
    subject = at(
        [subject.format("") for subject in SUBJECTS],
        below(uniform(seed, f"text/{which}/subject", number, place), len(SUBJECTS)),
    )
    return F.concat(subject, F.col("item"), F.lit(" "), end)


def _as_columns(about: DataFrame, *, seed: int, first_second: int, seconds: int) -> DataFrame:
    """The frame's contract: names, order and types."""
    number, place = F.col("number"), F.col("place")
    is_ticket = F.col("origin") == "support_ticket"
    moment = below(uniform(seed, "text/moment", number, place), seconds)
    return about.select(
        F.concat(F.lit("R"), (number * _MAX_TEXTS + place).cast("string")).alias("review_id"),
        customer_id(number).alias("customer_id"),
        F.when(~is_ticket, F.col("product_id")).alias("product_id"),
        F.timestamp_seconds(F.lit(first_second) + moment).alias("ts"),
        F.when(~is_ticket, F.col("stars")).alias("rating"),
        F.col("origin").alias("source"),
        _text(seed).alias("text"),
    )
