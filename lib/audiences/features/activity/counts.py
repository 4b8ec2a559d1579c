"""What a user's events are: types, hours, days and paths counted, with entropies and the rarity of the types."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences.config import ActivityFeatures
from audiences.features.activity.sessions import counts

_HOURS = 24


def type_rarity(activity: DataFrame, *, as_of: date, settings: ActivityFeatures) -> DataFrame:
    """(event_type, rarity in bits): -log2 of the share of users who have an event of this type; one row per type."""
    pairs = activity.where(counts(as_of, settings)).select("user_id", "event_type").distinct()
    users = pairs.agg(F.count_distinct("user_id").alias("users"))
    return (
        pairs.groupBy("event_type")
        .agg(F.count(F.lit(1)).alias("having"))
        .crossJoin(F.broadcast(users))
        .select("event_type", F.log2(F.col("users") / F.col("having")).alias("rarity"))
    )


def counts_per_user(events: DataFrame, *, rarity: DataFrame, settings: ActivityFeatures) -> DataFrame:
    """Per user: type_shares, event_types, type_entropy, type_rarity, hour_entropy, active_days, active_hours, paths.

    One grouping counts all kinds of values at once.

    Args:
        events: as `events_in_sessions` gives them; their partitioning by user is kept.
        rarity: (event_type, rarity).
        settings: `top_types`.
    """
    slot = F.datediff("day", F.lit(date(1970, 1, 1))) * _HOURS + F.col("hour")
    values = {"type": F.col("event_type"), "slot": slot.cast("string"), "path": F.col("path")}
    entries = F.array(*(F.struct(F.lit(kind).alias("kind"), value.alias("value")) for kind, value in values.items()))
    counted = (
        events.select("user_id", F.inline(entries))
        .where(F.col("value").isNotNull())
        .groupBy("user_id", "kind", "value")
        .agg(F.count(F.lit(1)).alias("n"))
    )
    is_type, is_slot = F.col("kind") == "type", F.col("kind") == "slot"
    # a name for each type, not a value: there are few
    of_types = rarity.select(F.lit("type").alias("kind"), F.col("event_type").alias("value"), "rarity")
    weighed = counted.join(F.broadcast(of_types), ["kind", "value"], "left").withColumns(
        {"of_type": F.when(is_type, F.col("n")), "slot": F.when(is_slot, F.col("value").cast("int"))}
    )
    hour = F.pmod("slot", F.lit(_HOURS))
    by_size = F.sort_array(F.collect_list(F.when(is_type, F.struct((-F.col("n")).alias("minus"), "value"))))
    return (
        weighed.groupBy("user_id")
        .agg(
            by_size.alias("types"),
            F.sum("of_type").alias("typed"),
            (F.sum(F.col("of_type") * F.col("rarity")) / F.sum("of_type")).alias("type_rarity"),
            _entropy(F.col("of_type")).alias("type_entropy"),
            F.count("of_type").alias("event_types"),
            F.count("slot").alias("active_hours"),
            F.count_if(F.col("kind") == "path").alias("paths"),
            F.size(F.collect_set(F.floor(F.col("slot") / _HOURS))).alias("active_days"),
            *(F.sum(F.when(hour == one, F.col("n")).otherwise(0)).alias(f"hour_{one}") for one in range(_HOURS)),
        )
        .withColumns(
            {
                "type_shares": _shares(settings.top_types),
                "hour_entropy": _entropy_of([F.col(f"hour_{one}") for one in range(_HOURS)]),
            }
        )
    )


def _entropy(counts: Column) -> Column:
    """Shannon entropy in bits of the counts over a group: log2 N - sum n log2 n / N, never below 0."""
    total = F.sum(counts)
    return F.greatest(F.log2(total) - F.sum(counts * F.log2(counts)) / total, F.lit(0.0))


def _entropy_of(counts: list[Column]) -> Column:
    """The same over some columns of one row."""
    total = sum(counts[1:], counts[0])
    weighed = [F.when(count > 0, count * F.log2(count)).otherwise(0.0) for count in counts]
    return F.greatest(F.log2(total) - sum(weighed[1:], weighed[0]) / total, F.lit(0.0))


def _shares(top: int) -> Column:
    return F.transform(
        F.slice("types", 1, top),
        lambda one: F.struct(one["value"].alias("event_type"), (-one["minus"] / F.col("typed")).alias("share")),
    )
