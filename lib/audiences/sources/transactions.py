"""Landed rows judged: each raw row gets its typed values and every reason that speaks against it.

Purchase line: quantity > 0 and price > 0. Return line: a cancellation with quantity < 0 and price > 0.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences.config import Categories, Cleaning, TransactionSource
from audiences.schema import transactions as transactions_table
from audiences.schema.clean import TRANSACTION_OPTIONAL, TRANSACTION_REQUIRED
from audiences.schema.table import LINE_AMOUNT, PRICE, QUANTITY
from audiences.sources.row_checks import (
    copy_number,
    instant,
    kept,
    number,
    raw_texts,
    reasons,
    rejected,
    trimmed,
    unreadable,
)

_RAW = (*TRANSACTION_REQUIRED, *TRANSACTION_OPTIONAL)


def transactions(
    landed: DataFrame, *, source: TransactionSource, cleaning: Cleaning, categories: Categories, time_zone: str
) -> DataFrame:
    """Kept rows, one per kept input row, as the table `transactions`."""
    judged = judge(landed, source=source, cleaning=cleaning, time_zone=time_zone)
    wall_clock = F.from_utc_timestamp("ts", time_zone)
    return (
        kept(judged)
        .withColumns(
            {
                "category": _category(categories),
                "amount": (F.col("quantity") * F.col("unit_price")).cast(LINE_AMOUNT),
                "day": F.to_date(wall_clock),
                "hour": F.hour(wall_clock),
                "is_return": F.col("is_cancellation") & (F.col("quantity") < 0) & (F.col("unit_price") > 0),
            }
        )
        .select(*transactions_table.names)
    )


def rejected_transactions(
    landed: DataFrame, *, source: TransactionSource, cleaning: Cleaning, time_zone: str
) -> DataFrame:
    """The other rows, whole, with their reasons, as the body of `rejected_rows`."""
    return rejected(judge(landed, source=source, cleaning=cleaning, time_zone=time_zone), landed)


def judge(landed: DataFrame, *, source: TransactionSource, cleaning: Cleaning, time_zone: str) -> DataFrame:
    """Typed columns, `is_cancellation`, `reasons` (empty: kept), and the raw row as JSON in `row`.

    A row may break several rules; `exact_duplicate` falls on every row but the first of equal ones, across files.
    """
    typed = raw_texts(landed, _RAW).withColumns(
        {
            "customer_id": _without_suffix(trimmed("customer_id"), cleaning.id_suffix_pattern),
            "invoice_id": trimmed("invoice_id"),
            "product_id": trimmed("product_id"),
            "description": trimmed("description"),
            "category": trimmed("category"),
            "country": trimmed("country"),
            "quantity": number("quantity", QUANTITY.simpleString(), source.decimal),
            "unit_price": number("unit_price", PRICE.simpleString(), source.decimal),
            "ts": instant("ts", source, time_zone),
        }
    )
    marked = typed.withColumns(
        {
            "is_cancellation": F.coalesce(F.col("invoice_id").rlike(cleaning.cancellation_pattern), F.lit(False)),
            "copy": copy_number(_RAW) if cleaning.rules.exact_duplicate else F.lit(1),
        }
    )
    return marked.withColumn("reasons", reasons(_rules(cleaning, time_zone)))


def _without_suffix(column: Column, pattern: str) -> Column:
    return F.nullif(F.regexp_replace(column, pattern, ""), F.lit("")) if pattern else column


def _rules(cleaning: Cleaning, time_zone: str) -> dict[str, Column | None]:
    """Each rule with the condition that breaks it, in order; None: switched off."""
    rules = cleaning.rules
    quantity, price = F.col("quantity"), F.col("unit_price")
    day = F.to_date(F.from_utc_timestamp("ts", time_zone))
    out_of_range = ~day.between(F.lit(cleaning.min_date), F.lit(cleaning.max_date))
    return {
        **unreadable(_RAW),
        "missing_customer": F.col("customer_id").isNull() if rules.missing_customer else None,
        "missing_invoice": F.col("invoice_id").isNull(),
        "invalid_date": F.col("ts").isNull(),
        "date_out_of_range": out_of_range if rules.date_out_of_range else None,
        "invalid_quantity": quantity.isNull(),
        "invalid_price": price.isNull(),
        "non_positive_price": price <= 0 if rules.non_positive_price else None,
        "non_product": F.col("product_id").isin(*cleaning.non_product_codes) if rules.non_product else None,
        "bad_debt": F.col("invoice_id").rlike(cleaning.bad_debt_pattern) if rules.bad_debt else None,
        "negative_quantity": (quantity <= 0) & ~F.col("is_cancellation") if rules.negative_quantity else None,
        "exact_duplicate": F.col("copy") > 1,
    }


def _category(categories: Categories) -> Column:
    """The source's category, else the mapping's, else that of the first keyword rule with a word in the description."""
    found = [F.col("category")]
    if categories.mapping:
        pairs = [F.lit(text) for pair in categories.mapping.items() for text in pair]
        found.append(F.try_element_at(F.create_map(*pairs), F.col("product_id")))
    for category, words in categories.keywords.items():
        pattern = r"(?i)\b(" + "|".join(rf"\Q{word}\E" for word in words) + r")\b"
        found.append(F.when(F.col("description").rlike(pattern), F.lit(category)))
    return F.coalesce(*found)
