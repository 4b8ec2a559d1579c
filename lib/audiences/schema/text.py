"""Reviews and what is made of their words: tokens, vocabulary, topics, and topics per customer and product."""

from __future__ import annotations

from audiences.schema.clean import landed_table
from audiences.schema.table import (
    AS_OF,
    BOOLEAN,
    CUSTOMER_ID,
    DATE,
    DOUBLE,
    INT,
    LONG,
    STRING,
    TIMESTAMP,
    Column,
    Table,
    array,
)

REVIEW_REQUIRED = ("customer_id", "ts", "text")
REVIEW_OPTIONAL = ("review_id", "product_id", "rating", "source", "summary", "helpfulness")

landed_reviews = landed_table(
    "reviews", required=REVIEW_REQUIRED, optional=REVIEW_OPTIONAL, unindexed=("text", "summary")
)

REVIEW_ID = Column(
    "review_id", STRING, "The source's id, else a hash of customer, product, time and text.", nullable=False
)
PRODUCT_ID = Column("product_id", STRING, "Product; null where the source has none.")
RATING = Column("rating", DOUBLE, "Stars or points, in the configured range; null where there is none.")
DAY = Column("day", DATE, "The day of ts in the configured time zone.", nullable=False)
TOPIC_ID = Column("topic_id", INT, "Topic; the same id is the same topic in every refresh.", nullable=False)

reviews = Table(
    zone="clean",
    name="reviews",
    comment="One row per kept text of a customer: review, survey answer or support ticket; no HTML.",
    columns=(
        REVIEW_ID,
        CUSTOMER_ID,
        PRODUCT_ID,
        Column("ts", TIMESTAMP, "When, as an instant (UTC).", nullable=False),
        DAY,
        RATING,
        Column("source", STRING, "review, survey, support_ticket, …", nullable=False),
        Column("text", STRING, "Summary (where there is one) and text, HTML stripped.", nullable=False),
        Column("summary", STRING, "The summary alone; null where the source has none."),
        Column("helpfulness", DOUBLE, "Share of voters who found it helpful, 0 to 1; null without votes."),
    ),
    key=("review_id",),
    checks={"helpful_share": "helpfulness IS NULL OR helpfulness BETWEEN 0 AND 1"},
    unindexed=("text", "summary"),
)

review_tokens = Table(
    zone="features",
    name="review_tokens",
    comment="What each review says, as tokens: lemmas without stop words, negated ones as not_word.",
    columns=(
        REVIEW_ID,
        CUSTOMER_ID,
        PRODUCT_ID,
        DAY,
        RATING,
        Column("tokens", array(STRING), "In order; empty where every word was a stop word.", nullable=False),
    ),
    key=("review_id",),
)

vocabulary = Table(
    zone="models",
    name="vocabulary",
    comment="The tokens that count for topics, the most frequent first.",
    columns=(
        AS_OF,
        Column("term_id", INT, "Place in the count vectors, from 0.", nullable=False),
        Column("term", STRING, "The token.", nullable=False),
        Column("documents", LONG, "Texts before as_of with the token.", nullable=False),
        Column("document_share", DOUBLE, "documents / texts with any token.", nullable=False),
    ),
    key=("term_id",),
    slice_by=("as_of",),
)

topic_selection = Table(
    zone="models",
    name="topic_selection",
    comment="What each topic method gives with each number of topics, and the choice with its reason in words.",
    columns=(
        AS_OF,
        Column("method", STRING, "lda or nmf.", nullable=False),
        Column("topics", INT, "Number of topics.", nullable=False),
        Column("coherence", DOUBLE, "Mean NPMI of the topics' top words over the texts, -1 to 1.", nullable=False),
        Column("diversity", DOUBLE, "Share of different words among all top words.", nullable=False),
        Column("quality", DOUBLE, "coherence * diversity; the coherence alone where it is negative.", nullable=False),
        Column("log_perplexity", DOUBLE, "LDA's bound per token of held-out texts, lower is better; null for NMF."),
        Column("seconds", DOUBLE, "Wall time of the fit; a measurement, not an input.", nullable=False),
        Column("texts", LONG, "Texts before as_of with a token.", nullable=False),
        Column("is_chosen", BOOLEAN, "The model that the topics come from.", nullable=False),
        Column("reason", STRING, "Why this one was chosen; null on the others."),
    ),
    key=("method", "topics"),
    slice_by=("as_of",),
)

