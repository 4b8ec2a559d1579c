"""`audiences experiment start`: eligibility first, then the draw, then one row of the ledger that makes it count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences import schema
from audiences.config import Experiments
from audiences.engine.manifest import Published
from audiences.errors import ConfigError, InputError
from audiences.experiments.aggregates import history
from audiences.experiments.assignment import assigned
from audiences.experiments.audience import audience
from audiences.experiments.design import EVERY_CHANNEL, METRICS, Arm, Metric, Period, channels_clash, checked_margin
from audiences.experiments.frozen import Experiment
from audiences.experiments.keyed_rows import with_customer_key, with_seal
from audiences.experiments.keys import seal
from audiences.fingerprint import digest
from audiences.pipeline.experiments.ledger import add, cells_of, entries, newest
from audiences.pipeline.final import CUSTOMERS
from audiences.pipeline.purchases import DAYS
from audiences.schema.experiments import SEALED

OTHER = "other"
"""The segment of those whose own is too small to be told alone."""


@dataclass(frozen=True)
class Request:
    """What a person asks for; `starts` None: the day of the newest run."""

    name: str
    audience: tuple[str, ...]
    arms: tuple[Arm, ...]
    metric: Metric
    ends: date
    starts: date | None = None
    channel: str = EVERY_CHANNEL
    stratify: str = "segment"
    margin_rate: float | None = None
    seed: int = 1


def start(run: Published, request: Request, rules: Experiments, secret: bytes) -> Experiment:
    """Draws the arms and writes the ledgers; the same request again finds what is there.

    Raises:
        ConfigError: the request cannot be, its name or layer is taken, or its audience is too small.
            Nothing is written then.
        InputError: the run has no purchases to measure by.
        ConflictError: another experiment was started meanwhile.
    """
    period = _period(run, request, rules)
    request = replace(request, starts=period.starts)
    frozen = (request, period, run.run_id, rules.model_dump(mode="json", exclude={"key"}), seal(secret, ["key"]))
    experiment_id = digest(*(str(part) for part in frozen))
    known = entries(run.store, secret)
    for other in known:
        if other.experiment_id == experiment_id:
            return other
        _check_free(request, period, other)
    described = _described(run, request, rules)
    cap = _cap(described, rules)
    cells = _drawn(run, request, described, experiment_id, secret)
    experiment = Experiment(
        name=request.name, experiment_id=experiment_id, channel=request.channel, period=period, metric=request.metric,
        audience=request.audience, stratify=request.stratify, seed=request.seed, arms=request.arms,
        margin_rate=request.margin_rate, cap=cap, run_as_of=run.as_of, run_id=run.run_id, cells=cells,
        settings=rules.model_dump_json(),
    )  # fmt: skip
    add(run.store, secret, experiment, len(known))
    return experiment


def _period(run: Published, request: Request, rules: Experiments) -> Period:
    starts = request.starts or run.as_of
    if starts < run.as_of:
        raise ConfigError(
            "an experiment cannot start before the segments it is drawn from", where="--start", found=starts,
            allowed=f"{run.as_of} (the newest run) or later",
        )  # fmt: skip
    if request.ends <= starts:
        raise ConfigError("an experiment ends after its start", where="--until", found=request.ends,
                          allowed=f"after {starts}")  # fmt: skip
    if request.metric not in METRICS:
        raise ConfigError("no such metric", where="--metric", found=request.metric, allowed=", ".join(METRICS))
    if request.margin_rate is not None:
        checked_margin(request.margin_rate)
    return Period(starts, request.ends, request.ends + timedelta(days=rules.return_days))


def _check_free(request: Request, period: Period, other: Experiment) -> None:
    if other.name == request.name:
        raise ConfigError(
            "an experiment of this name was started already", found=f"{other.name}, since {other.period.starts}",
            allowed="another name: what was frozen at a start stays", advice=f"audiences experiment read {other.name}",
        )  # fmt: skip
    if period.overlaps(other.period) and channels_clash(request.channel, other.channel):
        raise ConfigError(
            "the layer is taken: two experiments of one channel at one time would mix their effects",
            where=f"--channel {request.channel}, {period.starts} to {period.ends}",
            found=f"{other.name} ({other.channel}, {other.period.starts} to {other.period.ends})",
            allowed=f"another channel on both sides, or a start at {other.period.ends} or later",
        )  # fmt: skip


def _described(run: Published, request: Request, rules: Experiments) -> DataFrame:
    """The eligible customers: customer_id, segment of today, and the covariates."""
    customers, days = run.frame(CUSTOMERS), run.frame(DAYS)
    if customers is None or days is None:
        raise InputError(
            "the run has no purchases to measure by", where=f"run {run.as_of}",
            advice="the newest run of a source of transactions is needed",
        )  # fmt: skip
    eligible = audience(customers, request.audience).select("customer_id", "segment")
    small = _small_segments(eligible, request, rules)
    past = history(days, as_of=run.as_of, days=rules.history_days)
    return eligible.join(past, "customer_id", "left").select(
        "customer_id", _segment(small).alias("segment"),
        F.coalesce("spend_before", F.lit(0).cast("decimal(18,2)")).alias("spend_before"),
        F.coalesce("bought_before", F.lit(False)).alias("bought_before"),
        F.coalesce("has_history", F.lit(False)).alias("has_history"),
    )  # fmt: skip


def _small_segments(eligible: DataFrame, request: Request, rules: Experiments) -> list[str]:
    """The segments that are told together."""
    counts = {row["segment"]: row["count"] for row in eligible.groupBy("segment").count().collect()}
    smallest = min(arm.share for arm in request.arms)
    customers = sum(counts.values())
    if customers * smallest < rules.min_arm_customers:
        raise ConfigError(
            "the audience is too small for an experiment", where="--audience",
            found=f"{customers:,} customers, {customers * smallest:,.0f} of them in the smallest arm",
            allowed=f"{rules.min_arm_customers} in each arm (experiments.min_arm_customers)",
            advice="a wider audience, or more even arms; audiences experiment power says what could be found",
        )  # fmt: skip
    return sorted(name for name, count in counts.items() if count * smallest < rules.min_segment_arm_customers)


def _segment(small: Sequence[str]) -> Column:
    return F.when(F.col("segment").isin(list(small)), F.lit(OTHER)).otherwise(F.col("segment"))


def _cap(described: DataFrame, rules: Experiments) -> float:
    """Of all arms together, before any of them exists."""
    positive = described.where(F.col("spend_before") > 0).select(F.col("spend_before").cast("double").alias("spend"))
    cap = positive.agg(F.percentile_approx("spend", rules.cap_quantile, 1_000_000).alias("cap")).collect()[0]["cap"]
    if cap is None:
        raise InputError(
            "nobody of the audience spent anything before the start, so spend cannot be capped",
            where=f"experiments.history_days: {rules.history_days}", allowed="a longer history, or a wider audience",
        )  # fmt: skip
    return float(cap)


def _drawn(
    run: Published, request: Request, described: DataFrame, experiment_id: str, secret: bytes
) -> dict[tuple[str, str], int]:
    """Writes the assignments and counts them; a start that was broken off here is found by its id."""
    keyed = with_customer_key(described, secret).drop("customer_id")
    stratum = F.col("segment") if request.stratify == "segment" else F.lit("all")
    drawn = assigned(
        keyed.withColumn("stratum", stratum), arms=request.arms, salt=f"{request.name}|{request.seed}"
    ).select(
        F.lit(request.name).alias("experiment"), F.lit(experiment_id).alias("experiment_id"), "customer_key", "arm",
        "stratum", "segment", F.lit(run.run_id).alias("run_id"), "spend_before", "bought_before", "has_history",
    )  # fmt: skip
    store = run.store
    store.write(
        schema.assignments, with_seal(drawn, secret, SEALED), fingerprint=experiment_id, mode="append",
        metadata={"experiment": request.name},
    )  # fmt: skip
    written = newest(store, schema.assignments)
    if written is None:
        raise InputError("the assignments just written cannot be read", where=store.path(schema.assignments))
    return cells_of(written.where(F.col("experiment_id") == experiment_id))
