"""The purchases branch on one page: raw lines -> clean lines -> features at as_of -> value segments and profiles.

Absent without `sources.transactions.path`.
"""

from __future__ import annotations

from audiences import schema
from audiences.clustering.k_selection import fit_value_segments
from audiences.config import TransactionSource
from audiences.engine.stage import Earlier, Fit, Gate, IfPresent, Landing, ModelOf, Need, Stage
from audiences.engine.stage_settings import Fields, IfSet, Wanted
from audiences.features.affinity import category_affinity
from audiences.features.behaviour import behaviour
from audiences.features.customer_days import customer_days
from audiences.features.orders import orders
from audiences.features.rfm import rfm, rfm_cut_points
from audiences.features.rhythm import rhythm
from audiences.features.scaling import features_scaled, fit_scaling
from audiences.features.summary import feature_summary
from audiences.pipeline import customers as people
from audiences.pipeline import rates
from audiences.segments.profiles import rfm_profiles, segment_profiles
from audiences.segments.value.members import value_segments
from audiences.segments.value.name_fits import name_fits
from audiences.segments.value.name_rules import name_rules
from audiences.segments.value.names import segment_names
from audiences.sources.quality_gates import quality_gates
from audiences.sources.transactions import rejected_transactions, transactions

# raw files -> typed rows, each kept or rejected with its reasons
LANDED = Landing(schema.landed_transactions, source="transactions")
_LINES: dict[str, Need] = {"landed": LANDED, "rates": IfPresent(rates.RATES)}
_JUDGED: Wanted = {
    "source": Fields("sources.transactions", only=(*TransactionSource.JUDGED, "columns")), "cleaning": "cleaning",
    "time_zone": "time_zone", "currency": "currency", "max_age_days": "sources.rates.max_age_days",
    "id_key": IfSet("contacts.id_key"),
}  # fmt: skip
TRANSACTIONS = Stage(schema.transactions, transactions, _LINES, {**_JUDGED, "categories": "categories"}, group="ingest")
REJECTED = Stage(
    schema.rejected_rows, rejected_transactions, _LINES, _JUDGED,
    name="rejected_transactions", slice={"source": "transactions"}, group="ingest",
)  # fmt: skip

# the only stages that scan raw lines; every later feature comes from customer_days
ORDERS = Stage(schema.orders, orders, {"transactions": TRANSACTIONS}, group="ingest")
DAYS = Stage(
    schema.customer_days,
    customer_days,
    {"transactions": TRANSACTIONS, "orders": ORDERS},
    {"behaviour": Fields("behaviour", only=("hour_starts",))},
    group="ingest",
)
GATES = Gate(
    schema.validation, quality_gates,
    {"customer_days": DAYS, "transactions": TRANSACTIONS, "rejected": REJECTED},
    {"gates": Fields("gates", but=("max_rejected_money_share", "max_unreadable_share", "max_swapped_dates"))},
    name="quality_gates", slice={"check": "quality_gates"}, group="features", revision=2,
)  # fmt: skip

# customer features at as_of
CUTS = Stage(
    schema.rfm_cut_points,
    rfm_cut_points,
    {"customer_days": DAYS},
    {"rfm": Fields("rfm", only=("bins", "cut_points"))},
    earlier={"frozen": Earlier(schema.rfm_cut_points, at="rfm.cut_points_of")},
    group="features",
)
_RULES = Fields("rfm", only=("segments",))
RFM = Stage(schema.rfm, rfm, {"customer_days": DAYS, "cut_points": CUTS}, {"rfm": _RULES}, group="features")
BEHAVIOUR = Stage(
    schema.behaviour,
    behaviour,
    {"customer_days": DAYS},
    {"settings": Fields("behaviour", only=("weekend",))},
    group="features",
)
RHYTHM = Stage(schema.rhythm, rhythm, {"customer_days": DAYS}, group="features")
AFFINITY = Stage(
    schema.category_affinity, category_affinity, {"customer_days": DAYS}, {"affinity": "affinity"}, group="features"
)
_FEATURES: dict[str, Need] = {"rfm": RFM, "behaviour": BEHAVIOUR, "attributes": IfPresent(people.ATTRIBUTES)}
SCALING = Fit(schema.scaling, fit_scaling, _FEATURES, {"scaling": "scaling"}, model_name="scaling", group="features")
SCALED = Stage(
    schema.features_scaled,
    features_scaled,
    {**_FEATURES, "model": ModelOf(SCALING)},
    {"scaling": "scaling"},
    group="features",
)
SUMMARY = Stage(
    schema.feature_summary, feature_summary, {**_FEATURES, "features_scaled": SCALED, "scaling_table": SCALING},
    {"scaling": "scaling"}, group="features",
)  # fmt: skip

# value segments: the number of clusters, their names and members
K_SELECTION = Fit(
    schema.k_selection, fit_value_segments, {"features_scaled": SCALED},
    {"segments": Fields("value_segments", but=("names",), untracked=("fits_at_once",))},
    slice={"segmentation": "value"}, model_name="value_segments", group="segments",
)  # fmt: skip
_NAMED_BY: dict[str, Need] = {"rfm": RFM, "behaviour": BEHAVIOUR, "rhythm": RHYTHM}
RULES = Stage(
    schema.name_rules, name_rules, _NAMED_BY, {"segments": Fields("value_segments", only=("names",))}, group="segments"
)
NAMES = Stage(
    schema.segment_names, segment_names,
    {"features_scaled": SCALED, **_NAMED_BY, "rules": RULES, "model": ModelOf(K_SELECTION)},
    {"segments": Fields("value_segments", only=("features",)), "currency": "currency"},
    slice={"segmentation": "value"}, group="segments", revision=2,
)  # fmt: skip
VALUE = Stage(
    schema.value_segments, value_segments, {"features_scaled": SCALED, "names": NAMES, "model": ModelOf(K_SELECTION)},
    {"segments": Fields("value_segments", only=("features",))}, group="segments",
)  # fmt: skip

FITS = Stage(
    schema.name_fits, name_fits, {"members": VALUE, "names": NAMES, "rules": RULES, **_NAMED_BY}, group="segments"
)

# what is known of customers: what describes a segment
DESCRIBED = {"rfm": RFM, "behaviour": BEHAVIOUR, "affinity": AFFINITY}
PROFILED: dict[str, Need] = {**DESCRIBED, "attributes": IfPresent(people.ATTRIBUTES)}

# what defines each segment
VALUE_PROFILES = Stage(
    schema.segment_profiles, segment_profiles, {"members": VALUE, **PROFILED}, {"currency": "currency"},
    name="value_profiles", slice={"segmentation": "value"}, group="segments", revision=2,
)  # fmt: skip
RFM_PROFILES = Stage(
    schema.segment_profiles, rfm_profiles, PROFILED, {"currency": "currency", "rules": _RULES},
    name="rfm_profiles", slice={"segmentation": "rfm"}, group="segments", revision=2,
)  # fmt: skip

STAGES = (
    LANDED, TRANSACTIONS, REJECTED, ORDERS, DAYS, GATES, CUTS, RFM, BEHAVIOUR,
    RHYTHM, AFFINITY, SCALING, SCALED, SUMMARY, RULES, K_SELECTION, NAMES, VALUE, FITS, VALUE_PROFILES, RFM_PROFILES,
)  # fmt: skip
