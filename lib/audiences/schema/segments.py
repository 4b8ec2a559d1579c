"""Choosing k, the value segments, their names and profiles, and the tables to act on."""

from __future__ import annotations

from dataclasses import replace

from audiences.schema.features import behaviour, rfm
from audiences.schema.names import NAMED_BY_RULE, name_fits, rhythm
from audiences.schema.table import (
    AS_OF,
    BOOLEAN,
    CUSTOMER_ID,
    DATE,
    DOUBLE,
    INT,
    LONG,
    MONEY,
    STRING,
    Column,
    Table,
    array,
)

SEGMENT_ID = Column("segment_id", INT, "Segment: 0, 1, … by descending mean monetary value.", nullable=False)
SEGMENTATION = Column("segmentation", STRING, "Which segmentation: value, rfm, density, hybrid.", nullable=False)

k_selection = Table(
    zone="models",
    name="k_selection",
    comment="What each number of clusters k gives, and the choice with its reason in words.",
    columns=(
        AS_OF,
        SEGMENTATION,
        Column("k", INT, "Number of clusters.", nullable=False),
        Column(
            "inertia", DOUBLE, "Sum of squared distances to the nearest centre, best of the starts.", nullable=False
        ),
        Column("silhouette", DOUBLE, "Mean silhouette, squared Euclidean distance, -1 to 1; null where k = 1."),
        Column("calinski_harabasz", DOUBLE, "Between / within variance ratio; higher is better; null where k = 1."),
        Column("smallest_share", DOUBLE, "Share of customers in the smallest cluster.", nullable=False),
        Column(
            "stability",
            DOUBLE,
            "Adjusted Rand index between the best starts of two sets of seeds; 1 is the same.",
            nullable=False,
        ),
        Column("seconds", DOUBLE, "Wall time of this k's fits; a measurement, not an input.", nullable=False),
        Column("customers", LONG, "Customers that the sweep looked at (all, or the stated sample).", nullable=False),
        Column("log_likelihood", DOUBLE, "Of a Gaussian mixture, best of the starts; null for KMeans."),
        Column("bic", DOUBLE, "Bayesian information criterion, lower is better; null for KMeans."),
        Column("aic", DOUBLE, "Akaike information criterion, lower is better; null for KMeans."),
        Column("is_chosen", BOOLEAN, "The k that the segments use.", nullable=False),
        Column("reason", STRING, "Why this k was chosen; null on the others."),
    ),
    key=("k",),
    slice_by=("as_of", "segmentation"),
    checks={"share": "smallest_share BETWEEN 0 AND 1"},
)

models = Table(
    zone="models",
    name="models",
    comment="Every fitted model that the runner saved.",
    columns=(
        Column("name", STRING, "Model name.", nullable=False),
        Column("fingerprint", STRING, "The fit's fingerprint.", nullable=False),
        Column("path", STRING, "Where it is saved, relative to store.root.", nullable=False),
        Column("classes", array(STRING), "The Spark ML classes in the saved pipeline.", nullable=False),
        Column("stage", STRING, "The stage that fitted it.", nullable=False),
        Column("as_of", DATE, "The run's date D; null for a model without one."),
        Column("inputs", STRING, "Input tables and their versions, as JSON.", nullable=False),
        Column("settings", STRING, "The settings of the fit, as JSON.", nullable=False),
        Column(
            "content_hash",
            STRING,
            "SHA-256 over the paths, sizes and contents of the saved files, compared before the model is loaded; null: "
            "saved by a version that recorded none.",
        ),
    ),
    key=("name", "fingerprint"),
    kind="growing",
)

segment_names = Table(
    zone="segments",
    name="segment_names",
    comment="What each segment is called and why.",
    columns=(
        AS_OF,
        SEGMENTATION,
        SEGMENT_ID,
        Column("cluster_id", INT, "The model's own cluster number.", nullable=False),
        Column(
            "name",
            STRING,
            "Unique within the segmentation; equal names are told apart by what separates them.",
            nullable=False,
        ),
        Column("reason", STRING, "Why, in words: medians in money, days and orders.", nullable=False),
        Column("customers", LONG, "Customers in the segment.", nullable=False),
        Column("centre", array(DOUBLE), "The cluster's centre in scaled units.", nullable=False),
        Column("feature_names", array(STRING), "The features of the centre, in order.", nullable=False),
        *NAMED_BY_RULE,
    ),
    key=("segment_id",),
    slice_by=("as_of", "segmentation"),
)

