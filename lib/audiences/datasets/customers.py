"""The planted customers: who belongs where, as columns that the other generators build on."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from audiences.datasets.draws import at, below, pick, uniform
from audiences.datasets.planted import HYBRID_SEGMENTS, PERSONAS, VALUE_GROUPS
from audiences.errors import ConfigError

ROWS_PER_PARTITION = 2_000_000
SMALL_PARTITION = 50_000
MISSING_AGE = 0.05
_AGES = {"18-24": 15, "25-34": 25, "35-49": 30, "50-64": 20, "65+": 10}
_REGIONS = {"North": 30, "South": 35, "East": 20, "West": 15}
_CHANNEL_CELLS = 10
_CHANNELS = {
    "champions": ["referral"] * 6 + ["search"] * 3 + ["coupon"],
    "loyal": ["referral"] * 3 + ["search"] * 5 + ["coupon"] * 2,
    "occasional": ["referral"] + ["search"] * 6 + ["coupon"] * 3,
    "new": ["referral"] * 2 + ["search"] * 4 + ["coupon"] * 4,
    "lapsed": ["referral"] + ["search"] * 2 + ["coupon"] * 7,
}  # ten cells each
_GROUP_NAMES = [group.name for group in VALUE_GROUPS]
_BOTS = {number: persona.per_mille for number, persona in enumerate(PERSONAS) if persona.is_bot}
_POWER_USER, _CASUAL_USER = 0, 1


def planted_customers(spark: SparkSession, *, customers: int, seed: int, partitions: int) -> DataFrame:
    """One row per customer: number (bigint from 1), and the positions of its segment, value group and persona in the
    constants of `planted`: segment_at, group_at, persona_at (int).

    Their names differ from any output column on purpose: Spark 3.5 reads `array(...)[col]` beside an output column of
    the same name as a lateral alias, and so as the wrong column.
    """
    if customers < 1:
        raise ConfigError("There must be customers.", where="customers", found=customers, allowed=">= 1")
    number = F.col("number")
    segment = pick(
        uniform(seed, "segment", number), {place: segment.percent for place, segment in enumerate(HYBRID_SEGMENTS)}
    )
    group = at([_GROUP_NAMES.index(segment.value_group) for segment in HYBRID_SEGMENTS], F.col("segment_at"))
    return (
        spark.range(1, customers + 1, 1, partitions)
        .select(F.col("id").alias("number"))
        .select("number", segment.alias("segment_at"))
        .select("number", "segment_at", group.alias("group_at"))
        .select("number", "segment_at", "group_at", _persona(seed).alias("persona_at"))
    )


def _persona(seed: int) -> Column:
    number = F.col("number")
    bots = sum(_BOTS.values())
    is_bot = below(uniform(seed, "is_bot", number), 1000) < bots
    power_users = at([group.power_users for group in VALUE_GROUPS], F.col("group_at"))
    is_power_user = uniform(seed, "is_power_user", number) < power_users
    return (
        F.when(is_bot, pick(uniform(seed, "bot", number), _BOTS))
        .when(is_power_user, F.lit(_POWER_USER))
        .otherwise(F.lit(_CASUAL_USER))
    )


def truth(spark: SparkSession, *, customers: int, seed: int, partitions: int | None = None) -> DataFrame:
    """What was planted, one row per customer.

    Columns:
        customer_id string; also the user_id of the activity log.
        value_group string; one of `VALUE_GROUPS`.
        persona string; one of `PERSONAS`.
        is_bot boolean; about 1 % of the customers.
        theme string; what the customer's texts are mostly about.
        hybrid_segment string; one of `HYBRID_SEGMENTS`: a value group and a theme.
    """
    planted = planted_customers(
        spark, customers=customers, seed=seed, partitions=partitions or partitions_for(customers)
    )
    segment, persona = F.col("segment_at"), F.col("persona_at")
    return planted.select(
        customer_id(F.col("number")).alias("customer_id"),
        at(_GROUP_NAMES, F.col("group_at")).alias("value_group"),
        at([persona.name for persona in PERSONAS], persona).alias("persona"),
        at([persona.is_bot for persona in PERSONAS], persona).alias("is_bot"),
        at([segment.theme for segment in HYBRID_SEGMENTS], segment).alias("theme"),
        at([segment.name for segment in HYBRID_SEGMENTS], segment).alias("hybrid_segment"),
    )


def attributes(spark: SparkSession, *, customers: int, seed: int, partitions: int | None = None) -> DataFrame:
    """What a shop knows of its customers, one row per customer.

    Columns:
        customer_id string; as in `truth`.
        age_band string; the same for every group, null for 5 % of the customers.
        region string; the same for every group.
        acquisition_channel string; depends on the value group: referral brings champions, coupon those who lapse.
    """
    planted = planted_customers(
        spark, customers=customers, seed=seed, partitions=partitions or partitions_for(customers)
    )
    number = F.col("number")
    cells = [channel for group in _GROUP_NAMES for channel in _CHANNELS[group]]
    place = F.col("group_at") * _CHANNEL_CELLS + below(uniform(seed, "channel", number), _CHANNEL_CELLS)
    has_age = uniform(seed, "has_age", number) >= MISSING_AGE
    return planted.select(
        customer_id(number).alias("customer_id"),
        F.when(has_age, pick(uniform(seed, "age_band", number), _AGES)).alias("age_band"),
        pick(uniform(seed, "region", number), _REGIONS).alias("region"),
        at(cells, place).alias("acquisition_channel"),
    )


def customer_id(number: Column) -> Column:
    """'C0000001' for 1; seven digits, more where the number needs them."""
    digits = number.cast("string")
    return F.concat(F.lit("C"), F.when(number < 10_000_000, F.lpad(digits, 7, "0")).otherwise(digits))


def partitions_for(rows: float) -> int:
    """Partitions, and so files, for about so many rows: up to four for small data, then one per two million rows.

    It depends on nothing but the rows, so the files are the same on any machine; the rows do not depend on it.
    """
    return max(1, min(4, int(rows // SMALL_PARTITION)), -int(-rows // ROWS_PER_PARTITION))
