"""kill -9 in a fit, after its model is saved, and before the manifest: started again, the tables are as if nothing had been."""

from __future__ import annotations

import shutil
import threading
from datetime import date
from pathlib import Path

import newcomers_shop
import pytest
from killed import child
from newcomers_shop import store_of

from audiences import schema
from audiences.cli import main
from audiences.config import load
from audiences.engine.manifest import published
from audiences.pipeline.final import SEGMENTS
from audiences.pipeline.purchases import VALUE
from audiences.prediction import score

AS_OF = date.fromisoformat(newcomers_shop.AS_OF)


def command(name: str, folder: Path, *more: str) -> list[str]:
    return [name, "--as-of", newcomers_shop.AS_OF, *newcomers_shop.arguments(folder, *more)]


def undisturbed(shop: Path, name: str, *more: str) -> Path:
    """A copy of the shop in which the command runs to its end."""
    other = shop / "undisturbed"
    for part in ("tables", "raw"):
        shutil.copytree(shop / part, other / part)
    assert main(command(name, other, *more)) == 0
    return other


def figures(spark, folder: Path) -> list:
    store = store_of(spark, folder)
    rows = store.read(schema.scoring_metrics, store.head(schema.scoring_metrics).version).where("split = 'holdout'")
    return rows.orderBy("model", "metric", "segment", "bin").collect()


@pytest.mark.slow
def test_a_training_that_was_killed_in_the_fit_and_after_it_is_made_whole_by_the_next(shop, spark):
    again = "scoring.seed=9"  # another model than the one that is there
    other = undisturbed(shop, "train", again)
    before = figures(spark, shop)
    for when, what, nth in (
        ("before", "pyspark.ml.base:Estimator.fit", 4),
        ("after", "audiences.store.saved_models:save", 1),
    ):
        child(command("train", shop, again), when, what, nth)
        assert figures(spark, shop) == before  # nothing half-made is seen
    child(command("train", shop, again))
    assert figures(spark, shop) == figures(spark, other)
    models = [store_of(spark, folder).head(schema.models).version for folder in (shop, other)]
    assert models[0] == models[1]  # one row, though the second attempt had written it


@pytest.mark.slow
def test_a_run_killed_before_its_manifest_is_not_seen_and_the_next_one_publishes_what_it_made(shop, spark):
    four = "value_segments.k=4"
    other = undisturbed(shop, "run", four)
    store = store_of(spark, shop)
    old = published(store, AS_OF).run_id
    child(command("run", shop, four), "before", "audiences.engine.manifest:_write", 1)
    assert published(store, AS_OF).run_id == old
    made = store.head(schema.segments).version
    child(command("run", shop, four))
    assert store.head(schema.segments).version == made  # found, not made again
    here, there = (published(store_of(spark, folder), AS_OF) for folder in (shop, other))
    assert here.run_id != old
    for stage in (SEGMENTS, VALUE):
        rows = [sorted(run.frame(stage).collect(), key=lambda row: row["customer_id"]) for run in (here, there)]
        assert rows[0] == rows[1]


@pytest.mark.slow
def test_scores_made_while_a_run_is_published_are_of_the_old_one_or_the_new_one(shop, spark):
    store, settings = store_of(spark, shop), load([], [f"store.root={shop / 'tables'}"], {})

    def placed() -> tuple[str, dict[str, str]]:
        version = score(store, settings, AS_OF, method="centres").version
        rows = store.read(schema.scores, version, {"as_of": AS_OF, "method": "centres"}).collect()
        assert len({row["run_id"] for row in rows}) == 1
        return rows[0]["run_id"], {row["customer_id"]: row["segment"] for row in rows}

    def expected() -> tuple[str, dict[str, str]]:
        run = published(store, AS_OF)
        return run.run_id, {row["customer_id"]: row["name"] for row in run.frame(VALUE).collect()}

    old = expected()
    publishing = threading.Thread(target=child, args=(command("run", shop, "value_segments.k=2"),))
    publishing.start()
    seen = []
    while publishing.is_alive():
        seen.append(placed())
    publishing.join()
    seen.append(placed())
    new = expected()
    assert new[0] != old[0]
    assert new[1] != old[1]
    assert seen[0] == old
    assert seen[-1] == new
    assert all(one in (old, new) for one in seen)
