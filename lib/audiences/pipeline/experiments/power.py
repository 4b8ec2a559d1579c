"""`audiences experiment power`: what an experiment could find, from what customers did before."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from pyspark.sql import functions as F

from audiences.config import Experiments
from audiences.engine.manifest import Published, newest_until
from audiences.errors import ConfigError, InputError
from audiences.experiments.aggregates import capped, history, moments_by, outcomes
from audiences.experiments.design import arms_of, checked_margin
from audiences.experiments.moments import Moments, together
from audiences.experiments.power import smallest_effect, times_the_customers
from audiences.experiments.reading import COLUMNS, COVARIATES
from audiences.pipeline.final import SEGMENTS
from audiences.pipeline.purchases import DAYS

ALL = "all"


def power(
    run: Published,
    rules: Experiments,
    *,
    days: int,
    control: float,
    cost: float = 0.0,
    margin_rate: float | None = None,
) -> list[dict[str, Any]]:
    """One row per segment and one for all: the smallest effects that an experiment of so many days would find.

    Segments are those of a run at least `days` before the newest, outcomes those of the days that followed it: the
    segments of today were made by the very purchases that would have to be foretold.

    Raises:
        ConfigError: the control's share is not between 0 and 1, or there are no days.
        InputError: no run is that old, or there are no purchases.
    """
    arms_of(control, costs=[str(cost)])  # refuses what cannot be
    margin = 1.0 if margin_rate is None else checked_margin(margin_rate)
    if days < 1:
        raise ConfigError("an experiment takes a day or more", where="--days", found=days, allowed="1 or more")
    before = newest_until(run.store, run.as_of - timedelta(days=days))
    by_segment = _moments(run, before, before.as_of + timedelta(days=days), rules)
    everybody = {ALL: together(list(by_segment.values())), **by_segment}
    return [_row(name, moments, control, cost, margin) for name, moments in everybody.items()]


def _moments(run: Published, before: Published, ends: date, rules: Experiments) -> dict[str, Moments]:
    days, segments = run.frame(DAYS), before.frame(SEGMENTS)
    if days is None or segments is None:
        raise InputError("the run has no purchases to measure by", where=f"run {run.as_of}")
    past = history(days, as_of=before.as_of, days=rules.history_days)
    spent = outcomes(days, starts=before.as_of, ends=ends, returns_until=ends)
    customers = segments.select("customer_id", F.col("name").alias("segment"))
    joined = customers.join(past, "customer_id", "left").join(spent, "customer_id", "left")
    positive = past.where(F.col("spend_before") > 0).select(F.col("spend_before").cast("double").alias("spend"))
    cap = positive.agg(F.percentile_approx("spend", rules.cap_quantile, 1_000_000).alias("cap")).collect()[0]["cap"]
    if cap is None:
        raise InputError("nobody spent anything in those days, so spend cannot be capped", where=f"run {before.as_of}",
                         allowed="a longer history")  # fmt: skip
    numbers = joined.select(
        "segment", *(F.col(name).cast("double") for name in ("bought", "orders", "net_spend", *COVARIATES))
    )
    filled = numbers.fillna(0.0).withColumns(
        {"net_spend_capped": capped("net_spend", cap), "spend_before": capped("spend_before", cap)}
    )
    rows = moments_by(filled, ["segment"], COLUMNS).orderBy("segment").collect()  # a row per segment
    return {row["segment"]: Moments.of_row(row.asDict(), COLUMNS) for row in rows}


def _row(segment: str, moments: Moments, control: float, cost: float, margin_rate: float) -> dict[str, Any]:
    left = moments.residual_variance("net_spend_capped", COVARIATES)
    spend, halves = (smallest_effect(left, moments.count, share) for share in (control, 0.5))
    buying = smallest_effect(moments.variance("bought"), moments.count, control)
    mean, held_out = moments.mean("net_spend_capped"), round(moments.count * control)
    return {
        "segment": segment, "customers": moments.count, "control": held_out, "net_spend": mean,
        "smallest_effect": spend, "of_the_mean": None if spend is None or mean <= 0 else spend / mean,
        "with_halves": halves, "bought": moments.mean("bought"),
        "smallest_points": None if buying is None else 100 * buying, "break_even": cost / margin_rate,
        "control_forgoes": None if spend is None else spend * margin_rate * held_out,
    }  # fmt: skip


def in_words(control: float) -> str:
    """What the division costs."""
    times = times_the_customers(control)
    return f"a control of {control:.0%} needs {times:.1f} times the customers of two halves for the same certainty"
