"""Published runs: the versions that belong together, written last, in one commit; readers read only these."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from audiences import schema
from audiences.config import PreviousTopic, Settings
from audiences.errors import ConfigError, ConflictError, InputError
from audiences.run import Run
from audiences.schema import Table
from audiences.side_by_side import Make, Watch, run_all
from audiences.sources.files import digest
from audiences.stage import Receipt, Stage, stage_of
from audiences.store import Store

MAINTAINED = "maintain"
"""The stage of the mark that `audiences maintain` leaves in the manifest's log."""


def run_id(run: Run, stages: Sequence[Stage]) -> str:
    """Hash of as_of and every stage's fingerprint; known before anything is computed."""
    return digest(run.as_of, [run.fingerprint(stage) for stage in stages])


def run_and_publish(run: Run, stages: Sequence[Stage], watch: Watch) -> str:
    """Runs every stage, then writes the manifest; returns the run's id.

    A backfill (an as_of before the newest) leaves the tables of the newest as_of as they are.

    Raises:
        ConflictError: `audiences maintain` ran meanwhile, so a version that was found may be gone.
    """
    newest, mark = newest_run(run.store), _mark(run.store)
    backfilled = newest.as_of if newest is not None and newest.as_of > run.as_of else None

    def make(stage: Stage) -> Receipt:
        if stage.is_current and backfilled is not None:
            return run.absent(stage, f"a backfill: the table stays at as_of {backfilled}")
        return run.run(stage)

    _carry_out(run, stages, make, watch)
    identity = run_id(run, stages)
    before = _last_of(_manifest(run.store), run.as_of)
    if _mark(run.store) != mark:
        raise ConflictError(
            "audiences maintain ran while this run was going on; nothing was published",
            where=run.store.path(schema.run_manifest), advice="run again: what was finished is found and kept",
        )  # fmt: skip
    if before is None or before["run_id"] != identity:
        _write(run, identity, (before["sequence"] if before else 0) + 1)
    return identity


def run_only(run: Run, stages: Sequence[Stage], named: Sequence[str], watch: Watch) -> None:
    """Runs some stages and publishes nothing.

    Raises:
        ConfigError: a stage that was asked for by name is absent from this run.
    """
    for stage in stages:
        absence = run.absence(stage)
        if absence and stage.name in named:
            raise ConfigError("the stage has no input in this run", where=stage.name, found=f"{absence} is not set")
    _carry_out(run, stages, run.run, watch)


def _carry_out(run: Run, stages: Sequence[Stage], make: Make, watch: Watch) -> None:
    """Makes the stages that are not absent; all receipts, of absent ones too, are kept in the stages' order."""
    for stage in stages:
        run.fingerprint(stage)  # worked out here, before several threads ask for it
    absent = {stage: run.run(stage) for stage in stages if run.absence(stage)}
    present = [stage for stage in stages if stage not in absent]
    made = run_all(present, make, watch, at_once=run.settings.session.stages_at_once)
    run.receipts = {stage.name: absent.get(stage) or made[stage] for stage in stages}


def with_frozen_cut_points(settings: Settings, store: Store) -> Settings:
    """The settings with the cut points of the run that `rfm.cut_points_of` names written out as values.

    Raises:
        InputError: no run is published at that as_of, or it has no cut points.
        ConfigError: it has another number of bins.
    """
    frozen_at = settings.rfm.cut_points_of
    if frozen_at is None:
        return settings
    cuts = _published_rows(store, schema.rfm_cut_points, frozen_at, setting="rfm.cut_points_of")
    values = {one["metric"]: tuple(one["cut_points"]) for one in cuts.collect()}  # one row per metric
    wrong = {len(one) + 1 for one in values.values()} - {settings.rfm.bins}
    if wrong:
        raise ConfigError(
            "the frozen cut points are of another number of bins", where="rfm.cut_points_of",
            found=f"{', '.join(map(str, sorted(wrong)))} bins at {frozen_at}", allowed=f"rfm.bins {settings.rfm.bins}",
        )  # fmt: skip
    return settings.model_copy(update={"rfm": settings.rfm.model_copy(update={"cut_points": values})})


def with_topics_to_keep(settings: Settings, store: Store) -> Settings:
    """The settings with the topics of the run that `text.topics.ids_of` names written out as values.

    Raises:
        InputError: no run is published at that as_of, or it has no topics.
    """
    kept_from = settings.text.topics.ids_of
    if kept_from is None:
        return settings
    rows = _published_rows(store, schema.topics, kept_from, setting="text.topics.ids_of").orderBy("topic_id").collect()
    previous = tuple(
        PreviousTopic(topic_id=one["topic_id"], words=tuple(one["words"]), weights=tuple(one["weights"]))
        for one in rows
    )
    topics = settings.text.topics.model_copy(update={"previous": previous})
    return settings.model_copy(update={"text": settings.text.model_copy(update={"topics": topics})})


def _published_rows(store: Store, table: Table, as_of: date, *, setting: str) -> DataFrame:
    """A table of one stage, as the run at that as_of published it; `setting` is what asks for it."""
    row = published(store, as_of).rows.get(table.name)
    if row is None or row["version"] is None:
        raise InputError(f"the run has no {table.name}", where=setting, found=f"it is absent from the run at {as_of}")
    return store.read(table, row["version"], {"as_of": as_of})


