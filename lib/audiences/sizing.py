"""How much a run needs, from the rows and bytes that go in: the one place; `audiences plan` and docs/sizing.md use it.

Some of the figures were measured, some are assumed until `benchmarks/sizing.py` has measured them: SOURCES says which,
figure by figure. Nothing is known of another machine, of wider rows or of other settings: an estimate is an order of
magnitude, to be replaced by the seconds that the first run leaves in `run_manifest`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

MIB, GIB = 2**20, 2**30

BYTES_PER_ROW = {"csv": 89, "csv.gz": 14, "parquet": 20}
"""Of transactions with eight columns: what one row takes in a file."""
ROWS_PER_CUSTOMER = 93
"""Rows of one customer, where nobody says how many customers there are."""
FIXED_CORE_SECONDS = 275.0
"""Of a whole run however small: starting the session, compiling, planning, some twenty tables."""
FIXED_SECONDS = 140.0
"""Wall time of the same: hardly two cores' work."""
CORE_SECONDS_PER_MILLION_ROWS = 30.0
"""Landing, cleaning, orders and days."""
CORE_SECONDS_PER_MILLION_CUSTOMERS = 270.0
"""Features, scaling, segments, profiles, published tables."""
TABLE_BYTES_PER_ROW = 60
"""All tables of the first run; each further as_of adds TABLE_BYTES_PER_CUSTOMER."""
TABLE_BYTES_PER_CUSTOMER = 600
SHUFFLE_BYTES_PER_ROW = 100
"""Of the widest exchange (customer_days), before compression."""
SHUFFLE_PARTITION = 128 * MIB
"""What one task should get of it."""
MEMORY_PER_CORE = 2 * GIB
"""Heap and Python: 20 million rows peaked at 3,950 MB on two cores; more rows spill to disk instead of more memory."""
DRIVER_MEMORY = 2 * GIB
EFFICIENCY = 0.7
"""Share of the cores' time that work keeps busy when several executors share it."""
CORES_PER_EXECUTOR = 4
SOURCES = {
    "BYTES_PER_ROW": "Online Retail: 48,039,726 bytes, 7,611,818 packed, 541,909 rows (generated: 85); Parquet "
    "between that and 13 of 200 million generated rows",
    "ROWS_PER_CUSTOMER": "Online Retail: 406,829 rows of 4,372 customers",
    "FIXED_CORE_SECONDS": "measured: 255 s of 172,449 rows, of which 248 are fixed; 280 before (273) and 369 of "
    "705,606 rows (342), so between the two",
    "FIXED_SECONDS": "measured: 156 s of Online Retail on two cores, less its rows' share (111 s with the session that "
    "`audiences init` drafts)",
    "CORE_SECONDS_PER_MILLION_ROWS": "measured 8.3 for orders and days: (102.4 - 19.1) s x 2 cores / 20 million rows "
    "through Delta (4.7 at 200 million, plain Parquet); the rest, for landing and cleaning, is assumed",
    "CORE_SECONDS_PER_MILLION_CUSTOMERS": "measured 135 for cut points, RFM and behaviour: 19.1 s x 2 cores / 0.282 "
    "million customers; doubled for scaling, segments and profiles, which is assumed",
    "TABLE_BYTES_PER_ROW": "fitted: all tables took 29 MB of 541,909 rows, 17 MB of 172,449, 55 MB of 705,606",
    "TABLE_BYTES_PER_CUSTOMER": "fitted with it: 4,334, 4,990 and 19,968 customers",
    "SHUFFLE_BYTES_PER_ROW": "assumed",
    "SHUFFLE_PARTITION": "chosen: twice Spark's own advisory size",
    "MEMORY_PER_CORE": "measured: 3,950 MB on two cores, 20 million rows through Delta",
    "DRIVER_MEMORY": "chosen: session.driver_memory's default",
    "EFFICIENCY": "assumed: no cluster was measured",
    "CORES_PER_EXECUTOR": "chosen",
}
"""Where each figure comes from: benchmarks/README.md unless said otherwise."""


