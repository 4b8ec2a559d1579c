"""Published tables in a catalog: <catalog>.<schema>.<zone>_<table>, and views current_<table> of the newest run.

One schema holds all zones, each a prefix. One schema is what platform teams hand out and give rights on, and in a
catalog that others use too, schemas called `models` or `features` would be theirs. A table whose name begins with its
zone keeps it (landed_transactions).

The tables are registered where they are, under `store.root` (external tables): what reads by path (query, export,
explain, history, maintain) reads the same files, and what the catalog forgets a run registers again. They are
registered when a run publishes, so a catalog never shows a table that no published run has.
"""

from __future__ import annotations

import json
from datetime import date

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from audiences import schema
from audiences.engine.manifest import Published
from audiences.errors import ConfigError, MachineError
from audiences.schema import Table
from audiences.store.address import plain_path
from audiences.store.delta import Store, literal

DEFAULT_SCHEMA = "audiences"
_ALWAYS = (schema.run_manifest, schema.source_files, schema.models)


def schema_of(catalog: str) -> str:
    """`store.catalog` as catalog.schema, quoted; its letters have been checked with the settings."""
    parts = catalog.split(".")
    return ".".join(f"`{part}`" for part in (parts if len(parts) > 1 else [*parts, DEFAULT_SCHEMA]))


def name_in(catalog: str, table: Table) -> str:
    """The table's full name in the catalog, quoted."""
    plain = table.name if table.name.startswith(f"{table.zone}_") else f"{table.zone}_{table.name}"
    return f"{schema_of(catalog)}.`{plain}`"


def view_in(catalog: str, table: Table) -> str:
    """The name of the view of the newest run's rows, quoted."""
    return f"{schema_of(catalog)}.`current_{table.name}`"


def check_catalog(spark: SparkSession, catalog: str) -> None:
    """Makes the schema where it is missing; called before anything is computed.

    Raises:
        MachineError: there is no such catalog, or no right to use or make the schema.
    """
    name = schema_of(catalog)
    try:
        if not spark.catalog.databaseExists(name):
            spark.sql(" ".join(["CREATE SCHEMA IF NOT EXISTS", name]))
        if spark.catalog.databaseExists(name):
            return
        found = "the schema is not there after CREATE SCHEMA"
    except (PySparkException, Py4JError) as fault:
        found = _first_line(fault)
    raise MachineError(
        "the catalog's schema cannot be used or made", where=f"store.catalog, schema {name.replace('`', '')}",
        found=found, allowed="a catalog that this session knows, and a schema in it with the right to create tables",
        advice="ask for the schema, name another with --set store.catalog=CATALOG.SCHEMA, or leave store.catalog out",
    )  # fmt: skip


def register(run: Published, catalog: str) -> None:
    """Registers the tables of the newest published run, and lays the views current_… over what it pinned.

    Views of tables that this run has not are removed. Repeating it changes nothing.

    Raises:
        MachineError: no right to create tables or views.
        ConfigError: the schema holds the tables of another store.root.
    """
    spark, store = run.store.spark, run.store
    tables = {str(table): table for table in schema.declared_tables()}
    slices = _slices(run)
    # of two tables of one name the published one, which holds the same rows of the newest as_of
    shown = {tables[name].name: name for name in sorted(slices, key=lambda name: tables[name].zone == "published")}
    try:
        _check_is_of(store, catalog)
        for name in {*slices, *(str(table) for table in _ALWAYS if store.exists(table))}:
            _register(store, catalog, tables[name])
        for name, table in tables.items():
            if shown.get(table.name) == name:
                spark.sql(_view(catalog, table, slices[name]))
            elif table.name not in shown:
                spark.sql(" ".join(["DROP VIEW IF EXISTS", view_in(catalog, table)]))
    except (PySparkException, Py4JError) as fault:
        raise MachineError(
            "the run is published under store.root, but not registered in the catalog",
            where=f"store.catalog, schema {schema_of(catalog).replace('`', '')}", found=_first_line(fault),
            advice="rights to create tables and views there are needed; run again: what was finished is found and kept",
        ) from fault  # fmt: skip


def _first_line(fault: Exception) -> str:
    return str(fault).strip().split("\n")[0]  # a ParseException begins with an empty line


def _slices(run: Published) -> dict[str, list[tuple[int, dict[str, str]]]]:
    """zone/table -> version and slice of each stage that the run pinned."""
    found: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for row in run.rows.values():
        if row["version"] is not None:
            found.setdefault(f"{row['zone']}/{row['table']}", []).append((row["version"], json.loads(row["slice"])))
    return found


def _register(store: Store, catalog: str, table: Table) -> None:
    name = name_in(catalog, table)
    if not store.spark.catalog.tableExists(name):
        store.spark.catalog.createTable(name, path=store.path(table), source="delta")


def _check_is_of(store: Store, catalog: str) -> None:
    """One schema holds one store: the manifest tells."""
    name, path = name_in(catalog, schema.run_manifest), store.path(schema.run_manifest)
    if not store.spark.catalog.tableExists(name):
        return
    # not DeltaTable.forName: on the 3.5 line it takes no name of three parts
    told = store.spark.sql(" ".join(["DESCRIBE TABLE EXTENDED", name])).where(F.col("col_name") == "Location").first()
    location = "" if told is None else str(told["data_type"])
    if plain_path(location) != plain_path(path):
        raise ConfigError(
            "the catalog's schema holds the tables of another store", where=f"store.catalog, {name.replace('`', '')}",
            found=location, allowed=f"{path} (store.root)", advice="one schema per store.root",
        )  # fmt: skip


def _view(catalog: str, table: Table, slices: list[tuple[int, dict[str, str]]]) -> str:
    """SQL of names that were checked, whole numbers, and slices' values, which are dates and plain words."""
    columns = ", ".join(f"`{name}`" for name in table.names)
    selects = []
    for version, part in slices:
        values = {name: date.fromisoformat(value) if name == "as_of" else value for name, value in part.items()}
        where = " AND ".join(f"`{name}` = {literal(value)}" for name, value in values.items())
        source = f"{name_in(catalog, table)} VERSION AS OF {version:d}"
        selects.append(f"SELECT {columns} FROM {source}" + (f" WHERE {where}" if where else ""))
    return f"CREATE OR REPLACE VIEW {view_in(catalog, table)} AS " + " UNION ALL ".join(selects)
