"""The keyed hashes of `keys` over the rows of a frame.

The key never becomes part of a query's plan, which Spark shows and logs: it travels inside the Python function.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.sql import types as T

from audiences.experiments.keys import customer_key, seal

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def with_customer_key(frame: DataFrame, secret: bytes) -> DataFrame:
    """The frame with `customer_key`, made of its column customer_id."""
    return _with_text(frame, "customer_key", ["customer_id"], functools.partial(_key_of_row, secret))


def with_seal(frame: DataFrame, secret: bytes, columns: Sequence[str], *, name: str = "seal") -> DataFrame:
    """The frame with the seal of these columns."""
    return _with_text(frame, name, columns, functools.partial(seal, secret))


def _key_of_row(secret: bytes, values: Sequence[Any]) -> str:
    return customer_key(secret, str(values[0]))


def _with_text(frame: DataFrame, name: str, columns: Sequence[str], make: Callable[[Sequence[Any]], str]) -> DataFrame:
    schema = T.StructType([*frame.schema.fields, T.StructField(name, T.StringType())])
    return frame.mapInArrow(functools.partial(_appended, name=name, columns=list(columns), make=make), schema)


def _appended(
    batches: Iterator[pa.RecordBatch], *, name: str, columns: list[str], make: Callable[[Sequence[Any]], str]
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        values = zip(*(batch.column(column).to_pylist() for column in columns), strict=True)
        made = pa.array([make(row) for row in values], pa.string())
        yield pa.RecordBatch.from_arrays([*batch.columns, made], [*batch.schema.names, name])
