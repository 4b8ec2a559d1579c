"""Activity features, or measures of users, filled, made less skewed and scaled, as customers' features are."""

from __future__ import annotations

from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from audiences import schema
from audiences.config import ActivityScaling, UserMeasures
from audiences.errors import InputError
from audiences.features.columns import as_declared
from audiences.features.scaling import fitted, scaled
from audiences.schema.activity_features import FILLED_WITH_0


def fit_activity_scaling(
    activity_features: DataFrame | None = None,
    *,
    user_measures: DataFrame | None = None,
    scaling: ActivityScaling,
    measures: UserMeasures,
) -> tuple[PipelineModel, DataFrame]:
    """Learns fills, transforms and the scaler; see `features.scaling.fitted`.

    Args:
        activity_features: `schema.activity_features` of one as_of, if events are the source.
        user_measures: `schema.user_measures`, if there are no events.
        scaling: the features of events, skewness threshold, scaler.
        measures: the features of measured users.

    Raises:
        InputError: no user has a value of a measured feature (its name may be wrong).
    """
    rows = user_features(activity_features, user_measures=user_measures, scaling=scaling, measures=measures)
    if activity_features is None:
        _refuse_empty(rows)
    return fitted(rows, key="user_id", settings=scaling, filled_with_0=FILLED_WITH_0)


def activity_scaled(
    activity_features: DataFrame | None = None,
    *,
    user_measures: DataFrame | None = None,
    model: PipelineModel,
    scaling: ActivityScaling,
    measures: UserMeasures,
) -> DataFrame:
    """The scaled features as the body of `schema.activity_scaled`; arguments as of the fit, and its model."""
    rows = user_features(activity_features, user_measures=user_measures, scaling=scaling, measures=measures)
    return scaled(rows, key="user_id", model=model).transform(as_declared, schema.activity_scaled)


def user_features(
    activity_features: DataFrame | None,
    *,
    user_measures: DataFrame | None,
    scaling: ActivityScaling,
    measures: UserMeasures,
) -> DataFrame:
    """`user_id` and one double column per feature in natural units, null where there is none."""
    if activity_features is not None:
        return activity_features.select(
            "user_id", *(F.col(name).cast("double").alias(name) for name in scaling.features)
        )
    if user_measures is None:
        raise ValueError("events or measured users are needed")
    return user_measures.select(
        "user_id", *(F.col("values")[i].alias(name) for i, name in enumerate(measures.features))
    )


def _refuse_empty(rows: DataFrame) -> None:
    names = [name for name in rows.columns if name != "user_id"]
    counts = rows.toDF("user_id", *(f"f{i}" for i in range(len(names)))).agg(
        *(F.count(f"f{i}").alias(f"f{i}") for i in range(len(names)))
    )
    empty = [name for name, count in zip(names, counts.collect()[0], strict=True) if not count]
    if empty:
        raise InputError(
            "no user has a value of a feature", where="user_measures.features", found=", ".join(empty),
            allowed="columns of sources.users with numbers", advice="check how the source spells the name",
        )  # fmt: skip
