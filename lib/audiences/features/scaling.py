"""Features filled, made less skewed and scaled, by Spark's own estimators."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass

from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.feature import (
    ElementwiseProduct,
    MinMaxScaler,
    RobustScaler,
    SQLTransformer,
    StandardScaler,
    VectorAssembler,
)
from pyspark.ml.functions import vector_to_array
from pyspark.ml.linalg import Vectors
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences import schema
from audiences.config import Scaling
from audiences.features.columns import as_declared
from audiences.features.quantiles import quantiles

PARTITIONS = 8
"""Rows go to the scaler in this many sorted partitions, whatever the cluster's size."""

# what a missing value means decides its fill; every other feature is filled with its median
_FILLED_WITH_0 = ("distinct_products",)


@dataclass(frozen=True)
class Choice:
    """What happens to one feature; the fields are the columns of `schema.scaling`."""

    feature: str
    position: int
    fill: float
    transform: str
    skewness: float | None
    is_constant: bool

    @property
    def sql(self) -> str:
        """The filled and transformed value; the name is one of config's fixed list, the rest are numbers."""
        if self.is_constant:
            return "0.0D"
        value = f"coalesce(CAST(`{self.feature}` AS DOUBLE), CAST('{self.fill!r}' AS DOUBLE))"
        if self.transform == "log1p":
            # a newcomer may lie below 0 where nobody did at the fit
            return f"log1p(greatest({value}, 0.0D))"
        return f"signum({value}) * log1p(abs({value}))" if self.transform == "signed_log1p" else value


def fit_scaling(rfm: DataFrame, *, behaviour: DataFrame, scaling: Scaling) -> tuple[PipelineModel, DataFrame]:
    """Learns fills, transforms and the scaler, and says per feature what it chose.

    The pipeline is: SQLTransformer (fill; log1p where the filled values are more skewed than the threshold, signed
    where any is negative), VectorAssembler, the configured scaler, and an ElementwiseProduct that holds a constant
    feature at 0. Collects a few numbers per feature.

    Args:
        rfm, behaviour: `schema.rfm` and `schema.behaviour` of one as_of.
        scaling: settings; features, skewness threshold, scaler.

    Returns:
        The fitted pipeline, which turns joined rfm and behaviour rows into `customer_id` and a vector `scaled`; and
        the columns of `schema.scaling` without as_of.
    """
    customers = customer_features(rfm, behaviour=behaviour, scaling=scaling)
    choices = _choices(customers, scaling)
    prepared = ", ".join(f"{choice.sql} AS `{choice.feature}`" for choice in choices)
    held = Vectors.dense([0.0 if choice.is_constant else 1.0 for choice in choices])
    pipeline = Pipeline(
        stages=[
            SQLTransformer(statement=f"SELECT customer_id, {prepared} FROM __THIS__"),
            VectorAssembler(inputCols=list(scaling.features), outputCol="prepared"),
            _scaler(scaling),
            ElementwiseProduct(scalingVec=held, inputCol="rescaled", outputCol="scaled"),
        ]
    )
    model = pipeline.fit(customers.repartition(PARTITIONS, "customer_id").sortWithinPartitions("customer_id"))
    rows = rfm.sparkSession.createDataFrame(
        [astuple(choice) for choice in choices],
        "feature string, position int, fill double, transform string, skewness double, is_constant boolean",
    )
    return model, as_declared(rows, schema.scaling)


def features_scaled(rfm: DataFrame, *, behaviour: DataFrame, model: PipelineModel, scaling: Scaling) -> DataFrame:
    """The features that segments are made from: filled, log where skewed, scaled.

    Args:
        rfm, behaviour: `schema.rfm` and `schema.behaviour` of one as_of.
        model: `fit_scaling`'s pipeline, of this as_of or an earlier one.
        scaling: the settings that it was fitted with.

    Returns:
        The columns of `schema.features_scaled` without as_of; finite numbers only.
    """
    customers = customer_features(rfm, behaviour=behaviour, scaling=scaling)
    names = F.array(*(F.lit(name) for name in scaling.features))
    return (
        model.transform(customers)
        .select("customer_id", vector_to_array(F.col("scaled")).alias("features"), names.alias("feature_names"))
        .transform(as_declared, schema.features_scaled)
    )


def customer_features(rfm: DataFrame, *, behaviour: DataFrame, scaling: Scaling) -> DataFrame:
    """`customer_id` and the configured features in natural units, as doubles, null where there is none."""
    known = [name for name in behaviour.columns if name == "customer_id" or name not in rfm.columns]
    return rfm.join(behaviour.select(*known), "customer_id").select(
        "customer_id", *(F.col(name).cast("double").alias(name) for name in scaling.features)
    )


def _choices(customers: DataFrame, scaling: Scaling) -> list[Choice]:
    fills = _fills(customers, scaling)
    filled = {name: F.coalesce(F.col(name), F.lit(fills[name])) for name in scaling.features}
    row = customers.agg(*(_moments(value).alias(name) for name, value in filled.items())).collect()[0]
    return [_choice(name, i, fills[name], row[name], scaling) for i, name in enumerate(scaling.features)]


def _fills(customers: DataFrame, scaling: Scaling) -> dict[str, float]:
    """0, or the exact median (the value at rank ceil(n/2)); 0 too where nobody has a value."""
    medians = quantiles(customers, columns={name: F.col(name) for name in scaling.features}, parts=2).collect()
    found = {row["metric"]: row["cut_points"][0] for row in medians if row["metric"] not in _FILLED_WITH_0}
    return {name: found.get(name, 0.0) for name in scaling.features}


def _moments(value: Column) -> Column:
    return F.struct(F.min(value).alias("low"), F.max(value).alias("high"), F.skewness(value).alias("skewness"))


def _choice(name: str, position: int, fill: float, moments: tuple[float, float, float], scaling: Scaling) -> Choice:
    low, high, skewness = moments
    is_constant = low == high
    is_skewed = not is_constant and skewness is not None and skewness > scaling.skew_threshold
    transform = "none" if not is_skewed else "signed_log1p" if low < 0 else "log1p"
    has_skewness = not is_constant and skewness is not None and not math.isnan(skewness)
    return Choice(name, position, fill, transform, skewness if has_skewness else None, is_constant)


def _scaler(scaling: Scaling) -> StandardScaler | RobustScaler | MinMaxScaler:
    if scaling.scaler == "robust":
        return RobustScaler(withCentering=True, withScaling=True, inputCol="prepared", outputCol="rescaled")
    if scaling.scaler == "minmax":
        return MinMaxScaler(inputCol="prepared", outputCol="rescaled")
    return StandardScaler(withMean=True, withStd=True, inputCol="prepared", outputCol="rescaled")
