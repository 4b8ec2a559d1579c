"""Each landed event, user, identity and ticket is kept or rejected with every reason."""

from __future__ import annotations

import json
from datetime import date, datetime

import pytest

from audiences import schema
from audiences.config import ActivityCleaning, ActivitySource, Cleaning, UserMeasures
from audiences.sources import users
from audiences.sources.activity import activity, judge, rejected_activity

GOOD = {"user_id": "7.0", "ts": "2024-03-01 23:30:00", "event_type": "view", "duration_seconds": "2.5", "path": "/a"}
RULES = {
    "source": ActivitySource(), "cleaning": ActivityCleaning(), "time_zone": "UTC",
    "rules": Cleaning(min_date=date(2000, 1, 1), max_date=date(2030, 1, 1)),
}  # fmt: skip


def landed(spark, table, *rows: dict, good: dict | None = None):
    """Rows of a landed table from the good one's values, changed; position by place, file a.csv."""
    body = [column for column in table.columns if column.name != "reader"]
    made = [{"file": "a.csv", "position": place, **(good or {}), **row} for place, row in enumerate(rows)]
    kind = type(table.schema)([column.field() for column in body])
    return spark.createDataFrame([tuple(row.get(column.name) for column in body) for row in made], kind)


def events(spark, *changes: dict):
    return landed(spark, schema.landed_activity, *changes, good=GOOD)


CASES = (
    ({}, []),
    ({"user_id": " "}, ["missing_user"]),
    ({"user_id": ".0"}, ["missing_user"]),
    ({"user_id": "UNKNOWN"}, ["missing_user"]),
    ({"user_id": "-1.0"}, ["missing_user"]),
    ({"session_id": "0"}, []),
    ({"ts": "01-03-2024"}, ["invalid_date"]),
    ({"ts": None}, ["invalid_date"]),
    ({"ts": "1999-12-31 00:00:00"}, ["date_out_of_range"]),
    ({"duration_seconds": "-1"}, ["negative_duration"]),
    ({"duration_seconds": "fast"}, ["invalid_duration"]),
    ({"duration_seconds": "NaN"}, ["invalid_duration"]),
    ({"duration_seconds": ""}, []),
    ({"duration_seconds": None, "path": None, "event_type": None, "session_id": None}, []),
    ({"path": "/caf\ufffd"}, ["undecodable_text"]),
    ({"corrupt_record": "a,b,c,d"}, ["corrupt_record"]),
    ({"user_id": None, "ts": "?", "duration_seconds": "?"}, ["missing_user", "invalid_date", "invalid_duration"]),
)


def test_every_reason_of_an_event_has_its_name_and_rows_in_are_rows_kept_and_rejected(spark):
    rows = events(spark, *(change for change, _ in CASES))
    judged = judge(rows, **RULES).orderBy("position").collect()
    assert [row["reasons"] for row in judged] == [expected for _, expected in CASES]
    refused = rejected_activity(rows, **RULES).orderBy("row_number").collect()
    assert [row["row_number"] - 1 for row in refused] == [i for i, (_, expected) in enumerate(CASES) if expected]
    assert activity(rows, **RULES).count() + len(refused) == len(CASES)
    assert json.loads(refused[0]["row"])["ts"] == GOOD["ts"]


def test_kept_events_are_typed_in_the_configured_zone(spark):
    rows = events(spark, {}, {"event_type": None, "duration_seconds": None})
    kept = activity(rows, **{**RULES, "time_zone": "Europe/Berlin", "source": ActivitySource(time_zone="UTC")})
    first, second = kept.orderBy("event_type", ascending=False).collect()
    assert kept.columns == schema.activity.names
    assert first["ts"] == datetime(2024, 3, 1, 23, 30)
    assert (first["user_id"], first["day"], first["hour"]) == ("7", date(2024, 3, 2), 0)
    assert (first["event_type"], first["duration_seconds"], first["path"]) == ("view", 2.5, "/a")
    assert (second["event_type"], second["duration_seconds"], second["session_id"]) == ("event", None, None)


