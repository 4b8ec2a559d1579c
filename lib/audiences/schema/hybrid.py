"""Hybrid segments: features of both sides, the tree, its cut, the members."""

from __future__ import annotations

from audiences.schema.table import AS_OF, BOOLEAN, CUSTOMER_ID, DOUBLE, INT, LONG, STRING, Column, Table, array

review_behaviour = Table(
    zone="features",
    name="review_behaviour",
    comment="What a customer's texts tell about how the customer behaves; one row per customer with a text.",
    columns=(
        AS_OF,
        CUSTOMER_ID,
        Column("recency_days", INT, "Days from the last text to as_of.", nullable=False),
        Column("reviews", LONG, "Texts before as_of.", nullable=False),
        Column("rating_mean", DOUBLE, "Mean rating; null without ratings."),
        Column("rating_sd", DOUBLE, "Population standard deviation of the ratings; null without ratings."),
        Column("words_mean", DOUBLE, "Mean number of words per text.", nullable=False),
        Column("helpful_mean", DOUBLE, "Mean helpfulness, 0 to 1; null without votes."),
    ),
    key=("customer_id",),
    slice_by=("as_of",),
)

hybrid_features = Table(
    zone="segments",
    name="hybrid_features",
    comment="What a customer does and says, each block scaled to its configured share of the total variance.",
    columns=(
        AS_OF,
        CUSTOMER_ID,
        Column("features", array(DOUBLE), "Scaled; no nulls.", nullable=False),
        Column("feature_names", array(STRING), "behaviour: and topic: names, in order.", nullable=False),
    ),
    key=("customer_id",),
    slice_by=("as_of",),
)

dendrogram = Table(
    zone="models",
    name="dendrogram",
    comment="Ward's tree over micro-clusters of customers: leaves, then merges by rising height.",
    columns=(
        AS_OF,
        Column("node_id", INT, "Leaves from 0, then merges in their order.", nullable=False),
        Column("left_id", INT, "First child; null for leaves."),
        Column("right_id", INT, "Second child; null for leaves."),
        Column("height", DOUBLE, "sqrt(2 w1 w2 / (w1 + w2)) * distance of the children; 0 for leaves.", nullable=False),
        Column("customers", LONG, "Customers below the node.", nullable=False),
        Column("centre", array(DOUBLE), "A leaf's centre in the scaled units of hybrid_features; null for merges."),
        Column("feature_names", array(STRING), "The features of the centre, in order; null for merges."),
    ),
    key=("node_id",),
    slice_by=("as_of",),
)

hybrid_selection = Table(
    zone="models",
    name="hybrid_selection",
    comment="What each number of hybrid segments gives, and the choice with its reason in words.",
    columns=(
        AS_OF,
        Column("k", INT, "Number of segments.", nullable=False),
        Column("gap", DOUBLE, "Rise of the tree's height over which k stays.", nullable=False),
        Column("silhouette", DOUBLE, "Mean simplified silhouette of the customers, -1 to 1; null where k = 1."),
        Column("inertia", DOUBLE, "Sum of squared distances of leaves to their segment's mean.", nullable=False),
        Column("smallest_share", DOUBLE, "Share of customers in the smallest segment.", nullable=False),
        Column("is_chosen", BOOLEAN, "The k that the segments use.", nullable=False),
        Column("reason", STRING, "Why this k was chosen; null on the others."),
    ),
    key=("k",),
    slice_by=("as_of",),
    checks={"share": "smallest_share BETWEEN 0 AND 1"},
)

hybrid_segments = Table(
    zone="segments",
    name="hybrid_segments",
    comment="The hybrid segment of each customer.",
    columns=(
        AS_OF,
        CUSTOMER_ID,
        Column("segment_id", INT, "Segment: 0, 1, … by falling number of customers.", nullable=False),
        Column("name", STRING, "The segment's name: behaviour, then topic.", nullable=False),
        Column("leaf_id", INT, "The nearest leaf of the dendrogram; ties: the smaller id.", nullable=False),
        Column("distance", DOUBLE, "Euclidean distance to that leaf, in scaled units.", nullable=False),
    ),
    key=("customer_id",),
    slice_by=("as_of",),
)

segment_topics = Table(
    zone="segments",
    name="segment_topics",
    comment="What the customers of each segment write about, beside all customers: one row per segment and topic.",
    columns=(
        AS_OF,
        Column("segmentation", STRING, "Which segmentation: value, rfm, density, hybrid.", nullable=False),
        Column("segment_id", INT, "Segment id within the segmentation.", nullable=False),
        Column("name", STRING, "The segment's name.", nullable=False),
        Column("topic_id", INT, "Topic.", nullable=False),
        Column("label", STRING, "The topic's label.", nullable=False),
        Column("theme", STRING, "The topic's theme; null where it has none."),
        Column("share", DOUBLE, "Mean share over the segment's customers with a text.", nullable=False),
        Column("base_share", DOUBLE, "Mean share over all customers with a text.", nullable=False),
        Column("lift", DOUBLE, "share / base_share; null where nobody writes about it."),
        Column("rank", INT, "1 = the topic with the largest lift in the segment.", nullable=False),
        Column("customers_with_text", LONG, "The segment's customers with a text.", nullable=False),
        Column("keywords", array(STRING), "The topic's heaviest words.", nullable=False),
        Column("examples", array(STRING), "Up to two texts of the segment's customers, shortened.", nullable=False),
    ),
    key=("segment_id", "topic_id"),
    slice_by=("as_of", "segmentation"),
    unindexed=("examples",),
)

__all__ = [
    "dendrogram",
    "hybrid_features",
    "hybrid_segments",
    "hybrid_selection",
    "review_behaviour",
    "segment_topics",
]
