"""The activity branch on one page: events, or users measured elsewhere, to density segments and their validation.

Absent where neither `sources.activity` nor `sources.users` has a path; `pipeline.STAGES` holds these stages too.
"""

from __future__ import annotations

from audiences import schema
from audiences.config import ActivitySource
from audiences.engine.stage import Fit, IfPresent, Landing, ModelOf, Stage
from audiences.engine.stage_settings import Fields, IfSet, Wanted
from audiences.features.activity import activity_features, activity_scaled, fit_activity_scaling
from audiences.pipeline.source_gates import gate_of
from audiences.segments.density.eps_selection import eps_selection
from audiences.segments.density.fit import fit_density
from audiences.segments.density.members import density_customers, density_segments
from audiences.segments.density.validation import density_validation
from audiences.sources import users
from audiences.sources.activity import activity, rejected_activity

# raw files -> typed rows, each kept or rejected with its reasons
LANDED_ACTIVITY = Landing(schema.landed_activity, source="activity")
LANDED_USERS = Landing(schema.landed_users, source="users")
LANDED_IDENTITIES = Landing(schema.landed_identities, source="identities")
LANDED_KNOWN = Landing(schema.landed_known, source="known")

_IDS, _KEY = ("nobody", "id_suffix_pattern", "id_case"), IfSet("contacts.id_key")
_ID: Wanted = {"rules": Fields("cleaning", only=_IDS), "id_key": _KEY}
_EVENTS: Wanted = {
    "source": Fields("sources.activity", only=(*ActivitySource.JUDGED, "columns")), "cleaning": "activity.cleaning",
    "rules": Fields("cleaning", only=(*_IDS, "min_date", "max_date")), "time_zone": "time_zone", "id_key": _KEY,
}  # fmt: skip
_MEASURED: Wanted = {**_ID, "measures": "user_measures"}

ACTIVITY = Stage(schema.activity, activity, {"landed": LANDED_ACTIVITY}, _EVENTS, group="ingest")
MEASURES = Stage(schema.user_measures, users.user_measures, {"landed": LANDED_USERS}, _MEASURED, group="ingest")
IDENTITIES = Stage(schema.identities, users.identities, {"landed": LANDED_IDENTITIES}, _ID, group="ingest")
KNOWN = Stage(schema.known_anomalies, users.known_anomalies, {"landed": LANDED_KNOWN}, _ID, group="ingest")
REJECTED = (
    Stage(schema.rejected_rows, rejected_activity, {"landed": LANDED_ACTIVITY}, _EVENTS,
          name="rejected_activity", slice={"source": "activity"}, group="ingest"),
    Stage(schema.rejected_rows, users.rejected_users, {"landed": LANDED_USERS}, _MEASURED,
          name="rejected_users", slice={"source": "users"}, group="ingest"),
    Stage(schema.rejected_rows, users.rejected_identities, {"landed": LANDED_IDENTITIES}, _ID,
          name="rejected_identities", slice={"source": "identities"}, group="ingest"),
    Stage(schema.rejected_rows, users.rejected_known, {"landed": LANDED_KNOWN}, _ID,
          name="rejected_known", slice={"source": "known"}, group="ingest"),
)  # fmt: skip

_LANDED = (LANDED_ACTIVITY, LANDED_USERS, LANDED_IDENTITIES, LANDED_KNOWN)
GATES = tuple(
    gate_of(landed.source, landed=landed, rejected=rejected) for landed, rejected in zip(_LANDED, REJECTED, strict=True)
)

# user features at as_of, scaled
MEASURED_EVENTS = Stage(
    schema.activity_features,
    activity_features,
    {"activity": ACTIVITY},
    {"settings": "activity.features"},
    group="features",
)
_USERS = {"activity_features": IfPresent(MEASURED_EVENTS), "user_measures": IfPresent(MEASURES)}
_SCALING = {"scaling": "activity.scaling", "measures": "user_measures"}
SCALING = Fit(
    schema.activity_scaling, fit_activity_scaling, _USERS, _SCALING, model_name="activity_scaling", group="features"
)
SCALED = Stage(
    schema.activity_scaled, activity_scaled, {**_USERS, "model": ModelOf(SCALING)}, _SCALING, group="features"
)

# density: which eps, the clusters, who is in them, and whether that agrees with anomalies that are known
_POINTS = ("features", "pca_components", "max_dimensions")
_BUDGETS = ("max_dimensions", "max_shuffle_gb", "max_core_hours")  # they refuse a fit, they do not change one
EPS = Stage(
    schema.eps_selection, eps_selection, {"activity_scaled": SCALED},
    {"density": Fields("density", only=(*_POINTS, "eps", "min_points", "queries", "leaf_rows"),
                       untracked=("max_dimensions",))}, group="segments",
)  # fmt: skip
MODEL = Fit(
    schema.density_model, fit_density, {"activity_scaled": SCALED, "eps_selection": EPS},
    {"density": Fields("density", only=(*_POINTS, *_BUDGETS, "leaf_rows", "min_share", "seed"), untracked=_BUDGETS)},
    model_name="density_model",
    group="segments",
)  # fmt: skip
DENSITY = Stage(
    schema.density_segments, density_segments,
    {"activity_scaled": SCALED, "model": ModelOf(MODEL), "identities": IfPresent(IDENTITIES)},
    {"density": Fields("density", only=(*_POINTS, "min_share"), untracked=("max_dimensions",)), "personas": "personas"},
    group="segments",
)  # fmt: skip
CUSTOMERS = Stage(schema.density_customers, density_customers, {"density_segments": DENSITY}, group="segments")
CHECKED = Stage(
    schema.validation, density_validation, {"density_segments": DENSITY, "known_anomalies": KNOWN},
    {"personas": Fields("personas", only=("anomalous",))},
    name="density_validation", slice={"check": "density"}, group="segments",
)  # fmt: skip

STAGES = (
    LANDED_ACTIVITY, LANDED_USERS, LANDED_IDENTITIES, LANDED_KNOWN, ACTIVITY, MEASURES, IDENTITIES, KNOWN, *REJECTED,
    *GATES,
    MEASURED_EVENTS, SCALING, SCALED, EPS, MODEL, DENSITY, CUSTOMERS, CHECKED,
)  # fmt: skip