@pytest.mark.parametrize(("reject", "refused"), [(False, []), (True, [1, 2])], ids=["kept-by-default", "rejected"])
def test_repeats_are_true_ones_unless_config_says_otherwise(spark, reject, refused):
    rows = events(spark, {}, {}, {"file": "b.csv", "user_id": "7"}, {"path": "/b"}, {"extras": '{"n":"2"}'})
    judged = judge(rows, **{**RULES, "cleaning": ActivityCleaning(reject_repeats=reject)})
    found = judged.where("array_contains(reasons, 'exact_duplicate')").orderBy("position").collect()
    assert [row["position"] for row in found] == refused


def test_measured_users_have_the_configured_features(spark):
    extras = [
        {"Bidding Ratio": "0.4", "n.bids": 3, "Class": "1"}, {"Bidding Ratio": " ", "n.bids": "-1e3"},
        {"Bidding Ratio": "many", "n.bids": "inf"}, {"n.bids": "5"}, {"Bidding Ratio": "1"}, {}, {},
    ]  # fmt: skip
    ids = ["1", "2", "3", "1.0", None, "4", "Anonymous"]
    rows = landed(
        spark, schema.landed_users,
        *({"user_id": user, "extras": json.dumps(one)} for user, one in zip(ids, extras, strict=True)),
    )  # fmt: skip
    chosen = {"measures": UserMeasures(features=("Bidding Ratio", "n.bids")), "rules": Cleaning()}
    kept = users.user_measures(rows, **chosen).orderBy("user_id").collect()
    assert [tuple(row) for row in kept] == [
        ("1", ["Bidding Ratio", "n.bids"], [0.4, 3.0]),
        ("2", ["Bidding Ratio", "n.bids"], [None, -1000.0]),
        ("4", ["Bidding Ratio", "n.bids"], [None, None]),
    ]
    refused = users.rejected_users(rows, **chosen).orderBy("row_number").collect()
    assert [(row["row_number"], row["reasons"]) for row in refused] == [
        (3, ["invalid_Bidding Ratio", "invalid_n.bids"]), (4, ["repeated_user"]), (5, ["missing_user"]),
        (7, ["missing_user"]),
    ]  # fmt: skip


def test_an_identity_is_the_first_of_its_user(spark):
    pairs = [("u1", "17850.0"), ("u2", None), (None, "1"), ("u1", "2"), ("u3", "guest"), ("0", "3")]
    rows = landed(spark, schema.landed_identities, *({"user_id": u, "customer_id": c} for u, c in pairs))
    kept = users.identities(rows, rules=Cleaning()).collect()
    assert [tuple(row) for row in kept] == [("u1", "17850")]
    refused = users.rejected_identities(rows, rules=Cleaning()).orderBy("row_number").collect()
    assert [row["reasons"] for row in refused] == [
        ["missing_customer"], ["missing_user"], ["repeated_user"], ["missing_customer"], ["missing_user"],
    ]  # fmt: skip


def test_a_user_is_known_if_any_row_says_so(spark):
    flags = [
        ("a", "0"), ("a", "Yes"), ("b", "false"), ("c", " TRUE "), ("d", "1"), ("e", "perhaps"), ("f", None), (None, "1"), ("nobody", "1"), ("n/a", "1"),
    ]  # fmt: skip
    listed = [{"user_id": "g", "file": "tickets.csv"}, {"user_id": "b", "file": "tickets.csv"}]
    rows = landed(spark, schema.landed_known, *({"user_id": u, "flag": f} for u, f in flags), *listed)
    kept = users.known_anomalies(rows, rules=Cleaning()).orderBy("user_id").collect()
    assert [tuple(row) for row in kept] == [
        ("a", True, 2), ("b", True, 2), ("c", True, 1), ("d", True, 1), ("g", True, 1), ("nobody", True, 1),
    ]  # fmt: skip
    refused = users.rejected_known(rows, rules=Cleaning()).orderBy("row_number").collect()
    assert [row["reasons"] for row in refused] == [
        ["invalid_flag"],
        ["missing_flag"],
        ["missing_user"],
        ["missing_user"],
    ]
    assert sum(row["rows"] for row in kept) + len(refused) == len(flags) + len(listed)
