"""Landed rows judged: each raw row gets its typed values, its money and every reason that speaks against it.

The money of a row, `amount`, is the fact. Its sign says what the row is: above 0 a purchase, below 0 a return or an
adjustment, 0 a free line. How it is made stands in `sources.money`.
"""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences.config import Categories, Cleaning, IdKey, TransactionSource
from audiences.schema import transactions as transactions_table
from audiences.schema.clean import TRANSACTION_OPTIONAL, TRANSACTION_REQUIRED
from audiences.sources.money import MONEY_CELLS, READ_AS, money_reasons, with_money
from audiences.sources.notations.currencies import currency_column
from audiences.sources.order_values import holds_in_order
from audiences.sources.rates import with_rate
from audiences.sources.repeats import mark_delivered_before, place_among, sameness
from audiences.sources.row_checks import (
    instant,
    is_lost,
    kept,
    person,
    raw_texts,
    reasons,
    rejected,
    trimmed,
    unreadable,
)

_RAW = (*TRANSACTION_REQUIRED, *TRANSACTION_OPTIONAL)


def transactions(
    landed: DataFrame,
    *,
    source: TransactionSource,
    cleaning: Cleaning,
    categories: Categories,
    time_zone: str,
    currency: str,
    rates: DataFrame | None = None,
    max_age_days: int = 0,
    id_key: IdKey | None = None,
) -> DataFrame:
    """Kept rows, one per kept input row, as the table `transactions`; arguments as of `judge`."""
    judged = judge(
        landed, source=source, cleaning=cleaning, time_zone=time_zone, currency=currency, rates=rates,
        max_age_days=max_age_days, id_key=id_key,
    )  # fmt: skip
    wall_clock = F.from_utc_timestamp("ts", time_zone)
    return (
        kept(judged)
        .withColumns({"category": _category(categories), "day": F.to_date(wall_clock), "hour": F.hour(wall_clock)})
        .select(*transactions_table.names)
    )


def rejected_transactions(
    landed: DataFrame,
    *,
    source: TransactionSource,
    cleaning: Cleaning,
    time_zone: str,
    currency: str,
    rates: DataFrame | None = None,
    max_age_days: int = 0,
    id_key: IdKey | None = None,
) -> DataFrame:
    """The other rows, whole, with their reasons and their money, as the body of `rejected_rows`."""
    judged = judge(
        landed, source=source, cleaning=cleaning, time_zone=time_zone, currency=currency, rates=rates,
        max_age_days=max_age_days, id_key=id_key,
    )  # fmt: skip
    return rejected(judged, landed)


def judge(
    landed: DataFrame,
    *,
    source: TransactionSource,
    cleaning: Cleaning,
    time_zone: str,
    currency: str | None,
    rates: DataFrame | None = None,
    max_age_days: int = 0,
    id_key: IdKey | None = None,
    among_others: bool = True,
) -> DataFrame:
    """Typed columns, `reasons` (empty: kept), and the raw row as JSON in `row`.

    A row may break several rules. A row that `source.where` leaves out has the one reason filtered_out. Of rows that
    earlier files hold already `delivered_twice` falls on the later file's; `exact_duplicate`, where it is switched on,
    falls on every row but the first of equal ones, also within one file.

    Args:
        landed: `landed_transactions`, or a frame of its columns.
        source: how numbers and times are written, what a row is, which rows count.
        cleaning: the rules.
        time_zone: of days, and of times without a zone.
        currency: of all money; rows in another one are converted by `rates`, else rejected. None: any will do. Where no
            column says a row's currency, a sign or a code in the cell of its money does.
        rates: `exchange_rates`; None: there are none.
        max_age_days: for so many days after its own a rate holds at the most.
        id_key: what e-mail addresses that are ids are hashed with; None: they stay.
        among_others: whether rows are compared with each other; False: each row is judged by itself, without a shuffle
            unless the settings speak of whole orders.
    """
    read = raw_texts(landed, _RAW).withColumns(
        {
            "customer_id": person("customer_id", cleaning, id_key),
            "ts": instant("ts", source, time_zone),
            "product_id": F.lit(None).cast("string") if source.grain == "order" else trimmed("product_id"),
            "currency": F.coalesce(F.upper(trimmed("currency")), *_currencies_of_cells(source, currency)),
            **{name: trimmed(name) for name in ("description", "category", "country", "store")},
        }
    )
    typed = read.withColumn("invoice_id", F.coalesce(trimmed("invoice_id"), _order_of_customer_and_time()))
    if rates is not None and currency is not None:
        typed = with_rate(typed, rates, currency=currency, max_age_days=max_age_days, time_zone=time_zone)
    valued = with_money(typed, source=source, cleaning=cleaning)
    is_converted = "_rate" in typed.columns
    rules = _rules(cleaning, time_zone, money_reasons(source, cleaning, is_converted=is_converted))
    rules |= _currencies(currency, has_rates=is_converted)
    if among_others:
        if _compares_files(cleaning):
            valued = mark_delivered_before(valued, sameness(_RAW, READ_AS))
        rules |= _repeats(source, cleaning)
    broken = reasons(rules, source.columns)
    for rule in source.where:
        broken = F.when(holds_in_order(rule, source.columns), broken).otherwise(F.array(F.lit("filtered_out")))
    return valued.withColumn("reasons", broken)


