"""`audiences maintain`: old runs go, every version that a live manifest pins stays, wherever it is killed."""

from __future__ import annotations

import json
import os
import re
import shutil
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, write_deltalake
from killed import child

from audiences import schema
from audiences.cli import main
from audiences.config import Settings
from audiences.engine import publish
from audiences.errors import ConflictError
from audiences.housekeeping import retention
from audiences.published.snapshot import published_runs
from audiences.store import vacuum
from audiences.store.delta import Store

KEPT = (
    "control/run_manifest",
    "features/rfm",
    "segments/segments",
    "landed/landed_transactions",
    "published/customers",
)
AGE_DAYS = 30
SLICED = ("rfm", "published_customers")


def aged(source: Path, target: Path) -> Path:
    """A copy of the tables of KEPT in which everything happened 30 days ago (VACUUM goes by the clock)."""
    for name in KEPT:
        shutil.copytree(source / name, target / name)
    past = AGE_DAYS * 86_400
    for file in sorted(path for path in target.rglob("*") if path.is_file()):
        made = file.stat().st_mtime - past
        if file.parent.name == "_delta_log" and file.suffix == ".json":
            text = file.read_text()
            file.write_text(re.sub(r'("deletionTimestamp":)(\d+)', lambda m: f"{m[1]}{int(m[2]) - past * 1000}", text))
            (file.parent / f".{file.name}.crc").unlink(missing_ok=True)
        os.utime(file, (made, made))
    return target


def run_again(root: Path) -> None:
    """The same as_of published a second time by "other settings": slices overwritten, new versions pinned."""
    log = DeltaTable(root / "control" / "run_manifest").to_pyarrow_table()
    rows = log.to_pylist()
    for row in rows:
        row.update(sequence=2, run_id="other-settings")
        if row["stage"] in SLICED:
            path = root / row["zone"] / row["table"]
            body = DeltaTable(path).to_pyarrow_table()
            write_deltalake(path, body, mode="overwrite", commit_properties=_told("other", row["stage"]))
            row["version"] = DeltaTable(path).version()
    write_deltalake(root / "control" / "run_manifest", pa.Table.from_pylist(rows, log.schema), mode="append",
                    commit_properties=_told("other/2", None))  # fmt: skip


def _told(fingerprint: str, stage: str | None) -> CommitProperties:
    about = {"fingerprint": fingerprint} | ({"stage": stage} if stage else {})
    return CommitProperties(custom_metadata={"userMetadata": json.dumps(about)})


@pytest.fixture
def shop(small_shop_root, tmp_path) -> Path:
    fresh = tmp_path / "fresh"
    for name in KEPT:
        shutil.copytree(small_shop_root / name, fresh / name)
    run_again(fresh)
    return aged(fresh, tmp_path / "shop")


def settings(root: Path, **store) -> Settings:
    return Settings.model_validate({"store": {"root": str(root), **store}})


def data_files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*.parquet") if "_delta_log" not in path.parts}


def assert_live_runs_are_whole(root: Path) -> None:
    for run in published_runs(str(root)):
        for stage, row in run.rows.items():
            if f"{row['zone']}/{row['table']}" in KEPT:
                assert run.whole(stage).to_table().num_rows >= 0, (run.as_of, stage)


def test_expired_runs_go_and_what_live_ones_pin_stays(spark, shop):
    chosen = settings(shop, keep_runs=1)
    store = Store(spark, chosen.store)
    before, old = data_files(shop), published_runs(str(shop))[1]
    dry = retention.maintain(store, chosen, is_dry=True)
    assert data_files(shop) == before
    assert [run.sequence for run in published_runs(str(shop))] == [2, 1]
    told = retention.maintain(Store(spark, chosen.store), chosen, is_dry=False)
    assert [row["what"] for row in told] == [row["what"] for row in dry]
    assert [run.sequence for run in published_runs(str(shop))] == [2]
    assert_live_runs_are_whole(shop)
    gone = {name.rsplit("/", 1)[0] for name in before - data_files(shop)}
    assert gone - {"control/run_manifest"} == {"features/rfm", "published/customers"}
    for removed, announced in zip(told, dry, strict=True):
        if removed["what"] in gone - {"control/run_manifest"}:
            assert (removed["action"], announced["action"]) == ("removed", "would remove")
            assert removed["files"] == announced["files"]
    # what went is not found any more, so a run of the old settings makes it again
    again = Store(spark, chosen.store)
    assert again.find(schema.rfm, old.rows["rfm"]["fingerprint"]) is None
    assert again.find(schema.rfm, "other") is not None
    part, former = {"as_of": old.as_of}, old.rows["rfm"]["fingerprint"]
    frame = again.read(schema.rfm, again.find(schema.rfm, "other").version, part).drop("as_of")
    made = again.write(schema.rfm, frame, fingerprint=former, part=part, metadata={})
    assert again.find(schema.rfm, old.rows["rfm"]["fingerprint"]).version == made.version
    assert again.read(schema.rfm, made.version, part).count() == frame.count()
    assert_live_runs_are_whole(shop)
    assert not [row for row in retention.maintain(again, chosen, is_dry=True) if row["action"] == "would remove"]