value_segments = Table(
    zone="segments",
    name="value_segments",
    comment="Value segment per customer: KMeans, or a Gaussian mixture.",
    columns=(
        AS_OF,
        CUSTOMER_ID,
        SEGMENT_ID,
        Column("name", STRING, "The segment's name.", nullable=False),
        Column("distance", DOUBLE, "Euclidean distance to the segment's centre, in scaled units.", nullable=False),
        Column("runner_up_id", INT, "The segment with the second nearest centre; null where k = 1."),
        Column("runner_up_distance", DOUBLE, "Distance to that centre; null where k = 1."),
        Column(
            "memberships",
            array(DOUBLE),
            "Probability of each segment, in the order of the ids, of sum 1; null for KMeans.",
        ),
        Column("entropy", DOUBLE, "Of the memberships, 0 (certain) to 1 (no idea); null for KMeans."),
    ),
    key=("customer_id",),
    slice_by=("as_of",),
    checks={"nearest": "memberships IS NOT NULL OR runner_up_distance IS NULL OR distance <= runner_up_distance"},
)

segments = Table(
    zone="segments",
    name="segments",
    comment="The main segment of each customer: the value segment, else the hybrid segment of a customer who has only "
    "written, else the density persona of a user without either.",
    columns=(
        AS_OF,
        CUSTOMER_ID,
        SEGMENT_ID,
        Column("name", STRING, "The segment's name.", nullable=False),
        Column("segmentation", STRING, "Which segmentation it comes from.", nullable=False),
    ),
    key=("customer_id",),
    slice_by=("as_of",),
)

_PROFILE = (
    SEGMENTATION,
    Column("segment_id", INT, "Segment id within the segmentation.", nullable=False),
    Column("name", STRING, "The segment's name.", nullable=False),
    Column("feature", STRING, "Feature name; attribute=value for one value of an attribute.", nullable=False),
    Column("unit", STRING, "Unit of the figures: days, orders, the currency, share, texts, stars, …", nullable=False),
    Column(
        "mean",
        DOUBLE,
        "Mean over the segment, natural units; null when no customer has a value; of attribute=value the share.",
    ),
    Column("median", DOUBLE, "Median (approximate); null for attribute=value, like the quartiles."),
    Column("q25", DOUBLE, "Lower quartile (approximate)."),
    Column("q75", DOUBLE, "Upper quartile (approximate)."),
    Column("overall_mean", DOUBLE, "Mean over all customers."),
    Column("difference_sd", DOUBLE, "(mean - overall mean) / overall standard deviation; null when that is 0."),
    Column(
        "lift", DOUBLE, "Of attribute=value: share in the segment / share of all customers; null for other features."
    ),
    Column(
        "rank",
        INT,
        "1 = the feature that sets the segment apart most: by position_difference, where the mean is on its side.",
        nullable=False,
    ),
    Column("customers", LONG, "Customers in the segment.", nullable=False),
    Column("customer_share", DOUBLE, "Share of all customers.", nullable=False),
    Column("revenue", MONEY, "Monetary value of the segment, in the configured currency; null without purchases."),
    Column("revenue_share", DOUBLE, "Share of all monetary value; null when the total is not positive."),
    Column("money_at_stake", MONEY, "Spend of the last 365 days, in the configured currency; null without purchases."),
    Column("currency", STRING, "The configured currency.", nullable=False),
    Column(
        "top_categories",
        array(STRING),
        "Up to three categories by share of the segment's gross; empty without categories.",
        nullable=False,
    ),
    Column("overall_median", DOUBLE, "Median over all customers, the typical customer; null for attribute=value."),
    Column(
        "position_difference",
        DOUBLE,
        "Share of all customers below the segment's median less the share below the typical customer's, equal ones "
        "counted half, to 0.5 %; of attribute=value the difference of the shares; null where no customer has a value.",
    ),
)

