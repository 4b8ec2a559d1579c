"""The pipeline on one page: every stage, what it makes, what it needs, which settings it takes; in order."""

from __future__ import annotations

from collections.abc import Sequence

from audiences import pipeline_activity as users
from audiences import pipeline_customers as people
from audiences import schema
from audiences.clustering.k_selection import fit_value_segments
from audiences.clustering.names import segment_names
from audiences.clustering.value_segments import value_segments
from audiences.errors import ConfigError
from audiences.features.affinity import category_affinity
from audiences.features.behaviour import behaviour
from audiences.features.customer_days import customer_days
from audiences.features.orders import orders
from audiences.features.rfm import rfm, rfm_cut_points
from audiences.features.scaling import features_scaled, fit_scaling
from audiences.features.summary import feature_summary
from audiences.landing import landed_rows
from audiences.pipeline_text import text_stages
from audiences.segments.customers import customers
from audiences.segments.members import final_segments
from audiences.segments.playbook import segment_playbook
from audiences.segments.profiles import all_profiles, rfm_profiles, segment_profiles
from audiences.sources.gates import quality_gates
from audiences.sources.transactions import rejected_transactions, transactions
from audiences.stage import Maybe, ModelOf, Need, Stage, stage_of

# raw files -> typed rows, each kept or rejected with its reasons
LANDED = Stage(schema.landed_transactions, landed_rows, lands="transactions")
_JUDGED = {"source": "sources.transactions", "cleaning": "cleaning", "time_zone": "time_zone"}
TRANSACTIONS = Stage(schema.transactions, transactions, {"landed": LANDED}, {**_JUDGED, "categories": "categories"})
REJECTED = Stage(
    schema.rejected_rows, rejected_transactions, {"landed": LANDED}, _JUDGED,
    name="rejected_transactions", part={"source": "transactions"},
)  # fmt: skip

# the only stages that scan raw lines; every later feature comes from customer_days
ORDERS = Stage(schema.orders, orders, {"transactions": TRANSACTIONS})
DAYS = Stage(
    schema.customer_days, customer_days, {"transactions": TRANSACTIONS, "orders": ORDERS}, {"behaviour": "behaviour"}
)
GATES = Stage(
    schema.validation, quality_gates,
    {"customer_days": DAYS, "transactions": TRANSACTIONS, "rejected": REJECTED}, {"gates": "gates"},
    name="quality_gates", part={"check": "quality_gates"}, is_gate=True,
)  # fmt: skip

# customer features at as_of
CUTS = Stage(schema.rfm_cut_points, rfm_cut_points, {"customer_days": DAYS}, {"rfm": "rfm"})
RFM = Stage(schema.rfm, rfm, {"customer_days": DAYS, "cut_points": CUTS}, {"rfm": "rfm"})
BEHAVIOUR = Stage(schema.behaviour, behaviour, {"customer_days": DAYS}, {"settings": "behaviour"})
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
_VALUE = {"segments": "value_segments"}
K_SELECTION = Stage(
    schema.k_selection, fit_value_segments, {"features_scaled": SCALED}, _VALUE,
    part={"segmentation": "value"}, fits="value_segments",
)  # fmt: skip
NAMES = Stage(
    schema.segment_names, segment_names, {"features_scaled": SCALED, "rfm": RFM, "model": ModelOf(K_SELECTION)}, _VALUE,
    part={"segmentation": "value"},
)  # fmt: skip
VALUE = Stage(
    schema.value_segments, value_segments, {"features_scaled": SCALED, "names": NAMES, "model": ModelOf(K_SELECTION)},
    _VALUE,
)  # fmt: skip

# what customers say, beside what they do
_DESCRIBED = {"rfm": RFM, "behaviour": BEHAVIOUR, "affinity": AFFINITY}
_PROFILED: dict[str, Need] = {**_DESCRIBED, "attributes": Maybe(people.ATTRIBUTES)}
TEXT = {stage.name: stage for stage in text_stages(customers=RFM, value=VALUE, described=_PROFILED)}
SEGMENTS = Stage(
    schema.segments, final_segments,
    {"hybrid": Maybe(TEXT["hybrid_segments"]), "value": Maybe(VALUE), "density": Maybe(users.CUSTOMERS)},
)  # fmt: skip

