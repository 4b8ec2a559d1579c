"""`audiences export`: the members of a segment, batch by batch, without Spark (extra `query`)."""

from __future__ import annotations

import contextlib
import csv
import difflib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Literal

from audiences.errors import ConfigError
from audiences.published.snapshot import published_runs
from audiences.published.spreadsheet import defused

CUSTOMERS = "published_customers"
"""The stage that makes published/customers."""

_BATCH_ROWS = 16_384


def export(root: str, segment: str, *, style: Literal["csv", "parquet"], out: Path | None) -> tuple[int, str]:
    """Writes the members of `segment` to `out` (whole or not at all) or as CSV to stdout; returns their number and
    the column that the name was found in: segment, else value_segment, rfm_segment, ….

    CSV cells that a spreadsheet would run as a formula begin with an apostrophe; Parquet keeps values as they are.

    Raises:
        ConfigError: no segment has this name; Parquet without `out`; `out` cannot be written.
    """
    import pyarrow.dataset as ds

    customers = published_runs(root)[0].dataset(CUSTOMERS)
    column = column_of(customers, segment)
    scanner = customers.scanner(filter=ds.field(column) == segment, batch_size=_BATCH_ROWS)
    return write(scanner, style=style, out=out), column


def write(scanner: Any, *, style: Literal["csv", "parquet"], out: Path | None) -> int:
    """Writes a scanner's rows to `out` (whole or not at all) or as CSV to stdout; returns their number.

    Raises:
        ConfigError: Parquet without `out`; `out` cannot be written.
    """
    if out is None:
        if style == "parquet":
            raise ConfigError("Parquet needs a file", where="--out", allowed="--out FILE")
        return _write_csv(scanner, sys.stdout)
    with _replaced(out) as part:
        if style == "parquet":
            return _write_parquet(scanner, part)
        with part.open("w", newline="", encoding="utf-8") as file:
            return _write_csv(scanner, file)


def segment_columns(names: Sequence[str]) -> list[str]:
    """Columns that hold a segment's name, the final one first."""
    return sorted((name for name in names if name == "segment" or name.endswith("_segment")), key="segment".__ne__)


def column_of(customers: Any, segment: str) -> str:
    """The first segmentation that has this name; what comes to memory is one batch and the names."""
    columns = segment_columns(customers.schema.names)
    known: dict[str, set[str]] = {column: set() for column in columns}
    for batch in customers.scanner(columns=columns, batch_size=_BATCH_ROWS).to_batches():
        for column in columns:
            known[column] |= set(batch.column(column).unique().to_pylist()) - {None}
    found = next((column for column in columns if segment in known[column]), None)
    if found is None:
        every = sorted({name for names in known.values() for name in names})
        by_small_letters = {name.lower(): name for name in every}
        near = difflib.get_close_matches(segment.lower(), by_small_letters, n=3, cutoff=0.4)
        raise ConfigError(
            "no segment has this name", found=segment,
            allowed="; ".join(f"{column}: {', '.join(sorted(known[column]))}" for column in columns if known[column]),
            advice="did you mean " + " or ".join(by_small_letters[one] for one in near) + "?" if near else None,
        )  # fmt: skip
    return found


def _write_csv(scanner: Any, file: IO[str]) -> int:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(scanner.projected_schema.names)
    rows = 0
    for batch in scanner.to_batches():
        writer.writerows([defused(value) for value in row.values()] for row in batch.to_pylist())
        rows += batch.num_rows
    return rows


def _write_parquet(scanner: Any, path: Path) -> int:
    import pyarrow.parquet as pq

    rows = 0
    with pq.ParquetWriter(path, scanner.projected_schema) as writer:
        for batch in scanner.to_batches():
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows


@contextlib.contextmanager
def _replaced(out: Path) -> Iterator[Path]:
    """A file beside `out` that takes its place when all has been written, and is removed when not."""
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(out)
    except OSError as fault:
        raise ConfigError("the file cannot be written", where="--out", found=f"{out}: {fault.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
