"""What each segment says: topic shares beside everybody's, lift, keywords, and texts that say it."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from audiences.schema import segment_topics as table

_KEYWORDS = 8
_EXAMPLES = 2
_EXAMPLE = 240  # characters


def segment_topics(
    members: DataFrame, *, customer_topics: DataFrame, topics: DataFrame, review_topics: DataFrame, reviews: DataFrame
) -> DataFrame:
    """One row per segment and topic.

    share = mean share of the topic over the segment's customers who have a text; lift = share / that of all customers
    with a text; a segment of which nobody has a text has no row.

    Args:
        members: customer_id, segment_id, name.
    """
    told = customer_topics.where(F.col("no_text_share") < 1).join(
        members.select("customer_id", "segment_id", "name"), "customer_id"
    )
    long = told.select(
        "customer_id", "segment_id", "name", F.explode(F.arrays_zip("topic_ids", "shares")).alias("pair")
    ).select("segment_id", "name", F.col("pair.topic_ids").alias("topic_id"), F.col("pair.shares").alias("share"))
    base = long.groupBy("topic_id").agg(F.avg("share").alias("base_share"))
    shares = long.groupBy("segment_id", "name", "topic_id").agg(
        F.avg("share").alias("share"), F.count("*").alias("customers_with_text")
    )
    apart = Window.partitionBy("segment_id").orderBy(F.desc(F.coalesce("lift", F.lit(0.0))), "topic_id")
    known = topics.select("topic_id", "label", "theme", F.slice("words", 1, _KEYWORDS).alias("keywords"))
    return (
        shares.join(F.broadcast(base), "topic_id")
        .join(F.broadcast(known), "topic_id")
        .withColumn("lift", F.when(F.col("base_share") > 0, F.col("share") / F.col("base_share")))
        .withColumn("rank", F.row_number().over(apart))
        .join(_examples(members, review_topics, reviews), ["segment_id", "topic_id"], "left")
        .withColumn("examples", F.coalesce("examples", F.array().cast("array<string>")))
        .select(*(column.name for column in table.body if column.name != "segmentation"))
    )  # fmt: skip


def _examples(members: DataFrame, review_topics: DataFrame, reviews: DataFrame) -> DataFrame:
    """(segment_id, topic_id, examples): the texts of the segment with the largest shares of the topic, shortened."""
    pairs = review_topics.join(members.select("customer_id", "segment_id"), "customer_id").select(
        "review_id", "segment_id", F.explode(F.arrays_zip("topic_ids", "shares")).alias("pair")
    )
    most = Window.partitionBy("segment_id", "topic_id").orderBy(F.desc("share"), "review_id")
    best = (
        pairs.select(
            "review_id", "segment_id", F.col("pair.topic_ids").alias("topic_id"), F.col("pair.shares").alias("share")
        )
        .where(F.col("share").isNotNull())
        .withColumn("place", F.row_number().over(most))
        .where(F.col("place") <= _EXAMPLES)
    )
    text = F.when(F.length("text") > _EXAMPLE, F.concat(F.substring("text", 1, _EXAMPLE), F.lit(" …"))).otherwise(
        F.col("text")
    )
    return (
        best.join(reviews.select("review_id", text.alias("text")), "review_id")
        .groupBy("segment_id", "topic_id")
        .agg(F.array_sort(F.collect_list(F.struct("place", "text")))["text"].alias("examples"))
    )