def _currencies_of_cells(source: TransactionSource, currency: str | None) -> list[Column]:
    """What the cells of the row's money say of its currency, that of the amount before that of a price."""
    return [currency_column(f"raw_{name}", currency) for name in MONEY_CELLS[source.grain]]


def _order_of_customer_and_time() -> Column:
    """The invoice of rows that name none: customer@second; null where there is no time."""
    return F.concat(F.coalesce("customer_id", F.lit("")), F.lit("@"), F.unix_seconds("ts").cast("string"))


def _rules(cleaning: Cleaning, time_zone: str, of_money: Mapping[str, Column]) -> dict[str, Column | None]:
    """Each rule with the condition that breaks it, in order; None: switched off."""
    rules = cleaning.rules
    day = F.to_date(F.from_utc_timestamp("ts", time_zone))
    out_of_range = ~day.between(F.lit(cleaning.min_date), F.lit(cleaning.max_date))
    has_debt = rules.bad_debt and cleaning.bad_debt_pattern
    is_unmarked = ~F.col("is_cancellation")
    return {
        **unreadable(_RAW),
        "missing_customer": F.col("customer_id").isNull() & ~is_lost("customer_id") if rules.missing_customer else None,
        "lost_customer_id": is_lost("customer_id"),
        "missing_invoice": trimmed("invoice_id").isNull() if rules.missing_invoice else None,
        "invalid_date": F.col("ts").isNull(),
        "date_out_of_range": out_of_range if rules.date_out_of_range else None,
        **of_money,
        "non_positive_price": F.col("_unit_price") <= 0 if rules.non_positive_price else None,
        "non_product": F.col("is_no_product") & ~F.col("is_adjustment"),
        "bad_debt": F.col("invoice_id").rlike(cleaning.bad_debt_pattern) if has_debt else None,
        "negative_quantity": (F.col("_quantity") <= 0) & is_unmarked if rules.negative_quantity else None,
    }


def _currencies(currency: str | None, *, has_rates: bool) -> dict[str, Column | None]:
    if currency is None:
        return {}
    if has_rates:
        return {"missing_rate": F.col("_rate").isNull()}
    return {"other_currency": F.col("currency") != currency}


def _repeats(source: TransactionSource, cleaning: Cleaning) -> dict[str, Column | None]:
    """The rules that compare a row with others."""
    order = [F.col(name) for name in ("customer_id", "invoice_id", "ts", "amount")]
    is_repeated = trimmed("invoice_id").isNotNull() & (place_among(order) > 1)
    return {
        "exact_duplicate": place_among(sameness(_RAW, READ_AS)) > 1 if cleaning.rules.exact_duplicate else None,
        "delivered_twice": F.col("is_delivered_before") if _compares_files(cleaning) else None,
        "repeated_order": is_repeated if source.grain == "order" else None,
    }


def _compares_files(cleaning: Cleaning) -> bool:
    """Whether equal rows of two files matter; where all equal rows do, `exact_duplicate` says so of them."""
    return cleaning.rules.delivered_twice and not cleaning.rules.exact_duplicate


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
