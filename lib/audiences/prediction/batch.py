"""Scoring in batch: one published manifest, one model, the events before D; written once per input."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Literal

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from audiences import schema
from audiences.config import Settings
from audiences.engine.landing import survey
from audiences.engine.manifest import Published, newest_until
from audiences.engine.runner import Run
from audiences.engine.stage import Receipt, Stage, sources_of
from audiences.errors import InputError
from audiences.features import early_features
from audiences.fingerprint import digest
from audiences.pipeline import activity as users
from audiences.pipeline.purchases import TRANSACTIONS
from audiences.prediction.by_centres import by_centres
from audiences.prediction.by_density import by_core_rows
from audiences.prediction.trained_model import Trained, newest_model
from audiences.scoring.score import newcomers, scored
from audiences.store.delta import Store, Version

Method = Literal["early", "centres", "density"]


def score(store: Store, settings: Settings, as_of: date, *, method: Method = "early") -> Version:
    """Writes the scores at D, unless those of the same run, model and events are there.

    Events are the configured transactions (new files are landed first, each once), else those of the published run.

    Args:
        method: early: newcomers, by a model of early behaviour; centres: all customers, by the value segments of the
            run, without a model; density: all users of the activity log, by the core rows of the run's DBSCAN.

    Returns:
        The commit of `schema.scores`.

    Raises:
        InputError: no published run, no model, no events.
    """
    run = newest_until(store, as_of)
    if method == "density":
        seen = _events(run, settings, as_of, "activity", users.ACTIVITY)
        activity = store.read(schema.activity, seen.version or 0)
        inputs = digest(method, as_of, run.run_id, seen.fingerprint)
        return _written(store, as_of, method, inputs, lambda: by_core_rows(run, activity, as_of=as_of))
    events = _events(run, settings, as_of, "transactions", TRANSACTIONS)
    transactions = store.read(schema.transactions, events.version or 0)
    if method == "centres":
        inputs = digest(method, as_of, run.run_id, events.fingerprint)
        return _written(store, as_of, method, inputs, lambda: by_centres(run, transactions, as_of=as_of))
    trained = newest_model(store, as_of)
    inputs = digest(method, as_of, run.run_id, events.fingerprint, trained.fingerprint, settings.scoring.reasons)
    return _written(
        store, as_of, method, inputs,
        lambda: early_scores(transactions, trained, as_of=as_of, run_id=run.run_id, reasons=settings.scoring.reasons),
    )  # fmt: skip


def score_counts(store: Store, as_of: date, method: Method) -> list[dict[str, Any]]:
    """How many customers got which segment, or why none: a row per segment and reason, with the mean probability."""
    latest = store.head(schema.scores)
    if latest is None:
        return []
    why = F.regexp_replace("unscorable", ": .*", "")
    rows = (
        store.read(schema.scores, latest.version, {"as_of": as_of, "method": method})
        .groupBy("segment", why.alias("unscorable"))
        .agg(F.count("*").alias("customers"), F.round(F.avg("probability"), 3).alias("mean_probability"))
        .orderBy("segment", "unscorable")
        .collect()
    )
    return [row.asDict() for row in rows]


def early_scores(transactions: DataFrame, trained: Trained, *, as_of: date, run_id: str, reasons: int) -> DataFrame:
    """Scores of the newcomers among the customers of these transactions, without as_of and method."""
    early = early_features(
        transactions, window_days=trained.scoring.window_days, behaviour=trained.behaviour, as_of=as_of
    )
    return scored(
        newcomers(early, trained=trained.as_of, scoring=trained.scoring), model=trained.model,
        portable=trained.portable, reasons=reasons, fingerprint=trained.fingerprint, run_id=run_id,
    )  # fmt: skip


def _events(run: Published, settings: Settings, as_of: date, source: str, cleans: Stage) -> Receipt:
    configured = settings.sources.configured()
    if source not in configured:
        receipt = run.receipt(cleans)
        if receipt.version is None:
            raise InputError("there are no events to score", where=f"run {run.as_of}", found=f"no {source}",
                             advice=f"--set sources.{source}.path=FILE")  # fmt: skip
        return receipt
    surveys = {name: survey(run.store, settings, name) for name in sorted(sources_of(cleans) & set(configured))}
    return Run(run.store, settings, as_of, surveys).run_with_needs(cleans)


def _written(store: Store, as_of: date, method: Method, inputs: str, make: Callable[[], DataFrame]) -> Version:
    """The slice's newest commit if it is of these inputs, else a new one."""
    part = {"as_of": as_of, "method": method}
    place = f"{as_of}/{method}"
    last = next((one for one in store.commits(schema.scores) if one.metadata.get("slice") == place), None)
    if last is not None and last.metadata["fingerprint"] == inputs:
        return last
    return store.write(
        schema.scores, make(), fingerprint=inputs, part=part, metadata={"stage": "score", "slice": place},
        transaction=f"{inputs}/{last.version if last else 0}",
    )  # fmt: skip
