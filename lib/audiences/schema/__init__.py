"""Every table of the store, its columns, units and keys: the contract with analysts, written once."""

from audiences.schema.activity_features import activity_features, activity_scaled, activity_scaling
from audiences.schema.clean import landed_transactions, rejected_rows, source_files, transactions
from audiences.schema.control import run_manifest, validation
from audiences.schema.density import density_customers, density_model, density_segments, eps_selection
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
    "behaviour",
    "category_affinity",
    "customer_days",
    "density_customers",
    "density_model",
    "density_segments",
    "eps_selection",
    "feature_summary",
    "features_scaled",
    "identities",
    "k_selection",
    "known_anomalies",
    "landed_activity",
    "landed_identities",
    "landed_known",
    "landed_transactions",
    "landed_users",
    "models",
    "orders",
    "published_customers",
    "published_profiles",
    "rejected_rows",
    "rfm",
    "rfm_cut_points",
    "run_manifest",
    "scaling",
    "segment_names",
    "segment_profiles",
    "segments",
    "source_files",
    "transactions",
    "user_measures",
    "validation",
    "value_segments",
]
