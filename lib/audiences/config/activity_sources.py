"""Settings of the activity pipeline's sources."""

from __future__ import annotations

from pydantic import Field, field_validator

from audiences.config.row_rule import RowRule
from audiences.config.section import Names, Section
from audiences.config.sources import Source, SourceColumns
from audiences.schema import users as tables


class ActivityColumns(SourceColumns):
    """Source columns of each canonical column: the first name that a file's header has is taken."""

    REQUIRED = tables.ACTIVITY_REQUIRED
    OPTIONAL = tables.ACTIVITY_OPTIONAL

    user_id: Names = Field(("user_id", "user"), description="required")
    ts: Names = Field(("ts", "timestamp", "time"), description="required")
    event_type: Names = Field(("event_type", "event"), description="optional; 'event' where there is none")
    session_id: Names = Field(("session_id", "session"), description="optional; else sessions by inactivity")
    duration_seconds: Names = Field(("duration_seconds", "duration"), description="optional")
    path: Names = Field(("path", "page"), description="optional")


class ActivitySource(Source):
    """The raw activity log: one row per event."""

    JUDGED = (*Source.JUDGED, "where")

    where: tuple[RowRule, ...] = Field(
        (), description="only rows for which all of these rules hold count; the others are rejected as filtered_out"
    )
    columns: ActivityColumns = Field(default_factory=ActivityColumns)


class UserColumns(SourceColumns):
    """Source column of the user; every other column lands in `extras`."""

    REQUIRED = tables.USERS_REQUIRED

    user_id: Names = Field(("user_id", "user"), description="required")


class UserSource(Source):
    """Activity that is already aggregated: one row per user (or record) with numbers."""

    columns: UserColumns = Field(default_factory=UserColumns)


class IdentityColumns(SourceColumns):
    """Source columns of the two ids."""

    REQUIRED = tables.IDENTITIES_REQUIRED

    user_id: Names = Field(("user_id", "user"), description="required")
    customer_id: Names = Field(("customer_id", "customer"), description="required")


class IdentitySource(Source):
    """Which customer a user is; without it a user id is a customer id."""

    columns: IdentityColumns = Field(default_factory=IdentityColumns)


class KnownColumns(SourceColumns):
    """Source columns of the user and the judgement."""

    REQUIRED = tables.KNOWN_REQUIRED
    OPTIONAL = tables.KNOWN_OPTIONAL

    user_id: Names = Field(("user_id", "user"), description="required")
    flag: Names = Field(
        ("flag", "is_bot"), description="optional: 1/true/yes or 0/false/no; without it every row is a known anomaly"
    )


class KnownSource(Source):
    """Known bots or abuse tickets, for validation only."""

    columns: KnownColumns = Field(default_factory=KnownColumns)


class ActivityCleaning(Section):
    """How landed activity is judged beside `cleaning`, whose date range and id pattern hold here as well."""

    reject_repeats: bool = Field(
        False, description="reject all but the first of exactly equal events; a log may hold true repeats"
    )


class UserMeasures(Section):
    """Which columns of `sources.users` are features."""

    features: Names = Field((), description="numeric columns of the source, by their own names")

    @field_validator("features")
    @classmethod
    def _distinct(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) < len(names):
            raise ValueError("each feature once")
        return names
