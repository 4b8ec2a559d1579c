"""Landed rows judged: each raw row gets its typed values and every reason that speaks against it.

Purchase line: quantity > 0 and price > 0. Return line: a cancellation with quantity < 0 and price > 0.
"""

from __future__ import annotations

import re

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from audiences.config import Categories, Cleaning, TransactionSource
from audiences.schema import rejected_rows as rejected_table
from audiences.schema import transactions as transactions_table
from audiences.schema.clean import OPTIONAL, REQUIRED
from audiences.schema.table import LINE_AMOUNT, PRICE, QUANTITY
from audiences.sources.reader import INSTANT, WALL_CLOCK

_RAW = (*REQUIRED, *OPTIONAL)
_REPLACEMENT = "\ufffd"


def transactions(
    landed: DataFrame, *, source: TransactionSource, cleaning: Cleaning, categories: Categories, time_zone: str
) -> DataFrame:
    """Kept rows, one per kept input row, as the table `transactions`."""
    judged = judge(landed, source=source, cleaning=cleaning, time_zone=time_zone)
    wall_clock = F.from_utc_timestamp("ts", time_zone)
    return (
        judged.where(F.size("reasons") == 0)
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
    judged = judge(landed, source=source, cleaning=cleaning, time_zone=time_zone)
    # position counts on through the files of one task: a file's own count starts at its smallest
    files = landed.groupBy("file").agg(
        F.min("position").alias("first"), F.max("position").alias("last"), F.count("*").alias("rows")
    )
    is_whole = F.col("last") - F.col("first") + 1 == F.col("rows")
    return (
        judged.where(F.size("reasons") > 0)
        .join(F.broadcast(files), "file")
        .withColumn("row_number", F.when(is_whole, F.col("position") - F.col("first") + 1))
        .select(*(column.name for column in rejected_table.body))
    )


def judge(landed: DataFrame, *, source: TransactionSource, cleaning: Cleaning, time_zone: str) -> DataFrame:
    """Typed columns, `is_cancellation`, `reasons` (empty: kept), and the raw row as JSON in `row`.

    A row may break several rules; `exact_duplicate` falls on every row but the first of equal ones, across files.
    """
    raw = landed.select(
        "file", "position", "extras", "corrupt_record",
        F.to_json(F.struct(*_RAW, "extras", "corrupt_record")).alias("row"),
        *(F.col(name).alias(f"raw_{name}") for name in _RAW),
    )  # fmt: skip
    typed = raw.withColumns(
        {
            "customer_id": _without_suffix(_trimmed("customer_id"), cleaning.id_suffix_pattern),
            "invoice_id": _trimmed("invoice_id"),
            "product_id": _trimmed("product_id"),
            "description": _trimmed("description"),
            "category": _trimmed("category"),
            "country": _trimmed("country"),
            "quantity": _number("quantity", QUANTITY.simpleString(), source.decimal),
            "unit_price": _number("unit_price", PRICE.simpleString(), source.decimal),
            "ts": _instant(source, time_zone),
        }
    )
    marked = typed.withColumns(
        {
            "is_cancellation": F.coalesce(F.col("invoice_id").rlike(cleaning.cancellation_pattern), F.lit(False)),
            "copy": _copy_number() if cleaning.rules.exact_duplicate else F.lit(1),
        }
    )
    return marked.withColumn("reasons", F.array_compact(F.array(*_reasons(cleaning, time_zone))))


def _trimmed(name: str) -> Column:
    return F.nullif(F.trim(f"raw_{name}"), F.lit(""))


def _without_suffix(column: Column, pattern: str) -> Column:
    return F.nullif(F.regexp_replace(column, pattern, ""), F.lit("")) if pattern else column


def _number(name: str, kind: str, decimal: str) -> Column:
    """A number with a decimal point; with a comma only what is written so (12.50 is none), points between thousands."""
    text = f"trim(raw_{name})"
    if decimal == ",":
        is_one = r"^[+-]?([0-9]+|[0-9]{1,3}([.][0-9]{3})+)(,[0-9]+)?$"
        text = f"CASE WHEN {text} RLIKE '{is_one}' THEN translate({text}, ',.', '.') END"
    return F.expr(f"try_cast({text} as {kind})")  # names, pattern and type are this module's own


def _instant(source: TransactionSource, time_zone: str) -> Column:
    """Text by the configured format, typed sources' own; without a zone in the text, the source's zone counts."""
    text = F.trim("raw_ts")
    zone = source.time_zone or time_zone
    has_zone = re.search("[VzOXxZ]", re.sub(r"'[^']*'", "", source.timestamp_format)) is not None
    by_format = F.try_to_timestamp(text, F.lit(source.timestamp_format))
    typed_wall_clock = F.try_to_timestamp(text, F.lit(WALL_CLOCK))
    return F.coalesce(
        by_format if has_zone else F.to_utc_timestamp(by_format, zone),
        F.when(text.endswith("Z"), F.try_to_timestamp(text, F.lit(INSTANT))),
        F.to_utc_timestamp(typed_wall_clock, zone),
    )


def _copy_number() -> Column:
    """1 for the first of exactly equal rows (typed where typing worked, else raw), in order of file and position."""
    same = [F.coalesce(F.col(name).cast("string"), F.col(f"raw_{name}")) for name in _RAW]
    same += [F.col("extras"), F.col("corrupt_record")]
    # the hash comes first only to make the sort cheap: equality is decided by the values
    return F.row_number().over(Window.partitionBy(F.xxhash64(*same), *same).orderBy("file", "position"))


def _reasons(cleaning: Cleaning, time_zone: str) -> list[Column]:
    """One column per rule, in order: the rule's name where the row breaks it, else null."""
    rules = cleaning.rules
    quantity, price = F.col("quantity"), F.col("unit_price")
    day = F.to_date(F.from_utc_timestamp("ts", time_zone))
    text = F.concat_ws(" ", *(F.col(f"raw_{name}") for name in _RAW), "extras", "corrupt_record")
    conditions = {
        "corrupt_record": F.col("corrupt_record").isNotNull(),
        "undecodable_text": F.contains(text, F.lit(_REPLACEMENT)),
        "missing_customer": F.col("customer_id").isNull() if rules.missing_customer else None,
        "missing_invoice": F.col("invoice_id").isNull(),
        "invalid_date": F.col("ts").isNull(),
        "date_out_of_range": ~day.between(F.lit(cleaning.min_date), F.lit(cleaning.max_date))
        if rules.date_out_of_range
        else None,
        "invalid_quantity": quantity.isNull(),
        "invalid_price": price.isNull(),
        "non_positive_price": price <= 0 if rules.non_positive_price else None,
        "non_product": F.col("product_id").isin(*cleaning.non_product_codes) if rules.non_product else None,
        "bad_debt": F.col("invoice_id").rlike(cleaning.bad_debt_pattern) if rules.bad_debt else None,
        "negative_quantity": (quantity <= 0) & ~F.col("is_cancellation") if rules.negative_quantity else None,
        "exact_duplicate": F.col("copy") > 1,
    }
    return [F.when(condition, F.lit(name)) for name, condition in conditions.items() if condition is not None]


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
