"""The ledgers of experiments: read with their seals checked, and added to by one writer at a time."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from audiences import schema
from audiences.errors import ConflictError, InputError
from audiences.experiments.frozen import Experiment, check_drawn, experiment_of
from audiences.experiments.keyed_rows import with_seal
from audiences.schema import Table
from audiences.schema.experiments import SEALED
from audiences.store.delta import Store
from audiences.store.vacuum import commit_times


def entries(store: Store, secret: bytes) -> list[Experiment]:
    """Every experiment that was ever started.

    Raises:
        InputError: a row does not fit its seal.
    """
    frame = newest(store, schema.experiments)
    rows = [] if frame is None else frame.collect()  # one row per experiment
    return [experiment_of(row.asDict(recursive=True), secret) for row in rows]


def add(store: Store, secret: bytes, experiment: Experiment, known: int) -> None:
    """Adds a row to the ledger, in which the caller saw `known` rows.

    Raises:
        ConflictError: another one was added meanwhile; it may be in the way of this one.
    """
    frame = store.spark.createDataFrame([experiment.row(secret)], schema.experiments.schema)
    try:
        # The transaction's id is the place in the ledger: Delta lets one writer have it.
        store.write(
            schema.experiments, frame, fingerprint=experiment.experiment_id, mode="append",
            transaction=f"row {known + 1}", metadata={"experiment": experiment.name},
        )  # fmt: skip
    except InputError:
        if store.find(schema.experiments, experiment.experiment_id) is not None:
            raise
        raise ConflictError(
            "another experiment was started at the same time; this one was not", where=schema.experiments,
            advice="run again: it is checked against the other one",
        ) from None  # fmt: skip


def newest(store: Store, table: Table) -> DataFrame | None:
    """A ledger as it is now, whoever made the last commit; None where it was never written."""
    return store.read(table, max(commit_times(store, table))) if store.exists(table) else None


def cells_of(assignments: DataFrame) -> dict[tuple[str, str], int]:
    """Customers by segment and arm: a few rows."""
    rows = assignments.groupBy("segment", "arm").agg(F.count("*").alias("customers")).collect()
    return {(row["segment"], row["arm"]): row["customers"] for row in rows}


def assignments_of(store: Store, secret: bytes, experiment: Experiment) -> DataFrame:
    """The assignments of an experiment, after a look at each of them.

    Raises:
        InputError: a row was added, taken away, doubled or changed since the start.
    """
    frame = newest(store, schema.assignments)
    if frame is None:
        raise InputError("there is no such table", where=store.path(schema.assignments),
                         found=f"{experiment.name} was started, but its assignments are gone")  # fmt: skip
    rows = frame.where(F.col("experiment_id") == experiment.experiment_id)
    sealed = with_seal(rows, secret, SEALED, name="expected_seal")
    checks = sealed.agg(
        F.count("*").alias("rows"), F.count_distinct("customer_key").alias("customers"),
        F.coalesce(F.sum((F.col("seal") != F.col("expected_seal")).cast("long")), F.lit(0)).alias("changed"),
    ).collect()[0]  # fmt: skip
    check_drawn(
        f"{schema.assignments}, {experiment.name}", drawn=experiment.cells, there=cells_of(rows),
        changed=checks["changed"], doubled=checks["rows"] - checks["customers"],
    )  # fmt: skip
    return rows
