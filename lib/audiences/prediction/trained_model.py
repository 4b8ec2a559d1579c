"""The model that scoring uses: the newest one that the gate let pass, with what it was trained with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from pyspark.ml import PipelineModel

from audiences import schema
from audiences.config import Behaviour, Scoring, Settings
from audiences.errors import InputError
from audiences.prediction.train import EARLY, NAME
from audiences.scoring.fit import refusals
from audiences.scoring.flatten import portable
from audiences.scoring.portable import PortableModel, dumps
from audiences.store import saved_models
from audiences.store.delta import Store, Version


@dataclass(frozen=True)
class Trained:
    """A saved model and the settings of its training: scoring takes these, not those in force.

    Args:
        fingerprint: of the fit, as in models/models.
        as_of: of the run that it was trained on.
        scoring, behaviour: settings of its early features.
        model: the pipeline.
        portable: the same as plain arrays.
    """

    fingerprint: str
    as_of: date
    scoring: Scoring
    behaviour: Behaviour
    model: PipelineModel
    portable: PortableModel


def newest_model(store: Store, until: date) -> Trained:
    """The model of the greatest as_of, not after D, that beat the baselines.

    Raises:
        InputError: there is none; says whether one was refused.
    """
    commits = [one for one in store.commits(schema.scoring_metrics) if _as_of(one) <= until]
    refused: list[str] = []
    for commit in sorted(commits, key=lambda one: (_as_of(one), one.version), reverse=True):
        metrics = store.read(schema.scoring_metrics, commit.version, {"as_of": _as_of(commit)})
        reasons = [detail for _, detail, _ in refusals(metrics)]
        if not reasons:
            return _loaded(store, commit)
        refused += [f"{_as_of(commit)}: {'; '.join(reasons)}"]
    raise InputError(
        "there is no model to score with", where=f"{store.path(schema.models)}, {NAME}, as_of {until} or before",
        found=f"refused: {refused[0]}" if refused else None, advice="audiences train --as-of DATE",
    )  # fmt: skip


def export(store: Store, trained: Trained, settings: Settings) -> str:
    """The model as JSON text for `audiences.scoring.LocalScorer`, with the rules that its raw events are judged by."""
    return dumps(
        trained.portable, fingerprint=trained.fingerprint, as_of=str(trained.as_of),
        window_days=trained.scoring.window_days, reasons=settings.scoring.reasons, time_zone=settings.time_zone,
        behaviour=trained.behaviour.model_dump(mode="json"), cleaning=settings.cleaning.model_dump(mode="json"),
    )  # fmt: skip


def _as_of(commit: Version) -> date:
    return date.fromisoformat(commit.metadata["as_of"])


def _loaded(store: Store, commit: Version) -> Trained:
    fingerprint: str = commit.metadata["fingerprint"]
    model = saved_models.load(store, name=NAME, fingerprint=fingerprint)
    early: dict[str, Any] = next(
        one.metadata["settings"]
        for one in store.commits(EARLY.makes)
        if one.version == commit.metadata["inputs"][EARLY.name]
    )
    return Trained(
        fingerprint, _as_of(commit), Scoring.model_validate(commit.metadata["settings"]["scoring"]),
        Behaviour.model_validate(early["behaviour"]), model,
        portable(store.spark, model, saved_models.path_of(store, name=NAME, fingerprint=fingerprint)),
    )  # fmt: skip
