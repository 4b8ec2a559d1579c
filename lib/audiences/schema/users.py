"""Landed and clean activity: events, users already measured, who they are, and which of them are known to be bots."""

from __future__ import annotations

from audiences.schema.clean import landed_table
from audiences.schema.table import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INT,
    LONG,
    STRING,
    TIMESTAMP,
    Column,
    Table,
    array,
)

ACTIVITY_REQUIRED = ("user_id", "ts")
ACTIVITY_OPTIONAL = ("event_type", "session_id", "duration_seconds", "path")
USERS_REQUIRED = ("user_id",)
IDENTITIES_REQUIRED = ("user_id", "customer_id")
KNOWN_REQUIRED = ("user_id",)
KNOWN_OPTIONAL = ("flag",)

USER_ID = Column(
    "user_id", STRING, "User, as a string normalised by config like customer ids (17850.0 is 17850).", nullable=False,
    is_person=True,
)  # fmt: skip


landed_activity = landed_table(
    "activity", required=ACTIVITY_REQUIRED, optional=ACTIVITY_OPTIONAL, unindexed=("session_id", "path")
)
landed_users = landed_table("users", required=USERS_REQUIRED)
landed_identities = landed_table("identities", required=IDENTITIES_REQUIRED)
landed_known = landed_table("known", required=KNOWN_REQUIRED, optional=KNOWN_OPTIONAL)

activity = Table(
    zone="clean",
    name="activity",
    comment="One row per kept event of the activity log.",
    columns=(
        USER_ID,
        Column("ts", TIMESTAMP, "When, as an instant (UTC).", nullable=False),
        Column("day", DATE, "The day of ts in the configured time zone.", nullable=False),
        Column("hour", INT, "The hour of ts, 0-23, in the configured time zone.", nullable=False),
        Column("event_type", STRING, "What happened; 'event' where the source does not say.", nullable=False),
        Column("session_id", STRING, "The source's session; null where it has none."),
        Column("duration_seconds", DOUBLE, "Seconds that the event took, >= 0; null where unknown."),
        Column("path", STRING, "Page, screen or object of the event; null where the source has none."),
    ),
    checks={"hour_of_day": "hour BETWEEN 0 AND 23", "duration": "duration_seconds IS NULL OR duration_seconds >= 0"},
    unindexed=("session_id", "path"),
)

user_measures = Table(
    zone="clean",
    name="user_measures",
    comment="One row per user (or record) of a source that is already aggregated, with the configured features.",
    columns=(
        USER_ID,
        Column("feature_names", array(STRING), "The features that config lists, in its order.", nullable=False),
        Column(
            "values", array(DOUBLE), "Their values, natural units; null inside where the row has none.", nullable=False
        ),
    ),
    key=("user_id",),
)

identities = Table(
    zone="clean",
    name="identities",
    comment="Which customer a user is.",
    columns=(
        USER_ID,
        Column(
            "customer_id", STRING, "Customer, normalised by config (17850.0 is 17850).", nullable=False, is_person=True
        ),
    ),
    key=("user_id",),
)

known_anomalies = Table(
    zone="clean",
    name="known_anomalies",
    comment="Users that people have judged: known bots, abuse tickets. For validation only, never a feature.",
    columns=(
        USER_ID,
        Column(
            "is_anomaly",
            BOOLEAN,
            "Any row of the user says so; a row says so by its flag, or by being there where its file has no flags.",
            nullable=False,
        ),
        Column("rows", LONG, "Rows of the user.", nullable=False),
    ),
    key=("user_id",),
)

__all__ = [
    "ACTIVITY_OPTIONAL",
    "ACTIVITY_REQUIRED",
    "IDENTITIES_REQUIRED",
    "KNOWN_OPTIONAL",
    "KNOWN_REQUIRED",
    "USERS_REQUIRED",
    "USER_ID",
    "activity",
    "identities",
    "known_anomalies",
    "landed_activity",
    "landed_identities",
    "landed_known",
    "landed_users",
    "user_measures",
]
