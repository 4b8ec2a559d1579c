"""Which stages wait for which, and that those which need not do run at the same time."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import small_talk
from deltalake import DeltaTable

from audiences import schema
from audiences.cli import main
from audiences.engine.scheduler import run_all, waits_for
from audiences.engine.stage import Receipt, Stage, stage_of
from audiences.pipeline import final, purchases
from audiences.pipeline.stages import STAGES

PATIENCE = 20  # seconds that a thread waits for another before it gives up


def made_by(**frames) -> None:
    """A stage's function that is never called here."""


def stage(name: str, *needs: Stage, table=None, **more) -> Stage:
    return Stage(
        table or SimpleNamespace(name=name, slice_by=(), has_as_of=False),
        made_by,
        {one.name: one for one in needs},
        name=name,
        **more,
    )


def receipt(one: Stage) -> Receipt:
    return Receipt(one.name, one.makes, "f", "written", 1, {})


class Told(list):
    def __call__(self, one: Stage, made: Receipt | None) -> None:
        assert threading.current_thread() is threading.main_thread()
        self.append((one.name, "begins" if made is None else "over"))


def test_in_order_where_one_at_a_time_is_asked_for():
    one = stage("one")
    stages, told = [one, stage("two"), stage("three", one)], Told()
    made = run_all(stages, receipt, told, at_once=1)
    assert list(made) == stages
    assert told == [(name, what) for name in ("one", "two", "three") for what in ("begins", "over")]


def test_stages_that_need_not_wait_run_at_the_same_time_and_others_wait():
    one, two = stage("one"), stage("two")
    three = stage("three", one, two)
    both = threading.Barrier(2)

    def make(it: Stage) -> Receipt:
        if it is not three:
            both.wait(PATIENCE)  # breaks unless the other one is there as well
        return receipt(it)

    told = Told()
    made = run_all([one, two, three], make, told, at_once=2)
    assert {it.name for it in made} == {"one", "two", "three"}
    assert told[:2] == [("one", "begins"), ("two", "begins")]
    assert told[-2:] == [("three", "begins"), ("three", "over")]


@pytest.mark.parametrize("at_once", [2, 3, 16])
def test_never_more_than_asked_for_and_nothing_before_what_it_waits_for(at_once):
    stages = list(STAGES)
    waits, over, running, most, lock = waits_for(stages), set(), set(), [0], threading.Lock()

    def make(it: Stage) -> Receipt:
        with lock:
            assert waits[it] <= over
            running.add(it)
            most[0] = max(most[0], len(running))
        threading.Event().wait(0.002)
        with lock:
            running.discard(it)
            over.add(it)
        return receipt(it)

    assert set(run_all(stages, make, Told(), at_once=at_once)) == set(stages)
    assert 2 <= most[0] <= at_once


def test_the_pipeline_keeps_its_gates_its_tables_and_its_last_word():
    waits = waits_for(STAGES)
    for place, it in enumerate(STAGES):
        before = set(STAGES[:place])
        assert {stage_of(need) for need in it.needs.values()} <= waits[it] <= before
        assert {one for one in before if one.makes is it.makes} <= waits[it]
    assert purchases.GATES in waits[purchases.CUTS]
    assert waits[final.CUSTOMERS] == set(STAGES[: STAGES.index(final.CUSTOMERS)])


def test_after_a_fault_none_begins_and_the_running_ones_end():
    bad, slow, last = stage("bad"), stage("slow"), stage("last")
    has_failed, ended = threading.Event(), []

    def make(it: Stage) -> Receipt:
        if it is bad:
            has_failed.set()
            raise ValueError("bad")
        assert has_failed.wait(PATIENCE)
        ended.append(it.name)
        return receipt(it)

    told = Told()
    with pytest.raises(ValueError, match="bad"):
        run_all([bad, slow, last], make, told, at_once=2)
    assert ended == ["slow"]
    assert ("last", "begins") not in told


@pytest.mark.slow
def test_a_run_side_by_side_makes_the_tables_of_one_in_order(spark, talk_root, tmp_path):
    tables = tmp_path / "tables"
    told = small_talk.arguments(tables, *small_talk.beside_the_shop(talk_root.parent), "session.stages_at_once=3")
    assert main(["run", "--as-of", small_talk.AS_OF, *told]) == 0

    def rows(root: Path, name: str) -> pd.DataFrame:
        return DeltaTable(f"{root}/{name}").to_pyarrow_table().to_pandas()

    def assert_same(name: str, key: list[str], unlike: tuple[str, ...]) -> pd.DataFrame:
        one, two = (
            rows(root, name).sort_values(key, ignore_index=True).drop(columns=[*unlike], errors="ignore")
            for root in (talk_root, tables)
        )
        pd.testing.assert_frame_equal(one, two, rtol=1e-9, obj=name)
        return one

    manifest = assert_same(str(schema.run_manifest), ["stage"], ("seconds", "version"))
    written = rows(tables, str(schema.run_manifest)).dropna(subset="version")
    assert len(manifest) > len(written) > 30
    made = set(zip(written["zone"], written["table"], strict=True))
    for table in schema.declared_tables():
        if (table.zone, table.name) in made:
            assert_same(str(table), [*table.slice_by, *table.key], ("seconds",))
