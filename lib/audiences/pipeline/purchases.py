"""The purchases branch on one page: raw lines -> clean lines -> features at as_of -> value segments and profiles.

Absent without `sources.transactions.path`.
"""

from __future__ import annotations

from audiences import schema
from audiences.clustering.k_selection import fit_value_segments
from audiences.config import TransactionSource
from audiences.engine.landing import landed_rows
from audiences.engine.stage import Maybe, ModelOf, Need, Stage
from audiences.engine.stage_settings import Fields
from audiences.features.affinity import category_affinity
from audiences.features.behaviour import behaviour
from audiences.features.customer_days import customer_days
from audiences.features.orders import orders
from audiences.features.rfm import rfm, rfm_cut_points
from audiences.features.scaling import features_scaled, fit_scaling
from audiences.features.summary import feature_summary
from audiences.pipeline import customers as people
from audiences.segments.profiles import rfm_profiles, segment_profiles
from audiences.segments.value.members import value_segments
from audiences.segments.value.names import segment_names
from audiences.sources.quality_gates import quality_gates
from audiences.sources.transactions import rejected_transactions, transactions

# raw files -> typed rows, each kept or rejected with its reasons
LANDED = Stage(schema.landed_transactions, landed_rows, lands="transactions")
_JUDGED: dict[str, str | Fields] = {
    "source": Fields("sources.transactions", only=TransactionSource.JUDGED), "cleaning": "cleaning",
    "time_zone": "time_zone",
}  # fmt: skip
TRANSACTIONS = Stage(schema.transactions, transactions, {"landed": LANDED}, {**_JUDGED, "categories": "categories"})
REJECTED = Stage(
    schema.rejected_rows, rejected_transactions, {"landed": LANDED}, _JUDGED,
    name="rejected_transactions", part={"source": "transactions"},
)  # fmt: skip

# the only stages that scan raw lines; every later feature comes from customer_days
ORDERS = Stage(schema.orders, orders, {"transactions": TRANSACTIONS})
DAYS = Stage(
    schema.customer_days,
    customer_days,
    {"transactions": TRANSACTIONS, "orders": ORDERS},
    {"behaviour": Fields("behaviour", only=("hour_starts",))},
)
GATES = Stage(
    schema.validation, quality_gates,
    {"customer_days": DAYS, "transactions": TRANSACTIONS, "rejected": REJECTED}, {"gates": "gates"},
    name="quality_gates", part={"check": "quality_gates"}, is_gate=True,
)  # fmt: skip

# customer features at as_of
CUTS = Stage(schema.rfm_cut_points, rfm_cut_points, {"customer_days": DAYS}, {"rfm": Fields("rfm", but=("segments",))})
_RULES = Fields("rfm", only=("segments",))
RFM = Stage(schema.rfm, rfm, {"customer_days": DAYS, "cut_points": CUTS}, {"rfm": _RULES})
BEHAVIOUR = Stage(
    schema.behaviour, behaviour, {"customer_days": DAYS}, {"settings": Fields("behaviour", only=("weekend",))}
)
AFFINITY = Stage(schema.category_affinity, category_affinity, {"customer_days": DAYS}, {"affinity": "affinity"})
_FEATURES: dict[str, Need] = {"rfm": RFM, "behaviour": BEHAVIOUR, "attributes": Maybe(people.ATTRIBUTES)}
SCALING = Stage(schema.scaling, fit_scaling, _FEATURES, {"scaling": "scaling"}, fits="scaling")
SCALED = Stage(
    schema.features_scaled, features_scaled, {**_FEATURES, "model": ModelOf(SCALING)}, {"scaling": "scaling"}
)
SUMMARY = Stage(
    schema.feature_summary, feature_summary, {**_FEATURES, "features_scaled": SCALED, "scaling_table": SCALING},
    {"scaling": "scaling"},
)  # fmt: skip

# value segments: the number of clusters, their names and members
K_SELECTION = Stage(
    schema.k_selection, fit_value_segments, {"features_scaled": SCALED},
    {"segments": Fields("value_segments", but=("names",), untracked=("fits_at_once",))},
    part={"segmentation": "value"}, fits="value_segments",
)  # fmt: skip
NAMES = Stage(
    schema.segment_names, segment_names, {"features_scaled": SCALED, "rfm": RFM, "model": ModelOf(K_SELECTION)},
    {"segments": Fields("value_segments", only=("features", "names"))},
    part={"segmentation": "value"},
)  # fmt: skip
VALUE = Stage(
    schema.value_segments, value_segments, {"features_scaled": SCALED, "names": NAMES, "model": ModelOf(K_SELECTION)},
    {"segments": Fields("value_segments", only=("features",))},
)  # fmt: skip

# what is known of customers: what describes a segment
DESCRIBED = {"rfm": RFM, "behaviour": BEHAVIOUR, "affinity": AFFINITY}
PROFILED: dict[str, Need] = {**DESCRIBED, "attributes": Maybe(people.ATTRIBUTES)}

# what defines each segment
VALUE_PROFILES = Stage(
    schema.segment_profiles, segment_profiles, {"members": VALUE, **PROFILED}, {"currency": "currency"},
    name="value_profiles", part={"segmentation": "value"},
)  # fmt: skip
RFM_PROFILES = Stage(
    schema.segment_profiles, rfm_profiles, PROFILED, {"currency": "currency", "rules": _RULES},
    name="rfm_profiles", part={"segmentation": "rfm"},
)  # fmt: skip

INGEST = (LANDED, TRANSACTIONS, REJECTED, ORDERS, DAYS)
FEATURES = (GATES, CUTS, RFM, BEHAVIOUR, AFFINITY, SCALING, SCALED, SUMMARY)
SEGMENTS = (K_SELECTION, NAMES, VALUE)
PROFILES = (VALUE_PROFILES, RFM_PROFILES)
