"""Scores without a model: where customers stand at D by the scaler and the value segments of a published run."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences import schema
from audiences.config import Behaviour, Rfm, Scaling, ValueSegments
from audiences.engine.manifest import Published
from audiences.errors import InputError
from audiences.features import behaviour, customer_days, features_scaled, orders, rfm
from audiences.pipeline.customers import ATTRIBUTES
from audiences.pipeline.purchases import BEHAVIOUR, CUTS, DAYS, K_SELECTION, NAMES, RFM, SCALING, VALUE
from audiences.prediction.run_inputs import fitted_model, settings_of
from audiences.segments.value.members import value_segments


def by_centres(run: Published, transactions: DataFrame, *, as_of: date) -> DataFrame:
    """The value segment of every customer with a purchase before D; fills, scaling and centres as published.

    Args:
        run: its settings count, not those in force; attributes of customers are those that it pinned.
        transactions: `schema.transactions`.
        as_of: D.

    Returns:
        The columns of `schema.scores` without as_of and method. At the run's own D and events, the run's own segments.

    Raises:
        InputError: the run has no value segments.
    """
    cuts, names = run.frame(CUTS), run.frame(NAMES)
    if cuts is None or names is None:
        raise InputError("the run has no value segments to place customers in", where=f"run {run.as_of}")
    days = customer_days(
        transactions, orders=orders(transactions), behaviour=settings_of(run, DAYS, "behaviour", Behaviour)
    )
    figures = rfm(days, cut_points=cuts, as_of=as_of, rfm=settings_of(run, RFM, "rfm", Rfm))
    habits = behaviour(days, as_of=as_of, settings=settings_of(run, BEHAVIOUR, "settings", Behaviour))
    scaling = settings_of(run, SCALING, "scaling", Scaling)
    scaled = features_scaled(
        figures, behaviour=habits, model=fitted_model(run, SCALING), scaling=scaling, attributes=run.frame(ATTRIBUTES)
    )
    chosen = settings_of(run, VALUE, "segments", ValueSegments)
    placed = value_segments(scaled, names=names, model=fitted_model(run, K_SELECTION), segments=chosen)
    first = days.groupBy("customer_id").agg(F.min("day").alias("first_day"))
    by_id = {"names": F.map_from_entries(F.collect_list(F.struct("segment_id", "name")))}
    named = placed.join(first, "customer_id").crossJoin(F.broadcast(names.agg(by_id["names"].alias("names"))))
    return named.select(
        "customer_id",
        F.col("name").alias("segment"),
        _membership("segment_id").alias("probability"),
        F.try_element_at("names", F.col("runner_up_id")).alias("runner_up"),
        _membership("runner_up_id").alias("runner_up_probability"),
        F.array(
            F.format_string("distance to the centre %.3f", "distance"),
            F.format_string("to the runner-up's %.3f", "runner_up_distance"),
        ).alias("reasons"),
        F.lit(None).cast("string").alias("unscorable"),
        "first_day",
        F.lit(run.receipt(K_SELECTION).fingerprint).alias("model"),
        F.lit(run.run_id).alias("run_id"),
    ).select(*(column.name for column in schema.scores.body))  # fmt: skip


def _membership(segment_id: str) -> Column:
    """Of a mixture; null for KMeans."""
    return F.when(F.col("memberships").isNotNull(), F.get("memberships", F.col(segment_id)))
