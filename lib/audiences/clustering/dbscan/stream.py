"""Arrow batches in, leaves out: one leaf at a time, its foreign rows block by block."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiences.clustering.dbscan.columns import IS_FOREIGN, LEAF
from audiences.clustering.dbscan.kernel import Flags, Floats, Ints, Lists

_OUT_ROWS = 20_000  # per batch handed to Spark


def leaves(batches: Iterable[pa.RecordBatch], block_rows: int) -> Iterator[tuple[int, pa.Table, Iterator[pa.Table]]]:
    """Each leaf's number, own rows and an iterator over its foreign rows in blocks of about `block_rows`.

    The batches are sorted by leaf, own rows first. In memory are one leaf's own rows and one block. A leaf that only
    foreign rows came to has an empty table of own rows. Blocks that are not taken are skipped.
    """
    for leaf, runs in itertools.groupby(_runs(batches), key=lambda run: run[0]):
        own: list[pa.RecordBatch] = []
        rest: Iterator[pa.RecordBatch] = iter(())
        for _, is_foreign, part in runs:
            if is_foreign:
                rest = itertools.chain([part], (later for _, _, later in runs))
                schema = part.schema
                break
            schema = part.schema
            own.append(part)
        yield leaf, pa.Table.from_batches(own, schema), _blocks(rest, block_rows)


def _runs(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, bool, pa.RecordBatch]]:
    """Slices of the batches in which leaf and origin stay the same."""
    for batch in batches:
        if not batch.num_rows:
            continue
        leaf = batch.column(LEAF).to_numpy(zero_copy_only=False)
        foreign = batch.column(IS_FOREIGN).to_numpy(zero_copy_only=False)
        changes = np.flatnonzero((np.diff(leaf) != 0) | (np.diff(foreign.astype(np.int8)) != 0)) + 1
        for begin, end in itertools.pairwise([0, *changes.tolist(), batch.num_rows]):
            yield int(leaf[begin]), bool(foreign[begin]), batch.slice(begin, end - begin)


def _blocks(parts: Iterator[pa.RecordBatch], block_rows: int) -> Iterator[pa.Table]:
    waiting: list[pa.RecordBatch] = []
    rows = 0
    for part in parts:
        waiting.append(part)
        rows += part.num_rows
        if rows >= block_rows:
            yield pa.Table.from_batches(waiting)
            waiting, rows = [], 0
    if waiting:
        yield pa.Table.from_batches(waiting)


def points(column: Any, dimensions: int) -> Floats:
    """An array<double> column as (n, d) float64; -0.0 becomes 0.0."""
    flat = pc.list_flatten(column)
    if isinstance(flat, pa.ChunkedArray):
        flat = flat.combine_chunks()
    values: Floats = flat.to_numpy(zero_copy_only=False).reshape(-1, dimensions) + 0.0
    return values


def integers(column: Any) -> Ints:
    """A bigint or int column as (n,) int64."""
    values: Ints = column.to_numpy().astype(np.int64)
    return values


def flags(column: pa.ChunkedArray) -> Flags:
    """A boolean column as (n,) bool."""
    values: Flags = np.asarray(column.to_numpy(), np.bool_)
    return values


class Codes:
    """Keys as integers of the same order: themselves if they are integers, else ranks among the keys in hand.

    Strings sort by code point in Spark (its UTF-8 bytes), in Arrow and in Python alike.
    """

    def __init__(self, *columns: Any) -> None:
        chunks = [chunk for column in columns for chunk in _chunks(column)]
        self.values: Any = None
        if chunks and not pa.types.is_integer(chunks[0].type):
            distinct = pc.unique(pa.chunked_array(chunks))
            self.values = distinct.take(pc.sort_indices(distinct))

    def encode(self, column: Any) -> Ints:
        """(n,) int64."""
        return integers(column if self.values is None else pc.index_in(column, value_set=self.values))

    def decode(self, codes: Ints, arrow_type: pa.DataType) -> pa.Array:
        """The keys again."""
        if self.values is None:
            return pa.array(codes, arrow_type)
        return self.values.take(pa.array(codes)).cast(arrow_type)


def _chunks(column: Any) -> list[Any]:
    return list(column.chunks) if isinstance(column, pa.ChunkedArray) else [column]


def as_lists(column: pa.ChunkedArray, codes: Codes) -> Lists:
    """A column of arrays of keys as lists of codes."""
    lengths = integers(pc.list_value_length(column))
    return Lists(np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]), codes.encode(pc.list_flatten(column)))


def list_column(lists: Lists, codes: Codes, key_type: pa.DataType) -> pa.Array:
    """Lists of codes as a column of arrays of keys."""
    return pa.ListArray.from_arrays(pa.array(lists.starts, pa.int32()), codes.decode(lists.values, key_type))


def out(columns: dict[str, Any]) -> Iterator[pa.RecordBatch]:
    """The columns as batches of a size that Spark likes."""
    yield from pa.table(columns).to_batches(max_chunksize=_OUT_ROWS)
