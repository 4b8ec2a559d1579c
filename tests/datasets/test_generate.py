"""Files: the same rows in both formats, written once."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import functions as F

from audiences.datasets import generate
from audiences.errors import ConfigError

SMALL = {"customers": 60, "days": 30, "seed": 5}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("generated")


@pytest.fixture(scope="module")
def parquet(_session, folder: Path) -> dict[str, str]:
    return generate(_session, **SMALL, target=f"{folder}/parquet/")


def test_csv_and_parquet_hold_the_same_rows(spark, folder: Path, parquet: dict[str, str]) -> None:
    csv = generate(spark, **SMALL, target=f"{folder}/csv", format="csv")
    assert list(csv) == list(parquet) == ["transactions", "activity", "reviews", "customers", "truth"]
    for name, path in parquet.items():
        typed = spark.read.parquet(path)
        reader = spark.read.schema(typed.schema).option("header", True).option("escape", '"').option("timeZone", "UTC")
        read = reader.option("timestampFormat", "yyyy-MM-dd HH:mm:ss[.SSS]").csv(csv[name])
        rows, read_rows = (
            sorted(row[0] for row in frame.select(F.xxhash64(*frame.columns)).collect()) for frame in (typed, read)
        )
        assert rows, name
        assert read_rows == rows, name


def test_a_finished_target_is_left_as_it_is(spark, folder: Path, parquet: dict[str, str]) -> None:
    files = sorted((folder / "parquet").rglob("*"))
    assert generate(spark, **SMALL, target=f"{folder}/parquet") == parquet
    assert sorted((folder / "parquet").rglob("*")) == files


def test_a_target_generated_with_other_arguments_is_refused(spark, folder: Path, parquet: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="other data"):
        generate(spark, **{**SMALL, "seed": 6}, target=f"{folder}/parquet")


def test_data_of_somebody_else_is_never_overwritten(spark, tmp_path: Path) -> None:
    (tmp_path / "reviews").mkdir()
    (tmp_path / "reviews" / "mine.csv").write_text("precious")
    with pytest.raises(ConfigError, match="other data"):
        generate(spark, **SMALL, target=str(tmp_path))
    assert [file.name for file in tmp_path.rglob("*")] == ["reviews", "mine.csv"]


def test_a_target_that_a_crash_left_open_is_written_anew(spark, tmp_path: Path) -> None:
    path = f"{tmp_path}/truth"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("audiences.datasets.write.NAMES", ("truth", "no such frame"))
        with pytest.raises(KeyError):
            generate(spark, **SMALL, target=str(tmp_path))
        written = spark.read.parquet(path).inputFiles()
        patch.setattr("audiences.datasets.write.NAMES", ("truth",))
        generate(spark, **SMALL, target=str(tmp_path))
        assert spark.read.parquet(path).inputFiles() != written
        assert '"finished"' in spark.read.text(f"{tmp_path}/settings").first()[0]


def test_an_unknown_format_is_refused(spark, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="parquet, csv"):
        generate(spark, **SMALL, target=str(tmp_path), format="xml")
