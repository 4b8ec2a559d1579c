"""`audiences query`: DuckDB over the tables of the newest published run, without Spark (extra `query`)."""

from __future__ import annotations

import json
import re

import pyarrow as pa

from audiences.errors import ConfigError, InputError, MachineError


def query(root: str, sql: str) -> pa.Table:
    """Runs SQL over views named like the tables, each the newest published run's slice at its pinned version.

    `run_manifest` holds that run's rows.

    Where two zones or stages share a table's name, the views are published_… and, for slices of one table, the union
    of the run's slices.

    Returns:
        The answer as an Arrow table, which has its columns also where it has no rows.

    Raises:
        MachineError: the extra `query` is not installed.
        InputError: nothing has been published.
        ConfigError: the SQL is wrong.
    """
    try:
        import duckdb
        from deltalake import DeltaTable
        from deltalake.exceptions import TableNotFoundError
    except ImportError as fault:
        raise MachineError("query needs an extra", found=fault, advice="pip install 'audiences[query]'") from None
    base = re.sub(r"^s3a:", "s3:", root.rstrip("/"))
    try:
        manifest = DeltaTable(f"{base}/control/run_manifest").to_pyarrow_table().to_pylist()
    except TableNotFoundError:
        raise InputError("no run has been published", where=root, advice="audiences run --as-of DATE") from None
    newest = max(manifest, key=lambda row: (row["as_of"], row["sequence"], row["run_id"]))
    rows = [row for row in manifest if (row["run_id"], row["sequence"]) == (newest["run_id"], newest["sequence"])]
    connection = duckdb.connect()
    connection.register("_run_manifest", pa.Table.from_pylist(rows))
    views = {"run_manifest": ['SELECT * FROM "_run_manifest"']}
    for row in rows:
        if row["version"] is None:  # absent from this run
            continue
        table = DeltaTable(f"{base}/{row['zone']}/{row['table']}", version=row["version"])
        connection.register(f"_{row['stage']}", table.to_pyarrow_dataset())
        prefix = "published_" if row["zone"] == "published" else ""
        views.setdefault(prefix + row["table"], []).append(_slice(f"_{row['stage']}", json.loads(row["slice"])))
    for name, slices in views.items():
        connection.execute(f'CREATE VIEW "{name}" AS {" UNION ALL ".join(slices)}')
    try:
        return connection.sql(sql).to_arrow_table()
    except duckdb.Error as fault:
        raise ConfigError("the query failed", found=fault, allowed=f"tables: {', '.join(sorted(views))}") from None


def _slice(relation: str, part: dict[str, str]) -> str:
    """The slice's values are the store's own: dates and plain words (checked when they were written)."""
    where = " AND ".join(f"\"{name}\" = '{value}'" for name, value in part.items())
    return f'SELECT * FROM "{relation}"' + (f" WHERE {where}" if where else "")
