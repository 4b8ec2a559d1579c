"""Saved models: each attempt in a folder of its own, the one that counts listed in `models`.

Loading a model runs code: Spark imports the classes that the metadata of its parts name, and calls them. So a folder is
read whole before anything of it is loaded: its content must be what was saved (a hash stands in `models`), and every
class that any metadata below it names must be an estimator's model of Spark or of this package.
"""

from __future__ import annotations

import importlib
import json
import logging
import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.ml import PipelineModel
from pyspark.ml.util import MLReadable
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from audiences import schema
from audiences.errors import InputError, java_cause
from audiences.store.content_hash import SavedFile, content_hash
from audiences.store.delta import Store

ALLOWED = ("pyspark.ml.", "audiences.")
"""Packages that a saved part may come from; Spark's own names, org.apache.spark.ml., are those of pyspark.ml."""

_RUNS_TEXT = "org.apache.spark.ml.feature.SQLTransformer"
"""A part whose setting is a program: a statement that Spark carries out could call any method of the JVM."""

_ARITHMETIC = re.compile(
    r"SELECT (?:(?:coalesce|CAST|log1p|greatest|signum|abs)\(|\)|,|\*|\s|`\w+`|'[-+.0-9a-z]+'|[0-9.]+D\b"
    r"|\b(?!(?i:select|from)\b)[A-Za-z_]\w*\b(?!\())+ FROM __THIS__"
)
"""The statements of our own models (features/scaling.py): columns of the rows and arithmetic of these few functions."""

_OWN_STATEMENT = "a statement of our own"

WAY_OUT = "remove the model's folder and its table of models from the store: audiences run, and train, make them again"

_log = logging.getLogger(__name__)


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
    if _saved(store, name, fingerprint) is not None:
        return
    path = f"_models/{name}/{fingerprint}/{uuid.uuid4().hex[:8]}"
    model.write().save(f"{store.root}/{path}")
    content = content_hash(map(_saved_file, _files(store.spark, store.root, path)))
    classes = [f"{type(part).__module__}.{type(part).__qualname__}" for part in model.stages]
    row = (
        name, fingerprint, path, classes, stage, as_of,
        json.dumps(inputs, sort_keys=True, default=str), json.dumps(settings, sort_keys=True, default=str), content,
    )  # fmt: skip
    store.write(
        schema.models, store.spark.createDataFrame([row], schema.models.schema), fingerprint=fingerprint,
        metadata={"stage": stage, "model": name}, mode="append", transaction=f"{name}/{fingerprint}",
    )  # fmt: skip


def load(store: Store, *, name: str, fingerprint: str) -> PipelineModel:
    """The saved model, when its folder is what was saved.

    A model of an earlier version, saved without a hash of its content, is loaded too; a warning is logged.

    Raises:
        InputError: there is no such model, it was changed or damaged, or it names a class that is not allowed.
    """
    row = _row_of(store, name, fingerprint)
    path = f"{store.root}/{row['path']}"
    files = _files(store.spark, store.root, row["path"])
    recorded = row.asDict().get("content_hash")
    if recorded is None:
        _log.warning("the model %s was saved without a hash of its content: a change to it would go unseen", path)
    elif content_hash(map(_saved_file, files)) != recorded:
        raise InputError(
            "the saved model is not what was saved: a file of it is missing, cut, changed or added", where=path,
            found="another hash of its content than in models/models", advice=WAY_OUT,
        )  # fmt: skip
    _check_classes(files, path)
    try:
        return PipelineModel.load(path)
    except (Py4JError, PySparkException, ValueError, LookupError) as fault:
        raise InputError(
            "the saved model cannot be loaded", where=path, found=java_cause(fault), advice=WAY_OUT
        ) from fault


def path_of(store: Store, *, name: str, fingerprint: str) -> str:
    """Where the model is saved.

    Raises:
        InputError: there is no such model.
    """
    return f"{store.root}/{_row_of(store, name, fingerprint)['path']}"


def _row_of(store: Store, name: str, fingerprint: str) -> Row:
    row = _saved(store, name, fingerprint)
    if row is None:
        raise InputError("there is no such saved model", where=store.path(schema.models), found=f"{name} {fingerprint}")
    return row


def _saved(store: Store, name: str, fingerprint: str) -> Row | None:
    head = store.head(schema.models)
    if head is None:
        return None
    is_it = (F.col("name") == name) & (F.col("fingerprint") == fingerprint)
    return store.read(schema.models, head.version).where(is_it).first()


def _files(spark: SparkSession, root: str, folder: str) -> Sequence[Row]:
    """A row per file below the folder: path, length, sha256 and, of metadata, its text; as many as the model has files.

    Raises:
        InputError: the folder is not there.
    """
    literal = re.sub(r"([\[\]{}*?\\])", r"\\\1", f"{root}/{folder}")  # a reader takes these for a pattern
    below = F.substring_index("path", f"/{folder}/", -1)
    is_metadata = F.array_contains(F.split(below, "/"), "metadata")
    try:
        return (
            spark.read.format("binaryFile").option("recursiveFileLookup", True).load(literal)
            .select(
                below.alias("path"), F.col("length"), F.sha2("content", 256).alias("sha256"),
                F.when(is_metadata, F.col("content")).alias("metadata"),
            )
            .collect()
        )  # fmt: skip
    except (Py4JError, PySparkException) as fault:
        raise InputError(
            "the saved model cannot be read", where=f"{root}/{folder}", found=java_cause(fault), advice=WAY_OUT
        ) from None


def _saved_file(row: Row) -> SavedFile:
    return SavedFile(row["path"], row["length"], row["sha256"])


def _check_classes(files: Sequence[Row], path: str) -> None:
    """Raises InputError unless every metadata, however deep in pipelines of pipelines, names a class of `ALLOWED`."""
    named: set[str] = set()
    for file in files:
        if file["metadata"] is not None:
            named |= _classes_in(bytes(file["metadata"]), f"{path}/{file['path']}")
    foreign = sorted(name for name in named if name != _OWN_STATEMENT and not _is_model(name))
    if foreign or not named:
        raise InputError(
            "the saved model names classes that are not loaded from here", where=path,
            found=", ".join(foreign)[:500] or "no class",
            allowed=", ".join(f"models of {prefix}*" for prefix in ALLOWED),
        )  # fmt: skip


def _classes_in(metadata: bytes, where: str) -> set[str]:
    """The class in each line of a part's metadata; an empty file is one of Spark's empty partitions."""
    try:
        return {_class_of(json.loads(line)) for line in metadata.decode("utf-8").splitlines() if line.strip()}
    except (ValueError, LookupError, TypeError, RecursionError) as fault:
        raise InputError(
            "the saved model's metadata cannot be read", where=where, found=str(fault)[:200], advice=WAY_OUT
        ) from None


def _class_of(part: Mapping[str, Any]) -> str:
    name = str(part["class"])
    if name == _RUNS_TEXT and _ARITHMETIC.fullmatch(str(part.get("paramMap", {}).get("statement", ""))):
        return _OWN_STATEMENT
    return name


def _is_model(name: str) -> bool:
    """Whether the name is that of a class which Spark can load as a part of a model; others are not imported."""
    python_name = name.replace("org.apache.spark.", "pyspark.", 1)
    if not python_name.startswith(ALLOWED):
        return False
    module, _, attribute = python_name.rpartition(".")
    try:
        kind = getattr(importlib.import_module(module), attribute, None)
    except ImportError:
        return False
    is_part = isinstance(kind, type) and issubclass(kind, MLReadable) and f"{kind.__module__}.".startswith(ALLOWED)
    return is_part and name != _RUNS_TEXT
