"""One experiment as its ledger row holds it: read and sealed the same way with Spark and without."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from audiences.config import Experiments
from audiences.errors import ConfigError, InputError
from audiences.experiments.design import Arm, Metric, Period
from audiences.experiments.keys import seal

Cells = Mapping[tuple[str, str], int]
"""(segment, arm) -> customers."""


@dataclass(frozen=True)
class Experiment:
    """All that was frozen at the start; the fields are the columns of schema.experiments."""

    name: str
    experiment_id: str
    channel: str
    period: Period
    metric: Metric
    audience: tuple[str, ...]
    stratify: str
    seed: int
    arms: tuple[Arm, ...]
    margin_rate: float | None
    cap: float
    run_as_of: date
    run_id: str
    cells: Cells
    settings: str

    @property
    def rules(self) -> Experiments:
        """The section experiments of that day; the text stays as it was written, since the seal covers it."""
        return Experiments.model_validate_json(self.settings)

    def row(self, secret: bytes) -> tuple[Any, ...]:
        """The values of schema.experiments, sealed."""
        values = (
            self.name, self.experiment_id, self.channel, self.period.starts, self.period.ends,
            self.period.returns_until, self.metric, list(self.audience), self.stratify, self.seed,
            [(arm.name, arm.share, arm.cost) for arm in self.arms], self.margin_rate, self.cap, self.run_as_of,
            self.run_id, [(*cell, count) for cell, count in sorted(self.cells.items())],
            self.settings,
        )  # fmt: skip
        return (*values, seal(secret, [json.dumps(values, default=str)]))

    def arm(self, name: str) -> Arm:
        """The arm of this name.

        Raises:
            ConfigError: the experiment has no such arm.
        """
        for arm in self.arms:
            if arm.name == name:
                return arm
        raise ConfigError("the experiment has no such arm", where="--arm", found=name,
                          allowed=", ".join(arm.name for arm in self.arms))  # fmt: skip


def experiment_of(row: Mapping[str, Any], secret: bytes) -> Experiment:
    """The experiment that a row of the ledger, with nested values as mappings, holds.

    Raises:
        InputError: the row does not fit its seal.
    """
    experiment = Experiment(
        name=row["experiment"], experiment_id=row["experiment_id"], channel=row["channel"],
        period=Period(row["starts"], row["ends"], row["returns_until"]), metric=row["metric"],
        audience=tuple(row["audience"]), stratify=row["stratify"], seed=row["seed"],
        arms=tuple(Arm(arm["arm"], arm["share"], arm["cost"]) for arm in row["arms"]),
        margin_rate=row["margin_rate"], cap=row["cap"], run_as_of=row["run_as_of"], run_id=row["run_id"],
        cells={(cell["segment"], cell["arm"]): cell["customers"] for cell in row["cells"]},
        settings=row["settings"],
    )  # fmt: skip
    if experiment.row(secret)[-1] != row["seal"]:
        raise InputError(
            "a row of the ledger does not fit its seal", where=f"experiments/experiments, {row['experiment']}",
            found="it was changed by hand, or written under another experiments.key",
            advice="go back to a version of the table before that, or name the key that it was started with",
        )  # fmt: skip
    return experiment


def named(experiments: list[Experiment], name: str) -> Experiment:
    """The experiment of this name.

    Raises:
        ConfigError: nothing of this name was ever started.
    """
    for experiment in experiments:
        if experiment.name == name:
            return experiment
    raise ConfigError(
        "no experiment of this name was started", found=name,
        allowed=", ".join(experiment.name for experiment in experiments) or "none was started yet",
        advice="audiences experiment start NAME",
    )  # fmt: skip


def check_drawn(where: str, *, drawn: Cells, there: Cells, changed: int, doubled: int) -> None:
    """Holds the assignments that are there against those that were drawn.

    Args:
        changed: rows that do not fit their seal.
        doubled: rows of customers that stand there already.

    Raises:
        InputError: a row was added, taken away, doubled or changed since the start.
    """
    faults = [f"{changed:,} rows do not fit their seal"] if changed else []
    faults += [f"{doubled:,} rows are of customers who stand there already"] if doubled else []
    faults += [
        f"{arm} in {segment}: {there.get((segment, arm), 0):,} customers, drawn were {drawn.get((segment, arm), 0):,}"
        for segment, arm in sorted({*there, *drawn})
        if there.get((segment, arm), 0) != drawn.get((segment, arm), 0)
    ]
    if faults:
        raise InputError(
            "the assignments are not those that were drawn", where=where, found="; ".join(faults[:5]),
            advice="the table was changed, or experiments.key is another one: go back to what it was at the start",
        )  # fmt: skip
