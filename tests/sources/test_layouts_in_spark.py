"""Layouts as Spark reads them: lines above the header, names that are no names, a time in two columns, nested JSON."""

from __future__ import annotations

import json

import pytest

from audiences.config import ActivitySource, TransactionSource
from audiences.errors import InputError
from audiences.sources.connectors.files import raw_rows

_HEADER = "customer_id,ts,invoice_id,quantity,unit_price,Name"
_ROWS = ("1,2023-01-03,10,1,2.50,Müller", '2,2023-01-04,11,2,3.50,"two\nlines"', "3,2023-01-05,12,3,4.50,short,row")


def _landed(spark, path, source):
    rows = raw_rows(spark, [f"file:{path}"], source, setting="sources.transactions").orderBy("position").collect()
    return [(row["customer_id"], row["ts"], row["unit_price"], row["corrupt_record"]) for row in rows]


_EXPECTED = [("1", "2023-01-03", "2.50", None), ("2", "2023-01-04", "3.50", None)]


@pytest.mark.parametrize(
    ("above", "skip", "encoding"),
    [
        pytest.param("Report\nof 2024, all shops\n\n", 3, "utf-8", id="title"),
        pytest.param("Sales,,,,,\n,,,,,\n", 2, "iso-8859-1", id="padded-title"),
        pytest.param('"Report, quoted"\n', 1, "utf-16", id="quoted-in-utf-16"),
    ],
)
def test_lines_above_the_header_are_no_rows(spark, tmp_path, above, skip, encoding):
    file = tmp_path / "report.csv"
    file.write_bytes((above + "\n".join((_HEADER, *_ROWS)) + "\n").encode(encoding))
    found = _landed(spark, file, TransactionSource(skip_lines=skip, encoding=encoding.upper()))
    assert found[:2] == _EXPECTED
    assert len(found) == 3
    assert found[2][3] is not None  # the row with a cell too many


def test_lines_above_rows_without_a_header(spark, tmp_path):
    file = tmp_path / "bare.csv"
    file.write_text("Report\n" + "\n".join(_ROWS[:2]) + "\n")
    columns = {"customer_id": "_c0", "ts": "_c1", "quantity": "_c3", "unit_price": "_c4"}
    source = TransactionSource(skip_lines=1, options={"header": "false"}, columns=columns)
    assert _landed(spark, file, source) == _EXPECTED


def test_a_file_shorter_than_what_is_skipped_is_told(spark, tmp_path):
    file = tmp_path / "short.csv"
    file.write_text("Report\n")
    with pytest.raises(InputError, match="no line below those that are skipped"):
        _landed(spark, file, TransactionSource(skip_lines=3))


def test_empty_and_repeated_names_are_read(spark, tmp_path):
    file = tmp_path / "pandas.csv"
    file.write_text("," + _HEADER + ",Name,\n0," + _ROWS[0] + ",again,\n")
    assert _landed(spark, file, TransactionSource()) == _EXPECTED[:1]


def test_a_day_and_a_time_of_day_are_joined(spark, tmp_path):
    file = tmp_path / "till.csv"
    file.write_text("customer_id,ts,Time,quantity,unit_price\n1,2023-01-03,12:41:00,1,2.50\n")
    assert _landed(spark, file, TransactionSource(time_column="Time")) == [("1", "2023-01-03 12:41:00", "2.50", None)]
    with pytest.raises(InputError, match="lacks the column with the time of day"):
        _landed(spark, file, TransactionSource(time_column="Clock"))


def test_nested_fields_of_json_are_columns_by_their_path(spark, tmp_path):
    file = tmp_path / "events.json"
    events = [{"event": "open", "properties": {"time": 1602611311, "distinct_id": "u1", "tags": ["a"]}},
              {"event": "close", "properties": {"time": 1602611312, "distinct_id": "1e5", "page": {"path": "/x"}}}]  # fmt: skip
    file.write_text("".join(json.dumps(event) + "\n" for event in events))
    columns = {"user_id": "properties.distinct_id", "ts": "properties.time", "event_type": "event",
               "path": "properties.page.path"}  # fmt: skip
    source = ActivitySource(format="json", options={"primitivesAsString": "true"}, columns=columns)
    rows = raw_rows(spark, [f"file:{file}"], source, setting="sources.activity").orderBy("position").collect()
    assert [(row["user_id"], row["ts"], row["event_type"], row["path"]) for row in rows] == [
        ("u1", "1602611311", "open", None), ("1e5", "1602611312", "close", "/x"),
    ]  # fmt: skip
    assert json.loads(rows[0]["extras"]) == {"properties.tags": '["a"]'}
