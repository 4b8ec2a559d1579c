"""`audiences query`: DuckDB over the tables of the published runs, without Spark (extra `query`).

The engine that carries out a caller's SQL sees the registered views and nothing else: no file, no network, no
extension, no other database and no variable of this program; and it changes nothing.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from audiences.config import Query
from audiences.errors import ConfigError, InputError, MachineError, extra_advice
from audiences.published.snapshot import PinnedRun, published_runs

Views = Mapping[str, Sequence[tuple[PinnedRun, str]]]
"""View -> the runs' stages whose slices it holds."""

_READING = frozenset({"SELECT", "EXPLAIN"})
"""Kinds of statements that only read; WITH, VALUES, FROM, DESCRIBE, SHOW and SUMMARIZE are kinds of SELECT."""

_LOCK = (
    "SET temp_directory = ''",
    "SET python_enable_replacements = false",  # else a name that is no table is looked for among Python's variables
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)

_PLAIN = re.compile(r"[A-Za-z0-9_-]+")

_BATCH_ROWS = 65_536


def query(root: str, sql: str, limits: Query | None = None) -> pa.Table:
    """Runs one reading statement over views named like the tables, each the newest published run's slice at its pinned
    version.

    Where two zones or stages share a table's name, the views are published_… and, for slices of one table, the union
    of the run's slices. `history_…` holds every as_of of a table that has one: of each the newest run's slice.
    `run_manifest` holds the newest run's rows, `history_run_manifest` those of every run.

    Args:
        root: `store.root`.
        sql: the statement.
        limits: rows, seconds and memory that it may take.

    Returns:
        The answer as an Arrow table, which has its columns also where it has no rows; two may have the same name.

    Raises:
        MachineError: the extra `query` is not installed.
        InputError: nothing has been published, or a published table is damaged.
        ConfigError: the SQL is wrong, does more than read, or exceeds the limits.
    """
    limits = limits or Query()
    runs = published_runs(root)
    try:
        import duckdb
    except ImportError as fault:
        raise MachineError("query needs an extra", found=fault, advice=extra_advice("query")) from None
    views = views_of(runs)
    # opening a table costs a look into its log: only those that the text speaks of are opened
    opened = [name for name in views if name in sql.lower()] or [
        name for name in views if not name.startswith("history_")
    ]
    with duckdb.connect() as connection:
        _check_statement(connection, sql)
        _register(connection, runs, {name: views[name] for name in opened}, limits)
        try:
            return _answer(connection, sql, limits)
        except (duckdb.Error, OSError) as fault:
            if not isinstance(fault, (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)):
                _check_contents({name: views[name] for name in opened})
            known = ", ".join(sorted([*views, "run_manifest", "history_run_manifest"]))
            raise ConfigError("the query failed", found=fault, allowed=f"tables: {known}") from None


def _check_statement(connection: Any, sql: str) -> None:
    """Raises ConfigError unless the text is one statement that only reads."""
    import duckdb

    try:
        sql.encode("utf-8")  # halves of characters, which the engine does not take
        statements = connection.extract_statements(sql)
    except (duckdb.Error, UnicodeError) as fault:
        raise ConfigError("the query failed", found=fault, allowed="one SELECT statement") from None
    if len(statements) != 1:
        raise ConfigError(
            "a query is one statement", found=f"{len(statements)} statements", allowed="one SELECT statement"
        )
    kind = statements[0].type.name
    if kind not in _READING:
        raise ConfigError(
            "a query only reads", found=f"a statement of kind {kind}",
            allowed="SELECT, WITH, VALUES, DESCRIBE, SHOW, SUMMARIZE, EXPLAIN; PIVOT with its values listed: IN (…)",
        )  # fmt: skip


def _register(connection: Any, runs: Sequence[PinnedRun], views: Views, limits: Query) -> None:
    """Gives the connection its views; it is locked before any text of the store becomes SQL."""
    connection.register("run_manifest", pa.Table.from_pylist(list(runs[0].rows.values())))
    connection.register(
        "history_run_manifest", pa.Table.from_pylist([row for run in runs for row in run.rows.values()])
    )
    for name, parts in views.items():
        for number, (run, stage) in enumerate(parts):
            connection.register(f"_{name}_{number}", run.whole(stage))
    connection.execute("SET memory_limit = ?", [f"{limits.memory_gb:g}GB"])
    for setting in _LOCK:
        connection.execute(setting)
    for name, parts in views.items():
        slices = [
            _slice(f"_{name}_{number}", json.loads(run.rows[stage]["slice"]))
            for number, (run, stage) in enumerate(parts)
        ]
        connection.execute(f"CREATE VIEW {_quoted(name)} AS {' UNION ALL '.join(slices)}")


def _answer(connection: Any, sql: str, limits: Query) -> pa.Table:
    """The answer, read in batches, so that one that is too large ends early.

    Raises:
        ConfigError: it has too many rows or takes too long.
    """
    import duckdb

    batches, rows = [], 0
    with _ended_after(connection, limits.timeout_seconds) as was_ended:
        try:
            reader = connection.sql(sql).to_arrow_reader(_BATCH_ROWS)
            for batch in reader:
                batches.append(batch)
                rows += batch.num_rows
                if rows > limits.max_rows:
                    raise ConfigError(
                        "the answer has too many rows", where="query.max_rows", found=f"more than {limits.max_rows:,}",
                        advice="ask for less (LIMIT, GROUP BY), or raise the setting",
                    )  # fmt: skip
        except (duckdb.Error, OSError):
            if was_ended.is_set():
                raise ConfigError(
                    "the query took too long", where="query.timeout_seconds", found=f"{limits.timeout_seconds:g} s",
                    advice="ask for less, or raise the setting",
                ) from None  # fmt: skip
            raise
    return pa.Table.from_batches(batches, reader.schema)


@contextmanager
def _ended_after(connection: Any, seconds: float) -> Iterator[threading.Event]:
    """Interrupts what the connection is doing after so long; the event tells whether that happened."""
    was_ended, is_over = threading.Event(), threading.Event()

    def watch() -> None:
        if not is_over.wait(seconds):
            was_ended.set()
            while not is_over.wait(0.1):  # again: an interrupt between two steps of the query goes unheard
                connection.interrupt()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield was_ended
    finally:
        is_over.set()
        watcher.join()


def _check_contents(views: Views) -> None:
    """Reads every row of the opened tables: where a query failed, a damaged file is the cause to be named.

    Raises:
        InputError: a file cannot be read.
    """
    for parts in views.values():
        for run, stage in parts:
            for _ in run.batches(stage):
                pass


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


def _slice(relation: str, part: Mapping[str, str]) -> str:
    """What selects a slice; its values come from the manifest and are dates and plain words."""
    strange = [value for value in part.values() if not _PLAIN.fullmatch(value)]
    if strange:
        raise InputError("a slice in the manifest is no date or plain word", where=relation, found=strange[0])
    where = " AND ".join(f"{_quoted(name)} = '{value}'" for name, value in part.items())
    return f"SELECT * FROM {_quoted(relation)}" + (f" WHERE {where}" if where else "")


def _quoted(name: str) -> str:
    """A name of the store as an SQL identifier."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
