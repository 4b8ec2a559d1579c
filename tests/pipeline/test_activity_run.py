"""A run from an activity log alone: events to personas, with identities, known bots and bad rows; then nothing anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import small_log

from audiences.cli import main

pytestmark = pytest.mark.contract


@pytest.fixture
def arguments(activity_root) -> list[str]:
    return small_log.arguments(activity_root.parent)


@pytest.fixture
def root(activity_root) -> Path:
    return activity_root


def rows(spark, root, table, where="true"):
    return spark.read.format("delta").load(f"{root}/{table}").where(where).collect()


def test_rows_in_are_rows_kept_and_rejected(spark, root):
    refused = rows(spark, root, "clean/rejected_rows", "source = 'activity'")
    assert sorted(reason for row in refused for reason in row["reasons"]) == [
        "date_out_of_range", "invalid_date", "missing_user",
    ]  # fmt: skip
    assert len(rows(spark, root, "clean/activity")) == len(small_log.events())


def test_bots_are_anomalous_and_the_validation_says_how_well_they_are_found(spark, root):
    found = {row["user_id"]: row for row in rows(spark, root, "segments/density_segments")}
    assert len(found) == 63
    assert {found[f"u{number}"]["persona"] for number in (60, 61, 62)} == {"Anomalous"}
    best = sorted(found.values(), key=lambda row: -row["anomaly_score"])[:3]
    assert {row["user_id"] for row in best} == {"u60", "u61", "u62"}
    assert "scaled units above" in best[0]["reason"]  # type rarity: the people all have the same types
    checks = {row["name"]: row for row in rows(spark, root, "control/validation", "check = 'density'")}
    assert (checks["auc"]["found"], checks["recall"]["found"], checks["known_without_activity"]["found"]) == (1, 1, 1)
    assert (checks["recall"]["hits"], checks["recall"]["rows"]) == (3, 3)


def test_users_are_customers_and_a_customer_has_one_row(spark, root):
    customers = {row["customer_id"]: row for row in rows(spark, root, "published/customers")}
    assert len(customers) == 62  # u00 and u59 are c1
    assert {"c1", "c2", "u60"} <= set(customers)
    assert customers["u60"]["segment"] == "Anomalous"
    assert {row["segmentation"] for row in customers.values()} == {"density"}


def test_a_second_run_makes_nothing(root, arguments, capsys):
    capsys.readouterr()
    assert main(["run", *arguments, "--json"]) == 0
    stages = {stage["stage"]: stage["status"] for stage in json.loads(capsys.readouterr().out)[0]["stages"]}
    assert stages["density_segments"] == "reused"
    assert set(stages.values()) <= {"reused", "absent"}


def test_two_descriptions_of_users_are_refused(tmp_path, capsys):
    given = ["sources.activity.path=a", "sources.users.path=b", f"store.root={tmp_path}"]
    assert main(["run", "--as-of", small_log.AS_OF, *(part for one in given for part in ("--set", one))]) == 2
    assert "exclude each other" in capsys.readouterr().err
