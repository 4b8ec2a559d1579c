"""Events in their order, with the time since the one before and the session that each belongs to."""

from __future__ import annotations

from datetime import date, timedelta

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from audiences.config import ActivityFeatures

MICROS = 1_000_000


def events_in_sessions(activity: DataFrame, *, as_of: date, settings: ActivityFeatures) -> DataFrame:
    """The events that count, one row each, hash-partitioned by user_id: groupings by user shuffle nothing more.

    Args:
        activity: `schema.activity`.
        as_of: events of days before it count.
        settings: `window_days` and `session_gap_minutes`.

    Returns:
        user_id, day, hour, event_type, path, micros (of ts since the epoch), end_micros, session (string, unique
        within the user), gap (seconds since the user's event before; null at the first), step (the gap, where both
        events lie in one session).
    """
    events = (
        activity.where(counts(as_of, settings))
        .withColumn("micros", F.unix_micros("ts"))
        .select("user_id", "day", "hour", "event_type", "path", "session_id", "duration_seconds", "micros")
        .repartition("user_id")
    )
    # equal times are told apart only so that the result never depends on the order of reading
    in_order = Window.partitionBy("user_id").orderBy("micros", F.col("session_id").asc_nulls_last())
    so_far = in_order.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    before = in_order.rowsBetween(Window.unboundedPreceding, -1)
    # an event without a session continues that of the last one without, if that is near
    is_nameless = F.col("session_id").isNull()
    last_nameless = F.last(F.when(is_nameless, F.col("micros")), ignorenulls=True).over(before)
    limit = int(settings.session_gap_minutes * 60 * MICROS)
    opens = is_nameless & (last_nameless.isNull() | (F.col("micros") - last_nameless > limit))
    return (
        events.withColumns(
            {"opens": opens.cast("long"), "gap": (F.col("micros") - F.lag("micros").over(in_order)) / F.lit(MICROS)}
        )
        .withColumn("number", F.sum("opens").over(so_far))
        .withColumn("session", _session_key())
        .withColumn("step", F.when(F.col("session") == F.lag("session").over(in_order), F.col("gap")))
        .select(
            "user_id", "day", "hour", "event_type", "path", "session", "gap", "step",
            "micros",
            (F.col("micros") + F.coalesce(F.round(F.col("duration_seconds") * MICROS).cast("long"), F.lit(0))).alias(
                "end_micros"
            ),
        )
    )  # fmt: skip


def counts(as_of: date, settings: ActivityFeatures) -> Column:
    """Whether an event's day lies before D, and in the window if there is one."""
    is_before = F.col("day") < F.lit(as_of)
    if settings.window_days is None:
        return is_before
    return is_before & (F.col("day") >= F.lit(as_of - timedelta(days=settings.window_days)))


def _session_key() -> Column:
    """The source's session with a mark that no counted session can bear, else the count."""
    return F.coalesce(F.concat(F.lit("="), F.col("session_id")), F.col("number").cast("string"))