def plan_rows(run: Run, stages: Sequence[Stage]) -> list[dict[str, Any]]:
    """What a run would do, a row per stage: found (with its version) or to be made, and what it reads."""
    versions = {stage.name: run.found(stage) for stage in stages if stage.needs and not run.absence(stage)}
    rows = []
    for stage in stages:
        found = versions.get(stage.name)
        absence = run.absence(stage)
        if absence:
            what = f"absent: {absence} is not set"
        elif stage.lands is not None:
            what = "land new files" if run.landings[stage.lands].is_new else "nothing new"
        else:
            what = "make" if found is None else f"keep version {found.version}"
        reads = []
        for need in stage.needs.values() if not absence else ():
            if run.absence(stage_of(need)):
                continue
            source = versions.get(stage_of(need).name)
            reads.append(f"{stage_of(need).name}@{source.version if source else 'new'}")
        rows.append({"stage": stage.name, "table": str(stage.makes), "plan": what, "reads": ", ".join(reads),
                     "fingerprint": run.fingerprint(stage)})  # fmt: skip
    return rows


def _write(run: Run, identity: str, sequence: int) -> None:
    packages = json.dumps({name: _version(name) for name in ("audiences", "pyspark", "delta-spark")}, sort_keys=True)
    rows = [
        (
            identity, sequence, run.as_of, receipt.stage, receipt.table.zone, receipt.table.name, receipt.status,
            receipt.version, receipt.fingerprint, json.dumps(receipt.part, sort_keys=True, default=str), receipt.rows,
            receipt.seconds, receipt.note, packages,
        )
        for receipt in run.receipts.values()
    ]  # fmt: skip
    frame = run.store.spark.createDataFrame(rows, schema.run_manifest.schema)
    run.store.write(
        schema.run_manifest, frame, fingerprint=f"{identity}/{sequence}", mode="append",
        metadata={"run_id": identity, "as_of": run.as_of},
    )  # fmt: skip


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed as a package"


@dataclass(frozen=True)
class Published:
    """One published run: its manifest's rows by stage."""

    store: Store
    run_id: str
    as_of: date
    rows: dict[str, Row]

    def frame(self, stage: Stage) -> DataFrame | None:
        """The stage's slice as the run pinned it; None where it was absent."""
        receipt = self.receipt(stage)
        return None if receipt.version is None else self.store.read(stage.makes, receipt.version, receipt.part)

    def receipt(self, stage: Stage) -> Receipt:
        """What became of the stage in the run; a stage that the run did not know was absent from it."""
        row = self.rows.get(stage.name)
        if row is None:
            return Receipt(stage.name, stage.makes, "", "absent", None, {})
        part: dict[str, Any] = json.loads(row["slice"])
        if "as_of" in part:
            part["as_of"] = date.fromisoformat(part["as_of"])
        return Receipt(stage.name, stage.makes, row["fingerprint"], row["status"], row["version"], part, row["rows"])


def newest_until(store: Store, as_of: date) -> Published:
    """The run with the greatest as_of that is not after D.

    Raises:
        InputError: there is none.
    """
    manifest = _manifest(store)
    last = None if manifest is None else _last_of(manifest.where(F.col("as_of") <= F.lit(as_of)), None)
    if manifest is None or last is None:
        raise InputError(
            f"no run has been published at {as_of} or before", where=store.root, advice="audiences run --as-of DATE"
        )
    return _of(store, manifest, last)


def newest_run(store: Store, as_of: date | None = None) -> Published | None:
    """The run to read: the greatest as_of (or the given one), of it the latest manifest; None when there is none."""
    manifest = _manifest(store)
    last = _last_of(manifest, as_of)
    if manifest is None or last is None:
        return None
    return _of(store, manifest, last)


def published(store: Store, as_of: date | None = None) -> Published:
    """`newest_run`, or an error that says what is there.

    Raises:
        InputError: nothing has been published (at that as_of).
    """
    found = newest_run(store, as_of)
    if found is None:
        raise InputError(
            "no run has been published" + (f" at {as_of}" if as_of else ""), where=store.root,
            advice="audiences run --as-of DATE",
        )  # fmt: skip
    return found


def manifest_rows(store: Store) -> list[Row]:
    """Every row of the manifest: as many as published runs have stages."""
    rows = _manifest(store)
    return [] if rows is None else rows.collect()


def _mark(store: Store) -> int | None:
    """The version of the last mark that maintenance left."""
    mark = store.head(schema.run_manifest, stage=MAINTAINED)
    return None if mark is None else mark.version


def _of(store: Store, manifest: DataFrame, last: Row) -> Published:
    """The run that this row of the manifest belongs to."""
    of_run = (F.col("run_id") == last["run_id"]) & (F.col("sequence") == last["sequence"])
    rows = manifest.where(of_run).collect()  # one row per stage
    return Published(store, last["run_id"], last["as_of"], {row["stage"]: row for row in rows})


def _last_of(manifest: DataFrame | None, as_of: date | None) -> Row | None:
    if manifest is None:
        return None
    rows = manifest if as_of is None else manifest.where(F.col("as_of") == F.lit(as_of))
    found = rows.orderBy(F.desc("as_of"), F.desc("sequence"), "run_id").limit(1).collect()
    return found[0] if found else None


def _manifest(store: Store) -> DataFrame | None:
    """Every published run; None before the first, also while another run has made the table but not yet written."""
    head = store.head(schema.run_manifest)
    return None if head is None else store.read(schema.run_manifest, head.version)
