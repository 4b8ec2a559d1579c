"""Every table of the store, its columns, units and keys: the contract with analysts, written once."""

from audiences.schema.activity_features import activity_features, activity_scaled, activity_scaling
from audiences.schema.clean import landed_transactions, rejected_rows, source_files, transactions
from audiences.schema.contacts import contacts
from audiences.schema.control import run_manifest, validation
from audiences.schema.customers import customer_attributes, landed_customers
from audiences.schema.density import density_customers, density_model, density_segments, eps_selection
from audiences.schema.experiments import assignments, experiments
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
from audiences.schema.hybrid import (
    dendrogram,
    hybrid_features,
    hybrid_segments,
    hybrid_selection,
    review_behaviour,
    segment_topics,
)
from audiences.schema.names import name_fits, name_rules, rhythm
from audiences.schema.rates import exchange_rates, landed_rates
from audiences.schema.scoring import early_features, scores, scoring_metrics, streamed_transactions
from audiences.schema.segments import (
    k_selection,
    models,
    published_customers,
    published_profiles,
    segment_names,
    segment_playbook,
    segment_profiles,
    segments,
    value_segments,
)
from audiences.schema.table import Column, Table
from audiences.schema.text import (
    customer_topics,
    landed_reviews,
    product_topics,
    review_sentiment,
    review_tokens,
    review_topics,
    reviews,
    theme_sentiment,
    topic_selection,
    topics,
    vocabulary,
)
from audiences.schema.users import (
    activity,
    identities,
    known_anomalies,
    landed_activity,
    landed_identities,
    landed_known,
    landed_users,
    user_measures,
)

__all__ = [
    "Column",
    "Table",
    "activity",
    "activity_features",
    "activity_scaled",
    "activity_scaling",
    "assignments",
    "behaviour",
    "category_affinity",
    "contacts",
    "customer_attributes",
    "customer_days",
    "customer_topics",
    "declared_tables",
    "dendrogram",
    "density_customers",
    "density_model",
    "density_segments",
    "early_features",
    "eps_selection",
    "exchange_rates",
    "experiments",
    "feature_summary",
    "features_scaled",
    "hybrid_features",
    "hybrid_segments",
    "hybrid_selection",
    "identities",
    "k_selection",
    "known_anomalies",
    "landed_activity",
    "landed_customers",
    "landed_identities",
    "landed_known",
    "landed_rates",
    "landed_reviews",
    "landed_transactions",
    "landed_users",
    "models",
    "name_fits",
    "name_rules",
    "orders",
    "product_topics",
    "published_customers",
    "published_profiles",
    "rejected_rows",
    "review_behaviour",
    "review_sentiment",
    "review_tokens",
    "review_topics",
    "reviews",
    "rfm",
    "rfm_cut_points",
    "rhythm",
    "run_manifest",
    "scaling",
    "scores",
    "scoring_metrics",
    "segment_names",
    "segment_playbook",
    "segment_profiles",
    "segment_topics",
    "segments",
    "source_files",
    "streamed_transactions",
    "theme_sentiment",
    "topic_selection",
    "topics",
    "transactions",
    "user_measures",
    "validation",
    "value_segments",
    "vocabulary",
]


def declared_tables() -> list[Table]:
    """Every table that is declared here."""
    return [table for table in globals().values() if isinstance(table, Table)]
