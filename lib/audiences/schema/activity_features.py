"""What is measured of each user of the activity log, and the scaled features made from it."""

from __future__ import annotations

from dataclasses import replace

from pyspark.sql import types as T

from audiences.schema.features import features_scaled, scaling
from audiences.schema.table import AS_OF, DOUBLE, INT, LONG, STRING, Column, Table, array
from audiences.schema.users import USER_ID

TYPE_SHARE = T.StructType([T.StructField("event_type", STRING), T.StructField("share", DOUBLE)])
_MEDIAN = "filled with the median of all users"

activity_features = Table(
    zone="features",
    name="activity_features",
    comment="How each user of the activity log behaves before D (of the last window_days, where set). A gap is the time "
    "between two consecutive events of a user; a step is a gap within one session. A session is the source's, else it "
    "ends where no event follows for session_gap_minutes.",
    columns=(
        AS_OF,
        USER_ID,
        Column("events", LONG, "Events.", nullable=False),
        Column("active_days", LONG, "Distinct days with an event, configured time zone.", nullable=False),
        Column("recency_days", INT, "D minus the day of the last event, in days; 1 is yesterday.", nullable=False),
        Column("tenure_days", INT, "D minus the day of the first event, in days.", nullable=False),
        Column("events_per_week", DOUBLE, "events / weeks, weeks = tenure_days / 7, at least 1.", nullable=False),
        Column(
            "logins_per_week",
            DOUBLE,
            "Logins / weeks: events of a login type; sessions for a user without any.",
            nullable=False,
        ),
        Column("sessions", LONG, "Sessions.", nullable=False),
        Column("events_per_session", DOUBLE, "events / sessions.", nullable=False),
        Column(
            "session_seconds_median",
            DOUBLE,
            "Exact median of the sessions' seconds, from the first event to the end of the one that ends last (an event "
            "without a duration ends at once).",
            nullable=False,
        ),
        Column("session_seconds_p95", DOUBLE, "Exact 95 % quantile of the same, interpolated.", nullable=False),
        Column(
            "type_shares",
            array(TYPE_SHARE),
            "Share of the user's events per event type, the largest top_types of them; ties by name.",
            nullable=False,
        ),
        Column("event_types", LONG, "Distinct event types.", nullable=False),
        Column("type_entropy", DOUBLE, "Shannon entropy of the event types, bits; 0 with one type.", nullable=False),
        Column(
            "type_rarity",
            DOUBLE,
            "Mean over the user's events of -log2(share of all users who have an event of that type), bits; 0 where "
            "everybody does what the user does.",
            nullable=False,
        ),
        Column("hour_entropy", DOUBLE, "Shannon entropy of the hour of day, bits; at most log2(24).", nullable=False),
        Column("night_share", DOUBLE, "Events in the night hours / events.", nullable=False),
        Column(
            "events_per_active_hour",
            DOUBLE,
            "events / distinct pairs of day and hour with an event.",
            nullable=False,
        ),
        Column("gap_seconds_median", DOUBLE, f"Exact median gap, seconds; null with one event, {_MEDIAN}."),
        Column(
            "gap_cv",
            DOUBLE,
            "Population standard deviation / mean of the gaps; null with one event or where all are 0, filled with 0.",
        ),
        Column("step_seconds_median", DOUBLE, f"Exact median step, seconds; null without a step, {_MEDIAN}."),
        Column(
            "step_cv",
            DOUBLE,
            "Population standard deviation / mean of the steps: near 0 is clockwork; null without a step or where all "
            "are 0, filled with 0.",
        ),
        Column("burst_share", DOUBLE, "Gaps below burst_seconds / gaps; null with one event, filled with 0."),
        Column("paths", LONG, "Distinct paths; 0 where the source has none.", nullable=False),
        Column(
            "path_repetition",
            DOUBLE,
            "1 - paths / events with a path: 0 never comes back; null without paths, filled with 0.",
        ),
    ),
    key=("user_id",),
    slice_by=("as_of",),
    checks={"shares": "night_share BETWEEN 0 AND 1", "sessions": "sessions BETWEEN 1 AND events"},
    when_empty="left out: no event before as_of",
)

activity_scaling = replace(
    scaling,
    name="activity_scaling",
    comment="What scaling does to each activity feature (or each measured one): the fitted pipeline in words.",
)

activity_scaled = replace(
    features_scaled,
    name="activity_scaled",
    comment="The features that the density stage is made from: filled, log where skewed, scaled; no null, no NaN.",
    columns=(AS_OF, USER_ID, *features_scaled.body[1:]),
    key=("user_id",),
)

FILLED_WITH_0 = ("gap_cv", "step_cv", "burst_share", "path_repetition")
"""Features whose missing value means none; every other one is filled with its median."""

ACTIVITY_FEATURES = tuple(column.name for column in activity_features.body if column.type in (INT, LONG, DOUBLE))
"""Every number of activity_features that may be scaled."""

__all__ = [
    "ACTIVITY_FEATURES",
    "FILLED_WITH_0",
    "TYPE_SHARE",
    "activity_features",
    "activity_scaled",
    "activity_scaling",
]
