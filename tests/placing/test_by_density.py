"""audiences score --method density: users by the core rows of a published DBSCAN."""

from __future__ import annotations

import csv
import shutil
from datetime import date

import pytest
import small_log

from audiences import schema
from audiences.cli import main
from audiences.config import load
from audiences.engine.manifest import published
from audiences.pipeline import activity as pipeline_activity
from audiences.store.delta import Store


@pytest.fixture
def log(activity_root, tmp_path):
    """A copy that a test may write to; the raw files stay where the run found them."""
    shutil.copytree(activity_root, tmp_path / "tables")
    return tmp_path


def scores(store: Store, as_of: date) -> dict[str, tuple]:
    rows = store.read(schema.scores, store.head(schema.scores).version, {"as_of": as_of, "method": "density"}).collect()
    return {row["customer_id"]: (row["segment"], row["reasons"], row["first_day"]) for row in rows}


def test_every_user_of_the_run_keeps_its_persona_and_a_second_score_writes_nothing(log, spark):
    store = Store(spark, load([], [f"store.root={log / 'tables'}"], {}).store)
    arguments = ["score", "--method", "density", "--as-of", small_log.AS_OF, "--set", f"store.root={log / 'tables'}"]
    assert main(arguments) == 0
    as_of = date.fromisoformat(small_log.AS_OF)
    run = published(store, as_of)
    expected = {row["user_id"]: row for row in run.frame(pipeline_activity.DENSITY).collect()}
    found = scores(store, as_of)
    assert {user: row[0] for user, row in found.items()} == {user: row["persona"] for user, row in expected.items()}
    assert len({persona for persona, _, _ in found.values()}) > 1
    for user, (_, reasons, _) in found.items():
        assert reasons[1] == f"distance to the nearest core row {expected[user]['anomaly_score']:.3f}"
    version = store.head(schema.scores).version
    assert main(arguments) == 0
    assert store.head(schema.scores).version == version


def test_new_users_of_a_new_file_are_placed_where_they_lie(log, activity_root, spark):
    """A newcomer who does what an old user did gets that user's persona, a bot on a timetable is anomalous."""
    raw = activity_root.parent
    shutil.copytree(raw, log / "raw", ignore=shutil.ignore_patterns("tables"))
    with (log / "raw" / "log.csv").open() as file:
        old = [row for row in csv.DictReader(file) if row["user"] in ("u05", "u61")]
    later = log / "later.csv"
    with later.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("user", "time", "event", "page"))
        for row in old:
            writer.writerow(("n" + row["user"], row["time"], row["event"], row["page"]))
    paths = f'["{raw / "log.csv"}", "{later}"]'
    arguments = ["score", "--method", "density", "--as-of", small_log.AS_OF]
    arguments += ["--set", f"store.root={log / 'tables'}", *small_log.arguments(raw)[2:]]
    assert main([*arguments, "--set", f"store.root={log / 'tables'}", "--set", f"sources.activity.path={paths}"]) == 0
    store = Store(spark, load([], [f"store.root={log / 'tables'}"], {}).store)
    found = scores(store, date.fromisoformat(small_log.AS_OF))
    assert len(found) == 65
    assert found["nu05"][0] == found["u05"][0]
    assert found["nu61"][0] == "Anomalous"
    assert found["nu61"][2] == small_log.START.date()


def test_a_run_without_users_says_so(newcomers_root, tmp_path, capsys):
    shutil.copytree(newcomers_root, tmp_path / "tables")
    assert main(["score", "--method", "density", "--as-of", "2011-12-10",
                 "--set", f"store.root={tmp_path / 'tables'}"]) == 1  # fmt: skip
    assert "there are no events to score" in capsys.readouterr().err
