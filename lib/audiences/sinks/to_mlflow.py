"""Records to MLflow: a run each, and trained models into the registry."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mlflow
import mlflow.spark
import pyspark
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from pyspark.ml import PipelineModel

from audiences.config.tracking import Mlflow
from audiences.errors import MachineError
from audiences.sinks.tracking_records import Record
from audiences.store.address import local_folder

KEY = "audiences.key"
CHAMPION = "champion"


def log(records: Sequence[Record], settings: Mlflow, root: str) -> None:
    """Logs what is not there yet; the alias champion goes to the model of the newest run that passed its gate.

    Raises:
        MachineError: the tracking server refuses or does not answer.
    """
    folder = local_folder(root)
    try:
        mlflow.set_tracking_uri(settings.uri or f"sqlite:///{folder}/mlflow.db")
        client = MlflowClient()
        experiment = _experiment(client, settings, folder)
        for record in records:
            if not _is_logged(client, experiment, record.key):
                _logged(client, experiment, record, settings)
    except MlflowException as fault:
        raise MachineError(
            "MLflow refuses", where=f"tracking.mlflow.uri: {settings.uri or mlflow.get_tracking_uri()}", found=fault,
            advice="the tables are complete; the same command logs again what is missing",
        ) from fault  # fmt: skip


def _experiment(client: MlflowClient, settings: Mlflow, folder: str) -> str:
    found = client.get_experiment_by_name(settings.experiment)
    if found is not None:
        return str(found.experiment_id)
    # beside the tables, not in the folder that the process happens to stand in
    place = None if settings.uri else Path(folder, "_mlflow").as_uri()
    return str(client.create_experiment(settings.experiment, artifact_location=place))


def _is_logged(client: MlflowClient, experiment: str, key: str) -> bool:
    """Whether a run of this key has ended well; one that was killed half-way is logged again."""
    of_key = f"tags.`{KEY}` = '{key}' and attributes.status = 'FINISHED'"
    return bool(client.search_runs([experiment], of_key, max_results=1))


def _logged(client: MlflowClient, experiment: str, record: Record, settings: Mlflow) -> None:
    tags: dict[str, Any] = {**record.tags, KEY: record.key, "kind": record.kind, "folder": record.folder or ""}
    started = mlflow.start_run(experiment_id=experiment, run_name=record.name, tags=tags)
    with started, tempfile.TemporaryDirectory() as folder:
        mlflow.log_params({name: value[:6000] for name, value in record.params.items()})
        mlflow.log_metrics(dict(record.metrics))
        for name, table in record.tables.items():
            path = Path(folder, f"{name}.csv")
            table.to_csv(path, index=False)
            mlflow.log_artifact(str(path), "tables")
        for name, figure in record.figures.items():
            mlflow.log_figure(figure, f"figures/{name}.html")
        for file in record.files:
            mlflow.log_artifact(str(file))
        if record.model is not None:
            _registered(client, record, record.model, settings.model)


def _registered(client: MlflowClient, record: Record, model: PipelineModel, name: str) -> None:
    """A trained model, as a new version in the registry."""
    logged = mlflow.spark.log_model(
        model, "model", registered_model_name=name, pip_requirements=[f"pyspark=={pyspark.__version__}"]
    )
    version, as_of = str(logged.registered_model_version), record.tags["as_of"]
    client.set_model_version_tag(name, version, "gate", "passed" if record.is_champion else "refused")
    client.set_model_version_tag(name, version, "as_of", as_of)
    if record.is_champion and as_of >= _champions_date(client, name):
        client.set_registered_model_alias(name, CHAMPION, version)


def _champions_date(client: MlflowClient, name: str) -> str:
    """The as_of of the model that is champion: a training on an older run does not take its place; '' without one."""
    if CHAMPION not in client.get_registered_model(name).aliases:
        return ""
    return str(client.get_model_version_by_alias(name, CHAMPION).tags.get("as_of", ""))
