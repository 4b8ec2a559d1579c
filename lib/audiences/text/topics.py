"""The topics of the chosen model as a table, and the topic shares of reviews, customers and products."""

from __future__ import annotations

from datetime import date

from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences.config import Topics
from audiences.schema import customer_topics as customer_table
from audiences.schema import product_topics as product_table
from audiences.schema import review_topics as review_table
from audiences.schema import topics as topics_table
from audiences.text.matching import matches
from audiences.text.quality import co_occurrences, coherence, top_places
from audiences.text.themes import labels
from audiences.text.topic_models import SHARES, topic_terms, with_shares
from audiences.text.vocabulary import documents

_EXAMPLE = 240  # characters
_EXAMPLES = 3


def topics_of(
    review_tokens: DataFrame,
    *,
    model: PipelineModel,
    vocabulary: DataFrame,
    topics: Topics,
    as_of: date,
    previous: DataFrame | None = None,
) -> DataFrame:
    """One row per topic; new ids by descending share, known ones as they were. Collects the topics' top words.

    Args:
        review_tokens, vocabulary: tables of this run.
        model: the chosen topic model.
        topics: how topics are called and matched.
        as_of: D; texts before D count.
        previous: the topics of an earlier run whose ids are kept; None: all topics are new.

    Returns:
        The body of the table `topics`.
    """
    terms = [row["term"] for row in vocabulary.select("term_id", "term").orderBy("term_id").collect()]
    texts = documents(review_tokens, as_of=as_of)
    weights = topic_terms(model)
    shared = with_shares(texts, model).where(F.col(SHARES).isNotNull())
    means = shared.agg(
        F.count("*").alias("texts"), *(F.avg(F.col(SHARES)[j]).alias(f"t{j}") for j in range(len(weights)))
    )
    figures = means.collect()[0]
    shares = [round(figures[f"t{j}"] or 0.0, 12) for j in range(len(weights))]
    order = sorted(range(len(weights)), key=lambda j: (-shares[j], j))
    stored = top_places(weights, topics.stored_words)
    words = [{terms[place]: float(weights[j, place]) for place in stored[j] if weights[j, place] > 0} for j in order]
    tops = [list(one)[: topics.top_words] for one in words]
    seen = sorted({word for one in tops for word in one})
    together, number = co_occurrences(texts, seen), texts.count()
    named = labels(
        [{word: one[word] for word in top} for one, top in zip(words, tops, strict=True)], topics.themes,
        min_score=topics.min_theme_score,
    )  # fmt: skip
    known = [] if previous is None else previous.orderBy("topic_id").collect()  # one row per topic
    weighted = {row["topic_id"]: dict(zip(row["words"], row["weights"], strict=True)) for row in known}
    matched = matches(words, weighted, same_distance=topics.same_distance)
    rows = [
        (match.topic_id, j, name.label, name.theme, name.score, list(one), list(one.values()),
         coherence(together, [seen.index(word) for word in top], number), shares[j], match.origin,
         list(match.origin_ids), match.distance)
        for j, one, top, name, match in zip(order, words, tops, named, matched, strict=True)
    ]  # fmt: skip
    schema = T.StructType([column.field() for column in topics_table.body])
    return review_tokens.sparkSession.createDataFrame(rows, schema)


def review_topics(review_tokens: DataFrame, *, model: PipelineModel, topics: DataFrame, as_of: date) -> DataFrame:
    """Topic shares of every review before as_of, in the order of the topic ids."""
    texts = review_tokens.where(F.col("day") < F.lit(as_of))
    in_order = F.array_sort(F.collect_list(F.struct("topic_id", "model_topic")))
    ids = topics.agg(in_order.alias("in_order"))  # one row
    shared = with_shares(texts, model).crossJoin(F.broadcast(ids))
    by_id = F.transform("in_order", lambda topic: F.get(F.col(SHARES), topic["model_topic"]))
    return (
        shared.withColumn("topic_ids", F.col("in_order")["topic_id"])
        .withColumn(SHARES, F.when(F.col(SHARES).isNotNull(), by_id))
        .select(*(column.name for column in review_table.body))
    )


