"""A run from an activity log alone: events to personas, with identities, known bots and bad rows; then nothing anew."""

from __future__ import annotations

import csv
import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from audiences.cli import main

AS_OF = "2024-03-01"
START = datetime(2024, 2, 1)


def events(users: int = 60, bots: int = 3) -> list[tuple]:
    """People at irregular steps by day; bots on a timetable around the clock."""
    draw = random.Random(4)
    rows = []
    for number in range(users + bots):
        is_bot = number >= users
        for session in range(40 if is_bot else draw.randrange(3, 12)):
            ts = (
                START + timedelta(hours=session * 16)
                if is_bot
                else START
                + timedelta(days=draw.randrange(28), hours=draw.randrange(8, 22), seconds=draw.randrange(3600))
            )
            for _ in range(30 if is_bot else draw.randrange(2, 9)):
                kind, path = (
                    ("export", "/all")
                    if is_bot
                    else (draw.choice(("view", "view", "search")), f"/p{draw.randrange(40)}")
                )
                rows.append((f"u{number:02d}", f"{ts:%Y-%m-%d %H:%M:%S}", kind, path))
                ts += timedelta(seconds=2 if is_bot else draw.randrange(5, 300))
    return rows


BAD = [
    ("", "2024-02-02 10:00:00", "view", ""),
    ("u01", "02/02/2024", "view", ""),
    ("u02", "1024-02-02 10:00:00", "view", ""),
]


def write(path: Path, header: tuple, rows: list[tuple]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


@pytest.fixture(scope="module")
def arguments(tmp_path_factory, _session) -> list[str]:
    folder = tmp_path_factory.mktemp("activity")
    log = write(folder / "log.csv", ("user", "time", "event", "page"), events() + BAD)
    known = write(
        folder / "bots.csv",
        ("user", "flag"),
        [("u60", "1"), ("u61", "yes"), ("u62", "true"), ("u01", "0"), ("ghost", "1")],
    )
    identities = write(folder / "ids.csv", ("user", "customer"), [("u00", "c1"), ("u59", "c1"), ("u02", "c2")])
    settings = {
        "store.root": folder / "tables", "sources.activity.path": log, "sources.known.path": known,
        "sources.identities.path": identities, "density.min_share": 0.1,
    }  # fmt: skip
    return ["--as-of", AS_OF, *(part for name, value in settings.items() for part in ("--set", f"{name}={value}"))]


@pytest.fixture(scope="module")
def root(arguments) -> Path:
    assert main(["run", *arguments]) == 0
    return Path(next(one for one in arguments if one.startswith("store.root=")).partition("=")[2])


def rows(spark, root, table, where="true"):
    return spark.read.format("delta").load(f"{root}/{table}").where(where).collect()


def test_rows_in_are_rows_kept_and_rejected(spark, root):
    refused = rows(spark, root, "clean/rejected_rows", "source = 'activity'")
    assert sorted(reason for row in refused for reason in row["reasons"]) == [
        "date_out_of_range", "invalid_date", "missing_user",
    ]  # fmt: skip
    assert len(rows(spark, root, "clean/activity")) == len(events())


def test_bots_are_anomalous_and_the_validation_says_how_well_they_are_found(spark, root):
    found = {row["user_id"]: row for row in rows(spark, root, "segments/density_segments")}
    assert len(found) == 63
    assert {found[f"u{number}"]["persona"] for number in (60, 61, 62)} == {"Anomalous"}
    best = sorted(found.values(), key=lambda row: -row["anomaly_score"])[:3]
    assert {row["user_id"] for row in best} == {"u60", "u61", "u62"}
    checks = {row["name"]: row for row in rows(spark, root, "control/validation", "check = 'density'")}
    assert (checks["auc"]["found"], checks["recall"]["found"], checks["known_without_activity"]["found"]) == (1, 1, 1)
    assert (checks["recall"]["hits"], checks["recall"]["rows"]) == (3, 3)


def test_users_are_customers_and_a_customer_has_one_row(spark, root):
    customers = {row["customer_id"]: row for row in rows(spark, root, "published/customers")}
    assert len(customers) == 62  # u00 and u59 are c1
    assert {"c1", "c2", "u60"} <= set(customers)
    assert customers["u60"]["segment"] == "Anomalous"
    assert {row["segmentation"] for row in customers.values()} == {"density"}


def test_a_second_run_makes_nothing(spark, root, arguments, capsys):
    before = len(spark.read.format("delta").load(f"{root}/segments/density_segments").inputFiles())
    capsys.readouterr()
    assert main(["run", *arguments]) == 0
    assert "written" not in capsys.readouterr().out.replace("nothing written", "")
    assert len(spark.read.format("delta").load(f"{root}/segments/density_segments").inputFiles()) == before


def test_two_descriptions_of_users_are_refused(tmp_path, capsys):
    given = ["sources.activity.path=a", "sources.users.path=b", f"store.root={tmp_path}"]
    assert main(["run", "--as-of", AS_OF, *(part for one in given for part in ("--set", one))]) == 2
    assert "exclude each other" in capsys.readouterr().err
