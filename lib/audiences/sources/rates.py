"""Exchange rates: landed rows judged, and the rate of each row of transactions."""

from __future__ import annotations

from decimal import Decimal

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from audiences import schema
from audiences.config import RateSource
from audiences.schema.rates import RATES_REQUIRED
from audiences.schema.table import RATE
from audiences.sources import row_checks
from audiences.sources.repeats import place_among

SMALLEST = Decimal("1e-9")
"""A rate below has no inverse among the rates."""
PAIR = ("from_currency", "to_currency")


def exchange_rates(landed: DataFrame, *, source: RateSource, time_zone: str) -> DataFrame:
    """Kept rows as the table `exchange_rates`; of several rows of one pair and day the first counts."""
    judged = judge_rates(landed, source=source, time_zone=time_zone)
    return row_checks.kept(judged).select(*schema.exchange_rates.names)


def rejected_rates(landed: DataFrame, *, source: RateSource, time_zone: str) -> DataFrame:
    """Rows without a day, a currency or a rate, and further rows of a pair and day, as the body of `rejected_rows`."""
    return row_checks.rejected(judge_rates(landed, source=source, time_zone=time_zone), landed)


def judge_rates(landed: DataFrame, *, source: RateSource, time_zone: str) -> DataFrame:
    """`day`, `from_currency`, `to_currency`, `rate` and `reasons`."""
    typed = row_checks.raw_texts(landed, RATES_REQUIRED).withColumns(
        {
            "day": F.to_date(F.from_utc_timestamp(row_checks.instant("ts", source, time_zone), time_zone)),
            **{name: F.upper(row_checks.trimmed(name)) for name in PAIR},
            "rate": row_checks.number("rate", RATE, source.number_style),
        }
    )
    marked = typed.withColumn("copy", place_among([F.col("day"), *(F.col(name) for name in PAIR)]))
    conditions = {
        "invalid_date": F.col("day").isNull(),
        **{f"missing_{name}": F.col(name).isNull() for name in PAIR},
        "invalid_rate": F.col("rate").isNull() | (F.col("rate") < SMALLEST),
        "repeated_rate": F.col("copy") > 1,
    }
    return marked.withColumn("reasons", row_checks.reasons({**row_checks.unreadable(RATES_REQUIRED), **conditions}))


def with_rate(rows: DataFrame, rates: DataFrame, *, currency: str, max_age_days: int, time_zone: str) -> DataFrame:
    """The rows with `_rate`: what one unit of the row's currency is in the configured one; null where no rate holds.

    A rate holds from its day until the next of its pair, for `max_age_days` at the most. Where only the opposite pair
    is known, its inverse is taken; there is no way over a third currency.

    Args:
        rows: with `currency` (null: the configured one) and `ts`.
        rates: `exchange_rates`; they are broadcast.
    """
    periods = _periods(rates, currency, max_age_days)
    day = F.to_date(F.from_utc_timestamp("ts", time_zone))
    holds = (F.col("currency") == F.col("_of")) & (day >= F.col("_from")) & (day < F.col("_until"))
    is_own = F.col("currency").isNull() | (F.col("currency") == currency)
    found = rows.join(F.broadcast(periods), holds, "left")
    return found.withColumn("_rate", F.when(is_own, F.lit(1).cast(RATE)).otherwise(F.col("_found"))).drop(
        "_of", "_from", "_until", "_found"
    )


def _periods(rates: DataFrame, currency: str, max_age_days: int) -> DataFrame:
    """Currency -> its rate into the configured one from a day until another; periods never overlap."""
    other = F.when(F.col("to_currency") == currency, F.col("from_currency")).otherwise(F.col("to_currency"))
    direct = F.col("to_currency") == currency
    rate = F.when(direct, F.col("rate")).otherwise(F.try_divide(F.lit(1).cast(RATE), F.col("rate")).cast(RATE))
    known = rates.where(direct | (F.col("from_currency") == currency)).select(
        other.alias("_of"),
        F.col("day").alias("_from"),
        F.struct(direct.alias("is_direct"), rate.alias("rate")).alias("own"),
    )
    chosen = known.where(F.col("_of") != currency).groupBy("_of", "_from").agg(F.max("own")["rate"].alias("_found"))
    following = F.lead("_from").over(Window.partitionBy("_of").orderBy("_from"))
    return chosen.withColumn("_until", F.least(following, F.date_add("_from", max_age_days + 1)))
