"""A saved model is loaded only when it is what was saved, and only classes of Spark's and this package's models."""

from __future__ import annotations

import json
import logging
import shutil
from datetime import date
from pathlib import Path

import pytest
from pyspark.ml import PipelineModel
from pyspark.ml.feature import StandardScaler, VectorAssembler
from pyspark.sql import functions as F

from audiences import schema
from audiences.config import Store as StoreSettings
from audiences.errors import InputError
from audiences.published.verify import _models
from audiences.store import saved_models
from audiences.store.delta import Store

PROBE = (
    "import pathlib\nclass Probe:\n    @classmethod\n    def load(cls, path):\n        pathlib.Path({mark!r}).touch()\n"
)


@pytest.fixture
def model(spark) -> PipelineModel:
    """A pipeline within a pipeline, as honest ones may be."""
    points = spark.createDataFrame([(1.0, 2.0), (3.0, 5.0)], "a double, b double")
    assembled = VectorAssembler(inputCols=["a", "b"], outputCol="x")
    scaler = StandardScaler(inputCol="x", outputCol="y").fit(assembled.transform(points))
    return PipelineModel([assembled, PipelineModel([scaler])])


@pytest.fixture
def saved(spark, model, tmp_path) -> tuple[Store, Path]:
    """A store with one saved model, and the model's folder."""
    store = Store(spark, StoreSettings(root=str(tmp_path / "my tables")))
    saved_models.save(
        store, model, name="m", fingerprint="f", stage="s", as_of=date(2024, 1, 1), inputs={}, settings={}
    )  # fmt: skip
    return store, Path(saved_models.path_of(store, name="m", fingerprint="f"))


def as_of_an_earlier_version(store: Store) -> None:
    """Takes the hash out of the model's row."""
    rows = store.read(schema.models, store.head(schema.models).version)
    old = rows.withColumn("content_hash", F.lit(None).cast("string"))
    store.write(schema.models, old, fingerprint="old", metadata={}, mode="overwrite")


def metadata_files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("metadata/part-*"))


def test_a_model_is_the_same_after_saving_and_a_change_to_it_is_refused(saved, spark):
    store, folder = saved
    points = spark.createDataFrame([(1.0, 2.0)], "a double, b double")
    loaded = saved_models.load(store, name="m", fingerprint="f")
    assert loaded.transform(points).first()["y"][0] == pytest.approx(1 / 2**0.5)
    assert [row.fault for row in _models(Path(store.root), is_deep=True)] == [None]  # the same hash without Spark
    kept = folder.parent / "kept"
    shutil.copytree(folder, kept)
    data = next(folder.rglob("*.parquet"))
    inner = metadata_files(folder)[-1]
    for damage in (
        lambda: data.write_bytes(data.read_bytes()[:-1]),
        data.unlink,
        lambda: inner.write_text(inner.read_text().replace('"y"', '"z"')),
        lambda: (folder / "more.txt").write_text("x"),
    ):
        damage()
        for crc in folder.rglob(".*.crc"):
            crc.unlink()  # what looks after accidents only
        with pytest.raises(InputError, match="not what was saved"):
            saved_models.load(store, name="m", fingerprint="f")
        assert [row.fault for row in _models(Path(store.root), is_deep=True)] == ["another content than was saved"]
        shutil.rmtree(folder)
        shutil.copytree(kept, folder)
    shutil.rmtree(folder)
    with pytest.raises(InputError, match="cannot be read"):
        saved_models.load(store, name="m", fingerprint="f")
    assert [row.fault for row in _models(Path(store.root), is_deep=False)] == ["the saved model is missing"]


