"""Each feature before and after transformation, so that people see the data before they trust a cluster."""

from __future__ import annotations

from itertools import combinations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences import schema
from audiences.config import Scaling
from audiences.features.columns import as_declared
from audiences.features.scaling import customer_features

_QUANTILES = {"q01": 0.01, "q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95, "q99": 0.99}
_FENCE = 3.0
"""Interquartile ranges beyond the quartiles where outliers begin."""

_FORMS = ("raw", "scaled")


def feature_summary(
    rfm: DataFrame, *, behaviour: DataFrame, features_scaled: DataFrame, scaling_table: DataFrame, scaling: Scaling
) -> DataFrame:
    """Counts, moments, quantiles, outliers and correlations of each feature, raw and scaled.

    Two aggregate passes over the customers for all features together: one for the statistics, one that counts what
    lies beyond the fences that these give.

    Args:
        rfm, behaviour, features_scaled: of one as_of.
        scaling_table: `schema.scaling`: says what was done to each feature.
        scaling: settings; the features.

    Returns:
        The columns of `schema.feature_summary` without as_of: two rows per feature.
    """
    names = scaling.features
    raw = customer_features(rfm, behaviour=behaviour, scaling=scaling)
    after = features_scaled.select(
        "customer_id", *(F.col("features")[i].alias(f"scaled {name}") for i, name in enumerate(names))
    )
    values = raw.select("customer_id", *(F.col(name).alias(f"raw {name}") for name in names)).join(after, "customer_id")
    keys = [f"{form} {name}" for form in _FORMS for name in names]
    pairs = [(f"{form} {a}", f"{form} {b}") for form in _FORMS for a, b in combinations(names, 2)]
    statistics = values.agg(
        *(_statistics(key).alias(key) for key in keys),
        *(_correlated(a, b).alias(f"{a} x {b}") for a, b in pairs),
    )
    fences = F.broadcast(statistics.select(*(_fences(key).alias(f"fences {key}") for key in keys)))
    outliers = values.crossJoin(fences).agg(*(_outliers(key).alias(f"outliers {key}") for key in keys))
    rows = F.array(*(_row(form, name, names) for form in _FORMS for name in names))
    transforms = scaling_table.select("feature", "transform")
    return (
        statistics.crossJoin(outliers)
        .select(F.explode(rows).alias("row"))
        .select("row.feature", "row.form", "row.statistics.*", "row.outliers", "row.correlations")
        .join(F.broadcast(transforms), "feature")
        .withColumns({name: F.element_at("quantiles", i) for i, name in enumerate(_QUANTILES, start=1)})
        .transform(as_declared, schema.feature_summary)
    )


def _statistics(key: str) -> Column:
    value = F.col(f"`{key}`")
    return F.struct(
        F.count(F.lit(1)).alias("customers"),
        F.count(F.when(value.isNull(), 1)).alias("nulls"),
        F.avg(value).alias("mean"),
        _finite(F.stddev_samp(value)).alias("sd"),
        F.min(value).alias("minimum"),
        F.max(value).alias("maximum"),
        F.when(F.min(value) < F.max(value), _finite(F.skewness(value))).alias("skewness"),
        F.percentile_approx(value, list(_QUANTILES.values())).alias("quantiles"),
    )


def _correlated(a: str, b: str) -> Column:
    """Pearson correlation over the rows with both values; null where one of them is constant there."""
    # F.corr divides by the deviations and so raises under ANSI when one is 0
    x, y = F.col(f"`{a}`"), F.col(f"`{b}`")
    spread = F.stddev_samp(F.when(y.isNotNull(), x)) * F.stddev_samp(F.when(x.isNotNull(), y))
    return _finite(F.covar_samp(x, y) / F.nullif(spread, F.lit(0.0)))


def _fences(key: str) -> Column:
    low, high = (F.col(f"`{key}`.quantiles")[list(_QUANTILES).index(name)] for name in ("q25", "q75"))
    reach = (high - low) * _FENCE
    return F.struct((low - reach).alias("low"), (high + reach).alias("high"))


def _outliers(key: str) -> Column:
    value, fences = F.col(f"`{key}`"), F.col(f"`fences {key}`")
    return F.count(F.when(~value.between(fences["low"], fences["high"]), 1))


def _row(form: str, name: str, names: tuple[str, ...]) -> Column:
    return F.struct(
        F.lit(name).alias("feature"),
        F.lit(form).alias("form"),
        F.col(f"`{form} {name}`").alias("statistics"),
        F.col(f"`outliers {form} {name}`").alias("outliers"),
        F.array(*(_correlation(form, name, other, names) for other in names)).alias("correlations"),
    )


def _correlation(form: str, name: str, other: str, names: tuple[str, ...]) -> Column:
    """With itself 1, unless it is constant: then there is no correlation with anything."""
    first, second = sorted((name, other), key=names.index)
    itself = F.when(F.col(f"`{form} {name}`.minimum") < F.col(f"`{form} {name}`.maximum"), F.lit(1.0))
    r = itself if name == other else F.col(f"`{form} {first} x {form} {second}`")
    return F.struct(F.lit(other).alias("feature"), r.alias("r"))


def _finite(value: Column) -> Column:
    return F.when(~F.isnan(value), value)
