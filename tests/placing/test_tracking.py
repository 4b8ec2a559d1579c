"""What a run and a training tell MLflow (SQLite) and Weights & Biases (offline), once."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import mlflow
import newcomers_shop
import pytest
from mlflow import MlflowClient

from audiences.cli import main
from audiences.config import load
from audiences.engine.manifest import published
from audiences.sinks.report_file import write_report
from audiences.sinks.trackers import track
from audiences.sinks.tracking_records import of_run
from audiences.store import saved_models
from audiences.store.delta import Store

AS_OF = newcomers_shop.AS_OF


def train(shop: Path, *more: str) -> int:
    return main(["train", "--as-of", AS_OF, *newcomers_shop.arguments(shop, *more)])


def test_mlflow_has_the_training_the_model_and_a_champion_that_passed(shop, spark, capsys):
    assert train(shop, "tracking.mlflow.enabled=true") == 0
    told = capsys.readouterr().out
    client = MlflowClient(f"sqlite:///{shop / 'tables' / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("audiences")
    runs = client.search_runs([experiment.experiment_id])
    assert [run.data.tags["kind"] for run in runs] == ["training"]
    run = runs[0]
    assert run.data.params["scoring.window_days"] == "20"
    assert f"{run.data.metrics['macro_f1']:.4g}"[:5] in told
    assert run.data.metrics["macro_f1"] > run.data.metrics["nearest_centre.macro_f1"]
    assert run.data.tags["version.segments"].isdigit()
    stored = {item.path for folder in ("tables", "figures") for item in client.list_artifacts(run.info.run_id, folder)}
    assert stored == {"tables/scoring_metrics.csv", "figures/calibration.html"}
    champion = client.get_model_version_by_alias("audiences-early-segment", "champion")
    assert (champion.version, champion.tags["gate"], champion.tags["as_of"]) == ("1", "passed", AS_OF) or (
        str(champion.version) == "1"
    )
    loaded = mlflow.spark.load_model("models:/audiences-early-segment@champion")
    store = Store(spark, load([], [f"store.root={shop / 'tables'}"], {}).store)
    ours = saved_models.load(store, name="early_segment", fingerprint=run.data.tags["audiences.key"])
    assert loaded.stages[-1].toDebugString == ours.stages[-1].toDebugString
    # again: nothing new; refused by its gate: logged, registered, but not champion
    assert train(shop, "tracking.mlflow.enabled=true") == 0
    assert len(client.search_runs([experiment.experiment_id])) == 1
    refused = ("tracking.mlflow.enabled=true", "scoring.seed=8", "scoring.gate.macro_f1_gain=0.9")
    assert train(shop, *refused) == 3
    assert len(client.search_runs([experiment.experiment_id])) == 2
    assert client.get_model_version("audiences-early-segment", "2").tags["gate"] == "refused"
    assert str(client.get_model_version_by_alias("audiences-early-segment", "champion").version) == "1"


@pytest.mark.slow
def test_mlflow_has_every_fit_of_a_run_and_its_profiles(shop, spark):
    settings = load([], [f"store.root={shop / 'tables'}", "tracking.mlflow.enabled=true"], {})
    run = published(Store(spark, settings.store), date.fromisoformat(AS_OF))
    report = write_report(run, settings)
    for _ in range(2):  # the second time nothing is new
        track(of_run(run, report), settings.tracking, settings.store.root)
    client = MlflowClient(f"sqlite:///{shop / 'tables' / 'mlflow.db'}")
    runs = client.search_runs([client.get_experiment_by_name("audiences").experiment_id])
    by_name = {one.info.run_name.split()[0]: one for one in runs}
    assert set(by_name) == {"scaling", "value_segments", "run"}
    assert len(runs) == 3
    fit = by_name["value_segments"].data
    assert fit.metrics["k"] == 3
    assert fit.metrics["inertia"] > 0
    assert fit.params["segments.choose"] == "fixed"
    assert (Path(fit.tags["folder"]) / "metadata").exists()
    whole = by_name["run"]
    assert whole.data.metrics["rows.segments"] == run.rows["segments"]["rows"]
    assert whole.data.tags["run_id"] == run.run_id
    stored = {item.path for item in client.list_artifacts(whole.info.run_id)}
    assert report.name in stored
    tables = {item.path for item in client.list_artifacts(whole.info.run_id, "tables")}
    assert tables >= {"tables/value_profiles.csv", "tables/rfm_profiles.csv"}


def test_wandb_offline_has_the_training_in_files(shop):
    settings = ("tracking.wandb.enabled=true", "tracking.wandb.mode=offline")
    assert train(shop, *settings) == 0
    folder = shop / "tables" / "_wandb" / "wandb"
    runs = list(folder.glob("offline-run-*"))
    assert len(runs) == 1
    assert next(runs[0].glob("run-*.wandb")).stat().st_size > 1000
    tables = list((runs[0] / "files").rglob("*.table.json"))
    rows = json.loads(tables[0].read_text())
    assert "macro_f1" in {row[rows["columns"].index("metric")] for row in rows["data"]}
    assert train(shop, *settings) == 0
    assert list(folder.glob("offline-run-*")) == runs


def test_a_tracker_that_cannot_be_used_is_told_before_anything_runs(shop, capsys, monkeypatch):
    monkeypatch.setattr("audiences.sinks.trackers.find_spec", lambda name: None)
    assert train(shop, "tracking.mlflow.enabled=true") == 1
    told = capsys.readouterr().err
    assert "a tracker's package is not installed" in told
    assert "pip install '.[mlflow]'" in told
    monkeypatch.undo()
    assert main(["train", "--as-of", AS_OF, "--set", "store.root=s3a://bucket/tables",
                 "--set", "tracking.mlflow.enabled=true"]) == 2  # fmt: skip
    assert "MLflow's SQLite store needs a local folder" in capsys.readouterr().err


def test_a_server_that_does_not_answer_is_told_and_the_tables_are_complete(shop, capsys, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    assert train(shop, "tracking.mlflow.enabled=true", "tracking.mlflow.uri=http://127.0.0.1:9") == 5
    told = capsys.readouterr().err
    assert "MLflow refuses" in told
    assert "the tables are complete" in told
