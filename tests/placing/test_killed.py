"""kill -9 in a fit, after its model is saved, and before the manifest: started again, the tables are as if nothing had been."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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

pytestmark = pytest.mark.usefixtures("quick_jvms")

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
def test_a_run_killed_before_its_manifest_is_not_seen_and_scores_while_the_next_one_publishes_are_of_the_old_or_the_new(
    shop, spark
):
    four = "value_segments.k=4"
    other = undisturbed(shop, "run", four)
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
    # scores are made while the new segments are written, after that process died, and while the next one publishes them
    seen = [
        *scored_during(placed, command("run", shop, four), "before", "audiences.engine.publish:_write", 1),
        placed(),
    ]
    assert expected() == old
    assert all(scores == old for scores in seen)
    made = store.head(schema.segments).version
    seen = scored_during(placed, command("run", shop, four))
    assert store.head(schema.segments).version == made  # found, not made again
    new = expected()
    assert new[0] != old[0]
    assert new[1] != old[1]
    assert seen[0] == old
    assert placed() == new
    assert all(scores in (old, new) for scores in seen)
    here, there = (published(store_of(spark, folder), AS_OF) for folder in (shop, other))
    for stage in (SEGMENTS, VALUE):
        rows = [sorted(run.frame(stage).collect(), key=lambda row: row["customer_id"]) for run in (here, there)]
        assert rows[0] == rows[1]


def scored_during(placed: Callable[[], tuple], *arguments) -> list[tuple]:
    """What `placed` gives, again and again, while the command runs in a process of its own."""
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(child, *arguments)
        seen = [placed()]
        while not running.done():
            seen.append(placed())
        running.result()
    return seen
