"""Saved models: written under `<root>/_models/<name>/<fingerprint>`, listed in `models`, loaded by allow-list."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from pyspark.ml import PipelineModel
from pyspark.sql import SparkSession

from audiences import schema
from audiences.errors import InputError
from audiences.store import Store

# PipelineModel.load imports whatever class the metadata names; only these may be named
ALLOWED = ("pyspark.ml.", "org.apache.spark.ml.", "audiences.")


def save(
    store: Store,
    model: PipelineModel,
    *,
    name: str,
    fingerprint: str,
    stage: str,
    as_of: date | None,
    inputs: Mapping[str, Any],
    settings: Mapping[str, Any],
) -> None:
    """Saves the model (a rerun after a crash overwrites it) and appends its row to `models`, once."""
    path = _path(name, fingerprint)
    model.write().overwrite().save(f"{store.root}/{path}")
    classes = [f"{type(part).__module__}.{type(part).__qualname__}" for part in model.stages]
    row = (
        name, fingerprint, path, classes, stage, as_of,
        json.dumps(inputs, sort_keys=True, default=str), json.dumps(settings, sort_keys=True, default=str),
    )  # fmt: skip
    store.write(
        schema.models, store.spark.createDataFrame([row], schema.models.schema), fingerprint=fingerprint,
        metadata={"stage": stage, "model": name}, mode="append", transaction=f"{name}/{fingerprint}",
    )  # fmt: skip


def load(store: Store, *, name: str, fingerprint: str) -> PipelineModel:
    """The saved model.

    Raises:
        InputError: there is no such model, or it names a class that is not allowed.
    """
    path = f"{store.root}/{_path(name, fingerprint)}"
    _check_classes(store.spark, path)
    return PipelineModel.load(path)


def _path(name: str, fingerprint: str) -> str:
    return f"_models/{name}/{fingerprint}"


def _check_classes(spark: SparkSession, path: str) -> None:
    metadata = spark.read.text([f"{path}/metadata", f"{path}/stages/*/metadata"])
    named = {json.loads(row["value"])["class"] for row in metadata.collect()}  # one row per part of the pipeline
    foreign = sorted(name for name in named if not name.startswith(ALLOWED))
    if foreign or not named:
        raise InputError(
            "the saved model names classes that are not loaded from here", where=path,
            found=", ".join(foreign) or "no class", allowed=", ".join(f"{prefix}*" for prefix in ALLOWED),
        )  # fmt: skip