# what defines each segment
VALUE_PROFILES = Stage(
    schema.segment_profiles, segment_profiles, {"members": VALUE, **_PROFILED}, {"currency": "currency"},
    name="value_profiles", part={"segmentation": "value"},
)  # fmt: skip
RFM_PROFILES = Stage(
    schema.segment_profiles, rfm_profiles, _PROFILED, {"currency": "currency", "rules": "rfm"},
    name="rfm_profiles", part={"segmentation": "rfm"},
)  # fmt: skip

VALUE_PLAYBOOK = Stage(
    schema.segment_playbook, segment_playbook, {"profiles": VALUE_PROFILES, "topics": Maybe(TEXT["value_topics"])},
    {"playbook": "playbook"}, name="value_playbook", part={"segmentation": "value"},
)  # fmt: skip

_BESIDE = {"value": VALUE, "names": NAMES, **_DESCRIBED, "density": users.CUSTOMERS, "said": TEXT["customer_topics"]}
CUSTOMERS = Stage(  # of the newest as_of only, as what follows
    schema.published_customers, customers,
    {"segments": SEGMENTS, **{name: Maybe(stage) for name, stage in _BESIDE.items()}},
    name="published_customers", is_current=True,
)  # fmt: skip
PROFILES = Stage(
    schema.published_profiles, all_profiles,
    {"hybrid": Maybe(TEXT["hybrid_profiles"]), "value": Maybe(VALUE_PROFILES), "rfm": Maybe(RFM_PROFILES)},
    name="published_profiles", is_current=True,
)  # fmt: skip

STAGES = (
    *people.INGEST, *users.INGEST, LANDED, TRANSACTIONS, REJECTED, ORDERS, DAYS, GATES, CUTS, RFM, BEHAVIOUR, AFFINITY,
    SCALING, SCALED, SUMMARY, K_SELECTION, NAMES, VALUE, *users.FEATURES, *users.SEGMENTS, *TEXT.values(), SEGMENTS,
    VALUE_PROFILES, RFM_PROFILES, VALUE_PLAYBOOK, CUSTOMERS, PROFILES,
)  # fmt: skip

_SAID = tuple(TEXT.values())
_HYBRID = _SAID.index(TEXT["customer_topics"]) + 1  # from here on value segments are needed
GROUPS = {
    "ingest": (*STAGES[: STAGES.index(DAYS) + 1], *_SAID[:3]),
    "features": (GATES, CUTS, RFM, BEHAVIOUR, AFFINITY, SCALING, SCALED, SUMMARY, *users.FEATURES),
    "text": _SAID[3:_HYBRID],
    "segments": (
        K_SELECTION, NAMES, VALUE, *users.SEGMENTS, *_SAID[_HYBRID:],
        *STAGES[STAGES.index(SEGMENTS) : STAGES.index(CUSTOMERS)],
    ),
}  # fmt: skip


def with_needs(names: Sequence[str]) -> list[Stage]:
    """The named stages and groups and all that they need, in order; every stage if none is named.

    Raises:
        ConfigError: no such stage, or one that only a whole run makes.
    """
    single = {stage.name: (stage,) for stage in STAGES if not stage.is_current}
    unknown = [name for name in names if name not in single and name not in GROUPS]
    if unknown:
        raise ConfigError("no such stage", found=", ".join(unknown), allowed=", ".join([*GROUPS, *single]))
    wanted = {stage for name in names for stage in GROUPS.get(name) or single[name]}
    for stage in reversed(STAGES):
        if stage in wanted:
            wanted |= {stage_of(need) for need in stage.needs.values()}
    return [stage for stage in STAGES if stage in wanted or not names]
