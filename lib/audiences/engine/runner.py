"""Carrying stages out: pin inputs, call the function, check, write once, hand over a receipt.

A stage whose fingerprint is in its table's history is found, not made again; a crash leaves nothing that a rerun
would not find or make.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from audiences.config import Settings
from audiences.engine.landing import Survey, land
from audiences.engine.manifest import manifest_rows, published_receipt
from audiences.engine.stage import Fit, Gate, Landing, ModelOf, Need, Receipt, Stage, absent_because, stage_of
from audiences.engine.stage_settings import handed_over, recorded, tracked
from audiences.errors import ConflictError, QualityGateError
from audiences.fingerprint import digest
from audiences.sizing import rows_in
from audiences.spark.session import compiled, described
from audiences.store import saved_models
from audiences.store.delta import Store, Version

ATTEMPTS = 3
LARGE = 100_000
"""Over so many rows a compiled plan gains more than compiling it takes."""
Made = TypeVar("Made")


class Run:
    """One run over pinned inputs at one as_of.

    Args:
        store: where tables are.
        settings: all settings.
        as_of: the date D.
        landings: source -> the survey of its files: the roots of all fingerprints. Other sources are absent.
    """

    def __init__(self, store: Store, settings: Settings, as_of: date, landings: Mapping[str, Survey]) -> None:
        self.store = store
        self.settings = settings
        self.as_of = as_of
        self.landings = landings
        self.receipts: dict[str, Receipt] = {}
        self._fingerprints: dict[str, str] = {}
        self._absences: dict[str, str | None] = {}
        self._earlier: dict[str, Mapping[str, Receipt]] = {}

    def absence(self, stage: Stage) -> str | None:
        """The setting without which the stage is absent from this run; None where it is not."""
        if stage.name not in self._absences:
            self._absences[stage.name] = absent_because(
                stage, self.landings, self.settings.at, need_absence=self.absence
            )
        return self._absences[stage.name]

    def fingerprint(self, stage: Stage) -> str:
        """Hash of all that can change the stage's rows; nothing is computed.

        That is its revision, the settings that it tracks, names and types of the columns that it declares, as_of where
        the table has one, and the fingerprints of its inputs; of a landing the set of files.
        """
        if stage.name not in self._fingerprints:
            needs = {name: self.fingerprint(stage_of(need)) for name, need in stage.needs.items()}
            root = self.absence(stage) or (
                self.landings[stage.source].fingerprint if isinstance(stage, Landing) else None
            )
            as_of = self.as_of if stage.makes.has_as_of else None
            columns = [[column.name, column.type.simpleString()] for column in stage.makes.columns]
            needs |= {f"earlier {name}": pin.fingerprint for name, pin in self.earlier(stage).items()}
            self._fingerprints[stage.name] = digest(
                stage.name, stage.revision, tracked(self.settings, stage.settings), columns, as_of, needs, root
            )
        return self._fingerprints[stage.name]

    def earlier(self, stage: Stage) -> Mapping[str, Receipt]:
        """Argument name -> what the earlier run made of the table; without those for which no run is named.

        Raises:
            InputError: no run is published at that as_of, or it has no such table.
        """
        if stage.name not in self._earlier:
            named = {name: (wanted, self.settings.at(wanted.at)) for name, wanted in stage.earlier.items()}
            self._earlier[stage.name] = {
                name: published_receipt(self.store, wanted.table, as_of, setting=wanted.at)
                for name, (wanted, as_of) in named.items()
                if as_of is not None
            }
        return self._earlier[stage.name]

    def found(self, stage: Stage) -> Version | None:
        """The commit that this stage would make, if it has been made (of a current table: if it is the newest)."""
        fingerprint = self.fingerprint(stage)
        if not stage.only_newest:
            pinned = self._pinned.get((stage.name, fingerprint))
            is_there = pinned is not None and self.store.exists(stage.makes)
            return pinned if is_there else self.store.find(stage.makes, fingerprint)
        head = self.store.head(stage.makes)
        return head if head is not None and head.metadata["fingerprint"] == fingerprint else None

    @cached_property
    def _pinned(self) -> dict[tuple[str, str], Version]:
        """(stage, fingerprint) -> the version that a published run pins: one read instead of a history per table.

        Maintenance takes a run out of the manifest before it removes a file, so a version that is pinned is whole.
        """
        return {
            (row["stage"], row["fingerprint"]): Version(row["version"], row["rows"], {})
            for row in manifest_rows(self.store, fingerprints=sorted(set(self._fingerprints.values())))
        }

    def run(self, stage: Stage) -> Receipt:
        """Makes the stage's table unless it is there or absent from this run; its needs have been run.

        Raises:
            QualityGateError: the stage is a gate and a floor is not met.
            ConflictError: another run kept writing the same slice.
        """
        if self.absence(stage):
            receipt = self.absent(stage)
        else:
            spark, title = self.store.spark, f"{stage.name} at {self.as_of}: {stage.makes}"
            is_large = self._most_rows(stage) >= LARGE
            with described(spark, f"audiences {stage.name}", title), compiled(spark, is_worth_it=is_large):
                receipt = self._executed(stage)
        self.receipts[stage.name] = receipt
        if isinstance(stage, Gate) and receipt.version is not None:
            self._check_gate(receipt)
        return receipt

    def _most_rows(self, stage: Stage) -> int:
        """Rows of the largest table that the stage reads; of new files what their size tells, others being like CSV."""
        if isinstance(stage, Landing):
            files = [(file.path, file.size) for file in self.landings[stage.source].new]
            kind = getattr(self.settings.sources, stage.source).format
            return rows_in(files, kind) or rows_in(files, "csv") or 0
        inputs = (self.receipts[stage_of(need).name].rows for need in stage.needs.values())
        return max((rows or 0 for rows in inputs), default=0)

    def run_with_needs(self, stage: Stage) -> Receipt:
        """Makes the stage after all that it needs, as far as this run has not made that yet."""
        for need in stage.needs.values():
            if stage_of(need).name not in self.receipts:
                self.run_with_needs(stage_of(need))
        return self.run(stage)

    def _executed(self, stage: Stage) -> Receipt:
        if isinstance(stage, Landing):
            return self._land(stage, self.landings[stage.source])
        return again_after_conflicts(lambda: self._made(stage))

    def adopt(self, receipt: Receipt) -> None:
        """Takes a table as a published run pinned it, instead of making it."""
        self.receipts[receipt.stage] = receipt
        self._fingerprints[receipt.stage] = receipt.fingerprint
        self._absences[receipt.stage] = "a run with it" if receipt.version is None else None

    def absent(self, stage: Stage, note: str | None = None) -> Receipt:
        """The receipt of a stage that this run does not make."""
        return Receipt(stage.name, stage.makes, self.fingerprint(stage), "absent", None, {}, note=note)

    def frame(self, stage: Stage) -> DataFrame | None:
        """The slice that this run made or found, at its pinned version, without the slice's columns; None: absent."""
        receipt = self.receipts[stage.name]
        if receipt.version is None:
            return None
        return self.store.read(stage.makes, receipt.version, receipt.slice).drop(*receipt.slice)

    def _land(self, stage: Stage, landing: Survey) -> Receipt:
        started = time.monotonic()
        # what a conflict left undone is taken up where it was: each step is written once, whoever writes it
        version = again_after_conflicts(lambda: land(self.store, self.settings, landing))
        seconds = time.monotonic() - started if landing.is_new else None
        return Receipt(
            stage.name, stage.makes, self.fingerprint(stage), "written" if landing.is_new else "reused",
            version.version, {"reader": landing.reader}, version.rows, seconds,
        )  # fmt: skip

    def _reused(self, stage: Stage) -> Receipt | None:
        version = self.found(stage)
        return None if version is None else self._receipt(stage, version, "reused")

    def _made(self, stage: Stage) -> Receipt:
        # the other run may have made this very table
        return self._reused(stage) or self._written(stage)

    def _written(self, stage: Stage) -> Receipt:
        started = time.monotonic()
        inputs = {name: self._input(need) for name, need in stage.needs.items()}
        inputs |= {name: self._earlier_frame(stage, name) for name in stage.earlier}
        dates = {"as_of": self.as_of} if stage.takes_date else {}
        made = stage.function(**inputs, **handed_over(self.settings, stage.settings), **dates)
        fingerprint, provenance = self.fingerprint(stage), self._provenance(stage)
        if isinstance(stage, Fit):
            model, made = made
            saved_models.save(
                self.store, model, stage=stage.name, name=stage.model_name, fingerprint=fingerprint, **provenance
            )
        version = self.store.write(
            stage.makes, made, fingerprint=fingerprint, part=self._part(stage),
            metadata={"stage": stage.name, **provenance}, mode="overwrite" if stage.only_newest else "replace",
        )  # fmt: skip
        return self._receipt(stage, version, "written", time.monotonic() - started)

    def _provenance(self, stage: Stage) -> dict[str, Any]:
        earlier = self.earlier(stage)
        pins = {stage_of(need).name: self.receipts[stage_of(need).name].version for need in stage.needs.values()}
        return {
            "as_of": self.as_of if stage.makes.has_as_of else None,
            "inputs": pins,
            **({"earlier": {name: pin.version for name, pin in earlier.items()}} if earlier else {}),
            "settings": recorded(self.settings, stage.settings),
        }

    def _input(self, need: Need) -> DataFrame | PipelineModel | None:
        if isinstance(need, ModelOf):
            return saved_models.load(self.store, name=need.stage.model_name, fingerprint=self.fingerprint(need.stage))
        return self.frame(stage_of(need))

    def _earlier_frame(self, stage: Stage, name: str) -> DataFrame | None:
        pin = self.earlier(stage).get(name)
        return None if pin is None else self.store.read(pin.table, pin.version or 0, pin.slice).drop(*pin.slice)

    def _part(self, stage: Stage) -> dict[str, Any]:
        return {**({"as_of": self.as_of} if stage.makes.has_as_of else {}), **stage.slice}

    def _receipt(self, stage: Stage, version: Version, status: str, seconds: float | None = None) -> Receipt:
        return Receipt(
            stage.name, stage.makes, self.fingerprint(stage), status, version.version, self._part(stage),
            version.rows, seconds, stage.makes.when_empty if version.rows == 0 else None,
        )  # fmt: skip

    def _check_gate(self, receipt: Receipt) -> None:
        rows = self.store.read(receipt.table, receipt.version or 0, receipt.slice)
        missed = rows.where(~F.coalesce("passed", F.lit(False))).orderBy("name").collect()
        if missed:
            raise QualityGateError(
                "the data does not pass the quality gates; nothing was published",
                where="; ".join(f"gates.{row['name']}" for row in missed),
                found="; ".join(row["detail"] for row in missed),
                allowed="; ".join(f"{row['name']} {row['required']:g}" for row in missed),
            )


def run_id(run: Run, stages: Sequence[Stage]) -> str:
    """Hash of as_of and every stage's fingerprint; known before anything is computed."""
    return digest(run.as_of, [run.fingerprint(stage) for stage in stages])


def again_after_conflicts(make: Callable[[], Made]) -> Made:
    """What `make` returns; after a conflict it is called again, a few times, after a little while that differs."""
    for attempt in range(1, ATTEMPTS):
        try:
            return make()
        except ConflictError:
            time.sleep(random.uniform(0.5, 1.5) * attempt)
    return make()
