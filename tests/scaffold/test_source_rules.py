"""`check` in plain Python judges a delivery as Spark does before it lands it: rows, reasons and money of each file."""

from __future__ import annotations

import json
import math
import os
import random
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from odd_files import POOLS, settings_for, write_files

from audiences.config import Settings
from audiences.scaffold.preview import previews
from audiences.sources import deliveries
from audiences.sources.connectors import files

FILES = int(os.environ.get("AUDIENCES_GENERATED_FILES", "100"))
"""So many files are generated; `make matrix` asks for more."""
_AT_ONCE = 13


@pytest.mark.parametrize("round_", range(math.ceil(FILES / (_AT_ONCE * len(POOLS)))))
@pytest.mark.parametrize("source", list(POOLS))
def test_rows_reasons_and_money_of_each_file_are_those_of_spark(spark, tmp_path, source, round_):
    draw = random.Random(f"{source}{round_}")
    settings = settings_for(source, tmp_path / "files", draw)
    of_source = getattr(settings.sources, source)
    paths = write_files(tmp_path / "files", source, _AT_ONCE, draw, has_epochs=of_source.epoch is not None)
    landed = files.raw_rows(spark, [f"file:{path}" for path in paths], of_source, setting=f"sources.{source}")
    expected = deliveries.figures(landed, source=source, settings=settings)
    [judged] = previews(settings)
    assert judged.source == source
    assert len(judged.tally.files) == len(expected) == _AT_ONCE
    for file in judged.tally.files:
        of_spark = vars(expected[f"file:{file.path}"])
        assert _told(vars(file.figures)) == _told(of_spark), file.path


def _figures_of_both(spark, paths, settings):
    """What Spark and what `check` find in files of activity."""
    source = settings.sources.activity
    landed = files.raw_rows(spark, [f"file:{path}" for path in paths], source, setting="sources.activity")
    by_spark = deliveries.figures(landed, source="activity", settings=settings)
    [judged] = previews(settings)
    by_check = {f"file:{file.path}": _told(vars(file.figures)) for file in judged.tally.files}
    return {file: _told(vars(found)) for file, found in by_spark.items()}, by_check


@pytest.mark.parametrize("kind", [pa.timestamp("us", "UTC"), pa.timestamp("us"), pa.date32()], ids=str)
def test_typed_times_and_numbers_are_judged_as_landed(spark, tmp_path, kind):
    times = pa.array([datetime(2023, 1, 1, 23, 30), None, datetime(1980, 5, 1)], pa.timestamp("us")).cast(kind)
    path = tmp_path / "typed.parquet"
    pq.write_table(pa.table({"user": [17850.0, 2.0, None], "time": times, "duration": [1.5, -1.0, None]}), path)
    settings = Settings.model_validate(
        {"sources": {"activity": {"path": [str(path)], "format": "parquet"}}, "time_zone": "Asia/Tokyo"}
    )
    by_spark, by_check = _figures_of_both(spark, [path], settings)
    assert by_check == by_spark
    assert by_check[f"file:{path}"]["reasons"] == {
        "invalid_date": 1, "negative_duration": 1, "missing_user": 1, "date_out_of_range": 1
    }  # fmt: skip


def test_files_of_one_header_and_other_types_are_landed_together(spark, tmp_path):
    for number, users in enumerate([[1, 2], [1.0, None], ["1", "x"]]):
        table = pa.table({"user_id": users, "ts": ["2023-01-01 10:00:00"] * 2})
        pq.write_table(table, tmp_path / f"{number}.parquet")
    settings = Settings.model_validate({"sources": {"activity": {"path": [str(tmp_path)], "format": "parquet"}}})
    by_spark, by_check = _figures_of_both(spark, sorted(tmp_path.glob("*.parquet")), settings)
    assert by_check == by_spark
    assert [found["reasons"] for found in by_check.values()] == [{}, {"missing_user": 1}, {}]


def test_objects_that_lack_a_field_are_judged_by_the_columns_of_the_file(spark, tmp_path):
    lines = [
        {"userId": "u1", "time": "2023-01-01T10:00:00Z", "n": 1.50}, {"anonymousId": "a1", "time": "2023-01-01T10:00:00Z"},
        {"userId": None, "anonymousId": "a2", "time": "soon"}, {"userId": "u2", "context": {"page": "/a"}},
    ]  # fmt: skip
    path = tmp_path / "events.json"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    settings = Settings.model_validate({"sources": {"activity": {
        "path": [str(path)], "format": "json", "options": {"primitivesAsString": "true"},
        "timestamp_format": "yyyy-MM-dd'T'HH:mm:ssXXX", "columns": {"user_id": ["userId", "anonymousId"]},
    }}})  # fmt: skip
    by_spark, by_check = _figures_of_both(spark, [path], settings)
    assert by_check == by_spark
    assert by_check[f"file:{path}"]["reasons"] == {"missing_user": 2, "invalid_date": 2}


def _told(figures):
    """What is compared: all but the examples, of which there may be several."""
    told = {name: value for name, value in figures.items() if name != "example"}
    return {**told, "currency": figures["currency"] is not None}
