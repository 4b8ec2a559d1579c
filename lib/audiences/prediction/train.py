"""Training on a published run: its transactions and segments at the versions that it pinned."""

from __future__ import annotations

from typing import Any

from audiences import schema
from audiences.config import Settings
from audiences.engine.manifest import Published
from audiences.engine.runner import Run
from audiences.engine.stage import Fit, Receipt, Stage
from audiences.engine.stage_settings import Fields
from audiences.errors import InputError, QualityGateError
from audiences.features import early_features
from audiences.pipeline.final import SEGMENTS
from audiences.pipeline.purchases import TRANSACTIONS
from audiences.scoring.fit import fit_early_segment, refusals
from audiences.store.delta import Store

NAME = "early_segment"
"""The model's name in models/models."""

EARLY = Stage(
    schema.early_features, early_features, {"transactions": TRANSACTIONS},
    {"window_days": "scoring.window_days", "behaviour": "behaviour"},
)  # fmt: skip
MODEL = Fit(
    schema.scoring_metrics, fit_early_segment, {"early_features": EARLY, "segments": SEGMENTS},
    {"scoring": Fields("scoring", but=("files_per_batch", "reasons"))}, model_name=NAME,
)  # fmt: skip


def train(run: Published, settings: Settings) -> Receipt:
    """Fits and judges a model, or finds the one of the same run and settings; nothing is fitted twice.

    Whether it may be used is what `check_beats_baselines` says.

    Raises:
        InputError: the run has no transactions, or too few settled customers.
    """
    one = Run(run.store, settings, run.as_of, {})
    for stage in (TRANSACTIONS, SEGMENTS):
        receipt = run.receipt(stage)
        if receipt.version is None:
            raise InputError(
                "the run has no such table to train from", where=f"run {run.as_of}", found=f"{stage.name} is absent"
            )
        one.adopt(receipt)
    one.run(EARLY)
    return one.run(MODEL)


def check_beats_baselines(store: Store, made: Receipt) -> None:
    """Raises QualityGateError where the model does not; its figures are kept, scoring does not use it."""
    refused = refusals(store.read(schema.scoring_metrics, made.version or 0, made.slice))
    if refused:
        raise QualityGateError(
            "the model does not beat the baselines on customers acquired later; scoring will not use it",
            where=", ".join(f"scoring.gate: {name.removeprefix('gate_')}" for name, _, _ in refused),
            found="; ".join(detail for _, detail, _ in refused),
            advice="another window_days, mature_days or classifier; figures: models/scoring_metrics",
        )  # fmt: skip


def holdout_figures(store: Store, made: Receipt) -> list[dict[str, Any]]:
    """What the holdout said of the model and the baselines: rows of `schema.scoring_metrics`, without its slice."""
    figures = store.read(schema.scoring_metrics, made.version or 0, made.slice).where("split = 'holdout'")
    rows = figures.orderBy("model", "metric", "segment", "bin").collect()  # a few per segment
    return [row.asDict() for row in rows]
