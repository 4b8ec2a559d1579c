"""S0, collapse: rows with equal features become one row with their weight and the smallest of their keys.

Exact, since equal rows are neighbours of the same rows; behaviour counts repeat a lot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from audiences.clustering.dbscan.columns import FEATURES, KEY, WEIGHT
from audiences.errors import InputError

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame


def keyed_rows(frame: DataFrame, *, id_col: str | None, features_col: str, weight_col: str | None) -> DataFrame:
    """The input as (key, weight, features array<double>) with the frame's rows, or without a key if there is none.

    Raises:
        InputError: a column is missing or of another type than it should be.
    """
    from pyspark.sql import functions as F
    from pyspark.sql import types as T

    key = []
    if id_col is not None:
        _check_type(frame, id_col, "an integer or a string", (T.IntegralType, T.StringType))
        is_text = isinstance(frame.schema[id_col].dataType, T.StringType)
        key = [F.col(quoted(id_col)).cast("string" if is_text else "bigint").alias(KEY)]
    weight = F.lit(1).cast("bigint")
    if weight_col:
        _check_type(frame, weight_col, "a whole number of rows", (T.IntegralType,))
        weight = F.col(quoted(weight_col)).cast("bigint")
    return frame.select(*key, weight.alias(WEIGHT), features_column(frame, features_col).alias(FEATURES))


def features_column(frame: DataFrame, name: str) -> Column:
    """A vector or numeric array column as array<double>.

    Raises:
        InputError: it is missing or neither.
    """
    from pyspark.ml.functions import vector_to_array
    from pyspark.ml.linalg import VectorUDT
    from pyspark.sql import functions as F
    from pyspark.sql import types as T

    _check_type(frame, name, "a vector or an array of numbers", (T.ArrayType, VectorUDT))
    kind = frame.schema[name].dataType
    if not isinstance(kind, T.ArrayType):
        return vector_to_array(F.col(quoted(name)))
    if not isinstance(kind.elementType, T.NumericType):
        raise InputError(
            "the features are not numbers", where=name, found=kind.simpleString(), allowed="array<double>",
        )  # fmt: skip
    return F.col(quoted(name)).cast("array<double>")


def quoted(name: str) -> str:
    """A column's name as Spark takes it literally."""
    return "`" + name.replace("`", "``") + "`"


def _check_type(frame: DataFrame, name: str, wanted: str, kinds: tuple[type, ...]) -> None:
    if name not in frame.columns:
        raise InputError("the column is missing", where=name, found=", ".join(frame.columns), allowed=wanted)
    kind = frame.schema[name].dataType
    if not isinstance(kind, kinds):
        raise InputError("the column has the wrong type", where=name, found=kind.simpleString(), allowed=wanted)


def collapse(rows: DataFrame) -> DataFrame:
    """S0: (key, weight, features) per distinct features, and what the checks need to know about the rows behind them.

    Spark groups -0.0 with 0.0 and hands out 0.0.
    """
    from pyspark.sql import functions as F

    return rows.groupBy(FEATURES).agg(
        F.min(KEY).alias(KEY),
        F.sum(WEIGHT).alias(WEIGHT),
        F.count(F.lit(1)).alias("rows"),
        F.count(KEY).alias("with_key"),
        F.count(F.when(F.col(WEIGHT) >= 1, 1)).alias("weighted"),
    )
