"""Published runs: the versions that belong together, written last, in one commit; readers read only these."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from audiences import schema
from audiences.engine.stage import Receipt, Stage
from audiences.errors import InputError
from audiences.schema import Table
from audiences.schema.root_format import check_root_format
from audiences.store.delta import Store

MAINTAINED = "maintain"
"""The stage of the mark that `audiences maintain` leaves in the manifest's log."""


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
        return None if receipt.version is None else self.store.read(stage.makes, receipt.version, receipt.slice)

    def receipt(self, stage: Stage) -> Receipt:
        """What became of the stage in the run; a stage that the run did not know was absent from it."""
        return self.receipt_of(stage.name, stage.makes)

    def receipt_of(self, name: str, table: Table) -> Receipt:
        """What became of the stage of that name, which makes the table."""
        row = self.rows.get(name)
        if row is None:
            return Receipt(name, table, "", "absent", None, {})
        part: dict[str, Any] = json.loads(row["slice"])
        if "as_of" in part:
            part["as_of"] = date.fromisoformat(part["as_of"])
        return Receipt(name, table, row["fingerprint"], row["status"], row["version"], part, row["rows"])


def newest_until(store: Store, as_of: date) -> Published:
    """The run with the greatest as_of that is not after D.

    Raises:
        InputError: there is none.
    """
    manifest = manifest_frame(store)
    last = None if manifest is None else last_row(manifest.where(F.col("as_of") <= F.lit(as_of)), None)
    if manifest is None or last is None:
        raise InputError(
            f"no run has been published at {as_of} or before", where=store.root, advice="audiences run --as-of DATE"
        )
    return _of(store, manifest, last)


def newest_run(store: Store, as_of: date | None = None) -> Published | None:
    """The run to read: the greatest as_of (or the given one), of it the latest manifest; None when there is none."""
    manifest = manifest_frame(store)
    last = last_row(manifest, as_of)
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


def published_receipt(store: Store, table: Table, as_of: date, *, setting: str) -> Receipt:
    """The table of one stage, as the run at that as_of published it; `setting` is what asks for it.

    Raises:
        InputError: no run is published at that as_of, or it has no such table.
    """
    found = published(store, as_of).receipt_of(table.name, table)
    if found.version is None:
        raise InputError(f"the run has no {table.name}", where=setting, found=f"it is absent from the run at {as_of}")
    return found


def manifest_rows(store: Store, *, fingerprints: Sequence[str] | None = None) -> list[Row]:
    """Every row of the manifest (as many as published runs have stages), or those of tables with these fingerprints.

    By version: of the runs that pin one fingerprint the last row names the newest.
    """
    rows = manifest_frame(store)
    if rows is not None and fingerprints is not None:
        rows = rows.where(F.col("version").isNotNull() & F.col("fingerprint").isin(*fingerprints))
    return [] if rows is None else rows.orderBy("version").collect()


def maintenance_mark(store: Store) -> int | None:
    """The version of the last mark that maintenance left."""
    mark = store.head(schema.run_manifest, stage=MAINTAINED)
    return None if mark is None else mark.version


def _of(store: Store, manifest: DataFrame, last: Row) -> Published:
    """The run that this row of the manifest belongs to."""
    of_run = (F.col("run_id") == last["run_id"]) & (F.col("sequence") == last["sequence"])
    rows = manifest.where(of_run).collect()  # one row per stage
    return Published(store, last["run_id"], last["as_of"], {row["stage"]: row for row in rows})


def last_row(manifest: DataFrame | None, as_of: date | None) -> Row | None:
    if manifest is None:
        return None
    rows = manifest if as_of is None else manifest.where(F.col("as_of") == F.lit(as_of))
    found = rows.orderBy(F.desc("as_of"), F.desc("sequence"), "run_id").limit(1).collect()
    return found[0] if found else None


def manifest_frame(store: Store) -> DataFrame | None:
    """Every published run; None before the first, also while another run has made the table but not yet written.

    Raises:
        InputError: a later version of this package wrote the root.
    """
    head = store.head(schema.run_manifest)
    if head is None:
        return None
    check_root_format(head.metadata, store.root)
    return store.read(schema.run_manifest, head.version)
