"""What two runs at once can leave half made for a moment: each state is told or waited for, never taken for data."""

from __future__ import annotations

from pathlib import Path

import pytest
import small_shop
from deltalake import DeltaTable
from pyspark.ml import PipelineModel
from pyspark.ml.feature import VectorAssembler

from audiences import schema
from audiences.config import Store as StoreSettings
from audiences.config import load
from audiences.engine.landing import land, survey
from audiences.engine.manifest import manifest_rows, newest_run
from audiences.errors import ConflictError, InputError
from audiences.store import saved_models
from audiences.store.delta import Store

pytestmark = pytest.mark.contract


@pytest.fixture
def store(spark, tmp_path):
    return Store(spark, StoreSettings(root=str(tmp_path)))


def _save(store: Store, column: str) -> None:
    model = PipelineModel([VectorAssembler(inputCols=[column], outputCol="v")])
    saved_models.save(
        store, model, name="scaling", fingerprint="f", stage="scaling", as_of=None, inputs={}, settings={}
    )  # fmt: skip


def test_a_log_folder_without_a_commit_is_another_run_at_work(store):
    folder = Path(store.path(schema.run_manifest), "_delta_log")
    folder.mkdir(parents=True)
    rows = store.spark.createDataFrame([], schema.run_manifest.schema)
    with pytest.raises(ConflictError, match="another run is making this table") as told:
        store.write(schema.run_manifest, rows, fingerprint="f", metadata={}, mode="append")
    assert "remove that empty folder" in str(told.value)
    assert not any(folder.iterdir())


def test_a_manifest_table_without_rows_is_no_published_run(store):
    store._create(schema.run_manifest)
    assert DeltaTable(store.path(schema.run_manifest)).version() == 0
    assert newest_run(store) is None
    assert manifest_rows(store) == []


def test_of_two_runs_that_fit_one_model_the_first_one_listed_counts(store):
    _save(store, "first")
    _save(store, "second")
    loaded = saved_models.load(store, name="scaling", fingerprint="f")
    assert loaded.stages[0].getInputCols() == ["first"]
    assert len(DeltaTable(store.path(schema.models)).to_pyarrow_table()) == 1


def test_a_model_that_is_not_listed_is_not_loaded(store):
    with pytest.raises(InputError, match="no such saved model"):
        saved_models.load(store, name="scaling", fingerprint="never")


def test_of_a_run_that_lands_a_batch_and_one_that_withdraws_it_the_first_counts(store, tmp_path, monkeypatch):
    raw = small_shop.write(tmp_path / "raw.csv", small_shop.lines(5))
    settings = load([], [f"sources.transactions.path={raw}"], {})

    def dying(self, table, frame, **options):
        if table.name == died_at:
            raise KeyboardInterrupt
        return write(self, table, frame, **options)

    died_at = "landed_transactions"
    write, first = Store.write, survey(store, settings, "transactions")
    monkeypatch.setattr(Store, "write", dying)
    with pytest.raises(KeyboardInterrupt):
        land(store, settings, first)
    monkeypatch.setattr(Store, "write", write)
    finishing = survey(store, settings, "transactions")  # a run that has seen the file as it was
    small_shop.write(raw, small_shop.lines(8))
    withdrawing = survey(store, settings, "transactions")
    assert [len(one.open_batches) for one in (finishing, withdrawing)] == [1, 0]
    assert [len(one.broken) for one in (finishing, withdrawing)] == [0, 1]
    died_at = "source_files"  # between the empty commit and its record
    monkeypatch.setattr(Store, "write", dying)
    with pytest.raises(KeyboardInterrupt):
        land(store, settings, withdrawing)
    monkeypatch.setattr(Store, "write", write)
    landed = land(store, settings, survey(store, settings, "transactions"))
    with pytest.raises(ConflictError, match="another run landed or withdrew these files"):
        land(store, settings, finishing)
    rows = store.read(schema.landed_transactions, landed.version).count()
    assert rows == len(raw.read_text().splitlines()) - 1
    assert survey(store, settings, "transactions").is_new is False
