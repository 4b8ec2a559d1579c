"""What a customer's texts tell about behaviour, where there are no purchases to look at."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from audiences.schema import review_behaviour as table


def review_behaviour(reviews: DataFrame, *, as_of: date) -> DataFrame:
    """One row per customer with a text before as_of."""
    words = F.size(F.split(F.trim("text"), r"\s+"))
    return (
        reviews.where(F.col("day") < F.lit(as_of))
        .groupBy("customer_id")
        .agg(
            F.datediff(F.lit(as_of), F.max("day")).alias("recency_days"),
            F.count("*").alias("reviews"),
            F.avg("rating").alias("rating_mean"),
            F.stddev_pop("rating").alias("rating_sd"),
            F.avg(words).alias("words_mean"),
            F.avg("helpfulness").alias("helpful_mean"),
        )
        .select(*(column.name for column in table.body))
    )
