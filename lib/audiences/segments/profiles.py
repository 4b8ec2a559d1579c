"""What defines each segment, in natural units, and what sets it apart."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from audiences.config import FEATURES, Rfm
from audiences.schema import segment_profiles as table
from audiences.schema.customers import UNKNOWN

_UNITS = {
    "frequency": "orders", "items_per_basket": "items", "distinct_products": "products", "spend_trend": "-1 to 1",
}  # fmt: skip
_MONEY = ("monetary", "average_order_value", "spend_30d", "spend_90d", "spend_365d")
_QUARTILES = (0.25, 0.5, 0.75)


def unit(feature: str, currency: str) -> str:
    """The unit of a feature's figures."""
    if feature in _MONEY:
        return currency
    if "days" in feature:
        return "days"
    return _UNITS.get(feature, "share")


def segment_profiles(
    members: DataFrame,
    *,
    rfm: DataFrame,
    behaviour: DataFrame,
    affinity: DataFrame,
    currency: str,
    attributes: DataFrame | None = None,
) -> DataFrame:
    """One row per segment and feature, and per segment and value of an attribute.

    Args:
        members: customer_id, segment_id, name.
        rfm, behaviour, affinity: the feature tables of the same as_of.
        currency: ISO code, for the units.
        attributes: `schema.customer_attributes`, where the run has some; who has no value has the value unknown.

    Returns:
        The body of `segment_profiles`. Of attribute=value, mean is the share of the segment's customers and lift =
        share / share of all customers. difference_sd = (mean - overall mean) / overall population sd.
    """
    customers = members.select("customer_id", "segment_id", "name").join(
        rfm.drop("segment").join(behaviour, "customer_id"), "customer_id"
    )
    overall = customers.agg(
        F.count("*").alias("all_customers"),
        F.sum("monetary").alias("all_revenue"),
        *(F.avg(name).alias(f"all_mean_{name}") for name in FEATURES),
        *(F.stddev_pop(name).alias(f"all_sd_{name}") for name in FEATURES),
    )
    segments = customers.groupBy("segment_id", "name").agg(
        F.count("*").alias("customers"),
        F.sum("monetary").cast("decimal(18,2)").alias("revenue"),
        F.sum("spend_365d").cast("decimal(18,2)").alias("money_at_stake"),
        *(F.avg(name).cast("double").alias(f"mean_{name}") for name in FEATURES),
        *(F.percentile_approx(F.col(name).cast("double"), list(_QUARTILES)).alias(f"q_{name}") for name in FEATURES),
    )
    described = segments.crossJoin(F.broadcast(overall)).join(_top_categories(members, affinity), "segment_id", "left")
    share_of = F.when(F.col("all_revenue") > 0, (F.col("revenue") / F.col("all_revenue")).cast("double"))
    totals = described.select(
        "segment_id", "name", "customers", "revenue", "money_at_stake",
        (F.col("customers") / F.col("all_customers")).alias("customer_share"),
        share_of.alias("revenue_share"),
        F.lit(currency).alias("currency"),
        F.coalesce("top_categories", F.array().cast("array<string>")).alias("top_categories"),
        F.array(*(_row(name, currency) for name in FEATURES)).alias("rows"),
    )  # fmt: skip
    long = totals.select("*", F.inline("rows")).drop("rows")
    if attributes is not None:
        shares = attribute_shares(customers.select("customer_id", "segment_id"), attributes)
        long = long.unionByName(totals.drop("rows").join(F.broadcast(shares), "segment_id"))
    apart = Window.partitionBy("segment_id").orderBy(F.desc(F.coalesce(F.abs("difference_sd"), F.lit(-1.0))), "feature")
    return long.withColumn("rank", F.row_number().over(apart)).select(
        *(column.name for column in table.body if column.name != "segmentation")
    )