segment_profiles = Table(
    zone="segments",
    name="segment_profiles",
    comment="What defines each segment: one row per segment and feature, natural units.",
    columns=(AS_OF, *_PROFILE),
    key=("segment_id", "feature"),
    slice_by=("as_of", "segmentation"),
    checks={"share": "customer_share BETWEEN 0 AND 1"},
)

published_profiles = Table(
    zone="published",
    name="segment_profiles",
    comment="segments/segment_profiles of the newest as_of only: a plain SELECT is right.",
    columns=(AS_OF, *_PROFILE),
    key=("segmentation", "segment_id", "feature"),
    slice_by=("as_of",),
)


segment_playbook = Table(
    zone="segments",
    name="segment_playbook",
    comment="What to do with each segment: what sets it apart, and a message from the configured templates.",
    columns=(
        AS_OF,
        SEGMENTATION,
        Column("segment_id", INT, "Segment id within the segmentation.", nullable=False),
        Column("name", STRING, "The segment's name.", nullable=False),
        Column("customers", LONG, "Customers in the segment.", nullable=False),
        Column(
            "sets_apart",
            STRING,
            "In words: features far from a typical customer's, topics written about more.",
            nullable=False,
        ),
        Column(
            "message",
            STRING,
            "What to do, by what they do and by what they say; empty if no play holds.",
            nullable=False,
        ),
        Column("topic_id", INT, "The topic that the message is about; null where no lift is large enough."),
    ),
    key=("segment_id",),
    slice_by=("as_of", "segmentation"),
)


def _published(table: Table, *names: str) -> tuple[Column, ...]:
    """Columns of another table; not every customer of a run needs to be known there."""
    return tuple(replace(column, nullable=True) for column in table.columns if column.name in names)


published_customers = Table(
    zone="published",
    name="customers",
    comment="The table to act on: one row per customer of the newest as_of, every segment name, score and main feature; "
    "what is not known of a customer is null.",
    columns=(
        AS_OF,
        CUSTOMER_ID,
        Column("segment", STRING, "The main segment's name.", nullable=False),
        Column("segment_id", INT, "The main segment's id within its segmentation.", nullable=False),
        Column("segmentation", STRING, "Which segmentation the main segment comes from.", nullable=False),
        Column("value_segment", STRING, "Name of the KMeans segment; null without purchases."),
        Column("value_distance", DOUBLE, "Distance to the value segment's centre, in scaled units; null likewise."),
        Column("value_runner_up", STRING, "The value segment with the second nearest centre; null where k = 1."),
        Column("rfm_segment", STRING, "Named RFM segment; null without purchases."),
        Column("persona", STRING, "Density persona of the customer's most active user; null without activity."),
        *_published(rfm, "recency_days", "frequency", "monetary", "r_score", "f_score", "m_score"),
        *_published(
            behaviour,
            "tenure_days",
            "average_order_value",
            "items_per_basket",
            "days_between_orders_mean",
            "return_rate",
            "distinct_products",
            "spend_30d",
            "spend_90d",
            "spend_365d",
            "spend_trend",
            "country",
        ),
        Column("top_category", STRING, "The customer's largest category by gross; null without categories."),
        Column("dominant_topic", STRING, "What the customer writes about most; null without texts."),
        Column("reviews", LONG, "Texts of the customer before as_of; null where the run has no texts."),
        Column("segment_key", STRING, "The main segment's key, such as value-at_risk: stays when the name changes."),
        Column("hybrid_segment", STRING, "Hybrid segment (what they do and write); null where the run has no texts."),
        *_published(name_fits, "fits_name", "own_name"),
        *_published(rhythm, "usual_gap_days", "lateness"),
    ),
    key=("customer_id",),
    slice_by=("as_of",),
)

__all__ = [
    "k_selection",
    "models",
    "published_customers",
    "published_profiles",
    "segment_names",
    "segment_playbook",
    "segment_profiles",
    "segments",
    "value_segments",
]
