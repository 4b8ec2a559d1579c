"""Power User, Casual User, Anomalous: names by cluster size and activity level, with the reason in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences.config import Personas
from audiences.segments.density.points import CHOSEN
from audiences.segments.value.reasons import label as in_words

_SAID = 3  # features that a reason names
_ACCURACY = 10_000
_ROUNDING = 1e-9  # scaled units


@dataclass(frozen=True)
class Normal:
    """The users of large clusters: median and spread per feature, the activity level of all and of each cluster.

    Attributes:
        medians, spreads: per feature, scaled units; a spread is the interquartile range, else the standard deviation.
        units: iqr or sd, per feature.
        level_mean, level_sd: of the activity level.
        levels: label -> mean activity level.
    """

    medians: Sequence[float]
    spreads: Sequence[float]
    units: Sequence[str]
    level_mean: float
    level_sd: float
    levels: Mapping[int, float]


def named(users: DataFrame, *, features: Sequence[str], large: Mapping[int, int], rules: Personas) -> DataFrame:
    """The users with `segment_id`, `persona` and `reason`.

    A large cluster is of power users where its mean activity level lies `power_sd` standard deviations above the mean
    of all users of large clusters, else of casual users. Where that sets no cluster apart (one large cluster, or all
    alike) each user's own level decides, and the reason says so. Everybody else is anomalous.

    Args:
        users: label, cluster_share, activity_level and the chosen features as an array.
        features: their names.
        large: label -> users of the large clusters.
    """
    normal = measured(users.where(F.col("label").isin(list(large))), features)
    limit = round(normal.level_mean + rules.power_sd * normal.level_sd, 6)
    power = [label for label, level in normal.levels.items() if level >= limit and normal.level_sd > 0]
    is_large = F.col("label").isin(list(large))
    is_power = F.col("label").isin(power) if power else (F.col("activity_level") >= limit) & F.lit(normal.level_sd > 0)
    persona = F.when(~is_large, rules.anomalous).when(is_power, rules.power_user).otherwise(rules.casual_user)
    why = F.when(~is_large, _anomaly(features, normal)).otherwise(_large(normal, limit, by_cluster=bool(power)))
    number = F.when(~is_large, 2).when(is_power, 0).otherwise(1)
    return users.withColumns({"segment_id": number, "persona": persona, "reason": why})


def measured(users: DataFrame, features: Sequence[str]) -> Normal:
    """One pass over the users of large clusters; a few numbers per feature and cluster come to the driver."""
    quartiles = [
        F.percentile_approx(F.col(CHOSEN)[i], [0.25, 0.5, 0.75], _ACCURACY).alias(f"q{i}") for i in range(len(features))
    ]
    deviations = [F.stddev_pop(F.col(CHOSEN)[i]).alias(f"s{i}") for i in range(len(features))]
    row = users.agg(
        *quartiles, *deviations, F.avg("activity_level").alias("mean"), F.stddev_pop("activity_level").alias("sd")
    ).collect()[0]
    levels = users.groupBy("label").agg(F.avg("activity_level").alias("level")).orderBy("label").collect()
    medians, spreads, units = [], [], []
    for i in range(len(features)):
        low, middle, high = row[f"q{i}"] or (0.0, 0.0, 0.0)
        medians.append(float(middle))
        range_, deviation = float(high - low), float(row[f"s{i}"] or 0.0)
        # values that differ by rounding alone are equal
        spreads.append(next((spread for spread in (range_, deviation) if spread > _ROUNDING), 0.0))
        units.append("iqr" if range_ > _ROUNDING else "sd")
    return Normal(
        medians, spreads, units, float(row["mean"] or 0.0), float(row["sd"] or 0.0),
        {one["label"]: float(one["level"]) for one in levels},
    )  # fmt: skip


def _large(normal: Normal, limit: float, *, by_cluster: bool) -> Column:
    share = F.format_string("cluster %d, %.1f %% of users", F.col("label"), F.col("cluster_share") * 100)
    if by_cluster:
        means = F.create_map(*(F.lit(value) for pair in normal.levels.items() for value in pair))
        mean = F.try_element_at(means, F.col("label"))
        side = F.when(mean >= limit, F.lit("at or above")).otherwise(F.lit("below"))
        return F.format_string(f"%s; its mean activity level %.2f is %s {limit:.2f}", share, mean, side)
    side = F.when(F.col("activity_level") >= limit, F.lit("at or above")).otherwise(F.lit("below"))
    split = "the one large cluster is" if len(normal.levels) == 1 else "the large clusters differ little and are"
    return F.format_string(
        f"%s; {split} split by activity level: %.2f is %s {limit:.2f}", share, F.col("activity_level"), side
    )


def _anomaly(features: Sequence[str], normal: Normal) -> Column:
    """Noise or small cluster, and the features that are farthest from the normal median."""
    away = []
    for i, name in enumerate(features):
        spread = normal.spreads[i]
        difference = F.col(CHOSEN)[i] - F.lit(normal.medians[i])
        # where normal users have one value, any other is told, in scaled units
        distance = difference / F.lit(spread if spread > 0 else 1.0)
        unit = normal.units[i] if spread > 0 else "scaled units"
        side = F.when(distance > 0, F.lit("above")).otherwise(F.lit("below"))
        words = F.format_string("%s %.1f %s %s", F.lit(in_words(name)), F.abs(distance), F.lit(unit), side)
        away.append(F.struct((-F.abs(distance)).alias("order"), F.lit(i).alias("i"), words.alias("words")))
    farthest = F.filter(F.slice(F.array_sort(F.array(*away)), 1, _SAID), lambda one: one["order"] < -_ROUNDING)
    said = F.array_join(F.transform(farthest, lambda one: one["words"]), ", ")
    where = F.when(F.col("label") < 0, F.lit("in no cluster")).otherwise(
        F.format_string("in a cluster of %.2f %% of users", F.col("cluster_share") * 100)
    )
    return F.concat(where, F.lit("; from the normal median: "), said)
