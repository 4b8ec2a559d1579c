"""Published runs read without Spark: the manifest, and each table at the version that a run pinned (extra `query`)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

from audiences.errors import InputError, MachineError
from audiences.schema.root_format import check_root_format
from audiences.store.commits import as_seen

_RECENT = 20
"""Commits of the manifest that are looked at for one that wrote rows: maintenance leaves a few that did not."""


@dataclass(frozen=True)
class PinnedRun:
    """One published run.

    Args:
        root: `store.root`, as deltalake takes it.
        run_id, sequence, as_of: the run.
        rows: its manifest's rows by stage.
    """

    root: str
    run_id: str
    sequence: int
    as_of: date
    rows: Mapping[str, Mapping[str, Any]]

    def has(self, stage: str) -> bool:
        """Whether the run made or found the stage's table."""
        return stage in self.rows and self.rows[stage]["version"] is not None

    def dataset(self, stage: str) -> Any:
        """The stage's slice at its pinned version, as a pyarrow dataset; nothing is read yet.

        Raises:
            InputError: the run has no such table, or its files are gone.
        """
        whole, condition = self.whole(stage), self.condition(stage)
        return whole if condition is None else whole.filter(condition)

    def whole(self, stage: str) -> Any:
        """The stage's table at its pinned version, all slices."""
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError, TableNotFoundError

        if not self.has(stage):
            raise InputError("this run has no such table", where=f"as_of {self.as_of}", found=stage,
                             allowed=", ".join(name for name in self.rows if self.has(name)))  # fmt: skip
        row = self.rows[stage]
        path = f"{self.root}/{row['zone']}/{row['table']}"
        try:
            return DeltaTable(path, version=row["version"]).to_pyarrow_dataset()
        except (DeltaError, TableNotFoundError) as fault:
            raise InputError(
                "a published table cannot be read", where=f"{path}, version {row['version']}", found=fault,
                advice="was it removed or vacuumed by hand? audiences run makes it again",
            ) from None  # fmt: skip

    def condition(self, stage: str) -> Any:
        """What selects the slice, as a pyarrow expression; None: the table is not sliced."""
        import pyarrow.compute as pc

        part: dict[str, str] = json.loads(self.rows[stage]["slice"])
        values = {name: date.fromisoformat(value) if name == "as_of" else value for name, value in part.items()}
        return reduce(lambda one, two: one & two, (pc.field(n) == v for n, v in values.items())) if values else None


def published_runs(root: str) -> list[PinnedRun]:
    """Every published run, newest first: by as_of, of one as_of the latest manifest first.

    Raises:
        MachineError: the extra `query` is not installed.
        InputError: nothing has been published, or a later version of this package wrote the root.
    """
    try:
        from deltalake import DeltaTable
        from deltalake.exceptions import TableNotFoundError
    except ImportError as fault:
        raise MachineError("this needs an extra", found=fault, advice="pip install 'audiences[query]'") from None
    base = re.sub(r"^s3a:", "s3:", root.rstrip("/"))
    try:
        table = DeltaTable(f"{base}/control/run_manifest")
        check_root_format(_newest_metadata(table), root)
        manifest = table.to_pyarrow_table().to_pylist()
    except TableNotFoundError:
        raise InputError("no run has been published", where=root, advice="audiences run --as-of DATE") from None
    runs: dict[tuple[date, int, str], dict[str, Mapping[str, Any]]] = {}
    for row in manifest:
        runs.setdefault((row["as_of"], row["sequence"], row["run_id"]), {})[row["stage"]] = row
    if not runs:
        raise InputError("no run has been published", where=root, advice="audiences run --as-of DATE")
    newest_first = sorted(runs, key=lambda key: (-key[0].toordinal(), -key[1], key[2]))
    return [PinnedRun(base, run_id, sequence, as_of, runs[as_of, sequence, run_id])
            for as_of, sequence, run_id in newest_first]  # fmt: skip


def _newest_metadata(table: Any) -> Mapping[str, Any]:
    """What the newest commit of the manifest that wrote rows carries."""
    for commit in table.history(_RECENT):
        if commit.get("userMetadata"):
            return as_seen(0, None, commit["userMetadata"], is_whole=False)[0].metadata
    return {}


def run_before(runs: list[PinnedRun]) -> PinnedRun | None:
    """The newest run of the last as_of before that of the newest run; None when there is none."""
    return next((run for run in runs if run.as_of < runs[0].as_of), None)
