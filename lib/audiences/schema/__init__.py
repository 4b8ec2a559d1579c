"""Every table of the store, its columns, units and keys: the contract with analysts, written once."""

from audiences.schema.clean import landed_transactions, rejected_rows, source_files, transactions
from audiences.schema.control import run_manifest, validation
from audiences.schema.features import (
    behaviour,
    category_affinity,
    customer_days,
    feature_summary,
    features_scaled,
    orders,
    rfm,
    rfm_cut_points,
    scaling,
)
from audiences.schema.hybrid import dendrogram, hybrid_features, hybrid_segments, hybrid_selection, review_behaviour
from audiences.schema.segments import (
    k_selection,
    models,
    published_customers,
    published_profiles,
    segment_names,
    segment_profiles,
    segments,
    value_segments,
)
from audiences.schema.table import Column, Table
from audiences.schema.text import (
    customer_topics,
    product_topics,
    review_tokens,
    review_topics,
    reviews,
    topic_selection,
    topics,
    vocabulary,
)

__all__ = [
    "Column",
    "Table",
    "behaviour",
    "category_affinity",
    "customer_days",
    "customer_topics",
    "dendrogram",
    "feature_summary",
    "features_scaled",
    "hybrid_features",
    "hybrid_segments",
    "hybrid_selection",
    "k_selection",
    "landed_transactions",
    "models",
    "orders",
    "product_topics",
    "published_customers",
    "published_profiles",
    "rejected_rows",
    "review_behaviour",
    "review_tokens",
    "review_topics",
    "reviews",
    "rfm",
    "rfm_cut_points",
    "run_manifest",
    "scaling",
    "segment_names",
    "segment_profiles",
    "segments",
    "source_files",
    "topic_selection",
    "topics",
    "transactions",
    "validation",
    "value_segments",
    "vocabulary",
]
