"""Quality gates: what the cleaned data has beside the floors that the settings ask for."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences.config import Gates
from audiences.schema import validation
from audiences.sources.deliveries import NO_LOSS


def quality_gates(
    customer_days: DataFrame, *, transactions: DataFrame, rejected: DataFrame, as_of: date, gates: Gates
) -> DataFrame:
    """One row per gate with found, required, passed and both in words, as the body of `validation`."""
    buyers = (
        customer_days.where((F.col("day") < F.lit(as_of)) & (F.col("lines") > 0))
        .groupBy("customer_id")
        .agg(F.sum("orders").alias("orders"), F.min("day").alias("first_day"))
        .agg(
            F.count("*").alias("customers"),
            F.count_if(F.col("orders") > 1).alias("repeat_buyers"),
            F.coalesce(F.datediff(F.lit(as_of), F.min("first_day")), F.lit(0)).alias("history_days"),
        )
    )
    kept = transactions.agg(F.count("*").alias("kept"))
    lost = _lost(rejected)
    refused = lost.agg(
        F.count("*").alias("rejected"),
        F.count_if(F.array_contains("reasons", "undecodable_text")).alias("undecodable"),
    )
    landed = F.greatest(F.col("kept") + F.col("rejected"), F.lit(1))
    figures = buyers.crossJoin(kept).crossJoin(refused).join(_causes(lost), how="left")
    rows = [
        _row("max_rejected_share", F.col("rejected") / landed, gates.max_rejected_share, is_ceiling=True,
             words=F.format_string("%d of %d rows rejected%s", "rejected", landed, F.coalesce("causes", F.lit("")))),
        _row("max_undecodable_share", F.col("undecodable") / landed, gates.max_undecodable_share, is_ceiling=True,
             words=F.format_string("%d of %d rows hold characters that the encoding cannot read; set "
                                   "sources.transactions.encoding (often ISO-8859-1)", "undecodable", landed)),
        _row("min_customers", F.col("customers"), gates.min_customers,
             words=F.format_string("%d customers with a purchase before as_of", "customers")),
        _row("min_history_days", F.col("history_days"), gates.min_history_days,
             words=F.format_string("%d days from the first purchase to as_of", "history_days")),
        _row("min_repeat_buyers", F.col("repeat_buyers"), gates.min_repeat_buyers,
             words=F.format_string("%d customers with two or more orders before as_of", "repeat_buyers")),
    ]  # fmt: skip
    return figures.select(F.inline(F.array(*rows))).select(*(column.name for column in validation.body))


def source_gates(landed: DataFrame, *, rejected: DataFrame, gates: Gates) -> DataFrame:
    """One row per gate of a source whose rows are no purchases, as the body of `validation`.

    Args:
        landed: the source's landed rows.
        rejected: those of them that were rejected, as `rejected_rows`.
        gates: the settings.
    """
    lost = _lost(rejected)
    refused = lost.agg(
        F.count("*").alias("rejected"),
        F.count_if(F.array_contains("reasons", "undecodable_text")).alias("undecodable"),
    )
    all_rows = F.greatest("landed", F.lit(1))
    figures = landed.agg(F.count("*").alias("landed")).crossJoin(refused).join(_causes(lost), how="left")
    share = F.col("rejected") / all_rows
    rows = [
        _row("max_rejected_share", share, gates.max_rejected_share, is_ceiling=True,
             words=F.format_string("%d of %d rows rejected%s", "rejected", "landed", F.coalesce("causes", F.lit("")))),
        _row("max_undecodable_share", F.col("undecodable") / all_rows, gates.max_undecodable_share, is_ceiling=True,
             words=F.format_string("%d of %d rows hold characters that the encoding cannot read", "undecodable",
                                   "landed")),
    ]  # fmt: skip
    return figures.select(F.inline(F.array(*rows))).select(*(column.name for column in validation.body))


def _lost(rejected: DataFrame) -> DataFrame:
    """Those that the data is to blame for: not what the settings leave out, nor a total on each line of its order."""
    return rejected.where(F.size(F.array_except("reasons", F.array(*map(F.lit, NO_LOSS)))) > 0)


def _row(name: str, found: Column, required: float, *, words: Column, is_ceiling: bool = False) -> Column:
    value = found.cast("double")
    passed = value <= required if is_ceiling else value >= required
    return F.struct(
        F.lit(name).alias("name"),
        value.alias("found"),
        F.lit(float(required)).alias("required"),
        passed.alias("passed"),
        words.alias("detail"),
        F.lit(None).cast("double").alias("low"),
        F.lit(None).cast("double").alias("high"),
        F.lit(None).cast("bigint").alias("hits"),
        F.lit(None).cast("bigint").alias("rows"),
    )


def _causes(rejected: DataFrame) -> DataFrame:
    """The three most frequent reasons as text, the first with an example row."""
    counted = (
        rejected.select(F.explode("reasons").alias("reason"), "row")
        .groupBy("reason")
        .agg(F.count("*").alias("rows"), F.min("row").alias("example"))
    )
    largest_first = F.sort_array(F.collect_list(F.struct("rows", "reason", "example")), asc=False)
    top = counted.agg(F.slice(largest_first, 1, 3).alias("top"))
    said = F.transform("top", lambda cause: F.format_string("%s %d", cause["reason"], cause["rows"]))
    example = F.substring(F.try_element_at("top", F.lit(1))["example"], 1, 300)
    words = F.concat(F.lit(": "), F.array_join(said, ", "), F.lit("; for example "), example)
    return top.select(words.alias("causes"))
