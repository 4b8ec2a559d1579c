"""`audiences query`: DuckDB over the tables of the published runs, without Spark (extra `query`)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pyarrow as pa

from audiences.errors import ConfigError, MachineError
from audiences.published.snapshot import PinnedRun, published_runs

Views = Mapping[str, Sequence[tuple[PinnedRun, str]]]
"""View -> the runs' stages whose slices it holds."""


def query(root: str, sql: str) -> pa.Table:
    """Runs SQL over views named like the tables, each the newest published run's slice at its pinned version.

    Where two zones or stages share a table's name, the views are published_… and, for slices of one table, the union
    of the run's slices. `history_…` holds every as_of of a table that has one: of each the newest run's slice.
    `run_manifest` holds the newest run's rows, `history_run_manifest` those of every run.

    Returns:
        The answer as an Arrow table, which has its columns also where it has no rows.

    Raises:
        MachineError: the extra `query` is not installed.
        InputError: nothing has been published.
        ConfigError: the SQL is wrong.
    """
    runs = published_runs(root)
    try:
        import duckdb
    except ImportError as fault:
        raise MachineError("query needs an extra", found=fault, advice="pip install 'audiences[query]'") from None
    connection = duckdb.connect()
    connection.register("run_manifest", pa.Table.from_pylist(list(runs[0].rows.values())))
    connection.register(
        "history_run_manifest", pa.Table.from_pylist([row for run in runs for row in run.rows.values()])
    )
    views = views_of(runs)
    # opening a table costs a look into its log: only those that the text speaks of are opened
    meant = [name for name in views if name in sql.lower()] or [
        name for name in views if not name.startswith("history_")
    ]
    for name in meant:
        slices = []
        for number, (run, stage) in enumerate(views[name]):
            relation = f"_{name}_{number}"
            connection.register(relation, run.whole(stage))
            slices.append(_slice(relation, json.loads(run.rows[stage]["slice"])))
        connection.execute(f'CREATE VIEW "{name}" AS {" UNION ALL ".join(slices)}')
    try:
        return connection.sql(sql).to_arrow_table()
    except duckdb.Error as fault:
        known = ", ".join(sorted([*views, "run_manifest", "history_run_manifest"]))
        raise ConfigError("the query failed", found=fault, allowed=f"tables: {known}") from None


def views_of(runs: Sequence[PinnedRun]) -> Views:
    """The views of `query`; `runs` newest first."""
    views: dict[str, list[tuple[PinnedRun, str]]] = {}
    for stage, row in runs[0].rows.items():
        if runs[0].has(stage):
            name = f"published_{row['table']}" if row["zone"] == "published" else row["table"]
            views.setdefault(name, []).append((runs[0], stage))
    newest_of_each = {run.as_of: run for run in reversed(runs)}
    for run in newest_of_each.values():
        for stage, row in run.rows.items():
            if run.has(stage) and row["zone"] != "published" and "as_of" in json.loads(row["slice"]):
                views.setdefault(f"history_{row['table']}", []).append((run, stage))
    return views


def _slice(relation: str, part: dict[str, str]) -> str:
    """The slice's values are the store's own: dates and plain words (checked when they were written)."""
    where = " AND ".join(f"\"{name}\" = '{value}'" for name, value in part.items())
    return f'SELECT * FROM "{relation}"' + (f" WHERE {where}" if where else "")
