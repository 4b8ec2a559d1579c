"""Landed texts judged: each raw row becomes a review, or is rejected with every reason that speaks against it."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from audiences.config import IdKey, ReviewCleaning, ReviewSource
from audiences.config.notations import IdCase
from audiences.schema import reviews as reviews_table
from audiences.schema.text import REVIEW_OPTIONAL, REVIEW_REQUIRED
from audiences.sources.notations.markup import without_html
from audiences.sources.row_checks import (
    identifier,
    instant,
    is_lost,
    left_out,
    number,
    raw_texts,
    reasons,
    rejected,
    trimmed,
    unreadable,
)

_RAW = (*REVIEW_REQUIRED, *REVIEW_OPTIONAL)
_NUMBER = r"(\d+(?:\.\d+)?)"


def reviews(
    landed: DataFrame,
    *,
    source: ReviewSource,
    cleaning: ReviewCleaning,
    time_zone: str,
    id_key: IdKey | None = None,
    id_case: IdCase = "keep",
) -> DataFrame:
    """Kept texts, one per kept input row, as the table `reviews`."""
    judged = judge(landed, source=source, cleaning=cleaning, time_zone=time_zone, id_key=id_key, id_case=id_case)
    return (
        judged.where(F.size("reasons") == 0)
        .withColumn("day", F.to_date(F.from_utc_timestamp("ts", time_zone)))
        .select(*reviews_table.names)
    )


def rejected_reviews(
    landed: DataFrame,
    *,
    source: ReviewSource,
    cleaning: ReviewCleaning,
    time_zone: str,
    id_key: IdKey | None = None,
    id_case: IdCase = "keep",
) -> DataFrame:
    """The other rows, whole, with their reasons, as the body of `rejected_rows`."""
    judged = judge(landed, source=source, cleaning=cleaning, time_zone=time_zone, id_key=id_key, id_case=id_case)
    return rejected(judged, landed)


def judge(
    landed: DataFrame,
    *,
    source: ReviewSource,
    cleaning: ReviewCleaning,
    time_zone: str,
    id_key: IdKey | None = None,
    id_case: IdCase = "keep",
    among_others: bool = True,
) -> DataFrame:
    """Typed columns, `reasons` (empty: kept), and the raw row as JSON in `row`.

    Every row but the first (by file and position) of equal ones is an `exact_duplicate`, and every row but the first
    of those that share a review id and differ is a `duplicate_id`; with `among_others` false each row is judged by
    itself.
    """
    summary, body = without_html(F.col("raw_summary")), without_html(F.col("raw_text"))
    typed = raw_texts(landed, _RAW).withColumns(
        {
            "customer_id": identifier("customer_id", cleaning.id_suffix_pattern, cleaning.nobody, id_key, case=id_case),
            "product_id": trimmed("product_id"),
            "ts": instant("ts", source, time_zone),
            "rating": number("rating"),
            "source": F.coalesce(F.lower(trimmed("source")), F.lit(cleaning.default_source)),
            "summary": summary,
            "body": body,
            "helpfulness": _helpful_share(),
        }
    )
    joined = typed.withColumn("text", F.concat_ws(". ", F.regexp_replace("summary", r"[.\s]+$", ""), "body"))
    hashed = F.concat(F.lit("h"), F.substring(F.sha2(F.to_json(F.struct(*_same())), 256), 1, 20))
    return (
        joined.withColumn("review_id", F.coalesce(trimmed("review_id"), hashed))
        .withColumn("copy", _number_among(_same()) if among_others else F.lit(1))
        .withColumn("copy_of_id", _number_among([F.col("review_id")]) if among_others else F.lit(1))
        .withColumn(
            "reasons", left_out(reasons(_rules(cleaning, time_zone), source.columns), source.where, source.columns)
        )
    )


def _helpful_share() -> Column:
    """`[13, 14]` and `13/14` are votes; a plain number is the share itself; anything else, and no votes, is null."""
    votes = rf"^\[?\s*{_NUMBER}\s*[,/]\s*{_NUMBER}\s*\]?$"
    said = F.trim("raw_helpfulness")
    helpful, voters = (F.nullif(F.regexp_extract(said, votes, group), F.lit("")).cast("double") for group in (1, 2))
    share = F.coalesce(F.try_divide(helpful, voters), number("helpfulness"))
    return F.when(share.between(0, 1), share)


def _same() -> list[Column]:
    """What makes two rows the same text: id, customer, product, time and text, typed where typing worked."""
    names = ("customer_id", "product_id", "ts", "body", "summary")
    typed = [F.coalesce(F.col(name).cast("string"), F.col(_raw(name))).alias(name) for name in names]
    return [trimmed("review_id").alias("given_id"), *typed]


def _raw(name: str) -> str:
    return "raw_text" if name == "body" else f"raw_{name}"


def _number_among(same: list[Column]) -> Column:
    # the hash comes first only to make the sort cheap: equality is decided by the values
    return F.row_number().over(Window.partitionBy(F.xxhash64(*same), *same).orderBy("file", "position"))


def _rules(cleaning: ReviewCleaning, time_zone: str) -> dict[str, Column]:
    """Each rule's name and where a row breaks it, in order."""
    day = F.to_date(F.from_utc_timestamp("ts", time_zone))
    words = F.regexp_count("text", F.lit(r"\p{L}[\p{L}\p{M}'’-]*"))
    has_text, has_rating = F.col("body").isNotNull(), trimmed("rating").isNotNull()
    return {
        **unreadable(_RAW),
        "missing_customer": F.col("customer_id").isNull() & ~is_lost("customer_id"),
        "lost_customer_id": is_lost("customer_id"),
        "missing_text": ~has_text,
        "too_short": has_text & (words < cleaning.min_words),
        "too_long": F.length("raw_text") > cleaning.max_characters,
        "invalid_date": F.col("ts").isNull(),
        "date_out_of_range": ~day.between(F.lit(cleaning.min_date), F.lit(cleaning.max_date)),
        "invalid_rating": has_rating & (F.col("rating").isNull() | F.isnan("rating")),
        "rating_out_of_range": ~F.isnan("rating") & ~F.col("rating").between(cleaning.min_rating, cleaning.max_rating),
        "exact_duplicate": F.col("copy") > 1,
        "duplicate_id": (F.col("copy") == 1) & (F.col("copy_of_id") > 1),
    }