def _row(name: str, currency: str) -> Column:
    mean, overall = F.col(f"mean_{name}"), F.col(f"all_mean_{name}").cast("double")
    spread = F.col(f"all_sd_{name}").cast("double")
    quartiles = F.col(f"q_{name}")
    return F.struct(
        F.lit(name).alias("feature"),
        F.lit(unit(name, currency)).alias("unit"),
        mean.alias("mean"),
        quartiles[1].alias("median"),
        quartiles[0].alias("q25"),
        quartiles[2].alias("q75"),
        overall.alias("overall_mean"),
        F.when(spread > 0, (mean - overall) / spread).alias("difference_sd"),
        F.lit(None).cast("double").alias("lift"),
    )


def attribute_shares(members: DataFrame, attributes: DataFrame) -> DataFrame:
    """Every value of every attribute in every segment, beside all customers, as columns of a profile.

    Args:
        members: customer_id, segment_id.
        attributes: customer_id, attribute, value; a customer may be absent.
    """
    value = F.coalesce("value", F.lit(UNKNOWN)).alias("value")
    each = (
        members.crossJoin(F.broadcast(attributes.select("attribute").distinct()))
        .join(attributes, ["customer_id", "attribute"], "left")
        .select("segment_id", "attribute", value)
    )
    # segments x values: few rows from here on
    counted = each.groupBy("segment_id", "attribute", "value").agg(F.count("*").alias("n"))
    sizes = counted.groupBy("segment_id", "attribute").agg(F.sum("n").alias("customers"))
    all_of = counted.groupBy("attribute", "value").agg(F.sum("n").alias("all_n"))
    whole = counted.groupBy("attribute").agg(F.sum("n").alias("all_customers"))
    share = F.coalesce("n", F.lit(0)) / F.col("customers")
    overall = F.col("all_n") / F.col("all_customers")
    spread = F.sqrt(F.col("overall_mean") * (1 - F.col("overall_mean")))
    return (
        sizes.join(all_of, "attribute")
        .join(whole, "attribute")
        .join(counted, ["segment_id", "attribute", "value"], "left")
        .select("segment_id", F.concat_ws("=", "attribute", "value").alias("feature"), F.lit("share").alias("unit"),
                share.alias("mean"), overall.alias("overall_mean"),
                *(F.lit(None).cast("double").alias(name) for name in ("median", "q25", "q75")))
        .withColumn("difference_sd", F.when(spread > 0, (F.col("mean") - F.col("overall_mean")) / spread))
        .withColumn("lift", F.col("mean") / F.col("overall_mean"))
    )  # fmt: skip


def _top_categories(members: DataFrame, affinity: DataFrame) -> DataFrame:
    spend = (
        affinity.where(~F.col("category").isin("other", "unknown"))
        .join(members.select("customer_id", "segment_id"), "customer_id")
        .groupBy("segment_id", "category")
        .agg(F.sum("spend").alias("spend"))
    )
    largest = F.array_sort(F.collect_list(F.struct((-F.col("spend")).alias("less"), "category")))
    return spend.groupBy("segment_id").agg(F.slice(largest, 1, 3)["category"].alias("top_categories"))


def rfm_profiles(
    rfm: DataFrame,
    *,
    behaviour: DataFrame,
    affinity: DataFrame,
    currency: str,
    rules: Rfm,
    attributes: DataFrame | None = None,
) -> DataFrame:
    """segment_profiles of the named RFM segments; segment_id is the place of the segment's first rule."""
    names = list(dict.fromkeys(rule.name for rule in rules.segments))
    places = F.create_map(*(F.lit(part) for pair in zip(names, range(len(names)), strict=True) for part in pair))
    place = F.try_element_at(places, F.col("segment"))
    members = rfm.select("customer_id", place.alias("segment_id"), F.col("segment").alias("name"))
    return segment_profiles(
        members, rfm=rfm, behaviour=behaviour, affinity=affinity, currency=currency, attributes=attributes
    )


def all_profiles(**profiles: DataFrame | None) -> DataFrame:
    """The profiles of the segmentations that there are in one frame; argument name = segmentation."""
    named = {name: frame for name, frame in profiles.items() if frame is not None}
    return reduce(
        DataFrame.unionByName, (frame.withColumn("segmentation", F.lit(name)) for name, frame in named.items())
    )
