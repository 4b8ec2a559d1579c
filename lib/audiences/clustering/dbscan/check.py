"""What the input must be, judged in one pass; every fault is counted and named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audiences.clustering.dbscan.columns import FEATURES, KEY, WEIGHT
from audiences.errors import InputError

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame


@dataclass(frozen=True)
class Size:
    """The input's size: rows, distinct feature vectors (as many as rows where nobody has counted), columns."""

    rows: int
    unique: int
    dimensions: int


def sized(rows: DataFrame) -> Size:
    """`measured` of rows that are not collapsed: one pass without a shuffle, which cannot tell equal rows."""
    from pyspark.sql import functions as F

    return measured(
        rows.select(
            FEATURES, F.lit(1).alias("rows"), F.col(KEY).isNotNull().cast("int").alias("with_key"),
            F.coalesce(F.col(WEIGHT) >= 1, F.lit(False)).cast("int").alias("weighted"),
        )
    )  # fmt: skip


def measured(unique: DataFrame, *, feature_names: list[str] | None = None) -> Size:
    """The size of sound input; one pass over the collapsed rows.

    Raises:
        InputError: no rows, null ids, null or unequally long features, NaN or infinite values, weights below 1,
            a single row, or rows that are all the same.
    """
    from pyspark.sql import functions as F

    totals = unique.agg(
        F.count(F.lit(1)).alias("unique"),
        F.coalesce(F.sum("rows"), F.lit(0)).alias("rows"),
        F.coalesce(F.sum(F.col("rows") - F.col("with_key")), F.lit(0)).alias("without_key"),
        F.coalesce(F.sum(F.col("rows") - F.col("weighted")), F.lit(0)).alias("unweighted"),
        F.coalesce(F.sum(F.when(F.col(FEATURES).isNull(), F.col("rows"))), F.lit(0)).alias("null_features"),
        F.min(F.size(FEATURES)).alias("shortest"),
        F.max(F.size(FEATURES)).alias("longest"),
        F.coalesce(F.sum(F.when(is_bad(FEATURES), F.col("rows"))), F.lit(0)).alias("bad"),
    ).first()
    assert totals is not None  # an aggregate without groups has one row
    _refuse(totals["rows"] == 0, "there are no rows to cluster", "id and features", "zero rows", "at least two rows")
    _refuse(totals["without_key"] > 0, "ids are null", "idCol", f"{totals['without_key']:,} rows", "no null ids")
    _refuse(
        totals["null_features"] > 0, "features are null", "featuresCol", f"{totals['null_features']:,} rows",
        "no nulls: fill and flag them first",
    )  # fmt: skip
    _refuse(
        totals["shortest"] != totals["longest"] or totals["longest"] < 1, "feature vectors differ in length",
        "featuresCol", f"{totals['shortest']} to {totals['longest']} values", "the same number, at least one",
    )  # fmt: skip
    if totals["bad"] > 0:
        _refuse_values(unique, totals["longest"], feature_names)
    _refuse(
        totals["unweighted"] > 0, "weights are null or below 1", "weightCol", f"{totals['unweighted']:,} rows", ">= 1"
    )
    _refuse(totals["rows"] == 1, "one row is no data to cluster", "rows", "1 row", "at least two rows")
    refuse_identical(totals["rows"], totals["unique"])
    return Size(totals["rows"], totals["unique"], totals["longest"])


def refuse_identical(rows: int, unique: int) -> None:
    """Raises InputError if there is a single feature vector."""
    _refuse(
        unique == 1, "all rows are identical: there is nothing to tell apart", "featuresCol",
        f"{rows:,} equal rows", "at least two distinct feature vectors",
    )  # fmt: skip


def is_bad(features: str) -> Column:
    """Whether an array column holds null, NaN or infinity; without lambdas, which Spark interprets row by row.

    NaN is the largest of all in Spark, and nulls are not looked at by min and max.
    """
    from pyspark.sql import functions as F

    largest, smallest = F.array_max(features), F.array_min(features)
    is_null = F.size(F.array_compact(features)) < F.size(features)
    return is_null | F.isnan(largest) | (largest == float("inf")) | (smallest == -float("inf"))


def _refuse(is_wrong: bool, what: str, where: str, found: str, allowed: str) -> None:
    if is_wrong:
        raise InputError(what, where=where, found=found, allowed=allowed)


def _refuse_values(unique: DataFrame, dimensions: int, names: list[str] | None) -> None:
    """Names each column that holds null, NaN or infinity, and how many rows do; a second pass, on failure only."""
    from pyspark.sql import functions as F

    value = {j: F.element_at(FEATURES, j + 1) for j in range(dimensions)}
    faults: dict[str, Callable[[Column], Column]] = {
        "null": F.isnull, "NaN": F.isnan, "infinite": lambda x: F.abs(x) == float("inf"),
    }  # fmt: skip
    counts = unique.agg(
        *[
            F.sum(F.when(is_fault(value[j]), F.col("rows")).otherwise(0)).alias(f"{fault} {j}")
            for j in value
            for fault, is_fault in faults.items()
        ]
    ).first()
    assert counts is not None  # an aggregate without groups has one row
    found = [
        f"{names[j] if names else f'column {j}'}: {counts[f'{fault} {j}']:,} {fault}"
        for j in value
        for fault in faults
        if counts[f"{fault} {j}"]
    ]
    raise InputError(
        "features must be finite numbers", where="featuresCol", found="; ".join(found),
        allowed="no null, NaN or infinity", advice="fill and flag missing values before clustering",
    )  # fmt: skip


def refuse_duplicate_ids(rows: DataFrame) -> None:
    """One pass and a shuffle of the ids.

    Raises:
        InputError: an id occurs more than once; some of these are named.
    """
    from pyspark.sql import functions as F

    repeated = rows.groupBy(KEY).count().where(F.col("count") > 1)
    found = repeated.agg(F.count(F.lit(1)).alias("ids"), F.min(KEY).alias("first")).first()
    if found is not None and found["ids"]:
        raise InputError(
            "ids are not unique", where="idCol",
            found=f"{found['ids']:,} ids occur more than once, such as {found['first']!r}",
            allowed="one row per id", advice="aggregate to one row per id, or choose the right column",
        )  # fmt: skip
