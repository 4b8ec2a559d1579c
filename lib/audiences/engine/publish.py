"""Running stages and, when every one has committed, publishing the run: its manifest, written last, in one commit."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from audiences import logs, schema
from audiences.engine.manifest import last_row, maintenance_mark, manifest_frame, newest_run
from audiences.engine.runner import Run, run_id
from audiences.engine.scheduler import Make, Watch, run_all
from audiences.engine.stage import Receipt, Stage
from audiences.errors import ConfigError, ConflictError
from audiences.schema.root_format import FORMAT_KEY, ROOT_FORMAT

_LOG = logging.getLogger(__name__)


def run_and_publish(run: Run, stages: Sequence[Stage], watch: Watch) -> str:
    """Runs every stage, then writes the manifest; returns the run's id.

    A backfill (an as_of before the newest) leaves the tables of the newest as_of as they are.

    Raises:
        ConflictError: `audiences maintain` ran meanwhile, so a version that was found may be gone.
    """
    newest, mark = newest_run(run.store), maintenance_mark(run.store)
    backfilled = newest.as_of if newest is not None and newest.as_of > run.as_of else None

    def make(stage: Stage) -> Receipt:
        if stage.only_newest and backfilled is not None:
            return run.absent(stage, f"a backfill: the table stays at as_of {backfilled}")
        return run.run(stage)

    _execute(run, stages, make, watch)
    identity = run_id(run, stages)
    before = last_row(manifest_frame(run.store), run.as_of)
    if maintenance_mark(run.store) != mark:
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
    _execute(run, stages, run.run, watch)


def _execute(run: Run, stages: Sequence[Stage], make: Make, watch: Watch) -> None:
    """Makes the stages that are not absent; all receipts, of absent ones too, are kept in the stages' order."""
    for stage in stages:
        run.fingerprint(stage)  # worked out here, before several threads ask for it
    absent = {stage: run.run(stage) for stage in stages if run.absence(stage)}
    present = [stage for stage in stages if stage not in absent]
    with logs.context(run=run_id(run, stages)):
        made = run_all(present, make, _logged(watch, present), at_once=run.settings.session.stages_at_once)
    run.receipts = {stage.name: absent.get(stage) or made[stage] for stage in stages}


def _logged(watch: Watch, stages: Sequence[Stage]) -> Watch:
    """`watch`, and a record at the begin and at the end of each stage: its number among all, and what became of it."""
    numbers = {stage.name: number for number, stage in enumerate(stages, 1)}

    def watch_and_log(stage: Stage, receipt: Receipt | None) -> None:
        figures: dict[str, object] = {"number": numbers[stage.name], "stages": len(stages)}
        counted = f"{numbers[stage.name]} of {len(stages)}"
        with logs.context(stage=stage.name):
            if receipt is None:
                _LOG.info("%s  %s begins", counted, stage.name, extra=figures)
            else:
                figures |= {name: getattr(receipt, name) for name in ("status", "rows", "version", "seconds", "note")}
                _LOG.info("%s  %s %s", counted, stage.name, receipt.in_words(), extra=figures)
        watch(stage, receipt)

    return watch_and_log


def _write(run: Run, identity: str, sequence: int) -> None:
    packages = json.dumps({name: _version(name) for name in ("audiences", "pyspark", "delta-spark")}, sort_keys=True)
    rows = [
        (
            identity, sequence, run.as_of, receipt.stage, receipt.table.zone, receipt.table.name, receipt.status,
            receipt.version, receipt.fingerprint, json.dumps(receipt.slice, sort_keys=True, default=str), receipt.rows,
            receipt.seconds, receipt.note, packages,
        )
        for receipt in run.receipts.values()
    ]  # fmt: skip
    frame = run.store.spark.createDataFrame(rows, schema.run_manifest.schema)
    run.store.write(
        schema.run_manifest, frame, fingerprint=f"{identity}/{sequence}", mode="append",
        metadata={"run_id": identity, "as_of": run.as_of, FORMAT_KEY: ROOT_FORMAT},
    )  # fmt: skip


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed as a package"
