"""The published runs in a list: which as_of, which publication of it, which one readers get, how much it pins."""

from __future__ import annotations

from typing import Any

from audiences.published.snapshot import published_runs


def list_runs(root: str) -> list[dict[str, Any]]:
    """One row per published run, newest first; expired runs have left the manifest.

    The status is `newest` (what readers get), `published` (the latest of its as_of) or `superseded` (a later run of
    the same as_of was published). `pins` are the tables and slices that the run holds.

    Raises:
        MachineError: the extra `query` is not installed.
        InputError: nothing has been published.
    """
    rows: list[dict[str, Any]] = []
    for run in published_runs(root):
        is_latest = all(row["as_of"] != run.as_of for row in rows)
        status = "superseded" if not is_latest else "published" if rows else "newest"
        pins = sum(run.has(stage) for stage in run.rows)
        rows.append(
            {"as_of": run.as_of, "sequence": run.sequence, "status": status, "pins": pins, "run_id": run.run_id}
        )
    return rows
