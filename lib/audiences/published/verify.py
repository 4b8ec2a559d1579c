"""`audiences verify`: is everything there that published runs promise? Without Spark (extra `query`)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audiences.errors import AudiencesError, InputError
from audiences.published.snapshot import (
    PinnedRun,
    as_dataset,
    check_files,
    open_pinned,
    open_table,
    published_runs,
    readable,
)
from audiences.schema import models
from audiences.store.address import is_elsewhere
from audiences.store.content_hash import SavedFile, content_hash

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Verified:
    """What was found of one table at one version, or of one saved model.

    Args:
        what: zone/table, or the model's folder.
        version: of the table; None for a model.
        runs: published runs that pin it.
        files, rows: how many it has; None where it could not be read.
        fault: what is wrong; None: nothing.
    """

    what: str
    version: int | None
    runs: int
    files: int | None
    rows: int | None
    fault: str | None


def verify(root: str, *, is_deep: bool = False) -> Iterator[Verified]:
    """Each table version that a published run pins: log, files, their sizes and the number of rows; then saved models.

    Args:
        root: `store.root`.
        is_deep: also decodes every row, and compares the content of saved models with the hash taken when they were
            saved (where the root is local).

    Raises:
        InputError: nothing has been published, or the manifest itself is damaged.
    """
    runs = published_runs(root)
    pins: dict[tuple[str, int], list[tuple[PinnedRun, str]]] = {}
    for run in runs:
        for stage, row in run.rows.items():
            if run.has(stage):
                pins.setdefault((run.path(stage), row["version"]), []).append((run, stage))
    for (path, version), stages in sorted(pins.items(), key=lambda pin: pin[0]):
        yield _table(path, version, stages, base=runs[0].root, is_deep=is_deep)
    if not is_elsewhere(runs[0].root):
        yield from _models(Path(runs[0].root), is_deep=is_deep)


def _table(path: str, version: int, stages: Sequence[tuple[PinnedRun, str]], *, base: str, is_deep: bool) -> Verified:
    files: int | None = None
    rows: int | None = None
    fault: str | None = None
    try:
        with readable(f"{path}, version {version}"):
            table = open_pinned(path, version)
            files = len(check_files(table, path))
            rows = int(as_dataset(table, path).count_rows())
        for run, stage in stages:
            run.whole(stage)  # compares the slice's rows with the manifest's
        if is_deep:
            with readable(f"{path}, version {version}"):
                rows = sum(batch.num_rows for batch in as_dataset(table, path).to_batches())
    except AudiencesError as damage:
        fault = _in_a_line(damage)
    name = path.removeprefix(f"{base}/")
    return Verified(name, version, len({run.run_id for run, _ in stages}), files, rows, fault)


def _models(root: Path, *, is_deep: bool) -> Iterator[Verified]:
    """Every saved model that `models` lists."""
    path = f"{root}/{models.zone}/{models.name}"
    if not Path(path).exists():
        return
    try:
        with readable(path):
            table = open_table(path)
            check_files(table, path)
            rows = as_dataset(table, path).to_table().to_pylist()
    except AudiencesError as damage:
        yield Verified(f"{models.zone}/{models.name}", None, 0, None, None, _in_a_line(damage))
        return
    for row in sorted(rows, key=lambda row: str(row["path"])):
        yield _model(root / row["path"], row, is_deep=is_deep)


def _model(folder: Path, row: dict[str, Any], *, is_deep: bool) -> Verified:
    recorded = row.get("content_hash")
    fault: str | None = None
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(("_", ".")))
    if not paths:
        fault = "the saved model is missing"
    elif is_deep and recorded is not None:
        try:
            content = content_hash(_saved_file(path, folder) for path in paths)
        except OSError as damage:
            fault = f"a file cannot be read: {damage.filename}: {damage.strerror}"
        else:
            fault = None if content == recorded else "another content than was saved"
    return Verified(row["path"], None, 0, len(paths), None, fault)


def _saved_file(path: Path, folder: Path) -> SavedFile:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return SavedFile(path.relative_to(folder).as_posix(), size, digest.hexdigest())


def _in_a_line(damage: AudiencesError) -> str:
    known = [damage.details[name] for name in ("where", "found", "allowed") if name in damage.details]
    return "; ".join([damage.what, *known])


def check_all_sound(rows: Sequence[Verified]) -> None:
    """Raises InputError, with the way out, where anything that was looked at is damaged."""
    faults = [row for row in rows if row.fault is not None]
    if faults:
        raise InputError(
            "published runs are damaged", where=", ".join(sorted({row.what for row in faults}))[:1_000],
            found=f"{len(faults)} of {len(rows)} tables and models",
            advice="put the files back from a copy of the store; or remove the folders of these tables (of a model: "
            "models/models and _models too), and audiences run makes them again from what is landed; rows of landed "
            "tables come back only from their source files",
        )  # fmt: skip
