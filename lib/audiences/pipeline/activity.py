"""The activity branch on one page: events, or users measured elsewhere, to density segments and their validation.

Absent where neither `sources.activity` nor `sources.users` has a path; `pipeline.STAGES` holds these stages too.
"""

from __future__ import annotations

from audiences import schema
from audiences.config import ActivitySource
from audiences.engine.landing import landed_rows
from audiences.engine.stage import Maybe, ModelOf, Stage
from audiences.engine.stage_settings import Fields
from audiences.features.activity import activity_features, activity_scaled, fit_activity_scaling
from audiences.segments.density.eps_selection import eps_selection
from audiences.segments.density.fit import fit_density
from audiences.segments.density.members import density_customers, density_segments
from audiences.segments.density.validation import density_validation
from audiences.sources import users
from audiences.sources.activity import activity, rejected_activity

# raw files -> typed rows, each kept or rejected with its reasons
LANDED_ACTIVITY = Stage(schema.landed_activity, landed_rows, lands="activity")
LANDED_USERS = Stage(schema.landed_users, landed_rows, lands="users")
LANDED_IDENTITIES = Stage(schema.landed_identities, landed_rows, lands="identities")
LANDED_KNOWN = Stage(schema.landed_known, landed_rows, lands="known")

_ID = {"id_suffix_pattern": "cleaning.id_suffix_pattern"}
_EVENTS: dict[str, str | Fields] = {
    **_ID, "source": Fields("sources.activity", only=ActivitySource.JUDGED), "cleaning": "activity.cleaning",
    "min_date": "cleaning.min_date", "max_date": "cleaning.max_date", "time_zone": "time_zone",
}  # fmt: skip
_MEASURED = {**_ID, "measures": "user_measures"}

ACTIVITY = Stage(schema.activity, activity, {"landed": LANDED_ACTIVITY}, _EVENTS)
MEASURES = Stage(schema.user_measures, users.user_measures, {"landed": LANDED_USERS}, _MEASURED)
IDENTITIES = Stage(schema.identities, users.identities, {"landed": LANDED_IDENTITIES}, _ID)
KNOWN = Stage(schema.known_anomalies, users.known_anomalies, {"landed": LANDED_KNOWN}, _ID)
REJECTED = (
    Stage(schema.rejected_rows, rejected_activity, {"landed": LANDED_ACTIVITY}, _EVENTS,
          name="rejected_activity", part={"source": "activity"}),
    Stage(schema.rejected_rows, users.rejected_users, {"landed": LANDED_USERS}, _MEASURED,
          name="rejected_users", part={"source": "users"}),
    Stage(schema.rejected_rows, users.rejected_identities, {"landed": LANDED_IDENTITIES}, _ID,
          name="rejected_identities", part={"source": "identities"}),
    Stage(schema.rejected_rows, users.rejected_known, {"landed": LANDED_KNOWN}, _ID,
          name="rejected_known", part={"source": "known"}),
)  # fmt: skip

# user features at as_of, scaled
MEASURED_EVENTS = Stage(
    schema.activity_features, activity_features, {"activity": ACTIVITY}, {"settings": "activity.features"}
)
_USERS = {"activity_features": Maybe(MEASURED_EVENTS), "user_measures": Maybe(MEASURES)}
_SCALING = {"scaling": "activity.scaling", "measures": "user_measures"}
SCALING = Stage(schema.activity_scaling, fit_activity_scaling, _USERS, _SCALING, fits="activity_scaling")
SCALED = Stage(schema.activity_scaled, activity_scaled, {**_USERS, "model": ModelOf(SCALING)}, _SCALING)

# density: which eps, the clusters, who is in them, and whether that agrees with anomalies that are known
_POINTS = ("features", "pca_components", "max_dimensions")
_BUDGETS = ("max_dimensions", "max_shuffle_gb", "max_core_hours")  # they refuse a fit, they do not change one
EPS = Stage(
    schema.eps_selection, eps_selection, {"activity_scaled": SCALED},
    {"density": Fields("density", only=(*_POINTS, "eps", "min_points", "queries", "leaf_rows"),
                       untracked=("max_dimensions",))},
)  # fmt: skip
MODEL = Stage(
    schema.density_model, fit_density, {"activity_scaled": SCALED, "eps_selection": EPS},
    {"density": Fields("density", only=(*_POINTS, *_BUDGETS, "leaf_rows", "min_share", "seed"), untracked=_BUDGETS)},
    fits="density_model",
)  # fmt: skip
DENSITY = Stage(
    schema.density_segments, density_segments,
    {"activity_scaled": SCALED, "model": ModelOf(MODEL), "identities": Maybe(IDENTITIES)},
    {"density": Fields("density", only=(*_POINTS, "min_share"), untracked=("max_dimensions",)), "personas": "personas"},
)  # fmt: skip
CUSTOMERS = Stage(schema.density_customers, density_customers, {"density_segments": DENSITY})
CHECKED = Stage(
    schema.validation, density_validation, {"density_segments": DENSITY, "known_anomalies": KNOWN},
    {"personas": Fields("personas", only=("anomalous",))},
    name="density_validation", part={"check": "density"},
)  # fmt: skip

INGEST = (
    LANDED_ACTIVITY, LANDED_USERS, LANDED_IDENTITIES, LANDED_KNOWN, ACTIVITY, MEASURES, IDENTITIES, KNOWN, *REJECTED,
)  # fmt: skip
FEATURES = (MEASURED_EVENTS, SCALING, SCALED)
SEGMENTS = (EPS, MODEL, DENSITY, CUSTOMERS, CHECKED)
