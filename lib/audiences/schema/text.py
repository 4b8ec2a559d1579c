"""Reviews and what is made of their words: tokens, vocabulary, topics, and topics per customer and product."""

from __future__ import annotations

from audiences.schema.table import (
    AS_OF,
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
    unindexed=("customer_id", "text", "summary"),
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
    unindexed=("customer_id",),
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

__all__ = ["review_tokens", "reviews", "vocabulary"]
