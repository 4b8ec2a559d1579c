"""What a commit stands for, how an older table is read, and what a ledger refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from audiences.config import Store as StoreSettings
from audiences.errors import InputError
from audiences.schema import Column, Table
from audiences.schema.table import AS_OF, DOUBLE, INT, LONG, MONEY, PRICE, STRING
from audiences.store import vacuum
from audiences.store.commits import Version, as_seen, commit_text, rewrite_text
from audiences.store.delta import Store
from audiences.store.rows import is_wider

pytestmark = pytest.mark.contract

TABLE = Table("features", "counts", "", (AS_OF, Column("n", INT, "n")), slice_by=("as_of",))


@pytest.fixture
def store(spark, tmp_path):
    return Store(spark, StoreSettings(root=str(tmp_path)))


def commit(version: int, stage: str, as_of: str, *, is_whole: bool = False) -> Version:
    about = {"fingerprint": f"f{version}", "stage": stage, "as_of": as_of}
    return Version(version, version * 10, about, is_whole)


def test_a_commit_that_rewrites_stands_for_the_newest_commit_of_each_slice():
    commits = [commit(4, "a", "d2"), commit(3, "b", "d1"), commit(2, "a", "d2"), commit(1, "a", "d1")]
    seen = as_seen(5, None, rewrite_text(commits, reason="OPTIMIZE"), is_whole=False)
    assert [(one.version, one.rows, one.metadata["fingerprint"]) for one in seen] == [
        (5, 40, "f4"), (5, 30, "f3"), (5, 10, "f1"),
    ]  # fmt: skip


def test_a_commit_that_rewrites_does_not_stand_for_what_was_overwritten_before():
    commits = [commit(3, "a", "d3", is_whole=True), commit(2, "a", "d2", is_whole=True)]
    seen = as_seen(4, None, rewrite_text(commits, reason="OPTIMIZE"), is_whole=False)
    assert [one.metadata["fingerprint"] for one in seen] == ["f3"]


def test_a_commit_of_rows_stands_for_itself():
    assert as_seen(1, 7, commit_text("f", {"stage": "a"}), is_whole=True) == [
        Version(1, 7, {"fingerprint": "f", "stage": "a"}, is_whole=True)
    ]


def test_after_an_optimize_each_fingerprint_is_found_at_the_newest_version_that_holds_it(spark, store):
    days = [date(2024, 1, day) for day in (1, 2)]
    for number, day in enumerate(days):
        frame = spark.createDataFrame([(number,), (number,)], "n int").coalesce(1)  # one file on either Spark line
        about = {"stage": "counts", "as_of": day}
        store.write(TABLE, frame, fingerprint=f"f{number}", metadata=about, part={"as_of": day})
    assert [store.find(TABLE, name).version for name in ("f0", "f1")] == [1, 2]
    assert vacuum.compact(store, TABLE) == 2
    for number, day in enumerate(days):
        version = store.find(TABLE, f"f{number}")
        assert (version.version, version.rows, version.metadata["as_of"]) == (3, 2, str(day))
        assert [row["n"] for row in store.read(TABLE, 3, {"as_of": day}).collect()] == [number, number]
    assert store.head(TABLE, stage="counts").metadata["fingerprint"] == "f1"
    # a slice that is made again is newer than the rewritten one
    store.write(TABLE, spark.createDataFrame([(9,)], "n int"), fingerprint="f9", metadata={}, part={"as_of": days[0]})
    assert store.find(TABLE, "f0").version == 3
    assert store.find(TABLE, "f9").version == 4


def test_an_older_table_is_read_as_it_is_declared_today(spark, store):
    frame = spark.createDataFrame([(1,)], "n int")
    day = date(2024, 1, 1)
    store.write(TABLE, frame, fingerprint="f", metadata={}, part={"as_of": day})
    wider = replace(TABLE, columns=(AS_OF, Column("new", STRING, ""), Column("n", LONG, "")))
    rows = store.read(wider, 1, {"as_of": day})
    assert rows.columns == ["as_of", "new", "n"]
    assert rows.collect() == [(day, None, 1)]
    assert rows.schema["n"].dataType == LONG
    for columns, fault in (
        ((AS_OF, Column("n", INT, ""), Column("new", STRING, "", nullable=False)), "new is missing"),
        ((AS_OF, Column("n", STRING, "")), "n is int, declared string"),
    ):
        with pytest.raises(InputError, match=fault):
            store.read(replace(TABLE, columns=columns), 1)


def test_which_types_are_wider():
    assert is_wider(LONG, than=INT)
    assert is_wider(DOUBLE, than=INT)
    assert not is_wider(INT, than=LONG)
    assert not is_wider(STRING, than=INT)
    assert not is_wider(MONEY, than=PRICE)  # 18, 2 and 12, 4: fewer decimals
    assert is_wider(PRICE, than=PRICE)


def test_rows_of_a_ledger_are_added_and_merged_but_never_replaced(spark, store):
    ledger = Table(
        "control", "decisions", "", (Column("n", INT, "n"), Column("what", STRING, "w")), key=("n",), kind="ledger"
    )
    rows = spark.createDataFrame([(1, "a")], "n int, what string")
    store.write(ledger, rows, fingerprint="a", metadata={}, mode="append")
    store.merge(ledger, spark.createDataFrame([(1, "b"), (2, "c")], "n int, what string"), fingerprint="b", metadata={})
    assert sorted(store.read(ledger, store.head(ledger).version).collect()) == [(1, "b"), (2, "c")]
    for mode in ("replace", "overwrite"):
        with pytest.raises(ValueError, match="is a ledger"):
            store.write(ledger, rows, fingerprint="c", metadata={}, mode=mode)
