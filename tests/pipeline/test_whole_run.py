"""The whole pipeline on a small shop: published, repeatable, pinned, backfilled, landed file by file."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
import small_shop

from audiences import schema
from audiences.cli import main
from audiences.config import load
from audiences.engine import manifest
from audiences.engine.landing import survey, survey_all
from audiences.engine.runner import Run
from audiences.errors import InputError
from audiences.pipeline import purchases
from audiences.pipeline.stages import STAGES, with_needs
from audiences.store.delta import Store

AS_OF = "2011-12-10"


class Shop:
    """One store on disk with its raw file or folder."""

    def __init__(self, root: Path, raw: Path, spark):
        self.root, self.raw, self.spark = root, raw, spark

    def arguments(self, *more: str) -> list[str]:
        return ["--set", f"store.root={self.root}", "--set", f"sources.transactions.path={self.raw}",
                "--set", "value_segments.k_max=4", "--set", "value_segments.starts=2", *more]  # fmt: skip

    def run(self, *more: str, as_of: str = AS_OF) -> int:
        return main(["run", "--as-of", as_of, *self.arguments(*more)])

    @property
    def store(self) -> Store:
        return Store(self.spark, load([], [f"store.root={self.root}"], {}).store)

    def versions(self) -> dict[str, int]:
        tables = [table for table in vars(schema).values() if isinstance(table, schema.Table)]
        heads = {str(table): self.store.head(table) for table in tables}
        return {name: head.version for name, head in heads.items() if head is not None}

    def customers(self) -> dict[str, tuple]:
        head = self.store.head(schema.published_customers)
        rows = self.store.read(schema.published_customers, head.version).collect()
        return {row["customer_id"]: (row["as_of"], row["segment"], row["monetary"]) for row in rows}


@pytest.fixture(scope="module")
def shop(tmp_path_factory, small_shop_root, _session) -> Shop:
    """The small shop with its published run, to write to."""
    root = shutil.copytree(small_shop_root, tmp_path_factory.mktemp("shop") / "tables")
    return Shop(root, small_shop_root.parent / "raw.csv", _session)


@pytest.fixture
def new_shop(tmp_path, spark) -> Shop:
    """The small shop before its first run; its files stand in a folder."""
    small_shop.write(tmp_path / "raw" / "one.csv", small_shop.lines())
    return Shop(tmp_path / "tables", tmp_path / "raw", spark)


@pytest.mark.contract
def test_a_run_publishes_every_stage_and_one_row_per_customer(shop):
    run = manifest.published(shop.store)
    assert set(run.rows) == {stage.name for stage in STAGES}
    assert {row["status"] for row in run.rows.values()} == {"written", "absent"}  # the other branches have no source
    customers = shop.customers()
    assert len(customers) == 60
    assert {as_of for as_of, _, _ in customers.values()} == {date(2011, 12, 10)}
    profiles = run.frame(purchases.VALUE_PROFILES)
    assert profiles.where("rank = 1").agg({"customers": "sum"}).first()[0] == 60
    assert run.rows["category_affinity"]["note"].startswith("left out: the source has no category")
    landed = run.frame(purchases.LANDED).count()
    assert landed == run.rows["transactions"]["rows"] + run.rows["rejected_transactions"]["rows"]
    assert list(shop.root.glob("report-*.html"))


@pytest.mark.contract
def test_a_second_run_of_the_same_inputs_writes_nothing(shop, capsys):
    before = shop.versions()
    assert shop.run("--json") == 0
    assert shop.versions() == before
    told = json.loads(capsys.readouterr().out)[0]
    assert {stage["status"] for stage in told["stages"]} == {"reused", "absent"}  # the other branches have no source


@pytest.mark.contract
def test_plan_tells_versions_and_writes_nothing(shop, capsys):
    before = shop.versions()
    assert main(["plan", "--as-of", AS_OF, "--json", *shop.arguments("--set", "rfm.bins=4")]) == 0
    plan = {row["stage"]: row for row in json.loads(capsys.readouterr().out)}
    assert shop.versions() == before
    assert plan["behaviour"]["plan"].startswith("keep version")
    assert plan["rfm"]["plan"] == "make"
    assert plan["rfm"]["reads"] == f"customer_days@{before['features/customer_days']}, rfm_cut_points@new"


def test_other_settings_make_new_versions_and_the_first_settings_come_back(shop):
    first = shop.customers()
    versions = shop.versions()
    one_segment = "value_segments.names=[{name: Everyone}]"
    assert shop.run("--set", one_segment) == 0
    other = shop.customers()
    assert {segment.split(" (")[0] for _, segment, _ in other.values()} == {"Everyone"}
    assert shop.versions()["features/rfm"] == versions["features/rfm"]
    assert shop.run() == 0
    assert shop.customers() == first
    run = manifest.published(shop.store)
    assert run.rows["segment_names"]["status"] == "reused"
    names = {row["name"] for row in run.frame(purchases.NAMES).collect()}
    assert "Everyone" not in {name.split(" (")[0] for name in names}


@pytest.mark.slow
def test_a_backfill_leaves_the_newest_as_it_is(shop):
    newest = shop.customers()
    assert shop.run(as_of="2011-11-01") == 0
    assert shop.customers() == newest
    assert manifest.published(shop.store).as_of == date(2011, 12, 10)
    old = manifest.published(shop.store, date(2011, 11, 1))
    assert old.rows["published_customers"]["status"] == "absent"
    assert old.frame(purchases.RFM).agg({"recency_days": "min"}).first()[0] >= 1


@pytest.mark.slow
def test_frozen_cut_points_are_those_of_the_run_they_name(shop, capsys):
    def scores(as_of):
        found = manifest.published(shop.store, date.fromisoformat(as_of))
        cuts = {row["metric"]: row["cut_points"] for row in found.frame(purchases.CUTS).collect()}
        return cuts, {row["customer_id"]: row["r_score"] for row in found.frame(purchases.RFM).collect()}

    assert shop.run(as_of="2011-12-20") == 0
    fitted, _ = scores("2011-12-20")
    assert shop.run("--set", f"rfm.cut_points_of={AS_OF}", as_of="2011-12-20") == 0
    frozen, later = scores("2011-12-20")
    first, before = scores(AS_OF)
    assert frozen == first != fitted
    # ten days on, nobody has bought: against the old borders recency can only have become worse
    assert all(later[customer] <= before[customer] for customer in before)
    assert later != before
    assert shop.run("--set", "rfm.cut_points_of=2001-01-01", as_of="2011-12-20") == 1
    assert "no run has been published at 2001-01-01" in capsys.readouterr().err
    assert shop.run("--set", f"text.topics.ids_of={AS_OF}", as_of="2011-12-20") == 1
    assert "the run has no topics" in capsys.readouterr().err
    assert shop.run("--set", f"rfm.cut_points_of={AS_OF}", "--set", "rfm.bins=4", as_of="2011-12-20") == 2


@pytest.mark.contract
def test_only_new_files_are_landed_and_a_changed_one_is_refused(new_shop, capsys):
    shop = new_shop
    ingest = ["run", "transactions", "--as-of", AS_OF, "--json", *shop.arguments()]
    assert main(ingest) == 0
    small_shop.write(shop.raw / "two.csv", small_shop.lines(3, seed=2, first_invoice=900_000))
    capsys.readouterr()
    assert main(ingest) == 0
    stages = {stage["stage"]: stage for stage in json.loads(capsys.readouterr().out)}
    two = sum(1 for _ in (shop.raw / "two.csv").open()) - 1
    assert (stages["landed_transactions"]["status"], stages["landed_transactions"]["rows"]) == ("written", two)
    assert stages["transactions"]["rows"] == len(small_shop.lines()) + two
    settings = load([], [a for a in shop.arguments() if a != "--set"], {})
    with (shop.raw / "two.csv").open("a") as file:
        file.write("10000.0,2011-12-08 10:00:00,999999,P1,1,1.00\n")
    with pytest.raises(InputError, match="changed since it was landed"):
        survey(shop.store, settings, "transactions")
    assert shop.run() == 1
    assert "deliver corrections as a new file" in capsys.readouterr().err


@pytest.mark.contract
def test_a_single_stage_runs_with_what_it_needs_and_publishes_nothing(shop, tmp_path, capsys):
    root = tmp_path / "tables"
    arguments = ["--set", f"store.root={root}", "--set", f"sources.transactions.path={shop.raw}"]
    assert main(["run", "rfm", "--as-of", AS_OF, "--json", *arguments]) == 0
    made = [row["stage"] for row in json.loads(capsys.readouterr().out) if row["status"] == "written"]
    assert made == ["landed_transactions", "transactions", "orders", "customer_days", "rfm_cut_points", "rfm"]
    assert not (root / "control" / "run_manifest").exists()
    assert main(["report", "--set", f"store.root={root}"]) == 1
    assert "no run has been published" in capsys.readouterr().err


@pytest.mark.contract
@pytest.mark.parametrize("crash_at", ["data", "finished", "stage"])
def test_after_a_crash_a_rerun_loses_and_doubles_nothing(new_shop, monkeypatch, crash_at):
    """Dies after the batch is open, after its data, or inside a later stage's commit."""
    shop = new_shop
    settings = load([], [a for a in shop.arguments() if a != "--set"], {})
    rows = len(small_shop.lines())
    real, stage = Store.write, {"data": "landed_transactions", "finished": "source_files", "stage": "orders"}[crash_at]

    def dying(self, table, frame, **options):
        if table.name == stage and not (crash_at == "finished" and "/open" in options["fingerprint"]):
            raise KeyboardInterrupt
        return real(self, table, frame, **options)

    def run():
        one = Run(shop.store, settings, date(2011, 12, 10), survey_all(shop.store, settings))
        for needed in with_needs(["orders"]):
            one.run(needed)
        return one

    monkeypatch.setattr(Store, "write", dying)
    with pytest.raises(KeyboardInterrupt):
        run()
    monkeypatch.setattr(Store, "write", real)
    again = run()
    assert again.frame(purchases.LANDED).count() == rows
    assert again.frame(purchases.TRANSACTIONS).count() == again.receipts["transactions"].rows
    assert survey(shop.store, settings, "transactions").open_batches == []
