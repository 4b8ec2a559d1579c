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
        yield leaf, pa.Table.from_batches(own, schema), blocks(rest, block_rows)


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


def blocks(parts: Iterable[pa.RecordBatch], block_rows: int) -> Iterator[pa.Table]:
    """Batches put together until a block has `block_rows` rows or the last of them."""
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
    values: Floats = _whole(pc.list_flatten(column)).to_numpy(zero_copy_only=False).reshape(-1, dimensions) + 0.0
    return values


def points_column(values: Floats) -> pa.Array:
    """(n, d) float64 as an array<double> column."""
    n, d = values.shape
    return pa.ListArray.from_arrays(pa.array(np.arange(0, n * d + 1, d), pa.int32()), pa.array(values.reshape(-1)))


def integers(column: Any) -> Ints:
    """A bigint or int column as (n,) int64."""
    values: Ints = column.to_numpy().astype(np.int64)
    return values


def flags(column: pa.ChunkedArray) -> Flags:
    """A boolean column as (n,) bool."""
    values: Flags = np.asarray(column.to_numpy(), np.bool_)
    return values


class Ranks:
    """Keys as integers of the same order: themselves if they are integers, else ranks among the keys in hand.

    Strings sort by code point in Spark (its UTF-8 bytes), in Arrow and in Python alike.
    """

    def __init__(self, keys: pa.ChunkedArray) -> None:
        self._kind = keys.type
        self._sorted = None if pa.types.is_integer(keys.type) else keys.take(pc.sort_indices(keys))

    def encode(self, keys: pa.ChunkedArray) -> Ints:
        """(n,) int64."""
        return integers(keys if self._sorted is None else pc.index_in(keys, value_set=self._sorted))

    def decode(self, codes: Ints) -> pa.Array:
        """The keys again."""
        return _whole(pa.array(codes) if self._sorted is None else self._sorted.take(pa.array(codes))).cast(self._kind)


class Numbers:
    """Names as integers that equal names share: themselves, or numbers in order of first sight; any order will do."""

    def __init__(self, kind: pa.DataType) -> None:
        self._kind = kind
        self._number: dict[str, int] = {}

    def encode(self, names: pa.ChunkedArray) -> Ints:
        """(n,) int64."""
        if pa.types.is_integer(self._kind):
            return integers(names)
        distinct = pc.unique(names)
        numbers = [self._number.setdefault(name, len(self._number)) for name in distinct.to_pylist()]
        return np.array(numbers, np.int64)[integers(pc.index_in(names, value_set=distinct))]

    def decode(self, codes: Ints) -> pa.Array:
        """The names again."""
        if pa.types.is_integer(self._kind):
            return pa.array(codes, self._kind)
        return pa.array(list(self._number), self._kind).take(pa.array(codes))


def _whole(column: Any) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def as_lists(column: pa.ChunkedArray, codes: Ranks | Numbers) -> Lists:
    """A column of arrays of keys as lists of codes."""
    lengths = integers(pc.list_value_length(column))
    return Lists(np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]), codes.encode(pc.list_flatten(column)))


def list_column(lists: Lists, codes: Ranks | Numbers) -> pa.Array:
    """Lists of codes as a column of arrays of keys."""
    return pa.ListArray.from_arrays(pa.array(lists.starts, pa.int32()), codes.decode(lists.values))


def out(columns: dict[str, Any]) -> Iterator[pa.RecordBatch]:
    """The columns as batches of a size that Spark likes."""
    yield from pa.table(columns).to_batches(max_chunksize=_OUT_ROWS)