@dataclass(frozen=True)
class Estimate:
    """What a run needs.

    Args:
        rows, customers: that go in.
        core_seconds: CPU time over all cores.
        cores: that work on it.
        seconds: wall time on these cores.
        shuffle_partitions: for session.shuffle_partitions.
        memory_bytes: of all executors (in local mode: of the one process).
        table_bytes: on disk under store.root after the first run.
        scratch_bytes: on the executors' local disks while it runs.
    """

    rows: int
    customers: int
    core_seconds: float
    cores: int
    seconds: float
    shuffle_partitions: int
    memory_bytes: int
    table_bytes: int
    scratch_bytes: int

    @property
    def core_hours(self) -> float:
        """What is paid for: cores held times hours."""
        return self.cores * self.seconds / 3600

    def cost(self, price_per_core_hour: float) -> float:
        """In the price's currency, for the cores alone."""
        return self.core_hours * price_per_core_hour

    @property
    def executors(self) -> int:
        """Executors of CORES_PER_EXECUTOR cores."""
        return -(-self.cores // CORES_PER_EXECUTOR)

    @property
    def executor_memory_bytes(self) -> int:
        return min(self.cores, CORES_PER_EXECUTOR) * MEMORY_PER_CORE


def rows_in(files: Iterable[tuple[str, int]], format: str) -> int | None:  # noqa: A002 - the setting's word
    """Rows in files of these names and sizes in bytes; None where the format's bytes per row are not known.

    A file name's ending tells packed CSV from plain.
    """
    if format not in BYTES_PER_ROW:
        return None
    packed = (".gz", ".bz2", ".zst", ".xz")
    sizes: dict[str, int] = {}
    for name, size in files:
        kind = "csv.gz" if format == "csv" and name.lower().endswith(packed) else format
        sizes[kind] = sizes.get(kind, 0) + size
    return round(sum(size / BYTES_PER_ROW[kind] for kind, size in sizes.items()))


def estimate(*, rows: int, cores: int, customers: int | None = None) -> Estimate:
    """What a run of so many transaction rows needs on so many cores.

    core_seconds = FIXED + rows x per row + customers x per customer;
    seconds = FIXED_SECONDS (on one core FIXED_CORE_SECONDS) + the rest / (cores x efficiency), as what is fixed
    hardly runs side by side;
    shuffle_partitions = rows x SHUFFLE_BYTES_PER_ROW / SHUFFLE_PARTITION, at least one per core.
    """
    known = max(1, rows // ROWS_PER_CUSTOMER) if customers is None else customers
    work = rows / 1e6 * CORE_SECONDS_PER_MILLION_ROWS + known / 1e6 * CORE_SECONDS_PER_MILLION_CUSTOMERS
    efficiency = 1.0 if cores <= CORES_PER_EXECUTOR else EFFICIENCY
    shuffled = rows * SHUFFLE_BYTES_PER_ROW
    return Estimate(
        rows=rows,
        customers=known,
        core_seconds=FIXED_CORE_SECONDS + work,
        cores=cores,
        seconds=max(FIXED_SECONDS, FIXED_CORE_SECONDS / cores) + work / (cores * efficiency),
        shuffle_partitions=max(cores, math.ceil(shuffled / SHUFFLE_PARTITION)),
        memory_bytes=DRIVER_MEMORY + cores * MEMORY_PER_CORE,
        table_bytes=rows * TABLE_BYTES_PER_ROW + known * TABLE_BYTES_PER_CUSTOMER,
        scratch_bytes=2 * shuffled,
    )


def cores_for(*, rows: int, seconds: float, customers: int | None = None) -> int:
    """The fewest cores, in whole executors beyond the first, that would take at most so long.

    Raises:
        ValueError: no number of cores would, as what is fixed takes longer alone.
    """
    if seconds <= FIXED_SECONDS:
        raise ValueError(f"at least {FIXED_SECONDS:.0f} seconds are needed however many cores there are")
    one = estimate(rows=rows, cores=1, customers=customers)
    if one.seconds <= seconds:
        return 1
    needed = max(2, math.ceil((one.core_seconds - FIXED_CORE_SECONDS) / (seconds - FIXED_SECONDS)))
    if needed <= CORES_PER_EXECUTOR:
        return needed
    return math.ceil(needed / EFFICIENCY / CORES_PER_EXECUTOR) * CORES_PER_EXECUTOR


def in_words(one: Estimate) -> str:
    """One line for people."""
    return (
        f"about {one.rows:,} rows of {one.customers:,} customers: {_duration(one.seconds)} on {one.cores} cores "
        f"(an order of magnitude), {one.memory_bytes / GIB:.0f} GiB of memory, "
        f"session.shuffle_partitions={one.shuffle_partitions}, {_size(one.table_bytes)} of tables, "
        f"{_size(one.scratch_bytes)} of scratch space"
    )


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"


def _size(count: float) -> str:
    return f"{count / GIB:,.1f} GiB" if count >= GIB else f"{max(1, round(count / MIB)):,} MiB"


EXAMPLES: Mapping[str, tuple[int, float]] = {
    "a laptop's file": (500_000, 1800), "a shop": (20_000_000, 1800), "a retailer": (200_000_000, 3600),
    "a chain": (2_000_000_000, 7200),
}  # fmt: skip
"""Rows, and the wall time in seconds that is asked for."""
EXAMPLE_PRICE = 0.05
_BEGIN, _END = "<!-- written by make docs -->", "<!-- until here -->"


def as_markdown() -> str:
    """The tables of docs/sizing.md: the figures, and examples."""
    values = {
        "BYTES_PER_ROW": ", ".join(f"{kind} {size}" for kind, size in BYTES_PER_ROW.items()),
        "ROWS_PER_CUSTOMER": ROWS_PER_CUSTOMER,
        "FIXED_CORE_SECONDS": f"{FIXED_CORE_SECONDS:g} s",
        "FIXED_SECONDS": f"{FIXED_SECONDS:g} s",
        "CORE_SECONDS_PER_MILLION_ROWS": f"{CORE_SECONDS_PER_MILLION_ROWS:g} s",
        "CORE_SECONDS_PER_MILLION_CUSTOMERS": f"{CORE_SECONDS_PER_MILLION_CUSTOMERS:g} s",
        "TABLE_BYTES_PER_ROW": TABLE_BYTES_PER_ROW,
        "TABLE_BYTES_PER_CUSTOMER": TABLE_BYTES_PER_CUSTOMER,
        "SHUFFLE_BYTES_PER_ROW": SHUFFLE_BYTES_PER_ROW,
        "SHUFFLE_PARTITION": _size(SHUFFLE_PARTITION),
        "MEMORY_PER_CORE": _size(MEMORY_PER_CORE),
        "DRIVER_MEMORY": _size(DRIVER_MEMORY),
        "EFFICIENCY": EFFICIENCY,
        "CORES_PER_EXECUTOR": CORES_PER_EXECUTOR,
    }
    lines = ["| figure | value | where it comes from |", "|---|---|---|"]
    lines += [f"| `{name}` | {value} | {SOURCES[name]} |" for name, value in values.items()]
    header = (
        "", "rows", "customers", "executors", "memory of each", "shuffle partitions", "tables", "scratch", "wall time",
        "core hours", f"at {EXAMPLE_PRICE:g} per core hour",
    )  # fmt: skip
    lines += ["", f"| {' | '.join(header)} |", "|" + "---|" * len(header)]
    for name, (rows, seconds) in EXAMPLES.items():
        one = estimate(rows=rows, cores=cores_for(rows=rows, seconds=seconds))
        cells = (
            name, f"{rows:,}", f"{one.customers:,}", f"{one.executors} x {min(one.cores, CORES_PER_EXECUTOR)} cores",
            _size(one.executor_memory_bytes), f"{one.shuffle_partitions:,}", _size(one.table_bytes),
            _size(one.scratch_bytes), _duration(one.seconds), f"{one.core_hours:.1f}", f"{one.cost(EXAMPLE_PRICE):.2f}",
        )  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":  # python -m audiences.sizing FILE: its tables anew, between the two marks
    doc = Path(sys.argv[1])
    above, below = doc.read_text().split(_BEGIN)[0], doc.read_text().split(_END)[1]
    doc.write_text(f"{above}{_BEGIN}\n{as_markdown()}{_END}{below}")
