"""Scores without a model: which persona users have at D by the scaler and the core rows of a published DBSCAN."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from audiences import schema
from audiences.config import ActivityFeatures, ActivityScaling, Density, Personas, UserMeasures
from audiences.engine.manifest import Published
from audiences.errors import InputError
from audiences.features.activity import activity_features, activity_scaled
from audiences.pipeline import activity as users
from audiences.prediction.run_inputs import fitted_model, settings_of
from audiences.segments.density.members import density_segments


def by_core_rows(run: Published, activity: DataFrame, *, as_of: date) -> DataFrame:
    """The persona of every user with an event before D: that of the nearest core row within eps, else noise.

    Args:
        run: its settings count, not those in force.
        activity: `schema.activity`.
        as_of: D.

    Returns:
        The columns of `schema.scores` without as_of and method, by user. At the run's own D and events, the run's own
        personas, but for border users that two clusters can claim: DBSCAN gives them to the first, here the nearest
        core row decides.

    Raises:
        InputError: the run has no density segments.
    """
    if run.receipt(users.DENSITY).version is None:
        raise InputError("the run has no density segments to place users in", where=f"run {run.as_of}")
    measured = activity_features(
        activity, as_of=as_of, settings=settings_of(run, users.MEASURED_EVENTS, "settings", ActivityFeatures)
    )
    scaled = activity_scaled(
        measured, model=fitted_model(run, users.SCALING),
        scaling=settings_of(run, users.SCALED, "scaling", ActivityScaling),
        measures=settings_of(run, users.SCALED, "measures", UserMeasures),
    )  # fmt: skip
    placed = density_segments(
        scaled, model=fitted_model(run, users.MODEL), density=settings_of(run, users.DENSITY, "density", Density),
        personas=settings_of(run, users.DENSITY, "personas", Personas), are_fitted=False,
    )  # fmt: skip
    first = activity.groupBy("user_id").agg(F.min("day").alias("first_day"))
    nothing = F.lit(None)
    return placed.join(first, "user_id").select(
        F.col("user_id").alias("customer_id"),
        F.col("persona").alias("segment"),
        nothing.cast("double").alias("probability"),
        nothing.cast("string").alias("runner_up"),
        nothing.cast("double").alias("runner_up_probability"),
        F.array("reason", F.format_string("distance to the nearest core row %.3f", "anomaly_score")).alias("reasons"),
        nothing.cast("string").alias("unscorable"),
        "first_day",
        F.lit(run.receipt(users.MODEL).fingerprint).alias("model"),
        F.lit(run.run_id).alias("run_id"),
    ).select(*(column.name for column in schema.scores.body))  # fmt: skip
