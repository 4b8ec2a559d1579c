"""Landed events judged: each gets its typed values and every reason that speaks against it."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences.config import ActivityCleaning, ActivitySource, Cleaning, IdKey
from audiences.schema import activity as activity_table
from audiences.schema.users import ACTIVITY_OPTIONAL, ACTIVITY_REQUIRED
from audiences.sources import row_checks
from audiences.sources.repeats import copy_number

_RAW = (*ACTIVITY_REQUIRED, *ACTIVITY_OPTIONAL)
_NO_TYPE = "event"


def activity(
    landed: DataFrame,
    *,
    source: ActivitySource,
    cleaning: ActivityCleaning,
    rules: Cleaning,
    time_zone: str,
    id_key: IdKey | None = None,
) -> DataFrame:
    """Kept events, one per kept input row, as the table `activity`.

    Args:
        landed: file, position, the canonical columns as strings, extras, corrupt_record.
        source: for the timestamps' format and zone.
        cleaning: whether repeats are rejected.
        rules: days in range, what is removed from user ids, and the words that stand for nobody.
        time_zone: of days and hours.
        id_key: what e-mail addresses that are ids are hashed with; None: they stay.
    """
    judged = judge(
        landed, source=source, cleaning=cleaning, rules=rules, time_zone=time_zone, id_key=id_key,
    )  # fmt: skip
    return row_checks.kept(judged).withColumn("hour", F.hour(_wall_clock(time_zone))).select(*activity_table.names)


def rejected_activity(
    landed: DataFrame,
    *,
    source: ActivitySource,
    cleaning: ActivityCleaning,
    rules: Cleaning,
    time_zone: str,
    id_key: IdKey | None = None,
) -> DataFrame:
    """The other rows, whole, with their reasons, as the body of `rejected_rows`; arguments as of `activity`."""
    judged = judge(
        landed, source=source, cleaning=cleaning, rules=rules, time_zone=time_zone, id_key=id_key,
    )  # fmt: skip
    return row_checks.rejected(judged, landed)


def judge(
    landed: DataFrame,
    *,
    source: ActivitySource,
    cleaning: ActivityCleaning,
    rules: Cleaning,
    time_zone: str,
    id_key: IdKey | None = None,
) -> DataFrame:
    """Typed columns, `day`, `reasons` (empty: kept; a row may break several rules), and the raw row in `row`."""
    typed = row_checks.raw_texts(landed, _RAW).withColumns(
        {
            "user_id": row_checks.person("user_id", rules, id_key),
            "ts": row_checks.instant("ts", source, time_zone),
            "event_type": F.coalesce(row_checks.trimmed("event_type"), F.lit(_NO_TYPE)),
            "session_id": row_checks.identifier("session_id", rules.id_suffix_pattern),
            "duration_seconds": row_checks.finite(F.col("raw_duration_seconds")),
            "path": row_checks.trimmed("path"),
        }
    )
    marked = typed.withColumns(
        {
            "day": F.to_date(_wall_clock(time_zone)),
            "copy": copy_number(_RAW) if cleaning.reject_repeats else F.lit(1),
        }
    )
    conditions = {
        "missing_user": F.col("user_id").isNull(),
        "invalid_date": F.col("ts").isNull(),
        "date_out_of_range": ~F.col("day").between(F.lit(rules.min_date), F.lit(rules.max_date)),
        "invalid_duration": F.col("duration_seconds").isNull() & row_checks.trimmed("duration_seconds").isNotNull(),
        "negative_duration": F.col("duration_seconds") < 0,
        "exact_duplicate": F.col("copy") > 1,
    }
    broken = row_checks.reasons({**row_checks.unreadable(_RAW), **conditions}, source.columns)
    return marked.withColumn("reasons", row_checks.left_out(broken, source.where, source.columns))


def _wall_clock(time_zone: str) -> Column:
    return F.from_utc_timestamp("ts", time_zone)
