"""Features filled, made less skewed and scaled, by Spark's own estimators."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
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
from audiences.config import ScalerSettings, Scaling
from audiences.errors import ConfigError
from audiences.features.columns import as_declared
from audiences.features.one_hot import fit_encoders, levels
from audiences.features.quantiles import quantiles
from audiences.schema.customers import UNKNOWN

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
    def column(self) -> str:
        """The feature's column in the fitted pipeline."""
        return f"f{self.position}"

    @property
    def sql(self) -> str:
        """The filled and transformed value; all that goes into the text are numbers."""
        if self.is_constant:
            return "0.0D"
        value = f"coalesce(CAST(`{self.column}` AS DOUBLE), CAST('{self.fill!r}' AS DOUBLE))"
        if self.transform == "log1p":
            # a newcomer may lie below 0 where nobody did at the fit
            return f"log1p(greatest({value}, 0.0D))"
        return f"signum({value}) * log1p(abs({value}))" if self.transform == "signed_log1p" else value


def fit_scaling(
    rfm: DataFrame, *, behaviour: DataFrame, scaling: Scaling, attributes: DataFrame | None = None
) -> tuple[PipelineModel, DataFrame]:
    """Learns fills, transforms and the scaler of customers' features, and says per feature what it chose.

    Args:
        rfm, behaviour: `schema.rfm` and `schema.behaviour` of one as_of.
        scaling: settings; features, attributes, skewness threshold, scaler.
        attributes: `schema.customer_attributes`; needed where the settings name some.

    Returns:
        The fitted pipeline, which turns `customer_features` into `customer_id` and a vector `scaled`; and the columns
        of `schema.scaling` without as_of.
    """
    customers = customer_features(rfm, behaviour=behaviour, scaling=scaling, attributes=attributes)
    return fitted(
        customers, key="customer_id", settings=scaling, filled_with_0=_FILLED_WITH_0, attributes=scaling.attributes
    )


def features_scaled(
    rfm: DataFrame,
    *,
    behaviour: DataFrame,
    model: PipelineModel,
    scaling: Scaling,
    attributes: DataFrame | None = None,
) -> DataFrame:
    """The features that segments are made from: filled, log where skewed, scaled.

    Args:
        rfm, behaviour: `schema.rfm` and `schema.behaviour` of one as_of.
        model: `fit_scaling`'s pipeline, of this as_of or an earlier one.
        scaling: the settings that it was fitted with.
        attributes: as at the fit; a value that the fit did not know counts as unknown.

    Returns:
        The columns of `schema.features_scaled` without as_of; finite numbers only.
    """
    customers = customer_features(rfm, behaviour=behaviour, scaling=scaling, attributes=attributes)
    frame = scaled(customers, key="customer_id", model=model, attributes=scaling.attributes)
    return frame.transform(as_declared, schema.features_scaled)


def fitted(
    rows: DataFrame,
    *,
    key: str,
    settings: ScalerSettings,
    filled_with_0: Collection[str] = (),
    attributes: Sequence[str] = (),
) -> tuple[PipelineModel, DataFrame]:
    """The scaling of any features of any keyed rows; what customers and users have in common.

    The pipeline is: SQLTransformer (fill; log1p where the filled values are more skewed than the threshold, signed
    where any is negative), VectorAssembler, the configured scaler, and an ElementwiseProduct that holds a constant
    feature at 0. Attributes go beside the scaler: StringIndexer and OneHotEncoder make a column of 0 and 1 per value
    and one for unknown, which are divided by the root of the summed variances of the attribute's columns. So an
    attribute weighs as much as one standardised feature, however many values it has; minmax leaves them as they are.
    Collects a few numbers per feature and value.

    Args:
        rows: the key and one double column per feature, null where there is none; names may be anything.
        key: the key column.
        settings: skewness threshold and scaler.
        filled_with_0: features whose missing value means none; the others get their median.
        attributes: columns of text among the rows', null where unknown.

    Returns:
        The fitted pipeline, which turns such rows, as `numbered` names their columns, into the key and a vector
        `scaled`; and the columns of `schema.scaling` without as_of.
    """
    features = [name for name in rows.columns if name not in (key, *attributes)]
    plain = numbered(rows, key=key, attributes=attributes)
    choices = _choices(plain, features, settings, filled_with_0)
    encoded = [f"h{j}" for j in range(len(attributes))]
    prepared = ", ".join([*(f"{choice.sql} AS `{choice.column}`" for choice in choices), *encoded])
    held = [0.0 if choice.is_constant else 1.0 for choice in choices]
    encoders, shares, weights = fit_encoders(plain, attributes, is_weighted=settings.scaler != "minmax")
    pipeline = Pipeline(
        stages=[
            *encoders,
            SQLTransformer(statement=f"SELECT {key}, {prepared} FROM __THIS__"),
            VectorAssembler(inputCols=[choice.column for choice in choices], outputCol="prepared"),
            _scaler(settings),
            VectorAssembler(inputCols=["rescaled", *encoded], outputCol="joined"),
            ElementwiseProduct(scalingVec=Vectors.dense(held + weights), inputCol="joined", outputCol="scaled"),
        ]
    )
    model = pipeline.fit(plain.repartition(PARTITIONS, key).sortWithinPartitions(key))
    for name, share in shares.items():
        choices.append(Choice(name, len(choices), 0.0, "one_hot", None, share in (0.0, 1.0)))
    table = rows.sparkSession.createDataFrame(
        [astuple(choice) for choice in choices],
        "feature string, position int, fill double, transform string, skewness double, is_constant boolean",
    )
    return model, as_declared(table, schema.scaling)


