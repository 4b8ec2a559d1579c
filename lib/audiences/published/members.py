"""`audiences export`: the members of a segment, batch by batch, without Spark (extra `query`)."""

from __future__ import annotations

import contextlib
import difflib
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

from audiences.errors import ConfigError
from audiences.output_file import private_draft, why_not_written
from audiences.published.snapshot import PinnedRun, published_runs
from audiences.published.spreadsheet import Formulas, SafeCsv

CUSTOMERS = "published_customers"
"""The stage that makes published/customers."""

_BATCH_ROWS = 16_384
_VIEWS = {"rfm_segment": "RFM: "}
"""Columns of names that stand beside the main ones, and what is put before these so that nobody mistakes them."""


@dataclass(frozen=True)
class Exported:
    """What was written.

    Args:
        rows: members of the segment.
        column: where its name was found: segment, else value_segment, rfm_segment, …. Names of RFM cells are written
            as RFM: At Risk, which is not the segment At-risk.
        defused: CSV column -> cells that begin like a formula and got an apostrophe before them.
    """

    rows: int
    column: str
    defused: Mapping[str, int] = field(default_factory=Counter)


def export(
    root: str,
    segment: str,
    *,
    style: Literal["csv", "parquet"],
    out: Path | None,
    formulas: Formulas = "defuse",
    may_replace: bool = False,
) -> Exported:
    """Writes the members of `segment` to `out` (whole or not at all, readable by its owner alone) or as CSV to stdout.

    CSV cells that a spreadsheet would run as a formula begin with an apostrophe, unless `formulas` is "keep"; Parquet
    keeps values as they are.

    Raises:
        ConfigError: no segment has this name; Parquet without `out`; `out` exists, is no plain file, or cannot be
            written.
        InputError: nothing has been published, or a published table is damaged.
    """
    check_target(style, out, may_replace=may_replace)
    run = published_runs(root)[0]
    schema = run.dataset(CUSTOMERS).schema
    column = column_of(run, segment)
    batches = run.batches(CUSTOMERS, only=has_segment(column, segment), batch_rows=_BATCH_ROWS)
    return write(batches, schema, column=column, style=style, out=out, formulas=formulas)


def check_target(style: Literal["csv", "parquet"], out: Path | None, *, may_replace: bool) -> None:
    """Whether `write` may write there, asked before anything is read.

    Raises:
        ConfigError: Parquet without `out`; `out` exists or is no plain file.
    """
    if out is None and style == "parquet":
        raise ConfigError("Parquet needs a file", where="--out", allowed="--out FILE")
    if out is not None:
        _check_file(out, may_replace=may_replace)


def write(
    batches: Iterator[Any], schema: Any, *, column: str, style: Literal["csv", "parquet"], out: Path | None,
    formulas: Formulas,
) -> Exported:  # fmt: skip
    """Writes record batches to `out`, whole or not at all, or as CSV to stdout.

    Raises:
        ConfigError: `out` cannot be written.
    """
    if out is None:
        return _write_csv(batches, schema.names, sys.stdout, column, formulas)
    with _written(out) as draft:
        if style == "parquet":
            return _write_parquet(batches, schema, draft, column)
        with draft.open("w", newline="", encoding="utf-8") as file:
            return _write_csv(batches, schema.names, file, column, formulas)


def segment_columns(names: Sequence[str]) -> list[str]:
    """Columns that hold a segment's name, the final one first."""
    return sorted((name for name in names if name == "segment" or name.endswith("_segment")), key="segment".__ne__)


def has_segment(column: str, segment: str) -> Any:
    """The condition that a customer has the segment, as a pyarrow expression."""
    import pyarrow.compute as pc

    return pc.field(column) == segment.removeprefix(_VIEWS.get(column, ""))


def column_of(run: PinnedRun, segment: str) -> str:
    """The first segmentation that has this name; what comes to memory is one batch and the names."""
    columns = segment_columns(run.dataset(CUSTOMERS).schema.names)
    known: dict[str, set[str]] = {column: set() for column in columns}
    for batch in run.batches(CUSTOMERS, columns=columns, batch_rows=_BATCH_ROWS):
        for column in columns:
            names = set(batch.column(column).unique().to_pylist()) - {None}
            known[column] |= {f"{_VIEWS.get(column, '')}{name}" for name in names}
    for column in columns:
        if segment in known[column]:
            return column
    every = sorted({name for names in known.values() for name in names})
    by_small_letters = {name.lower(): name for name in every}
    near = difflib.get_close_matches(segment.lower(), by_small_letters, n=3, cutoff=0.4)
    raise ConfigError(
        "no segment has this name", found=segment,
        allowed="; ".join(f"{column}: {', '.join(sorted(known[column]))}" for column in columns if known[column]),
        advice="did you mean " + " or ".join(by_small_letters[name] for name in near) + "?" if near else None,
    )  # fmt: skip


def _write_csv(
    batches: Iterator[Any], names: Sequence[str], file: IO[str], column: str, formulas: Formulas
) -> Exported:
    table = SafeCsv(file, names, formulas=formulas)
    rows = 0
    for batch in batches:
        table.write(zip(*(values.to_pylist() for values in batch.columns), strict=True))
        rows += batch.num_rows
    return Exported(rows, column, table.defused)


def _write_parquet(batches: Iterator[Any], schema: Any, path: Path, column: str) -> Exported:
    import pyarrow.parquet as pq

    rows = 0
    with pq.ParquetWriter(path, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            rows += batch.num_rows
    return Exported(rows, column)


def _check_file(out: Path, *, may_replace: bool) -> None:
    reason = why_not_written(out, may_replace=may_replace)
    if reason is None:
        return
    can_be_replaced = why_not_written(out, may_replace=True) is None
    raise ConfigError(
        "the file cannot be written", where="--out", found=f"{out}: {reason}",
        advice="--force replaces it" if can_be_replaced else "name another file",
    )  # fmt: skip


@contextlib.contextmanager
def _written(out: Path) -> Iterator[Path]:
    """A private file beside `out` that takes its place when all has been written, and is removed when not."""
    try:
        with private_draft(out) as draft:
            yield draft
    except OSError as fault:  # faults of reading are InputErrors by now
        raise ConfigError("the file cannot be written", where="--out", found=f"{out}: {fault.strerror}") from None
