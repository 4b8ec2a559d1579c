"""The settings that init writes for odd layouts, read by Spark: names, lists of JSON, ids that fall back row by row."""

from __future__ import annotations

import json
from datetime import date

from audiences.config import ActivityCleaning, ActivitySource, Cleaning, ReviewCleaning, ReviewSource, TransactionSource
from audiences.sources import activity, reviews
from audiences.sources.connectors import files

_COLUMNS = {"customer_id": ["who"], "ts": ["at"], "order_amount": ["money"]}


def _rows(spark, path, source, names):
    landed = files.raw_rows(spark, [f"file:{path}"], source, setting="sources.x")
    # whole rows are collected, as landing does: a reader that is asked for some columns does not see rows of odd width
    return sorted((tuple(row[name] for name in (*names, "corrupt_record")) for row in landed.collect()), key=str)


def test_rows_that_begin_with_a_name_of_their_own_keep_the_names_of_the_header(spark, tmp_path):
    for skipped in (0, 1):
        file = tmp_path / f"{skipped}.csv"
        file.write_text("a title\n" * skipped + "who,at,money\n1,a,2023-01-01,5\n2,b,2023-01-02,7\n")
        source = TransactionSource(row_names=True, skip_lines=skipped, grain="order", columns=_COLUMNS)
        found = _rows(spark, file, source, ("customer_id", "ts", "order_amount"))
        assert found == [("a", "2023-01-01", "5", None), ("b", "2023-01-02", "7", None)]


def test_records_in_a_list_of_json_are_rows(spark, tmp_path):
    rows = [{"who": "a", "at": "2023-01-01", "money": 5}, {"who": "b", "at": "2023-01-02", "money": 7.5}]
    for name in (None, "tickets"):
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps(rows if name is None else {name: rows, "next": None}))
        source = TransactionSource(
            format="json", options={"primitivesAsString": "true", "multiLine": "true"}, records=name, grain="order",
            columns=_COLUMNS,
        )  # fmt: skip
        found = _rows(spark, file, source, ("customer_id", "ts", "order_amount", "file"))
        assert [one[:3] for one in found] == [("a", "2023-01-01", "5"), ("b", "2023-01-02", "7.5")]
        assert {one[3] for one in found} == {f"file:{file}"}


def test_a_user_of_a_row_is_the_first_listed_id_that_is_filled_in_it(spark, tmp_path):
    file = tmp_path / "events.csv"
    file.write_text("user_id,device,ts\n7,d1,2023-01-01\n,d1,2023-01-02\n ,d2,2023-01-03\n,,2023-01-04\n")
    source = ActivitySource(first_filled=["user_id"], columns={"user_id": ["user_id", "device"]})
    found = _rows(spark, file, source, ("ts", "user_id"))
    assert [one[1] for one in found] == ["7", "d1", "d2", None]


def test_events_and_texts_that_the_settings_leave_out_have_that_reason_alone(spark, tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text(
        "user_id,ts,event_type,text,state\n1,2023-01-01 10:00:00,buy,good and cheap,ok\n,soon,bot,x,Spam\n,soon,buy,y,ok\n"
    )
    where = [{"column": "state", "none_of": ["spam"]}]
    events = ActivitySource(where=where)
    landed = files.raw_rows(spark, [f"file:{file}"], events, setting="sources.activity")
    rules = Cleaning(min_date=date(1990, 1, 1), max_date=date(2100, 1, 1))
    judged = activity.judge(landed, source=events, cleaning=ActivityCleaning(), rules=rules, time_zone="UTC")
    reasons = [row["reasons"] for row in judged.orderBy("position").select("reasons").collect()]
    assert reasons == [[], ["filtered_out"], ["missing_user", "invalid_date"]]
    texts = ReviewSource(where=where, columns={"customer_id": ["user_id"]})
    landed = files.raw_rows(spark, [f"file:{file}"], texts, setting="sources.reviews")
    judged = reviews.judge(landed, source=texts, cleaning=ReviewCleaning(), time_zone="UTC")
    reasons = [row["reasons"] for row in judged.orderBy("position").select("reasons").collect()]
    assert reasons == [[], ["filtered_out"], ["missing_customer", "too_short", "invalid_date"]]
