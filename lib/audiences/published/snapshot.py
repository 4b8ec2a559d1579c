"""Published runs read without Spark: the manifest, and each table at the version that a run pinned (extra `query`).

Every reader of this module gets what the run wrote, or an error that names the file: the log's entries, the presence
and sizes of the data files and the number of rows are compared with what was recorded before anything is answered.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Any

from audiences.errors import InputError, MachineError, extra_advice
from audiences.schema.root_format import check_root_format
from audiences.store.address import check_folder_name, is_elsewhere, local_folder
from audiences.store.commits import as_seen
from audiences.store.log_entries import check_entries, damaged, way_out

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
            InputError: the run has no such table, or it is damaged.
        """
        table, condition = self.whole(stage), self.condition(stage)
        return table if condition is None else table.filter(condition)

    def whole(self, stage: str) -> Any:
        """The stage's table at its pinned version, all slices; checked as the module says.

        Raises:
            InputError: the run has no such table, or it is damaged.
        """
        if not self.has(stage):
            raise InputError("this run has no such table", where=f"as_of {self.as_of}", found=stage,
                             allowed=", ".join(name for name in self.rows if self.has(name)))  # fmt: skip
        row = self.rows[stage]
        path = self.path(stage)
        with readable(f"{path}, version {row['version']}"):
            table = open_pinned(path, row["version"])
            check_files(table, path)
            dataset = as_dataset(table, path)
            count = dataset.count_rows(filter=self.condition(stage))
        # a landed table grows by appends: the manifest counts the rows of the last one
        is_less = row["rows"] is not None and count < row["rows"]
        if is_less or (row["rows"] is not None and count > row["rows"] and row["zone"] != "landed"):
            raise InputError(
                "a published table does not hold the rows that its run wrote",
                where=f"{path}, version {row['version']}",
                found=f"{count:,} rows", allowed=f"{row['rows']:,} rows, as the manifest says", advice=way_out(path),
            )  # fmt: skip
        return dataset

    def read(self, stage: str, *, columns: Sequence[str] | None = None, only: Any = None) -> Any:
        """The slice as a pyarrow table; `only` is a filter expression.

        Raises:
            InputError: the run has no such table, or it is damaged.
        """
        with readable(self.path(stage) if self.has(stage) else stage):
            return self.dataset(stage).to_table(columns=columns, filter=only)

    def batches(
        self, stage: str, *, columns: Sequence[str] | None = None, only: Any = None, batch_rows: int = 16_384
    ) -> Iterator[Any]:
        """The slice's record batches, one after the other.

        Raises:
            InputError: the run has no such table, or it is damaged.
        """
        scanner = self.dataset(stage).scanner(columns=columns, filter=only, batch_size=batch_rows)
        batches = scanner.to_batches()
        while True:
            with readable(self.path(stage)):
                batch = next(batches, None)
            if batch is None:
                return
            yield batch

    def path(self, stage: str) -> str:
        """Where the stage's table is."""
        row = self.rows[stage]
        return f"{self.root}/{row['zone']}/{row['table']}"

    def condition(self, stage: str) -> Any:
        """What selects the slice, as a pyarrow expression; None: the table is not sliced."""
        import pyarrow.compute as pc

        part: dict[str, str] = json.loads(self.rows[stage]["slice"])
        values = {name: date.fromisoformat(value) if name == "as_of" else value for name, value in part.items()}
        return reduce(lambda one, two: one & two, (pc.field(n) == v for n, v in values.items())) if values else None


def published_runs(root: str) -> list[PinnedRun]:
    """Every published run, newest first: by as_of, of one as_of the latest manifest first.

    Raises:
        MachineError: the extra `query` is not installed, or the root's name cannot be read.
        InputError: nothing has been published, the manifest is damaged, or a later version of this package wrote the
            root.
    """
    try:
        from deltalake.exceptions import TableNotFoundError
    except ImportError as fault:
        raise MachineError("this needs an extra", found=fault, advice=extra_advice("query")) from None
    if is_elsewhere(root):
        base = re.sub(r"^s3a:", "s3:", root.rstrip("/"))
    else:
        base = local_folder(root)
        check_folder_name(base)
    path = f"{base}/control/run_manifest"
    try:
        with readable(path):
            table = open_table(path)
            check_root_format(_newest_metadata(table), root)
            check_files(table, path)
            manifest = as_dataset(table, path).to_table().to_pylist()
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


def open_table(path: str, version: int | None = None) -> Any:
    """The Delta table at a local folder or an address, after a look at the entries of a local log."""
    from deltalake import DeltaTable

    if not is_elsewhere(path):
        check_entries(Path(path), version)
    return DeltaTable(path, version=version)


def open_pinned(path: str, version: int) -> Any:
    """`open_table` for a table that a manifest names.

    Raises:
        InputError: there is no table.
    """
    from deltalake.exceptions import TableNotFoundError

    try:
        return open_table(path, version)
    except TableNotFoundError:
        raise damaged(path, "the table is missing") from None


def as_dataset(table: Any, path: str) -> Any:
    """The table as a pyarrow dataset.

    Local files are read by Arrow's own file system. deltalake's is written in Python: its files are let go of by
    Arrow's threads, and one that does so while the interpreter ends takes the whole process down (exit 134).
    """
    if is_elsewhere(path):
        return table.to_pyarrow_dataset()
    from pyarrow.fs import LocalFileSystem, SubTreeFileSystem

    return table.to_pyarrow_dataset(filesystem=SubTreeFileSystem(path, LocalFileSystem()))


def check_files(table: Any, path: str) -> list[dict[str, Any]]:
    """The table's data files (path, size_bytes) when each is there and has its recorded size.

    Raises:
        InputError: one is missing, or has another size.
    """
    import pyarrow as pa
    from pyarrow.fs import FileType

    files: list[dict[str, Any]] = (
        pa.table(table.get_add_actions(flatten=True)).select(["path", "size_bytes"]).to_pylist()
    )
    system = as_dataset(table, path).filesystem
    for file, info in zip(files, system.get_file_info([file["path"] for file in files]), strict=True):
        if info.type != FileType.File:
            raise damaged(f"{path}/{file['path']}", "the file is missing")
        if info.size != file["size_bytes"]:
            raise damaged(f"{path}/{file['path']}", f"{info.size:,} bytes, where {file['size_bytes']:,} were written")
    return files


@contextmanager
def readable(where: object) -> Iterator[None]:
    """Turns every fault of reading into an InputError that says where; a table that is not there passes.

    Raises:
        InputError: a file is missing, cut or changed, or the storage does not answer.
    """
    import pyarrow as pa
    from deltalake.exceptions import DeltaError, TableNotFoundError

    try:
        yield
    except TableNotFoundError:
        raise
    except (DeltaError, pa.ArrowException, OSError, ValueError, LookupError, TypeError) as fault:
        raise InputError(
            "a published table cannot be read", where=where,
            found=(str(fault).splitlines() or [type(fault).__name__])[0][:300],
            advice=f"was a file removed, cut or changed? {way_out(where)}",
        ) from None  # fmt: skip
