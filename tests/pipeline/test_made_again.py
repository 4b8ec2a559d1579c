"""What a further run of a published root makes again, and what it looks at to find that out."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from audiences.config import load
from audiences.engine.landing import survey_all
from audiences.engine.publish import run_and_publish
from audiences.engine.runner import Run
from audiences.pipeline.stages import STAGES
from audiences.store.delta import Store


@pytest.fixture
def root(small_shop_root, tmp_path) -> Path:
    return Path(shutil.copytree(small_shop_root, tmp_path / "tables"))


def run_again(spark, root: Path, small_shop_root: Path, *assignments: str) -> Run:
    given = [f"store.root={root}", f"sources.transactions.path={small_shop_root.parent / 'raw.csv'}",
             "value_segments.k_max=4", "value_segments.starts=2", *assignments]  # fmt: skip
    settings = load([], given, {})
    store = Store(spark, settings.store)
    run = Run(store, settings, date(2011, 12, 10), survey_all(store, settings))
    run_and_publish(run, STAGES, lambda *_: None)
    return run


def written(run: Run) -> set[str]:
    return {name for name, receipt in run.receipts.items() if receipt.status == "written"}


def test_a_run_with_nothing_to_do_reads_one_manifest_and_no_history_per_stage(
    spark, root, small_shop_root, monkeypatch
):
    real, looked_at = Store.commits, set()

    def watched(self, table):
        looked_at.add(str(table))
        return real(self, table)

    monkeypatch.setattr(Store, "commits", watched)
    run = run_again(spark, root, small_shop_root)
    assert written(run) == set()
    assert looked_at == {
        "control/run_manifest", "control/source_files", "landed/landed_transactions",  # what is new
        "published/customers", "published/segment_profiles",  # whether they still hold the newest as_of
    }  # fmt: skip


def test_another_name_renames_segments_and_fits_nothing(spark, root, small_shop_root):
    name = "value_segments.names=[{name: Best, among: {monetary: {min: 0.5}}}, {name: Others}]"
    run = run_again(spark, root, small_shop_root, name)
    assert written(run) == {
        "name_rules", "segment_names", "name_fits", "value_segments", "segments", "value_profiles", "value_playbook",
        "published_customers", "published_profiles",
    }  # fmt: skip
    assert run.receipts["k_selection"].status == "reused"
    parallel = run_again(spark, root, small_shop_root, name, "value_segments.fits_at_once=3", "currency=EUR")
    assert written(parallel) == set()


def test_a_table_that_was_taken_away_is_made_again_though_a_run_pins_it(spark, root, small_shop_root):
    shutil.rmtree(root / "features" / "rfm")
    assert written(run_again(spark, root, small_shop_root)) == {"rfm"}