def test_without_a_limit_nothing_expires_and_nothing_goes(spark, shop):
    before = data_files(shop)
    told = retention.maintain(Store(spark, settings(shop).store), settings(shop), is_dry=False)
    assert {row["action"] for row in told if row["what"] != "control/run_manifest"} == {"nothing to remove"}
    assert {name for name in before if "run_manifest" not in name} <= data_files(shop)
    assert [run.sequence for run in published_runs(str(shop))] == [2, 1]
    assert_live_runs_are_whole(shop)


@pytest.mark.usefixtures("quick_jvms")
@pytest.mark.slow
def test_killed_hard_nothing_pinned_is_lost_and_the_next_call_goes_on(spark, shop):
    arguments = ["maintain", "--set", f"store.root={shop}", "--set", "store.keep_runs=1"]
    for what in (
        "audiences.store.delta:Store.write",
        "audiences.store.vacuum:vacuum",
    ):  # before the mark, before the first VACUUM
        child(arguments, "before", what, 1)
        assert_live_runs_are_whole(shop)
        assert [run.sequence for run in published_runs(str(shop))] == [2]  # the other left before anything was removed
    child(arguments)
    assert [run.sequence for run in published_runs(str(shop))] == [2]
    assert_live_runs_are_whole(shop)
    chosen = settings(shop, keep_runs=1)
    left = retention.maintain(Store(spark, chosen.store), chosen, is_dry=True)
    assert not [row for row in left if row["action"] == "would remove"]


@pytest.mark.slow
def test_a_table_whose_pins_vacuum_would_break_is_left_alone(spark, shop, monkeypatch):
    """The time of a commit may mislead; the files decide."""
    honest = vacuum.commit_times
    monkeypatch.setattr(vacuum, "commit_times", lambda store, table: dict.fromkeys(honest(store, table), 4000000000.0))
    before = data_files(shop)
    told = retention.maintain(Store(spark, settings(shop).store), settings(shop), is_dry=False)
    assert {row["what"] for row in told if row["action"] == "skipped"} >= {"features/rfm", "published/customers"}
    assert all("of pinned versions" in row["detail"] for row in told if row["action"] == "skipped")
    assert {name for name in before if "run_manifest" not in name} <= data_files(shop)
    assert_live_runs_are_whole(shop)


def test_retention_counts_from_the_newest_as_of_and_spares_frozen_cut_points():
    runs = [retention._Run(day, 1, str(day), frozenset()) for day in
            (date(2024, 1, 1), date(2023, 12, 1), date(2022, 1, 1))]  # fmt: skip
    assert retention._live(runs, settings("x")) == runs[:2]
    frozen = settings("x").model_copy(
        update={"rfm": Settings().rfm.model_copy(update={"cut_points_of": date(2022, 1, 1)})}
    )
    assert retention._live(runs, frozen) == runs
    text = Settings().text
    kept = text.model_copy(update={"topics": text.topics.model_copy(update={"ids_of": date(2022, 1, 1)})})
    assert retention._live(runs, settings("x").model_copy(update={"text": kept})) == runs
    assert retention._live(runs, settings("x", keep_runs=1)) == runs[:1]


def test_a_run_that_was_going_on_does_not_publish(spark, shop, monkeypatch):
    """It may have found a version that is gone now."""

    given = settings(shop)

    class Going:
        settings, store, as_of = given, Store(spark, given.store), date(2011, 12, 10)

        def absence(self, _stage):
            return None

        def fingerprint(self, _stage):
            return "f"

        def run(self, _stage):
            retention.maintain(self.store, given, is_dry=False)

    stage = type("Stage", (), {"only_newest": False, "name": "rfm"})
    with pytest.raises(ConflictError, match="nothing was published"):
        publish.run_and_publish(Going(), [stage], lambda *_: None)


@pytest.mark.slow
def test_the_command_tells_what_it_would_do(spark, shop, capsys):
    assert main(["maintain", "--dry-run", "--json", "--set", f"store.root={shop}", "--set", "store.keep_runs=1"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told[0]["action"] == "would expire"
    assert {row["what"]: row["action"] for row in told}["features/rfm"] == "would remove"
