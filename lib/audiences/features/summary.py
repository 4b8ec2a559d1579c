"""Each feature before and after transformation, so that people see the data before they trust a cluster."""

from __future__ import annotations

import math

from pyspark.ml.functions import array_to_vector
from pyspark.ml.stat import Correlation
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences import schema
from audiences.config import Scaling
from audiences.features.columns import as_declared
from audiences.features.scaling import customer_features
from audiences.schema.customers import UNKNOWN
from audiences.schema.features import FEATURE_CORRELATION
from audiences.schema.table import STRING, array

_QUANTILES = {"q01": 0.01, "q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95, "q99": 0.99}
_FENCE = 3.0
"""Interquartile ranges beyond the quartiles where outliers begin."""
_KEY = ["feature", "form"]


def feature_summary(
    rfm: DataFrame,
    *,
    behaviour: DataFrame,
    features_scaled: DataFrame,
    scaling_table: DataFrame,
    scaling: Scaling,
    attributes: DataFrame | None = None,
) -> DataFrame:
    """Counts, moments, quantiles, outliers and correlations of each feature, raw and scaled.

    Collects two matrices of features by features, nothing that grows with the customers.

    Args:
        rfm, behaviour, features_scaled: of one as_of.
        scaling_table: `schema.scaling`: says what was done to each feature.
        scaling: settings; the features and attributes.
        attributes: `schema.customer_attributes`; needed where the settings name some.

    Returns:
        The columns of `schema.feature_summary` without as_of: two rows per feature.
    """
    choices = scaling_table.orderBy("position").collect()  # one row per feature
    names, fills = tuple(row["feature"] for row in choices), [row["fill"] for row in choices]
    customers = customer_features(rfm, behaviour=behaviour, scaling=scaling, attributes=attributes)
    levels = [_has_level(name) for name in names[len(scaling.features) :]]
    raw = customers.select(F.array(*scaling.features, *levels).alias("values"))
    scaled = features_scaled.select(F.col("features").alias("values"))
    # one long frame and one set of aggregates: hundreds of aggregates in one row take longer to compile than to run
    long = _long(raw, "raw", names).unionByName(_long(scaled, "scaled", names))
    statistics = long.groupBy(*_KEY).agg(*_statistics()).withColumns(
        {name: F.element_at("quantiles", place) for place, name in enumerate(_QUANTILES, start=1)}
    )  # fmt: skip
    reach = (F.col("q75") - F.col("q25")) * _FENCE
    fences = statistics.select(*_KEY, (F.col("q25") - reach).alias("low"), (F.col("q75") + reach).alias("high"))
    is_outlier = ~F.col("value").between(F.col("low"), F.col("high"))
    outliers = long.join(F.broadcast(fences), _KEY).groupBy(*_KEY).agg(F.count_if(is_outlier).alias("outliers"))
    filled = F.array(*(F.coalesce(F.col("values")[place], F.lit(fill)) for place, fill in enumerate(fills)))
    correlations = _correlations(raw.select(filled.alias("values")), "raw", names).unionByName(
        _correlations(scaled, "scaled", names)
    )
    return (
        statistics.join(F.broadcast(outliers), _KEY)
        .join(F.broadcast(correlations), _KEY)
        .join(F.broadcast(scaling_table.select("feature", "transform")), "feature")
        .transform(as_declared, schema.feature_summary)
    )


def _has_level(name: str) -> Column:
    """1 where the customer has this value of this attribute, else 0; an attribute's name holds no `=`."""
    attribute, _, value = name.partition("=")
    return (F.coalesce(F.col(attribute), F.lit(UNKNOWN)) == F.lit(value)).cast("double")


def _long(frame: DataFrame, form: str, names: tuple[str, ...]) -> DataFrame:
    """One row per customer and feature: feature, form, value."""
    pairs = F.arrays_zip(F.array(*(F.lit(name) for name in names)).alias("feature"), F.col("values").alias("value"))
    return frame.select(F.inline(pairs)).toDF("feature", "value").withColumn("form", F.lit(form))


def _statistics() -> list[Column]:
    value = F.col("value")
    return [
        F.count(F.lit(1)).alias("customers"),
        F.count_if(value.isNull()).alias("nulls"),
        F.avg(value).alias("mean"),
        _finite(F.stddev_samp(value)).alias("sd"),
        F.min(value).alias("minimum"),
        F.max(value).alias("maximum"),
        F.when(F.min(value) < F.max(value), _finite(F.skewness(value))).alias("skewness"),
        F.percentile_approx(value, list(_QUANTILES.values())).alias("quantiles"),
    ]


def _correlations(frame: DataFrame, form: str, names: tuple[str, ...]) -> DataFrame:
    """Pearson correlations by Spark ML, a row per feature; null where one of the two is constant."""
    vectors = frame.select(array_to_vector(F.col("values")).alias("vector"))
    is_enough = len(vectors.limit(2).collect()) == 2  # Spark's covariance of a single row is an error
    matrix = Correlation.corr(vectors, "vector").collect()[0][0].toArray().tolist() if is_enough else None
    rows = [
        (name, form, [(other, None if matrix is None else _number(matrix[i][j])) for j, other in enumerate(names)])
        for i, name in enumerate(names)
    ]
    fields = [T.StructField("feature", STRING), T.StructField("form", STRING)]
    fields.append(T.StructField("correlations", array(FEATURE_CORRELATION)))
    return frame.sparkSession.createDataFrame(rows, T.StructType(fields))


def _number(r: float) -> float | None:
    return None if math.isnan(r) else min(1.0, max(-1.0, float(r)))


def _finite(value: Column) -> Column:
    return F.when(~F.isnan(value), value)
