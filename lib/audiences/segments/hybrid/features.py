"""Behaviour and topics in one vector, neither side drowning the other."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences.config import Hybrid
from audiences.schema import hybrid_features as table

NO_TEXT = "no text"
BEHAVIOUR, TOPIC = "behaviour: ", "topic: "
_LOGGED = ("recency_days", "reviews", "words_mean")
_PLAIN = ("rating_mean", "rating_sd", "helpful_mean")


def hybrid_features(
    customer_topics: DataFrame,
    *,
    topics: DataFrame,
    hybrid: Hybrid,
    value: DataFrame | None = None,
    review_behaviour: DataFrame | None = None,
) -> DataFrame:
    """One row per customer of `customer_topics`.

    The behaviour block is the value segment (0 and 1, or membership probabilities; all 0 for customers without one),
    or, where there are no value segments, what reviews tell, standardised, the mean (0) where unknown. The topic block
    is the topic shares and the no-text share. Each block is scaled so that its variances sum to its configured weight.

    Args:
        topics: labels of the topic ids.
        value: value_segments of the same as_of.
        review_behaviour: taken where `value` is None.
    """
    said = customer_topics.select(
        "customer_id", F.concat("shares", F.array("no_text_share")).alias("topic_block")
    ).crossJoin(F.broadcast(_topic_names(topics)))
    does = (
        _by_segment(value, is_soft=hybrid.is_soft)
        if value is not None
        else _standardised(review_behaviour)
        if review_behaviour is not None
        else None
    )
    blocks = {"topic_block": hybrid.topic_weight}
    names = [F.col("topic_names")]
    if does is not None:
        behaviour, behaviour_names = does
        said = said.join(behaviour, "customer_id", "left").crossJoin(F.broadcast(behaviour_names))
        zeros = F.transform("behaviour_names", lambda _: F.lit(0.0))
        said = said.withColumn("behaviour_block", F.coalesce("behaviour_block", zeros))
        blocks = {"behaviour_block": hybrid.behaviour_weight, **blocks}
        names = [F.col("behaviour_names"), *names]
    for block, weight in blocks.items():
        said = said.crossJoin(F.broadcast(_scale(said, block, weight)))
    features = F.concat(*(_times(F.col(block), F.col(f"{block}_scale")) for block in blocks))
    return said.withColumns({"features": features, "feature_names": F.concat(*names)}).select(
        *(column.name for column in table.body)
    )


def _topic_names(topics: DataFrame) -> DataFrame:
    in_order = F.array_sort(F.collect_list(F.struct("topic_id", "label")))
    names = F.concat(in_order["label"], F.array(F.lit(NO_TEXT)))
    return topics.agg(F.transform(names, lambda name: F.concat(F.lit(TOPIC), name)).alias("topic_names"))


def _by_segment(value: DataFrame, *, is_soft: bool) -> tuple[DataFrame, DataFrame]:
    """Membership of the value segments in the order of their ids; and one row of their names."""
    in_order = F.array_sort(F.collect_set(F.struct("segment_id", "name")))
    known = value.agg(in_order.alias("known"))
    ids = known.select(F.col("known")["segment_id"].alias("ids"))
    hard = F.transform("ids", lambda one: F.when(one == F.col("segment_id"), 1.0).otherwise(0.0))
    block = F.coalesce("memberships", hard) if is_soft and "memberships" in value.columns else hard
    names = known.select(
        F.transform(F.col("known")["name"], lambda name: F.concat(F.lit(BEHAVIOUR), name)).alias("behaviour_names")
    )
    return value.crossJoin(F.broadcast(ids)).select("customer_id", block.alias("behaviour_block")), names


def _standardised(review_behaviour: DataFrame) -> tuple[DataFrame, DataFrame]:
    """(x - mean) / sd of each figure, skewed ones as log(1 + x), 0 where unknown or constant; and their names."""
    values = {name: F.log1p(F.col(name)) for name in _LOGGED} | {name: F.col(name) for name in _PLAIN}
    moments = review_behaviour.agg(
        *(F.avg(value).alias(f"{name}_avg") for name, value in values.items()),
        *(F.stddev_pop(value).alias(f"{name}_sd_") for name, value in values.items()),
    )
    z = [
        F.coalesce(
            F.when(F.col(f"{name}_sd_") > 1e-9, (value - F.col(f"{name}_avg")) / F.col(f"{name}_sd_")), F.lit(0.0)
        )
        for name, value in values.items()
    ]
    block = review_behaviour.crossJoin(F.broadcast(moments)).select("customer_id", F.array(*z).alias("behaviour_block"))
    names = F.array(*(F.lit(f"{BEHAVIOUR}{name}") for name in values))
    return block, review_behaviour.sparkSession.range(1).select(names.alias("behaviour_names"))


def _scale(rows: DataFrame, block: str, weight: float) -> DataFrame:
    """One row: the factor that makes the block's variances sum to the weight; 0 for a block without variance."""
    per_feature = rows.select(F.posexplode(block).alias("place", "x")).groupBy("place").agg(F.var_pop("x").alias("v"))
    total = F.sum("v")
    return per_feature.agg(F.when(total > 1e-12, F.sqrt(F.lit(weight) / total)).otherwise(0.0).alias(f"{block}_scale"))


def _times(block: Column, factor: Column) -> Column:
    return F.transform(block, lambda x: x * factor)
