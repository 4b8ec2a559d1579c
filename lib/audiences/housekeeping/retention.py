"""`audiences maintain`: old runs expire, small files are compacted, files that no live run needs are removed.

1. Expired runs leave the manifest first: from then on nothing reads what they pinned.
2. A mark in the manifest's log tells runs that are going on: one that would publish after it is refused (a retry is
   safe), since it may have found a version that goes away now.
3. Tables that only grow are compacted (the others are rewritten by runs anyway).
4. Per table: the oldest version that must stay readable is written down as its floor, then VACUUM removes what left the
   table by then. VACUUM works by time, so its dry run is looked at first, with ten minutes more than it will get: if
   one file of a pinned version is among the doomed, the table is left as it is.

Killed at any point, every version that the manifest pins is whole, and the next call goes on. Saved models stay.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

from pyspark.sql import Column
from pyspark.sql import functions as F

from audiences import schema
from audiences.config import Settings
from audiences.engine.manifest import MAINTAINED, manifest_rows
from audiences.schema import Table
from audiences.schema.root_format import FORMAT_KEY, ROOT_FORMAT
from audiences.store import vacuum
from audiences.store.delta import Store


@dataclass(frozen=True)
class _Run:
    as_of: date
    sequence: int
    run_id: str
    pins: frozenset[tuple[str, int]]

    def __str__(self) -> str:
        return f"run {self.as_of} #{self.sequence} {self.run_id}"


def maintain(store: Store, settings: Settings, *, is_dry: bool) -> list[dict[str, Any]]:
    """One row per expired run and per table: what, action, files, detail; `is_dry`: nothing is changed.

    A run expires when its as_of lies more than store.retention_days before the newest, or when it is not among the
    newest store.keep_runs. The newest run, and those that rfm.cut_points_of and text.topics.ids_of name, never do.
    """
    runs = _runs(store)
    live = _live(runs, settings)
    expired = [run for run in runs if run not in live]
    if runs and not is_dry:
        _expire(store, expired)
    told: list[dict[str, Any]] = [
        {"what": str(run), "action": "would expire" if is_dry else "expired", "files": None, "detail": None}
        for run in expired
    ]
    tables = [table for table in schema.declared_tables() if store.exists(table)]
    for table in tables:
        pins = {version for run in live for name, version in run.pins if name == str(table)}
        told.append(_maintained(store, table, pins, settings.store.vacuum_after_days, is_dry=is_dry))
    return told


def _runs(store: Store) -> list[_Run]:
    """All published runs, newest first."""
    found: dict[tuple[date, int, str], set[tuple[str, int]]] = {}
    for row in manifest_rows(store):
        pins = found.setdefault((row["as_of"], row["sequence"], row["run_id"]), set())
        if row["version"] is not None:
            pins.add((f"{row['zone']}/{row['table']}", row["version"]))
    newest_first = sorted(found, key=lambda key: (-key[0].toordinal(), -key[1], key[2]))
    return [_Run(*key, frozenset(found[key])) for key in newest_first]


def _live(runs: Sequence[_Run], settings: Settings) -> list[_Run]:
    keep, days = settings.store.keep_runs, settings.store.retention_days
    read_later = {settings.rfm.cut_points_of, settings.text.topics.ids_of}
    return [
        run
        for place, run in enumerate(runs)
        if place == 0
        or run.as_of in read_later
        or ((runs[0].as_of - run.as_of).days <= days and (keep is None or place < keep))
    ]


def _expire(store: Store, expired: Sequence[_Run]) -> None:
    """Takes the runs out of the manifest, then leaves the mark."""
    from delta.tables import DeltaTable

    if expired:
        DeltaTable.forPath(store.spark, store.path(schema.run_manifest)).delete(_any_of(expired))
    last = store.head(schema.run_manifest)
    nothing = store.spark.createDataFrame([], schema.run_manifest.schema)
    store.write(
        schema.run_manifest, nothing, fingerprint=f"{MAINTAINED}/{last.version if last else 0}", mode="append",
        metadata={"stage": MAINTAINED, "expired": [str(run) for run in expired], FORMAT_KEY: ROOT_FORMAT},
    )  # fmt: skip


def _any_of(runs: Sequence[_Run]) -> Column:
    chosen = [(F.col("run_id") == run.run_id) & (F.col("sequence") == run.sequence) for run in runs]
    return reduce(lambda one, two: one | two, chosen)


def _maintained(store: Store, table: Table, pins: set[int], days: float, *, is_dry: bool) -> dict[str, Any]:
    is_growing = table.kind != "made"
    compacted = vacuum.compact(store, table) if is_growing and not is_dry else 0
    times = vacuum.commit_times(store, table)
    kept = pins | _heads(store, table, is_growing=is_growing) | {max(times)}
    oldest = min(kept)
    detail = f"versions from {oldest} on stay" + (f"; {compacted} files compacted" if compacted else "")
    row = {"what": str(table), "action": "nothing to remove", "files": None, "detail": detail}
    if table.kind == "ledger":  # every version stays, as far back as its log goes
        return {**row, "detail": "a ledger" + (f"; {compacted} files compacted" if compacted else "")}
    if oldest not in times:
        return {**row, "action": "skipped", "detail": f"the log no longer holds version {oldest}, which a run pins"}
    pinned = vacuum.files(store, table, kept)
    # what left the table by the very commit of `oldest` may go; if the next commits came close upon it, an hour earlier
    latest = min(times[oldest], time.time() - days * 86_400)
    for before in (latest, latest - 3600):
        needed = vacuum.doomed(store, table, before + vacuum.MARGIN_SECONDS) & pinned
        if not needed:
            break
    else:
        why = f"VACUUM would remove {len(needed)} files of pinned versions, for example {min(needed)}"
        return {**row, "action": "skipped", "detail": why}
    doomed = vacuum.doomed(store, table, before)
    if not doomed:
        return row
    if not is_dry:
        if not is_growing:
            vacuum.raise_floor(store, table, oldest)
        vacuum.vacuum(store, table, before)
    return {**row, "action": "would remove" if is_dry else "removed", "files": len(doomed)}


def _heads(store: Store, table: Table, *, is_growing: bool) -> set[int]:
    """Versions that are read without a pin: the newest, and of tables that grow the newest of each stage (reader)."""
    newest: dict[Any, int] = {}
    for commit in store.commits(table):
        newest.setdefault(commit.metadata.get("stage") if is_growing else None, commit.version)
    return set(newest.values())
