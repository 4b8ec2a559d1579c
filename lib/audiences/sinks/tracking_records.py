"""What is told to a tracker of one fit, of one published run, or of one training."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences import schema
from audiences.engine.manifest import Published
from audiences.engine.stage import Fit, Receipt
from audiences.pipeline.stages import STAGES
from audiences.prediction.train import NAME, holdout_figures
from audiences.report.scoring_figures import calibration
from audiences.schema import Table
from audiences.store import saved_models

MOST_ROWS = 10_000
"""Rows of a table that is logged with a run, at the most: tables are small by nature, but a vocabulary may not be."""


@dataclass(frozen=True)
class Record:
    """One run of a tracker.

    Args:
        key: what it is of; a key is logged once.
        name: for people.
        kind: fit, run or training.
        params, metrics, tags: as trackers know them; params and tags are text.
        tables: small tables by name.
        figures: plotly figures by name.
        files: local files that go along.
        folder: where the store keeps the saved model; None: there is none.
        model: the model, where it goes into a registry.
        is_champion: whether it passed its gate.
    """

    key: str
    name: str
    kind: str
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    figures: Mapping[str, go.Figure] = field(default_factory=dict)
    files: Sequence[Path] = ()
    folder: str | None = None
    model: PipelineModel | None = None
    is_champion: bool = False


def of_run(run: Published, report: Path) -> list[Record]:
    """A record per fitted model of a published run, then one of the run with its segment profiles and its report."""
    fits = [_of_fit(run, stage.makes, stage.model_name, run.receipt(stage)) for stage in STAGES
            if isinstance(stage, Fit) and run.receipt(stage).version is not None]  # fmt: skip
    packages = json.loads(next(iter(run.rows.values()))["packages"])
    rows = {f"rows.{name}": float(row["rows"]) for name, row in run.rows.items() if row["rows"] is not None}
    versions = {f"version.{name}": str(row["version"]) for name, row in run.rows.items() if row["version"] is not None}
    profiles = {stage.name: _small(frame) for stage in STAGES
                if stage.makes is schema.segment_profiles and (frame := run.frame(stage)) is not None}  # fmt: skip
    whole = Record(
        run.run_id, f"run {run.as_of}", "run", {"as_of": str(run.as_of), **packages}, rows,
        {"run_id": run.run_id, **versions}, tables=profiles, files=[report],
    )  # fmt: skip
    return [*fits, whole]


def of_training(run: Published, made: Receipt) -> Record:
    """The record of a training: the holdout's figures of the model and the baselines, curve and model."""
    record = _of_fit(run, schema.scoring_metrics, NAME, made)
    rows = holdout_figures(run.store, made)
    gates = [row for row in rows if row["passed"] is not None]
    model = gates[0]["model"]
    curve = tuple(row for row in rows if row["model"] == model and row["bin"] is not None)
    return Record(
        record.key, f"{NAME} {run.as_of}", "training", record.params, dict(_holdout(rows, model)),
        {**record.tags, "run_id": run.run_id, "classifier": model}, tables=record.tables,
        figures={"calibration": calibration(curve)} if curve else {}, folder=record.folder,
        model=saved_models.load(run.store, name=NAME, fingerprint=made.fingerprint),
        is_champion=all(row["passed"] for row in gates),
    )  # fmt: skip


def _holdout(rows: Sequence[Mapping[str, Any]], model: str) -> Iterator[tuple[str, float]]:
    for row in rows:
        if row["value"] is not None and row["bin"] is None:
            of = "" if row["model"] == model else f"{row['model']}."
            yield f"{of}{row['metric']}" + (f".{_plain(row['segment'])}" if row["segment"] else ""), float(row["value"])


def _plain(name: str) -> str:
    """A segment's name where trackers allow letters, digits and few signs."""
    return "".join(sign if sign.isalnum() else "_" for sign in name)


def _of_fit(run: Published, table: Table, name: str, receipt: Receipt) -> Record:
    store, head = run.store, run.store.head(schema.models)
    saved = store.read(schema.models, head.version if head else 0)
    row = saved.where((F.col("name") == name) & (F.col("fingerprint") == receipt.fingerprint)).collect()[0]
    frame = store.read(table, receipt.version or 0, receipt.slice)
    inputs = {f"version.{key}": str(version) for key, version in json.loads(row["inputs"]).items()}
    return Record(
        receipt.fingerprint, f"{name} {row['as_of']}", "fit", dict(_flat(json.loads(row["settings"]))), _figures(frame),
        {"stage": row["stage"], "as_of": str(row["as_of"]), "classes": ", ".join(row["classes"]), **inputs},
        tables={table.name: _small(frame)},
        folder=saved_models.path_of(store, name=name, fingerprint=receipt.fingerprint),
    )  # fmt: skip


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in settings.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value if isinstance(value, str) else json.dumps(value)


def _figures(frame: DataFrame) -> dict[str, float]:
    """Of a selection the chosen row's numbers, of a table of figures each of them, else none."""
    if "figure" in frame.columns:
        return {row["figure"]: float(row["value"]) for row in frame.collect()}
    if "is_chosen" not in frame.columns:
        return {}
    numbers = [field.name for field in frame.schema.fields if isinstance(field.dataType, T.NumericType)]
    chosen = frame.where("is_chosen").select(*numbers).collect()
    return {name: float(value) for row in chosen for name, value in row.asDict().items() if value is not None}


def _small(frame: DataFrame) -> pd.DataFrame:
    rows = frame.limit(MOST_ROWS).collect()
    return pd.DataFrame([row.asDict(recursive=True) for row in rows], columns=frame.columns)