def scaled(rows: DataFrame, *, key: str, model: PipelineModel, attributes: Sequence[str] = ()) -> DataFrame:
    """The key, `features` (array<double>) and `feature_names` of rows as `fitted` took them."""
    names = [name for name in rows.columns if name not in (key, *attributes)] + levels(model, attributes)
    return model.transform(numbered(rows, key=key, attributes=attributes)).select(
        key,
        vector_to_array(F.col("scaled")).alias("features"),
        F.array(*(F.lit(name) for name in names)).alias("feature_names"),
    )


def numbered(rows: DataFrame, *, key: str, attributes: Sequence[str] = ()) -> DataFrame:
    """Features as f0, f1, … and attributes as a0, …: the names of a user's own columns never become SQL text."""
    features = [name for name in rows.columns if name not in (key, *attributes)]
    new = {key: key, **{name: f"f{i}" for i, name in enumerate(features)}}
    new |= {name: f"a{j}" for j, name in enumerate(attributes)}
    return rows.toDF(*(new[name] for name in rows.columns))


def customer_features(
    rfm: DataFrame, *, behaviour: DataFrame, scaling: Scaling, attributes: DataFrame | None = None
) -> DataFrame:
    """`customer_id`, the configured features in natural units, as doubles, and attributes, null where there is none.

    Raises:
        ConfigError: the settings name attributes, and the run has none.
    """
    known = [name for name in behaviour.columns if name == "customer_id" or name not in rfm.columns]
    features = rfm.join(behaviour.select(*known), "customer_id").select(
        "customer_id", *(F.col(name).cast("double").alias(name) for name in scaling.features)
    )
    if not scaling.attributes:
        return features
    if attributes is None:
        raise ConfigError("the run has no attributes of customers", where="scaling.attributes",
                          found=", ".join(scaling.attributes), advice="--set sources.customers.path=FILE")  # fmt: skip
    value = F.nullif(F.col("value"), F.lit(UNKNOWN))  # who says so is as unknown as who says nothing
    wide = attributes.groupBy("customer_id").agg(
        *(F.max(F.when(F.col("attribute") == name, value)).alias(name) for name in scaling.attributes)
    )
    return features.join(wide, "customer_id", "left")


def _choices(
    rows: DataFrame, features: Sequence[str], settings: ScalerSettings, filled_with_0: Collection[str]
) -> list[Choice]:
    fills = _fills(rows, features, filled_with_0)
    values = [F.coalesce(F.col(f"f{i}"), F.lit(fill)) for i, fill in enumerate(fills)]
    row = rows.agg(*(_moments(value).alias(f"f{i}") for i, value in enumerate(values))).collect()[0]
    return [_choice(name, i, fills[i], row[f"f{i}"], settings) for i, name in enumerate(features)]


def _fills(rows: DataFrame, features: Sequence[str], filled_with_0: Collection[str]) -> list[float]:
    """0, or the exact median (the value at rank ceil(n/2)); 0 too where nobody has a value."""
    columns = {f"f{i}": F.col(f"f{i}") for i, name in enumerate(features) if name not in filled_with_0}
    medians = quantiles(rows, columns=columns, parts=2).collect() if columns else []
    found = {row["metric"]: row["cut_points"][0] for row in medians}
    return [found.get(f"f{i}", 0.0) for i in range(len(features))]


def _moments(value: Column) -> Column:
    return F.struct(F.min(value).alias("low"), F.max(value).alias("high"), F.skewness(value).alias("skewness"))


def _choice(
    name: str, position: int, fill: float, moments: tuple[float, float, float], settings: ScalerSettings
) -> Choice:
    low, high, skewness = moments
    is_constant = low == high
    is_skewed = not is_constant and skewness is not None and skewness > settings.skew_threshold
    transform = "none" if not is_skewed else "signed_log1p" if low < 0 else "log1p"
    has_skewness = not is_constant and skewness is not None and not math.isnan(skewness)
    return Choice(name, position, fill, transform, skewness if has_skewness else None, is_constant)


def _scaler(settings: ScalerSettings) -> StandardScaler | RobustScaler | MinMaxScaler:
    if settings.scaler == "robust":
        return RobustScaler(withCentering=True, withScaling=True, inputCol="prepared", outputCol="rescaled")
    if settings.scaler == "minmax":
        return MinMaxScaler(inputCol="prepared", outputCol="rescaled")
    return StandardScaler(withMean=True, withStd=True, inputCol="prepared", outputCol="rescaled")
