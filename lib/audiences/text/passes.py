"""One pass over the texts: a sum over all of them, of figures made from a sparse matrix per Arrow batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from scipy.sparse import csr_matrix

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Terms:
    """The vocabulary in its order; `idf` weighs a term, None: plain counts."""

    terms: Sequence[str]
    idf: Array | None = None

    def matrix(self, tokens: pa.ListArray) -> csr_matrix:
        """Texts x terms: counts, or (1 + log count) * idf with rows of length 1 (0 where no term is known)."""
        found = pc.index_in(tokens.flatten(), value_set=pa.array(self.terms, pa.string()))
        rows = np.repeat(np.arange(len(tokens)), np.diff(np.asarray(tokens.offsets)))
        is_known = np.asarray(found.is_valid())
        places = np.asarray(found.fill_null(0))[is_known]
        shape = (len(tokens), len(self.terms))
        counts = csr_matrix((np.ones(len(places)), (rows[is_known], places)), shape=shape)
        counts.sum_duplicates()
        if self.idf is None:
            return counts
        counts.data = (1 + np.log(counts.data)) * self.idf[counts.indices]
        lengths = np.sqrt(np.asarray(counts.multiply(counts).sum(axis=1)).ravel())
        counts.data /= np.repeat(np.where(lengths > 0, lengths, 1.0), np.diff(counts.indptr))
        return counts


def summed(texts: DataFrame, *, terms: Terms, by: Callable[[csr_matrix], Array]) -> Array:
    """The sum of `by` over all Arrow batches of the column `tokens`, in the order of the partitions.

    Cost: one pass; partitions x the result's size come to the driver.

    Args:
        texts: tokens array<string>, cached and in a fixed layout by the caller.
        by: makes an array of one and the same shape of each batch's matrix.
    """

    def partition(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from pyspark import TaskContext

        total: Any = None
        for batch in batches:
            if batch.num_rows:
                part = by(terms.matrix(_list_array(batch.column(0))))
                total = part if total is None else total + part
        if total is not None:
            context = TaskContext.get()
            place = context.partitionId() if context is not None else 0
            yield pa.RecordBatch.from_pydict(
                {"place": [place], "shape": [list(total.shape)], "sums": [np.ascontiguousarray(total).tobytes()]},
                schema=_SUMS,
            )

    parts = texts.select("tokens").mapInArrow(partition, "place int, shape array<int>, sums binary").collect()
    in_order = sorted(parts, key=lambda part: int(part["place"]))
    arrays = [np.frombuffer(part["sums"], dtype=np.float64).reshape(part["shape"]) for part in in_order]
    return np.sum(arrays, axis=0)  # type: ignore[no-any-return]


_SUMS = pa.schema([("place", pa.int32()), ("shape", pa.list_(pa.int32())), ("sums", pa.binary())])


def _list_array(column: pa.Array) -> pa.ListArray:
    """Offsets that start at 0, whatever slice of a larger array the batch is."""
    return pa.concat_arrays([column]) if column.offset else column
