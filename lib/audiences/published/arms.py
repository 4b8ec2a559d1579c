"""`audiences export --experiment NAME --arm ARM`: the customers of one arm, batch by batch, without Spark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Literal

from audiences.errors import MachineError, extra_advice
from audiences.experiments.frozen import Experiment, check_drawn, experiment_of, named
from audiences.experiments.keys import customer_key, seal
from audiences.published.members import CUSTOMERS, Exported, check_target, column_of, has_segment, write
from audiences.published.snapshot import PinnedRun, published_runs
from audiences.published.spreadsheet import Formulas

EXPERIMENTS, ASSIGNMENTS = "experiments/experiments", "experiments/assignments"
"""The ledgers, by zone and table."""

_BATCH_ROWS = 16_384


def export_arm(
    root: str, secret: bytes, experiment: str, arm: str, *, segment: str | None, style: Literal["csv", "parquet"],
    out: Path | None, formulas: Formulas = "defuse", may_replace: bool = False,
) -> tuple[Exported, int]:  # fmt: skip
    """Writes the customers of one arm, all or those of a segment of today, as `members.export` does.

    Returns:
        What was written, and how many were drawn for the arm at the start.

    Raises:
        ConfigError: no such experiment, arm or segment; `out` cannot be written.
        InputError: a ledger was changed since the start; nothing is written.
    """
    check_target(style, out, may_replace=may_replace)
    run = published_runs(root)[0]
    members = ArmMembers(run, secret, experiment, arm)
    column = "segment" if segment is None else column_of(run, segment)
    only = None if segment is None else has_segment(column, segment)
    schema = run.dataset(CUSTOMERS).schema
    batches = members.among(run.batches(CUSTOMERS, only=only, batch_rows=_BATCH_ROWS), schema)
    return write(batches, schema, column=column, style=style, out=out, formulas=formulas), members.drawn


class ArmMembers:
    """The customers of one arm, checked against what was drawn.

    Args:
        run: the published run whose store holds the ledgers.
        secret: the key of the experiment.
        experiment, arm: their names.

    Raises:
        ConfigError: no such experiment or arm.
        InputError: a ledger was changed since the start.
    """

    def __init__(self, run: PinnedRun, secret: bytes, experiment: str, arm: str) -> None:
        rows = _ledger(run.root, EXPERIMENTS)
        known = [] if rows is None else [experiment_of(row, secret) for row in rows.to_table().to_pylist()]
        self.experiment: Experiment = named(known, experiment)
        self.arm = self.experiment.arm(arm)
        self.drawn = sum(count for (_, name), count in self.experiment.cells.items() if name == arm)
        self._secret = secret
        self._assignments = self._checked(_ledger(run.root, ASSIGNMENTS))

    def among(self, batches: Iterator[Any], schema: Any) -> Iterator[Any]:
        """Those rows of record batches whose customer was drawn for this arm; nothing is kept in memory but DuckDB's
        hash of the arm's keys."""
        import pyarrow as pa
        import pyarrow.compute as pc

        keyed = pa.RecordBatchReader.from_batches(
            schema.append(pa.field("customer_key", pa.string())), self._keyed(batches)
        )
        connection = _duckdb().connect()
        connection.register("members", keyed)
        connection.register("drawn", self._assignments.filter(pc.field("arm") == self.arm.name))
        chosen = connection.sql(
            "SELECT * EXCLUDE customer_key FROM members SEMI JOIN drawn ON members.customer_key = drawn.customer_key"
        )
        # the second is what DuckDB called it before 2.0
        read = chosen.to_arrow_reader if hasattr(chosen, "to_arrow_reader") else chosen.fetch_arrow_reader
        yield from read(_BATCH_ROWS).cast(schema)

    def _keyed(self, batches: Iterator[Any]) -> Iterator[Any]:
        import pyarrow as pa

        for batch in batches:
            keys = [customer_key(self._secret, customer) for customer in batch.column("customer_id").to_pylist()]
            columns = [*batch.columns, pa.array(keys, pa.string())]
            yield pa.RecordBatch.from_arrays(columns, [*batch.schema.names, "customer_key"])

    def _checked(self, rows: Any) -> Any:
        import pyarrow.compute as pc

        from audiences.schema.experiments import SEALED  # what it is declared with takes a second to import

        own = rows.filter(pc.field("experiment_id") == self.experiment.experiment_id)
        there: Counter[tuple[str, str]] = Counter()
        changed = 0
        for batch in own.scanner(columns=[*SEALED, "seal"], batch_size=_BATCH_ROWS).to_batches():
            for row in batch.to_pylist():
                there[row["segment"], row["arm"]] += 1
                changed += row["seal"] != seal(self._secret, [row[name] for name in SEALED])
        connection = _duckdb().connect()
        connection.register("own", own)
        doubled = connection.sql("SELECT count(*) - count(DISTINCT customer_key) FROM own").fetchall()[0][0]
        check_drawn(f"{ASSIGNMENTS}, {self.experiment.name}", drawn=self.experiment.cells, there=there,
                    changed=changed, doubled=doubled)  # fmt: skip
        return own


def running_experiments(root: str) -> list[tuple[str, date]]:
    """Name and end of the experiments that are not over at the newest run's as_of: a plain export reaches their
    controls."""
    run = published_runs(root)[0]
    rows = _ledger(run.root, EXPERIMENTS)
    if rows is None:
        return []
    known = rows.to_table(columns=["experiment", "ends"]).to_pylist()
    return [(row["experiment"], row["ends"]) for row in known if row["ends"] > run.as_of]


def _ledger(root: str, table: str) -> Any:
    """The newest version of a ledger as a dataset; None where there is none."""
    from deltalake import DeltaTable
    from deltalake.exceptions import TableNotFoundError

    try:
        return DeltaTable(f"{root}/{table}").to_pyarrow_dataset()
    except TableNotFoundError:
        return None


def _duckdb() -> Any:
    try:
        import duckdb
    except ImportError as fault:
        raise MachineError("this needs an extra", found=fault, advice=extra_advice("query")) from None
    return duckdb
