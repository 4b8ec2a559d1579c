"""What became of the delivered rows and their money: by reason, by delivery, and the largest rejected rows."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences.report.data import Deliveries, Rejected, Rows

MOST_REASONS = 60
MOST_DELIVERIES = 20
MOST_LINES = 10
EXAMPLE_CHARACTERS = 240
_LEFT_OUT = "filtered_out"  # by sources.transactions.where: a person's choice, nothing that was lost
_MOST_SOURCES = 20
_DELIVERY = ("source", "reader", "file")
_ONE_FILE, _ALL_FILES = 0, 1  # grouping_id of a rollup by source and file


def rejected_by_reason(rows: DataFrame) -> Rejected:
    """Counts and money by source and reason, each with its first example by file and row; and the largest rows.

    Args:
        rows: `schema.rejected_rows`.
    """
    judged = rows.select(
        "source", "file", "row_number", "row", "amount", F.posexplode("reasons").alias("place", "reason")
    )
    example = F.struct("file", "row_number", _beginning().alias("row"))
    counted = judged.groupBy("source", "reason").agg(
        F.count("*").alias("rows"),
        F.sum(F.when(F.col("place") == 0, 1).otherwise(0)).alias("first"),
        F.min(example).alias("example"),
        _purchases().alias("money"),
        _returns().alias("credits"),
    )
    # a reason is one of the rules of its source: there are few
    found = tuple(row.asDict(recursive=True) for row in counted.orderBy(F.desc("rows"), "source", "reason").collect())
    totals: dict[str, int] = {}
    for row in found:
        totals[row["source"]] = totals.get(row["source"], 0) + row["first"]
    return Rejected(dict(sorted(totals.items())), found[:MOST_REASONS], largest_rejected(rows))


def largest_rejected(rows: DataFrame) -> Rows:
    """The rejected rows of most money, without its sign; rows that the settings leave out are none of them."""
    found = (
        rows.where(F.col("amount").isNotNull() & ~F.array_contains("reasons", _LEFT_OUT))
        .orderBy(F.desc(F.abs("amount")), "source", "file", "row_number", "row")
        .select("source", "file", "row_number", "reasons", F.col("amount").cast("double").alias("amount"),
                _beginning().alias("row"))
        .limit(MOST_LINES)
    )  # fmt: skip
    return tuple(row.asDict() for row in found.collect())


def deliveries(
    landed: DataFrame,
    *,
    rejected: DataFrame | None,
    transactions: DataFrame | None = None,
    files: DataFrame | None = None,
) -> Deliveries:
    """Records of each file, kept, left out and rejected, with their money; the files that lost most come first.

    Every landed row is kept, left out or rejected, so that the three add up to the records. Money stands where it can
    be read; that of kept rows only where the clean rows say which file they came from.

    Args:
        landed: source, reader and file of every landed row of the run.
        rejected: `schema.rejected_rows` of the same sources.
        transactions: `schema.transactions`; None where the run has none.
        files: `schema.source_files`, which counts the physical lines; None: they are not known.
    """
    counted = landed.groupBy(*_DELIVERY).agg(F.count("*").alias("records"))
    for more in (_refused(rejected), _kept(transactions)):
        if more is not None:
            counted = counted.join(more, ["source", "file"], "left")
    if files is not None:
        counted = counted.join(_lines(files), list(_DELIVERY), "left")
    absent = [name for name in ("lines", *_COUNTED, *_MONEY) if name not in counted.columns]
    each = counted.withColumns({name: F.lit(None).cast("bigint") for name in absent}).select(*_balanced())
    rows = [row.asDict() for row in _worst_first(each).collect()]
    totals = sorted((row for row in rows if row["level"] == _ALL_FILES), key=lambda row: str(row["source"]))
    return Deliveries(tuple(totals), tuple(row for row in rows if row["level"] == _ONE_FILE)[:MOST_DELIVERIES])


def _worst_first(each: DataFrame) -> DataFrame:
    """The sums over all files of a source, then the files of which most money was rejected: one job for both."""
    summed = each.rollup("source", "file").agg(
        F.grouping_id().alias("level"),
        F.count("*").alias("files"),
        *(F.sum(name).alias(name) for name in ("records", "kept", "left_out", "rejected", "unreadable")),
        *(_sum_of_all(name) for name in ("lines", *_MONEY)),
    )
    lost = F.when(F.col("level") == _ONE_FILE, F.coalesce(F.col("money") - F.col("credits"), F.lit(0)))
    return (
        summed.where(F.col("level") <= _ALL_FILES)
        .orderBy(F.desc("level"), lost.desc_nulls_last(), F.desc("rejected"), "source", "file")
        .withColumns({name: F.col(name).cast("double") for name in _MONEY})
        .limit(MOST_DELIVERIES + _MOST_SOURCES)
    )


_COUNTED = ("left_out", "rejected", "unreadable", "kept_rows")
_MONEY = ("kept_money", "kept_credits", "money", "credits")


def _refused(rejected: DataFrame | None) -> DataFrame | None:
    """Rows of each file that were left out or rejected, and the money of the rejected ones."""
    if rejected is None:
        return None
    is_left_out = F.array_contains("reasons", _LEFT_OUT)
    is_lost = ~is_left_out
    return rejected.groupBy("source", "file").agg(
        F.count_if(is_left_out).alias("left_out"),
        F.count_if(is_lost).alias("rejected"),
        F.count_if(is_lost & F.col("amount").isNull()).alias("unreadable"),
        _purchases(is_lost).alias("money"),
        _returns(is_lost).alias("credits"),
    )


def _kept(transactions: DataFrame | None) -> DataFrame | None:
    """Kept rows of each file and their money; None where the rows do not say where they came from."""
    if transactions is None or "file" not in transactions.columns:
        return None
    return (
        transactions.groupBy("file")
        .agg(F.count("*").alias("kept_rows"), _purchases().alias("kept_money"), _returns().alias("kept_credits"))
        .withColumn("source", F.lit("transactions"))
    )


def _lines(files: DataFrame) -> DataFrame:
    """Physical lines of the files that are landed, by the path that their rows carry."""
    last = files.groupBy("source", "reader", "path", "file_id").agg(
        F.max(F.when(F.col("status") != "open", F.col("status"))).alias("status"), F.max("lines").alias("lines")
    )
    path = F.regexp_replace("path", "^file:/+", "file:/")
    finished = last.where(F.col("status") == "finished").groupBy("source", "reader", path.alias("file"))
    return finished.agg(F.sum("lines").alias("lines"))


def _balanced() -> list[Column]:
    """What is not there is none: the counts add up, and money of no rows is 0."""
    left_out, rejected = (F.coalesce(F.col(name), F.lit(0)) for name in ("left_out", "rejected"))
    kept = F.col("records") - left_out - rejected
    has_money = F.col("source") == "transactions"
    is_told = has_money & (F.coalesce("kept_rows", F.lit(0)) == kept)
    nothing = F.lit(0)
    return [
        *(F.col(name) for name in ("source", "file", "lines", "records")),
        kept.alias("kept"), left_out.alias("left_out"), rejected.alias("rejected"),
        F.coalesce("unreadable", nothing).alias("unreadable"),
        *(F.when(is_told, F.coalesce(F.col(name), nothing)).alias(name) for name in ("kept_money", "kept_credits")),
        *(F.when(has_money, F.coalesce(F.col(name), nothing)).alias(name) for name in ("money", "credits")),
    ]  # fmt: skip


def _sum_of_all(name: str) -> Column:
    """The sum where every file has a value; a sum of some of them would pass for that of all."""
    return F.when(F.count(name) == F.count("*"), F.sum(name)).alias(name)


def _purchases(where: Column | None = None) -> Column:
    is_positive = F.col("amount") > 0
    return F.sum(F.when(is_positive if where is None else is_positive & where, F.col("amount"))).cast("decimal(28,4)")


def _returns(where: Column | None = None) -> Column:
    is_negative = F.col("amount") < 0
    return F.sum(F.when(is_negative if where is None else is_negative & where, F.col("amount"))).cast("decimal(28,4)")


def _beginning() -> Column:
    return F.col("row").substr(1, EXAMPLE_CHARACTERS + 1)
