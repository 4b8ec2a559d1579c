"""Settings of the activity pipeline's sources."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, field_validator

from audiences.config.section import Names, Section
from audiences.config.sources import Source, TransactionSource
from audiences.schema import users as tables


class _UserColumns(Section):
    """What all these sources have: a user, and columns of their own."""

    required: ClassVar[tuple[str, ...]]
    optional: ClassVar[tuple[str, ...]]

    def candidates(self) -> dict[str, tuple[str, ...]]:
        """Canonical name -> source names, required columns first."""
        return {name: getattr(self, name) for name in (*self.required, *self.optional)}


class ActivityColumns(_UserColumns):
    """Source columns of each canonical column: the first name that a file's header has is taken."""

    required = tables.ACTIVITY_REQUIRED
    optional = tables.ACTIVITY_OPTIONAL

    user_id: Names = Field(("user_id", "user"), min_length=1, description="required")
    ts: Names = Field(("ts", "timestamp", "time"), min_length=1, description="required")
    event_type: Names = Field(("event_type", "event"), description="optional; 'event' where there is none")
    session_id: Names = Field(("session_id", "session"), description="optional; else sessions by inactivity")
    duration_seconds: Names = Field(("duration_seconds", "duration"), description="optional")
    path: Names = Field(("path", "page"), description="optional")


class ActivitySource(Source):
    """The raw activity log: one row per event."""

    columns: ActivityColumns = Field(default_factory=ActivityColumns)


class UserColumns(_UserColumns):
    """Source column of the user; every other column lands in `extras`."""

    required = tables.USERS_REQUIRED
    optional = tables.USERS_OPTIONAL

    user_id: Names = Field(("user_id", "user"), min_length=1, description="required")


class UserSource(Source):
    """Activity that is already aggregated: one row per user (or record) with numbers."""

    columns: UserColumns = Field(default_factory=UserColumns)


class IdentityColumns(_UserColumns):
    """Source columns of the two ids."""

    required = tables.IDENTITIES_REQUIRED
    optional = tables.IDENTITIES_OPTIONAL

    user_id: Names = Field(("user_id", "user"), min_length=1, description="required")
    customer_id: Names = Field(("customer_id", "customer"), min_length=1, description="required")


class IdentitySource(Source):
    """Which customer a user is; without it a user id is a customer id."""

    columns: IdentityColumns = Field(default_factory=IdentityColumns)


class KnownColumns(_UserColumns):
    """Source columns of the user and the judgement."""

    required = tables.KNOWN_REQUIRED
    optional = tables.KNOWN_OPTIONAL

    user_id: Names = Field(("user_id", "user"), min_length=1, description="required")
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


class Sources(Section):
    """Raw inputs."""

    transactions: TransactionSource = Field(default_factory=TransactionSource)
    activity: ActivitySource = Field(default_factory=ActivitySource)
    users: UserSource = Field(default_factory=UserSource)
    identities: IdentitySource = Field(default_factory=IdentitySource)
    known: KnownSource = Field(default_factory=KnownSource)
