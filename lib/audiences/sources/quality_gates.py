"""Quality gates: what the cleaned data has beside the floors that the settings ask for."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences.config import Gates
from audiences.schema import validation
from audiences.schema.control import EXAMPLE, KNOWN_SHARE
from audiences.sources.deliveries import NO_LOSS


def quality_gates(
    customer_days: DataFrame, *, transactions: DataFrame, rejected: DataFrame, as_of: date, gates: Gates
) -> DataFrame:
    """One row per gate with found, required, passed and both in words, as the body of `validation`.

    `KNOWN_SHARE` is a figure beside them, of which nothing is required.
    """
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
    money = _purchases(customer_days, transactions, rejected)
    figures = buyers.crossJoin(kept).crossJoin(refused).crossJoin(money).join(_causes(lost), how="left")
    purchases = F.col("known") + F.col("unknown")
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
        _row(KNOWN_SHARE, F.try_divide("known", purchases), None,
             words=F.format_string("purchases of %,.2f by known customers and of %,.2f by nobody known, who count "
                                   "in no segment", F.col("known").cast("double"), F.col("unknown").cast("double"))),
    ]  # fmt: skip
    return figures.select(F.inline(F.array(*rows))).select(*(column.name for column in validation.body))


def _purchases(customer_days: DataFrame, transactions: DataFrame, rejected: DataFrame) -> DataFrame:
    """Money of purchases of all days: `known`, with a customer, and `unknown`, of rows that lack nothing but that.

    Rows without a customer are rejected for that, or kept where the rule is off.
    """
    reason = F.try_element_at("reasons", F.lit(1))
    lacks_customer = (F.size("reasons") == 1) & reason.isin("missing_customer", "lost_customer_id")
    kept = transactions.where(F.col("customer_id").isNull())
    unknown = rejected.where(lacks_customer).select("amount").unionAll(kept.select("amount")).where(F.col("amount") > 0)
    nothing = F.lit(0).cast("decimal(38,4)")
    known = customer_days.agg(F.coalesce(F.sum("gross"), nothing).alias("known"))
    return known.crossJoin(unknown.agg(F.coalesce(F.sum("amount"), nothing).alias("unknown")))


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
    """Those that the data is to blame for: see `deliveries.NO_LOSS`."""
    return rejected.where(F.size(F.array_except("reasons", F.array(*map(F.lit, NO_LOSS)))) > 0)


def _row(name: str, found: Column, required: float | None, *, words: Column, is_ceiling: bool = False) -> Column:
    """One row of `validation`; `required` None: a figure, of which nothing is asked."""
    value = found.cast("double")
    passed = F.lit(True)
    if required is not None:
        passed = value <= required if is_ceiling else value >= required
    return F.struct(
        F.lit(name).alias("name"),
        value.alias("found"),
        F.lit(required).cast("double").alias("required"),
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
    words = F.concat(F.lit(": "), F.array_join(said, ", "), F.lit(EXAMPLE), example)
    return top.select(words.alias("causes"))
