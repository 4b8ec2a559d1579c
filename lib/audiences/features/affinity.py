"""Category affinity: what each customer's money goes to."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences import schema
from audiences.config import Affinity
from audiences.features.columns import as_declared, before, money_units, share, to_money

OTHER = "other"
UNKNOWN = "unknown"


def category_affinity(customer_days: DataFrame, *, as_of: date, affinity: Affinity) -> DataFrame:
    """Share of gross spend per customer and category, long form, with the whole vector beside each row.

    A customer has a row for each category with spend; `shares` covers all of them: the top N by gross (ties by name),
    then other, then unknown (gross that no category claims), always both. A source category that is itself called
    other or unknown is counted there.

    Args:
        customer_days: `schema.customer_days`.
        as_of: D; days before D count.
        affinity: settings; `top` is N.

    Returns:
        The columns of `schema.category_affinity` without as_of; no rows when no category is known at all.
    """
    spends = _spends(customer_days.where(before(as_of)))
    ranked = (
        spends.where(~F.col("category").isin(OTHER, UNKNOWN))
        .groupBy("category")
        .agg(F.sum("units").alias("units"))
        .orderBy(F.desc("units"), "category")
        .limit(affinity.top)
        .agg(F.sort_array(F.collect_list(_largest_first())).alias("ranked"))
        .select(F.col("ranked.category").alias("top"))
    )
    labelled = spends.crossJoin(F.broadcast(ranked)).select(
        "customer_id",
        "top",
        "units",
        F.when(F.array_contains("top", F.col("category")) | (F.col("category") == UNKNOWN), F.col("category"))
        .otherwise(OTHER)
        .alias("category"),
    )
    customers = (
        labelled.groupBy("customer_id", "category", "top")
        .agg(F.sum("units").alias("units"))
        .groupBy("customer_id", "top")
        .agg(
            F.sum("units").alias("gross"),
            F.sort_array(F.collect_list(_largest_first())).alias("ranked"),
        )
        .where(F.size("top") > 0)
        .withColumn("categories", F.concat("top", F.array(F.lit(OTHER), F.lit(UNKNOWN))))
        .withColumn("shares", F.transform("categories", _share_of))
    )
    return (
        customers.select("*", F.posexplode("ranked").alias("position", "entry"))
        .select(
            "customer_id",
            F.col("entry.category").alias("category"),
            to_money(F.col("entry.units")).alias("spend"),
            share(F.col("entry.units"), F.col("gross")).alias("share"),
            (F.col("position") + 1).alias("rank"),
            "shares",
            "categories",
        )
        .transform(as_declared, schema.category_affinity)
    )


def _spends(days: DataFrame) -> DataFrame:
    """Customer, category, units of money > 0; what no category claims is unknown."""
    claimed = F.aggregate("categories", F.lit(0).cast("bigint"), lambda added, item: added + money_units(item["spend"]))
    rest = F.struct(F.lit(UNKNOWN).alias("category"), (money_units(F.col("gross")) - claimed).alias("units"))
    known = F.transform(
        "categories",
        lambda item: F.struct(item["category"].alias("category"), money_units(item["spend"]).alias("units")),
    )
    return (
        days.select("customer_id", F.explode(F.concat(known, F.array(rest))).alias("entry"))
        .select("customer_id", "entry.category", "entry.units")
        .where(F.col("units") > 0)
    )


def _largest_first() -> Column:
    """Sorts by units, descending, then by name."""
    return F.struct((-F.col("units")).alias("order"), "category", "units")


def _share_of(category: Column) -> Column:
    matching = F.filter("ranked", lambda item: item["category"] == category)
    units = F.aggregate(matching, F.lit(0).cast("bigint"), lambda added, item: added + item["units"])
    return share(units, F.col("gross"))
