"""Settings of the activity pipeline: features, scaling."""

from __future__ import annotations

from pydantic import Field, field_validator

from audiences.config.activity_sources import ActivityCleaning
from audiences.config.features import ScalerSettings
from audiences.config.section import Names, Section
from audiences.schema.activity_features import ACTIVITY_FEATURES


class ActivityFeatures(Section):
    """How a user's events become features."""

    window_days: int | None = Field(None, ge=1, description="only events of so many days before as_of; null: all")
    session_gap_minutes: float = Field(30.0, gt=0, description="a longer pause ends a session that has no id")
    login_types: Names = Field(("login",), description="event types that are logins; without any, sessions count")
    burst_seconds: float = Field(1.0, gt=0, description="events closer than this are a burst")
    night_hours: tuple[int, int] = Field((0, 6), description="first hour of the night, first hour after it")
    top_types: int = Field(5, ge=1, le=100, description="event types shown per user, the largest first")

    @field_validator("night_hours")
    @classmethod
    def _hours(cls, hours: tuple[int, int]) -> tuple[int, int]:
        if not all(0 <= hour <= 23 for hour in hours) or hours[0] == hours[1]:
            raise ValueError("two different hours from 0 to 23 are needed")
        return hours


class ActivityScaling(ScalerSettings):
    """How activity features are filled, made less skewed and scaled; measured users have all theirs scaled."""

    features: Names = Field(
        tuple(name for name in ACTIVITY_FEATURES if name not in ("tenure_days",)),
        description=f"columns of activity_features; allowed: {', '.join(ACTIVITY_FEATURES)}",
    )

    @field_validator("features")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in names if name not in ACTIVITY_FEATURES]
        if unknown or not names or len(set(names)) < len(names):
            raise ValueError(
                f"distinct features are needed; unknown: {unknown}; allowed: {', '.join(ACTIVITY_FEATURES)}"
            )
        return names


class Activity(Section):
    """Activity events to features."""

    cleaning: ActivityCleaning = Field(default_factory=ActivityCleaning)
    features: ActivityFeatures = Field(default_factory=ActivityFeatures)
    scaling: ActivityScaling = Field(default_factory=ActivityScaling)
