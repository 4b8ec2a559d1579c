"""The activity features of each user, from three groupings of the events."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences import schema
from audiences.config import ActivityFeatures
from audiences.features.activity.counts import counts_per_user, type_rarity
from audiences.features.activity.sessions import MICROS, events_in_sessions
from audiences.features.columns import as_declared


def activity_features(activity: DataFrame, *, as_of: date, settings: ActivityFeatures) -> DataFrame:
    """One row per user with an event that counts, as the body of `schema.activity_features`; formulas stand there.

    Args:
        activity: `schema.activity`.
        as_of: D.
        settings: window, session gap, login types, night hours, burst limit, types shown.

    Cost: each of the three groupings shuffles the events by user once, with the columns that it needs, and two of
    them sort; the joins of their one row per user shuffle nothing more. An exact median holds the distinct gaps of
    one user at a time.
    """
    events = events_in_sessions(activity, as_of=as_of, settings=settings)
    counted = counts_per_user(events, rarity=type_rarity(activity, as_of=as_of, settings=settings), settings=settings)
    timed = _timed(events, settings)
    visits = _sessions(events)
    weeks = F.greatest(F.col("tenure_days"), F.lit(7)) / F.lit(7.0)
    return (
        timed.join(visits, "user_id")
        .join(counted, "user_id")
        .withColumns(
            {"recency_days": F.datediff(F.lit(as_of), "last_day"), "tenure_days": F.datediff(F.lit(as_of), "first_day")}
        )
        .withColumns(
            {
                "events_per_week": F.col("events") / weeks,
                "logins_per_week": F.coalesce(F.nullif("logins", F.lit(0)), "sessions") / weeks,
                "events_per_session": F.col("events") / F.col("sessions"),
                "night_share": F.col("night_events") / F.col("events"),
                "events_per_active_hour": F.col("events") / F.col("active_hours"),
                "path_repetition": F.lit(1.0) - F.try_divide("paths", "events_with_path"),
            }
        )
        .transform(as_declared, schema.activity_features)
    )


def _timed(events: DataFrame, settings: ActivityFeatures) -> DataFrame:
    """Per user: counts, days, and how the gaps and steps lie."""
    hour, (start, end) = F.col("hour"), settings.night_hours
    is_night = hour.between(start, end - 1) if start < end else (hour >= start) | (hour < end)
    is_login = F.col("event_type").isin(*settings.login_types) if settings.login_types else F.lit(False)
    return events.groupBy("user_id").agg(
        F.count(F.lit(1)).alias("events"),
        F.count_if(is_night).alias("night_events"),
        F.count_if(is_login).alias("logins"),
        F.count("path").alias("events_with_path"),
        F.min("day").alias("first_day"),
        F.max("day").alias("last_day"),
        F.percentile("gap", F.lit(0.5)).alias("gap_seconds_median"),
        _variation("gap").alias("gap_cv"),
        F.percentile("step", F.lit(0.5)).alias("step_seconds_median"),
        _variation("step").alias("step_cv"),
        F.avg((F.col("gap") < settings.burst_seconds).cast("double")).alias("burst_share"),
    )


def _variation(name: str) -> Column:
    """Population standard deviation / mean; null where there is no value or the mean is 0."""
    return F.try_divide(F.stddev_pop(name), F.avg(name))


def _sessions(events: DataFrame) -> DataFrame:
    """Per user: sessions and their seconds."""
    return (
        events.groupBy("user_id", "session")
        .agg(((F.max("end_micros") - F.min("micros")) / F.lit(MICROS)).alias("length"))
        .groupBy("user_id")
        .agg(
            F.count(F.lit(1)).alias("sessions"),
            F.percentile("length", F.lit(0.5)).alias("session_seconds_median"),
            F.percentile("length", F.lit(0.95)).alias("session_seconds_p95"),
        )
    )
