"""Saved models: each attempt in a folder of its own, the one that counts listed in `models`, loaded by allow-list."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from pyspark.ml import PipelineModel
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from audiences import schema
from audiences.errors import InputError
from audiences.store.delta import Store

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
    """Saves the model and appends its row to `models`, once; where there is a row, the model it names is kept.

    Two runs may fit the same model at the same time: no folder is ever written twice, or read before its row is there.
    """
    if _saved_at(store, name, fingerprint) is not None:
        return
    path = f"_models/{name}/{fingerprint}/{uuid.uuid4().hex[:8]}"
    model.write().save(f"{store.root}/{path}")
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
    path = path_of(store, name=name, fingerprint=fingerprint)
    _check_classes(store.spark, path)
    return PipelineModel.load(path)


def path_of(store: Store, *, name: str, fingerprint: str) -> str:
    """Where the model is saved.

    Raises:
        InputError: there is no such model.
    """
    path = _saved_at(store, name, fingerprint)
    if path is None:
        raise InputError("there is no such saved model", where=store.path(schema.models), found=f"{name} {fingerprint}")
    return f"{store.root}/{path}"


def _saved_at(store: Store, name: str, fingerprint: str) -> str | None:
    head = store.head(schema.models)
    if head is None:
        return None
    is_it = (F.col("name") == name) & (F.col("fingerprint") == fingerprint)
    row = store.read(schema.models, head.version).where(is_it).first()
    return None if row is None else str(row["path"])


def _check_classes(spark: SparkSession, path: str) -> None:
    metadata = spark.read.text([f"{path}/metadata", f"{path}/stages/*/metadata"])
    named = {json.loads(row["value"])["class"] for row in metadata.collect()}  # one row per part of the pipeline
    if any(name.endswith(".OneVsRestModel") for name in named):  # a part that holds further models
        inner = spark.read.text(f"{path}/stages/*/*/metadata")
        named |= {json.loads(row["value"])["class"] for row in inner.collect()}
    foreign = sorted(name for name in named if not name.startswith(ALLOWED))
    if foreign or not named:
        raise InputError(
            "the saved model names classes that are not loaded from here", where=path,
            found=", ".join(foreign) or "no class", allowed=", ".join(f"{prefix}*" for prefix in ALLOWED),
        )  # fmt: skip