def customer_topics(review_topics: DataFrame, *, topics: DataFrame, customers: DataFrame | None = None) -> DataFrame:
    """One row per customer: the mean of the shares over the customer's reviews, the rest is `no_text_share`.

    Args:
        customers: customer_id of those who keep their place without a review; None: there are none.
    """
    in_order = F.array_sort(F.collect_list(F.struct("topic_id", "label")))
    known = topics.agg(in_order.alias("known"), F.count("*").alias("number"))  # one row
    written = review_topics.groupBy("customer_id").agg(F.count("*").alias("reviews"), F.count(SHARES).alias("told"))
    long = review_topics.select("customer_id", F.posexplode(SHARES).alias("place", "share"))
    sums = long.groupBy("customer_id", "place").agg(F.sum("share").alias("share"))
    placed = F.array_sort(F.collect_list(F.struct("place", "share")))
    by_customer = written.join(sums.groupBy("customer_id").agg(placed["share"].alias("sums")), "customer_id", "left")
    if customers is not None:
        by_customer = customers.select("customer_id").distinct().join(by_customer, "customer_id", "full")
    no_sums = F.transform(F.sequence(F.lit(1), F.col("number")), lambda _: F.lit(0.0))
    filled = by_customer.crossJoin(F.broadcast(known)).select(
        "customer_id", "known",
        F.coalesce("reviews", F.lit(0)).alias("reviews"),
        F.coalesce("told", F.lit(0)).alias("told"),
        F.coalesce("sums", no_sums).alias("sums"),
    )  # fmt: skip
    shares = F.transform("sums", lambda total: total / F.greatest(F.col("reviews"), F.lit(1)))
    largest = F.expr("array_position(shares, array_max(shares))").cast("int") - 1  # the first of equal ones
    dominant = F.when(F.col("told") > 0, F.get(F.col("known"), largest))
    return (
        filled.withColumn("shares", shares)
        .withColumn("topic_ids", F.col("known")["topic_id"])
        .withColumn("no_text_share", 1 - F.coalesce(F.try_divide(F.col("told"), F.col("reviews")), F.lit(0.0)))
        .withColumn("dominant_topic_id", dominant["topic_id"])
        .withColumn("dominant_topic", dominant["label"])
        .select(*(column.name for column in customer_table.body))
    )


def product_topics(review_topics: DataFrame, *, topics: DataFrame, reviews: DataFrame) -> DataFrame:
    """One row per product and topic, with the texts that say it most."""
    told = review_topics.where(F.col("product_id").isNotNull() & F.col(SHARES).isNotNull())
    pairs = told.select(
        "review_id", "product_id", "rating", F.explode(F.arrays_zip("topic_ids", SHARES)).alias("pair")
    ).select(
        "review_id",
        "product_id",
        "rating",
        F.col("pair.topic_ids").alias("topic_id"),
        F.col("pair.shares").alias("share"),
    )
    rated = F.when(F.col("rating").isNotNull(), F.col("share"))
    figures = pairs.groupBy("product_id", "topic_id").agg(
        F.avg("share").alias("share"), F.count("*").alias("reviews"),
        F.try_divide(F.sum(F.col("rating") * F.col("share")), F.sum(rated)).alias("rating"),
    )  # fmt: skip
    most = Window.partitionBy("product_id", "topic_id").orderBy(F.desc("share"), "review_id")
    best = pairs.withColumn("place", F.row_number().over(most)).where(F.col("place") <= _EXAMPLES)
    shortened = F.when(F.length("text") > _EXAMPLE, F.concat(F.substring("text", 1, _EXAMPLE), F.lit(" …"))).otherwise(
        F.col("text")
    )
    quoted = (
        best.join(reviews.select("review_id", shortened.alias("text")), "review_id")
        .groupBy("product_id", "topic_id")
        .agg(F.array_sort(F.collect_list(F.struct("place", "text")))["text"].alias("examples"))
    )
    return (
        figures.join(quoted, ["product_id", "topic_id"])
        .join(F.broadcast(topics.select("topic_id", "label", "theme")), "topic_id")
        .select(*(column.name for column in product_table.body))
    )
