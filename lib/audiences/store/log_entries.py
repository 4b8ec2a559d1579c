"""A look into a local Delta log without an engine: an entry that is blank, cut or missing is told by its file.

The readers of Delta take a blank entry for a commit that changed nothing. A table whose only write lies in such an
entry then reads as empty, without an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from audiences.errors import InputError

_COPY = "put it back from a copy of the store"
_WITHOUT_COPY = {
    "control": "without one the list of published runs or of landed files is lost: move the folder away, and audiences "
    "run publishes anew what the tables still hold",
    "landed": "without one the rows come back only from their source files: move this folder and control/source_files "
    "away, and audiences run lands the files again",
}
_MADE_AGAIN = "without one, remove the table's folder: audiences run makes it again from what is landed"


def way_out(path: object) -> str:
    """What to do about a damaged file of the store: what is lost without a copy depends on the zone."""
    zones = [part for part in str(path).split("/") if part in _WITHOUT_COPY]
    return f"{_COPY}; {_WITHOUT_COPY[zones[-1]] if zones else _MADE_AGAIN}"


_ENTRY = re.compile(r"(\d{20})\.json")
_CHECKPOINT = re.compile(r"(\d{20})\.checkpoint.*\.parquet")


def check_entries(table: Path, version: int | None = None) -> None:
    """Looks at every entry that readers of this version need: those after its last checkpoint.

    Args:
        table: folder of a Delta table on this machine.
        version: the version to be read; None: the newest.

    Raises:
        InputError: an entry is blank, cut, not JSON or missing, or lists fewer rows than its commit wrote.
    """
    log = table / "_delta_log"
    try:
        names = [path.name for path in log.iterdir()]
    except OSError:
        return  # no local log: the engine says what is missing
    entries = sorted(int(match[1]) for name in names if (match := _ENTRY.fullmatch(name)))
    checkpoints = [int(match[1]) for name in names if (match := _CHECKPOINT.fullmatch(name))]
    newest = version if version is not None else max(entries, default=-1)
    base = max((number for number in checkpoints if number <= newest), default=-1)
    for number in range(base + 1, newest + 1):
        path = log / f"{number:020d}.json"
        fault = _fault_of(path) if number in entries else "the entry is missing"
        if fault is not None:
            raise damaged(path, fault)


def damaged(path: object, fault: object) -> InputError:
    """The error about a file of the store that is not what was written there."""
    return InputError(
        "a file of the store is damaged", where=path, found=fault,
        advice=way_out(path),
    )  # fmt: skip


def _fault_of(path: Path) -> str | None:
    """What is wrong with the entry; None where nothing is."""
    try:
        actions = list(_actions(path))
        listed = _rows_listed(actions)
    except FileNotFoundError:  # taken away since it was listed: Delta's own cleaning of old entries
        return None
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as fault:
        return f"the entry cannot be read: {str(fault)[:100]}"
    if not actions:
        return "the entry is blank: what its commit wrote would be missing from every answer"
    commit: dict[str, Any] = next(
        (action["commitInfo"] for action in actions if isinstance(action.get("commitInfo"), dict)), {}
    )
    metrics = commit.get("operationMetrics")
    written = None
    if isinstance(metrics, dict) and commit.get("operation") == "WRITE":
        written = metrics.get("numOutputRows", metrics.get("num_added_rows"))  # Spark's name, delta-rs's name
    if listed is not None and str(written).isdigit() and listed < int(str(written)):
        return f"the entry is cut: its commit wrote {written} rows, the files that it lists have {listed}"
    return None


def _rows_listed(actions: Sequence[dict[str, Any]]) -> int | None:
    """Rows of the files that the entry adds, by their statistics; None where a file has none."""
    rows = 0
    for file in (action["add"] for action in actions if "add" in action):
        count = json.loads(file.get("stats") or "{}").get("numRecords")
        if count is None:
            return None
        rows += int(count)
    return rows


def _actions(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            action = json.loads(line)
            if not isinstance(action, dict):
                raise ValueError("a line is no JSON object")
            yield action