topics = Table(
    zone="models",
    name="topics",
    comment="What customers write about: topics with their words.",
    columns=(
        AS_OF,
        TOPIC_ID,
        Column("model_topic", INT, "The topic's place in the model.", nullable=False),
        Column("label", STRING, "Theme, or the three heaviest words; unique.", nullable=False),
        Column("theme", STRING, "The configured theme whose seed words weigh most; null below the floor."),
        Column(
            "theme_score", DOUBLE, "Share of the top words' weight on that theme's seed words, 0 to 1.", nullable=False
        ),
        Column("words", array(STRING), "Heaviest words first.", nullable=False),
        Column("weights", array(DOUBLE), "Their weights; all words of the vocabulary sum to 1.", nullable=False),
        Column("coherence", DOUBLE, "Mean NPMI of the top words over the texts, -1 to 1.", nullable=False),
        Column("share", DOUBLE, "Mean share over the texts before as_of that have a topic.", nullable=False),
        Column("origin", STRING, "new, kept (same id as before), merged or split.", nullable=False),
        Column(
            "origin_ids", array(INT), "Earlier topics that it continues, nearest first; empty if new.", nullable=False
        ),
        Column("origin_distance", DOUBLE, "Hellinger distance to the nearest earlier topic; null without one."),
    ),
    key=("topic_id",),
    slice_by=("as_of",),
    checks={"known_origin": "origin IN ('new', 'kept', 'merged', 'split')"},
)

_TOPIC_IDS = Column("topic_ids", array(INT), "The topics of `shares`, in order.", nullable=False)

review_topics = Table(
    zone="features",
    name="review_topics",
    comment="Topic shares of each review before as_of.",
    columns=(
        AS_OF,
        REVIEW_ID,
        CUSTOMER_ID,
        PRODUCT_ID,
        RATING,
        _TOPIC_IDS,
        Column("shares", array(DOUBLE), "Of sum 1; null where the text has no word of the vocabulary."),
    ),
    key=("review_id",),
    slice_by=("as_of",),
)

customer_topics = Table(
    zone="features",
    name="customer_topics",
    comment="What each customer writes about; customers without a text are there too, with no_text_share 1.",
    columns=(
        AS_OF,
        CUSTOMER_ID,
        Column("reviews", LONG, "Texts before as_of.", nullable=False),
        _TOPIC_IDS,
        Column("shares", array(DOUBLE), "Mean over the customer's texts; with no_text_share of sum 1.", nullable=False),
        Column(
            "no_text_share", DOUBLE, "Share of texts without a topic; 1 for customers without texts.", nullable=False
        ),
        Column("dominant_topic_id", INT, "The largest share; ties: the smaller id. Null without text."),
        Column("dominant_topic", STRING, "Its label; null without text."),
    ),
    key=("customer_id",),
    slice_by=("as_of",),
    checks={"no_text": "no_text_share BETWEEN 0 AND 1"},
)

product_topics = Table(
    zone="features",
    name="product_topics",
    comment="What is written about each product: one row per product and topic.",
    columns=(
        AS_OF,
        Column("product_id", STRING, "Product.", nullable=False),
        TOPIC_ID,
        Column("label", STRING, "The topic's label.", nullable=False),
        Column("theme", STRING, "The topic's theme; null where it has none."),
        Column("share", DOUBLE, "Mean share over the product's texts that have a topic.", nullable=False),
        Column("reviews", LONG, "The product's texts that have a topic.", nullable=False),
        Column("rating", DOUBLE, "Mean rating weighted by the topic's share; null without ratings."),
        Column("examples", array(STRING), "Up to three texts with the largest shares, shortened.", nullable=False),
    ),
    key=("product_id", "topic_id"),
    slice_by=("as_of",),
    unindexed=("examples",),
)

review_sentiment = Table(
    zone="features",
    name="review_sentiment",
    comment="How each review feels, by a dictionary of words.",
    columns=(
        REVIEW_ID,
        Column(
            "score", INT, "Tokens that are positive less those that are negative; not_good is negative.", nullable=False
        ),
    ),
    key=("review_id",),
)

theme_sentiment = Table(
    zone="features",
    name="theme_sentiment",
    comment="How customers feel about each theme; a text counts by the share of the theme's topics in it.",
    columns=(
        AS_OF,
        Column("theme", STRING, "The configured theme.", nullable=False),
        Column("texts", DOUBLE, "Sum of the theme's shares over all texts: so many whole texts.", nullable=False),
        Column("sentiment", DOUBLE, "positive_share - negative_share: -1 to 1.", nullable=False),
        Column("positive_share", DOUBLE, "Share of texts whose score is above 0.", nullable=False),
        Column("negative_share", DOUBLE, "Share of texts whose score is below 0.", nullable=False),
        Column("rating", DOUBLE, "Mean rating; null without ratings."),
    ),
    key=("theme",),
    slice_by=("as_of",),
    checks={"sentiment_range": "sentiment BETWEEN -1.000001 AND 1.000001"},
)

__all__ = [
    "customer_topics",
    "landed_reviews",
    "product_topics",
    "review_sentiment",
    "review_tokens",
    "review_topics",
    "reviews",
    "theme_sentiment",
    "topic_selection",
    "topics",
    "vocabulary",
]
