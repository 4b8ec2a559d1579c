"""Generated activity log: sessions of planted users and bots, event by event."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from audiences.datasets.customers import customer_id, partitions_for, planted_customers
from audiences.datasets.draws import at, below, geometric, lognormal, numbered, pick, uniform
from audiences.datasets.planted import HYBRID_SEGMENTS, PERSONAS, VALUE_GROUPS
from audiences.errors import ConfigError

MISSING_SESSION = 0.03  # share of sessions without an id
UNMEASURED = 0.20  # share of events without a duration

_WAKING_HOURS = {
    6: 1, 7: 3, 8: 5, 9: 6, 10: 6, 11: 6, 12: 7, 13: 6, 14: 5, 15: 5,
    16: 5, 17: 6, 18: 8, 19: 10, 20: 11, 21: 9, 22: 5, 23: 2,
}  # fmt: skip
_SESSIONS_SPREAD = 0.35  # standard deviation of log(sessions) within a persona
_GAP_SPREAD = 0.5  # standard deviation of log(mean seconds between events) over the sessions of a person
_BOT_GAP_SPREAD = 0.02  # the same for a bot that keeps its step
_MAX_SESSIONS, _MAX_EVENTS = 100_000, 1_000


def activity(
    spark: SparkSession,
    *,
    customers: int,
    days: int,
    seed: int,
    start: date = date(2024, 1, 1),
    partitions: int | None = None,
) -> DataFrame:
    """Events of `customers` planted users whose sessions start from `start` 00:00 UTC over `days` days.

    Columns:
        user_id string; the customer_id of `truth`; every user has at least one session.
        ts timestamp; UTC.
        event_type string; login (first of each session), view, search, cart, purchase, wishlist, support.
        session_id string; null for 3 % of the sessions.
        duration_seconds double; seconds spent on the event, null for 20 % of the events.
        path string; what was looked at.

    People: power users have some six sessions a week, casual users one, in waking hours, at irregular steps. Bots (some
    1 % of users): `bot_metronome` keeps a timetable and even steps, `bot_sleepless` comes at any hour, `bot_burst` has
    several events a second, `bot_scraper` keeps a timetable and even steps over two paths. The rows have no dirt.

    About 80 events per user and four weeks; `partitions` sets the tasks and files, never the rows. A session that
    starts just before the end may run past it.
    """
    if days < 1:
        raise ConfigError("The number of days must be positive.", where="days", found=days, allowed=">= 1")
    partitions = partitions or partitions_for(customers * events_per_user(days))
    planted = planted_customers(spark, customers=customers, seed=seed, partitions=partitions)
    first_second = (start - date(1970, 1, 1)).days * 86_400
    return (
        planted.transform(_sessions, days=days, seed=seed, first_second=first_second)
        .transform(_events, seed=seed)
        .transform(_as_columns, seed=seed)
    )


def events_per_user(days: int) -> float:
    """Roughly how many events a user leaves over `days` days (a little too few, for the spread is left out)."""
    bots = sum(persona.per_mille for persona in PERSONAS) / 1000
    power_user, casual_user = PERSONAS[:2]
    groups = {group.name: group.power_users for group in VALUE_GROUPS}
    power_users = sum(segment.percent / 100 * groups[segment.value_group] for segment in HYBRID_SEGMENTS)
    shares = {power_user.name: (1 - bots) * power_users, casual_user.name: (1 - bots) * (1 - power_users)}
    return sum(
        shares.get(persona.name, persona.per_mille / 1000) * max(1.0, persona.sessions * days / 7) * persona.events
        for persona in PERSONAS
    )


def _sessions(planted: DataFrame, *, days: int, seed: int, first_second: int) -> DataFrame:
    """users -> sessions: when each starts, how many events it has and their mean step."""
    number, persona, session = F.col("number"), F.col("persona_at"), F.col("session")
    median = at([persona.sessions * days / 7 for persona in PERSONAS], persona)
    sessions = F.round(lognormal(seed, "sessions", number, median=median, sigma=_SESSIONS_SPREAD))
    by_session = planted.select(
        "number",
        "persona_at",
        customer_id(number).alias("user_id"),
        F.least(F.greatest(sessions, F.lit(1.0)), F.lit(float(_MAX_SESSIONS))).cast("int").alias("sessions"),
    ).withColumn("session", numbered(F.col("sessions")))
    any_hour = at([persona.is_sleepless for persona in PERSONAS], persona)
    u = uniform(seed, "session/hour", number, session)
    hour = F.when(any_hour, below(u, 24)).otherwise(pick(u, _WAKING_HOURS))
    day = below(uniform(seed, "session/day", number, session), days)
    by_whim = day * 86_400 + hour * 3600 + uniform(seed, "session/second", number, session) * 3600.0
    by_timetable = (session + uniform(seed, "phase", number)) * (days * 86_400.0) / F.col("sessions")
    keeps_timetable = at([persona.is_regular for persona in PERSONAS], persona)
    started_after = F.when(keeps_timetable, by_timetable).otherwise(by_whim)
    more = geometric(
        uniform(seed, "session/events", number, session), mean=at([persona.events - 2 for persona in PERSONAS], persona)
    )
    gap = lognormal(
        seed, "session/gap", number, session, median=at([persona.gap_seconds for persona in PERSONAS], persona),
        sigma=at([_BOT_GAP_SPREAD if persona.is_regular else _GAP_SPREAD for persona in PERSONAS], persona),
    )  # fmt: skip
    has_id = uniform(seed, "session/has_id", number, session) >= MISSING_SESSION
    return by_session.select(
        "user_id",
        "persona_at",
        (number * _MAX_SESSIONS + session).alias("session_key"),
        F.when(has_id, F.concat_ws("-", F.lit("S"), number.cast("string"), session.cast("string"))).alias("session_id"),
        (F.lit(first_second) + started_after).alias("started"),
        (F.least(more, F.lit(_MAX_EVENTS)) + 2).cast("int").alias("events"),
        gap.alias("gap"),
    )


def _events(sessions: DataFrame, *, seed: int) -> DataFrame:
    """sessions -> events: a login at 0, then even steps for regular bots, else moments strewn over the session.

    Squaring the uniform draw crowds them towards the start, as people click fast and then linger: the steps between
    them vary more than their mean, where a bot's hardly vary.
    """
    key, place, gap = F.col("session_key"), F.col("place"), F.col("gap")
    is_regular = at([persona.is_regular for persona in PERSONAS], F.col("persona_at"))
    u = uniform(seed, "event/moment", key, place)
    even = (place + u * 0.02) * gap
    strewn = u * u * gap * F.col("events")
    return sessions.withColumn("place", numbered(F.col("events"))).withColumn(
        "offset", F.when(place == 0, F.lit(0.0)).when(is_regular, even).otherwise(strewn)
    )


def _as_columns(events: DataFrame, *, seed: int) -> DataFrame:
    """The frame's contract: names, order and types."""
    key, place, persona = F.col("session_key"), F.col("place"), F.col("persona_at")
    chosen = _event_type(uniform(seed, "event/type", key, place), persona)
    kind = F.when(place == 0, F.lit("login")).otherwise(chosen)
    u = uniform(seed, "event/target", key, place)
    target = below(u * u, at([persona.paths for persona in PERSONAS], persona))
    dwell = -F.log(F.lit(1.0) - uniform(seed, "event/dwell", key, place)) * F.col("gap") * 0.8
    is_measured = uniform(seed, "event/is_measured", key, place) >= UNMEASURED
    return events.withColumn("kind", kind).select(
        "user_id",
        F.timestamp_micros(F.round((F.col("started") + F.col("offset")) * 1e3).cast("bigint") * 1000).alias("ts"),
        F.col("kind").alias("event_type"),
        "session_id",
        F.when(is_measured, F.round(dwell, 1)).alias("duration_seconds"),
        _path(F.col("kind"), target).alias("path"),
    )


def _event_type(u: Column, persona: Column) -> Column:
    """An event type by the persona's weights: one table of 100 cells per persona, end to end."""
    cells = [kind for persona_ in PERSONAS for kind, weight in persona_.events_of.items() for _ in range(weight)]
    return at(cells, persona * 100 + below(u, 100))


def _path(kind: Column, target: Column) -> Column:
    has_target = kind.isin("view", "search", "wishlist", "cart")
    page = F.concat(F.lit("/"), kind)
    return F.when(has_target, F.concat(page, F.lit("/"), target.cast("string"))).otherwise(page)