def test_a_model_without_a_hash_is_loaded_with_a_warning_and_damage_is_one_message(saved, caplog):
    store, folder = saved
    as_of_an_earlier_version(store)
    with caplog.at_level(logging.WARNING):
        assert isinstance(saved_models.load(store, name="m", fingerprint="f"), PipelineModel)
    assert "saved without a hash of its content" in caplog.text
    for crc in folder.rglob(".*.crc"):
        crc.unlink()
    data = next(folder.rglob("*.parquet"))
    whole = data.read_bytes()
    data.write_bytes(whole[:50])
    with pytest.raises(InputError, match="cannot be loaded"):
        saved_models.load(store, name="m", fingerprint="f")
    data.write_bytes(whole)
    metadata_files(folder)[-1].write_text('{"class": ')
    with pytest.raises(InputError, match="metadata cannot be read"):
        saved_models.load(store, name="m", fingerprint="f")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("probe_of_a_model.Probe", id="a-module"),
        pytest.param("os.system", id="a-function"),
        pytest.param("audiences.cli.main", id="no-class-of-ours"),
        pytest.param("audiences.scoring.local.LocalScorer", id="no-model-of-ours"),
        pytest.param("pyspark.ml.util.json", id="a-module-beside-models"),
        pytest.param("pyspark.cloudpickle.load", id="a-neighbour-of-pyspark-ml"),
        pytest.param("org.apache.spark.deploy.SparkSubmit", id="of-the-jvm"),
        pytest.param("pyspark.ml.nowhere.Model", id="no-module"),
        pytest.param("org.apache.spark.ml.feature.SQLTransformer", id="a-part-that-runs-a-statement"),
    ],
)
@pytest.mark.parametrize("depth", ["outer", "nested", "as-a-file"])
def test_foreign_classes_are_refused_before_anything_is_loaded(saved, tmp_path, monkeypatch, name, depth):
    store, folder = saved
    as_of_an_earlier_version(store)  # whoever can write the folder may also have written the table
    mark = tmp_path / "mark"
    (tmp_path / "probe_of_a_model.py").write_text(PROBE.format(mark=str(mark)))
    monkeypatch.syspath_prepend(tmp_path)
    for crc in folder.rglob(".*.crc"):
        crc.unlink()
    files = metadata_files(folder)
    by_depth = sorted(files, key=lambda path: len(path.parts))  # the pipeline, its parts, the parts of the inner one
    meant = by_depth[1] if depth == "outer" else by_depth[-1]
    assert len(by_depth[-1].parts) == len(by_depth[1].parts) + 2
    for outer in files:  # as the probe does: every pipeline says that it is Python's
        told = json.loads(outer.read_text())
        if "stageUids" in told.get("paramMap", {}):
            told["paramMap"]["language"] = "Python"
            outer.write_text(json.dumps(told))
    told = json.loads(meant.read_text()) | {"class": name}
    if depth == "as-a-file":  # a text reader takes a file of this name as well as a folder
        part = meant.parent
        shutil.rmtree(part)
        part.write_text(json.dumps(told))
    else:
        meant.write_text(json.dumps(told))
    with pytest.raises(InputError, match="names classes that are not loaded from here") as refused:
        saved_models.load(store, name="m", fingerprint="f")
    assert name in str(refused.value)
    assert not mark.exists()


@pytest.mark.parametrize(
    ("statement", "is_own"),
    [
        pytest.param("SELECT customer_id, coalesce(CAST(`f0` AS DOUBLE), CAST('6.5e-3' AS DOUBLE)) AS `f0` FROM __THIS__", True, id="fill"),
        pytest.param("SELECT k, signum(CAST(`f0` AS DOUBLE)) * log1p(abs(CAST(`f0` AS DOUBLE))) AS `f0`, 0.0D AS `f1`, h0 FROM __THIS__", True, id="logarithm"),
        pytest.param("SELECT reflect('java.lang.System', 'exit', 1) AS `f0` FROM __THIS__", False, id="a-method"),
        pytest.param("SELECT java_method('a.b', 'c') FROM __THIS__", False, id="a-method-by-another-name"),
        pytest.param("SELECT a FROM secrets UNION SELECT b FROM __THIS__", False, id="another-table"),
        pytest.param("SELECT a, (SELECT b FROM secrets) FROM __THIS__", False, id="a-table-inside"),
        pytest.param("SELECT a FROM __THIS__; DROP TABLE x", False, id="two-statements"),
        pytest.param("", False, id="none"),
    ],
)  # fmt: skip
def test_a_statement_is_carried_out_only_if_it_is_arithmetic_of_our_own(statement, is_own):
    part = {"class": "org.apache.spark.ml.feature.SQLTransformer", "paramMap": {"statement": statement}}
    assert (saved_models._class_of(part) == saved_models._OWN_STATEMENT) is is_own
