"""`audiences experiment read`: the arms as they were drawn, against the purchases that a published run knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, partial

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from audiences.engine.manifest import Published
from audiences.errors import InputError, QualityGateError
from audiences.experiments import words
from audiences.experiments.aggregates import capped, histogram_by, moments_by, outcomes
from audiences.experiments.design import CONTROL
from audiences.experiments.frozen import Cells, Experiment, named
from audiences.experiments.keyed_rows import with_customer_key
from audiences.experiments.moments import Moments
from audiences.experiments.permutation import Histogram
from audiences.experiments.reading import COLUMNS, ArmReading, column_of
from audiences.experiments.reading import read as read_arms
from audiences.experiments.sample_ratio import SampleRatio, by_losses
from audiences.pipeline.experiments.ledger import assignments_of, entries
from audiences.pipeline.final import SEGMENTS
from audiences.pipeline.purchases import DAYS


@dataclass(frozen=True)
class Result:
    """What there is to say at as_of.

    Args:
        waiting: why there is no verdict yet; then there are no arms and no figures.
        sample_ratios: of each arm against the control: are those analysed the ones drawn?
    """

    experiment: Experiment
    as_of: date
    waiting: str | None
    arms: tuple[ArmReading, ...] = ()
    sample_ratios: Mapping[str, SampleRatio] = field(default_factory=dict)


def read(run: Published, name: str, secret: bytes) -> Result:
    """The verdict, or why there is none yet.

    Raises:
        ConfigError: nothing of this name was ever started.
        InputError: ledger or assignments were changed, or the run has no purchases.
        QualityGateError: the customers analysed are not those drawn: no verdict.
    """
    experiment = named(entries(run.store, secret), name)
    assignments = assignments_of(run.store, secret, experiment)
    waiting = words.before_the_end(experiment.period, run.as_of)
    if waiting:
        return Result(experiment, run.as_of, waiting)
    analysed = _analysed(run, experiment, assignments, secret)
    rows = moments_by(analysed, ["segment", "arm"], COLUMNS).collect()  # a row per segment and arm
    cells: dict[str, dict[str, Moments]] = {}
    for row in rows:
        cells.setdefault(row["segment"], {})[row["arm"]] = Moments.of_row(row.asDict(), COLUMNS)
    _check_analysed(experiment, cells)
    ratios = _sample_ratios(experiment, {(s, arm): m.count for s, arms in cells.items() for arm, m in arms.items()})
    outcome = column_of(experiment.metric)
    counted = cache(
        partial(_histograms, analysed, outcome, experiment.cap if experiment.metric == "net_spend" else None)
    )
    arms = read_arms(
        dict(sorted(cells.items())), experiment.arms, experiment.metric, experiment.rules,
        lambda segment: _of_segment(counted(), segment), seed=experiment.seed,
    )  # fmt: skip
    return Result(experiment, run.as_of, None, arms, ratios)


def _analysed(run: Published, experiment: Experiment, assignments: DataFrame, secret: bytes) -> DataFrame:
    """Every assigned customer whom the run still knows, with outcomes and covariates as COLUMNS.

    Who bought nothing counts with 0, whether reached or not: the arms are compared as they were drawn.
    """
    days, segments, period = run.frame(DAYS), run.frame(SEGMENTS), experiment.period
    if days is None or segments is None:
        raise InputError("the run has no purchases to measure by", where=f"run {run.as_of}")
    known = segments.select("customer_id").union(
        days.where(F.col("day") < F.lit(run.as_of)).select("customer_id")
    ).distinct()  # fmt: skip
    bought = outcomes(days, starts=period.starts, ends=period.ends, returns_until=period.returns_until)
    results = known.join(bought, "customer_id", "left").fillna(0.0, ["bought", "orders", "net_spend"])
    keyed = with_customer_key(results, secret).drop("customer_id")
    return assignments.join(keyed, "customer_key").select(
        "segment", "arm", "bought", "orders", "net_spend",
        capped("net_spend", experiment.cap).alias("net_spend_capped"),
        capped("spend_before", experiment.cap).alias("spend_before"),
        F.col("bought_before").cast("double").alias("bought_before"),
        F.col("has_history").cast("double").alias("has_history"),
    )  # fmt: skip


def _check_analysed(experiment: Experiment, cells: Mapping[str, Mapping[str, Moments]]) -> None:
    for arm in experiment.arms:
        customers = sum(by_arm[arm.name].count for by_arm in cells.values() if arm.name in by_arm)
        if customers < 2:
            raise InputError(
                "the run knows nobody of an arm", where=f"{experiment.name}, {arm.name}",
                found=f"{customers} customers",
                advice="is this the store of the shop that the experiment was started in?",
            )  # fmt: skip


def _sample_ratios(experiment: Experiment, analysed: Cells) -> dict[str, SampleRatio]:
    """Lost x arm over the frozen segments, each arm against the control.

    Raises:
        QualityGateError: an arm lost other customers than the control did.
    """
    segments = sorted({segment for segment, _ in experiment.cells})
    treated = [arm.name for arm in experiment.arms if arm.name != CONTROL]
    ratios = {}
    for arm in treated:
        kept = [tuple(analysed.get((segment, name), 0) for name in (arm, CONTROL)) for segment in segments]
        drawn = [tuple(experiment.cells.get((segment, name), 0) for name in (arm, CONTROL)) for segment in segments]
        ratios[arm] = by_losses(
            [
                ((total[0] - there[0], there[0]), (total[1] - there[1], there[1]))
                for total, there in zip(drawn, kept, strict=True)
            ]
        )
    alarms = [arm for arm, ratio in ratios.items() if ratio.p < experiment.rules.sample_ratio_p / len(treated)]
    if alarms:
        raise QualityGateError(
            "the customers analysed are not those drawn; there is no verdict", where=experiment.name,
            found="; ".join(_lost(experiment.cells, analysed, arm) for arm in (*alarms, CONTROL)),
            allowed=f"a chance of {experiment.rules.sample_ratio_p:g} or more that they were lost alike",
            advice="find out why one arm's customers went missing from the data before believing any difference",
        )  # fmt: skip
    return ratios


def _lost(drawn: Cells, analysed: Cells, arm: str) -> str:
    total = sum(count for (_, name), count in drawn.items() if name == arm)
    there = sum(count for (_, name), count in analysed.items() if name == arm)
    return f"{arm}: {total - there:,} of {total:,} lost"


def _histograms(analysed: DataFrame, outcome: str, cap: float | None) -> dict[tuple[str, str], Histogram]:
    """(segment, arm) -> equal outcomes, of which there are only so many."""
    counts: dict[tuple[str, str], dict[float, int]] = {}
    for row in histogram_by(analysed, ["segment", "arm"], outcome, cap).collect():
        counts.setdefault((row["segment"], row["arm"]), {})[row["value"]] = row["customers"]
    return {cell: dict(values) for cell, values in counts.items()}


def _of_segment(counts: Mapping[tuple[str, str], Histogram], segment: str | None) -> dict[str, Histogram]:
    """Arm -> counts, of one segment or of all."""
    by_arm: dict[str, dict[float, int]] = {}
    for (name, arm), histogram in counts.items():
        if segment in (None, name):
            total = by_arm.setdefault(arm, {})
            for value, customers in histogram.items():
                total[value] = total.get(value, 0) + customers
    return dict(by_arm)
