"""A delivery judged by itself before any of it is landed: what of each file is kept or rejected, in rows and money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences.config import Settings, Source
from audiences.config.contacts import ADDRESS
from audiences.sources import activity, customers, rates, reviews, transactions, users
from audiences.sources.notations.currencies import marks_of
from audiences.sources.row_checks import BLANK_ROW
from audiences.sources.swapped_dates import (
    DatesOfFile,
    can_be_swapped,
    figures_of_dates,
    keys_of_dates,
)

_IDS = ("customer_id", "user_id")
NO_LOSS = ("filtered_out", "repeated_order", BLANK_ROW)
"""The user's own choice, an order's total on another of its lines, a row of nothing: no fault of the file, no loss."""


@dataclass
class Figures:
    """What became of the rows of one file; money is 0 for sources that have none.

    Args:
        rows: all of them.
        filtered: rows that the settings leave out (`sources.transactions.where`), that repeat an order's total, or that
            are blank: neither kept nor rejected, and no gate counts them.
        rejected: rows that break a rule.
        unreadable: of them those with a time, a number or a line that cannot be read.
        reasons: rejected rows by reason; a row may have several.
        money_kept, credit_kept: positive and negative money of the kept rows.
        money_rejected, credit_rejected: likewise of the rejected ones, as far as it can be read and is in range.
        example: one rejected row, as JSON.
        currency: a currency that is not the configured one; None where there is none.
        addresses: rows with an e-mail address as id, where the settings refuse them.
        swapped, dates: rows that tell of a part with day and month the other way round, and cells of them.
    """

    rows: int = 0
    filtered: int = 0
    rejected: int = 0
    unreadable: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    money_kept: Decimal = Decimal(0)
    credit_kept: Decimal = Decimal(0)
    money_rejected: Decimal = Decimal(0)
    credit_rejected: Decimal = Decimal(0)
    example: str | None = None
    currency: str | None = None
    addresses: int = 0
    swapped: int = 0
    dates: tuple[str, ...] = ()

    @property
    def kept(self) -> int:
        return self.rows - self.filtered - self.rejected

    def add(self, reasons: Sequence[str], rows: int, money: Decimal, credit: Decimal, example: str | None) -> None:
        """Counts rows that have the same reasons."""
        self.rows += rows
        if reasons and set(reasons) <= set(NO_LOSS):
            self.filtered += rows
            return
        if not reasons:
            self.money_kept += money
            self.credit_kept += credit
            return
        self.rejected += rows
        self.reasons.update(dict.fromkeys(reasons, rows))
        self.unreadable += rows if any(_is_unreadable(reason) for reason in reasons) else 0
        self.example = self.example or example
        if not any(reason.endswith("_out_of_range") and reason != "date_out_of_range" for reason in reasons):
            self.money_rejected += money
            self.credit_rejected += credit

    def merge(self, other: Figures) -> None:
        """Counts another file's rows with this one's."""
        for name in ("rows", "filtered", "rejected", "unreadable", "money_kept", "credit_kept", "money_rejected",
                     "credit_rejected", "addresses"):  # fmt: skip
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.reasons.update(other.reasons)
        self.example = self.example or other.example
        self.currency = self.currency or other.currency
        # a slip in each of many small files is no part of one file
        self.swapped, self.dates = max((self.swapped, self.dates), (other.swapped, other.dates))


def figures(landed: DataFrame, *, source: str, settings: Settings) -> dict[str, Figures]:
    """The figures of each file that has rows, by its path.

    Collects a row per file and set of reasons; where day and month may change places, a row per month of those.

    Args:
        landed: raw rows as the source's landed table holds them.
        source: the source's name, such as transactions.
    """
    judged = _judged(landed, source, settings)
    has_money = "amount" in judged.columns
    currency = F.col("currency") if has_money else F.lit(None).cast("string")
    amount = F.col("amount") if has_money else F.lit(None).cast("decimal(18,4)")
    own = (settings.currency, *marks_of(settings.currency))  # "$" may be it where rates are to convert the others
    amount = F.when(F.coalesce(currency, F.lit(settings.currency)).isin(*own), amount)  # others: not converted
    is_rejected = F.size("reasons") > 0
    keys, of_dates = _dates(judged, getattr(settings.sources, source), settings.time_zone)
    counted = judged.groupBy("file", "reasons", *(key.alias(name) for name, key in keys.items())).agg(
        F.count(F.lit(1)).alias("rows"),
        F.coalesce(F.sum(F.when(amount > 0, amount)), F.lit(0)).alias("money"),
        F.coalesce(F.sum(F.when(amount < 0, amount)), F.lit(0)).alias("credit"),
        F.min(F.when(is_rejected, _as_text(judged))).alias("example"),
        F.min(F.when(F.array_contains("reasons", "other_currency"), currency)).alias("currency"),
        _addresses(judged, settings),
        *of_dates,
    )
    found: dict[str, Figures] = {}
    dates: dict[str, DatesOfFile] = {}
    for row in sorted(counted.collect(), key=lambda one: (one["file"], -one["rows"], one["reasons"])):
        of_file = found.setdefault(row["file"], Figures())
        of_file.add(row["reasons"], row["rows"], row["money"], row["credit"], row["example"])
        of_file.currency = of_file.currency or row["currency"]
        of_file.addresses += row["addresses"]
        if keys:
            dates.setdefault(row["file"], DatesOfFile()).add(row)
    for file, of_dates_of_file in dates.items():
        found[file].swapped, found[file].dates = of_dates_of_file.evidence()
    return found


def _dates(judged: DataFrame, source: Source, time_zone: str) -> tuple[dict[str, Column], list[Column]]:
    """Keys and figures that tell of dates with day and month the other way round; none where they cannot be."""
    if not {"raw_ts", "ts"} <= set(judged.columns) or not can_be_swapped(source):
        return {}, []
    return keys_of_dates(source, time_zone), figures_of_dates(source, time_zone)


def _addresses(judged: DataFrame, settings: Settings) -> Column:
    """How many rows have an e-mail address as id, where that is refused."""
    ids = [F.coalesce(F.col(name).rlike(ADDRESS), F.lit(False)) for name in _IDS if name in judged.columns]
    is_refused = bool(ids) and settings.contacts.ids == "refuse"
    return F.count_if(reduce(or_, ids) if is_refused else F.lit(False)).alias("addresses")


def _judged(landed: DataFrame, source: str, settings: Settings) -> DataFrame:
    """The rows with `file`, `reasons` and `row`; of transactions `amount` and `currency` too."""
    of_source, rules, id_key = getattr(settings.sources, source), settings.cleaning, settings.contacts.id_key
    if source == "transactions":
        return transactions.judge(
            landed, source=of_source, cleaning=rules, time_zone=settings.time_zone, id_key=id_key,
            currency=None if settings.sources.rates.path else settings.currency, among_others=False,
        )  # fmt: skip
    if source == "activity":
        return activity.judge(
            landed, source=of_source, cleaning=settings.activity.cleaning.model_copy(update={"reject_repeats": False}),
            rules=rules, time_zone=settings.time_zone, id_key=id_key,
        )  # fmt: skip
    judges: dict[str, Callable[[], DataFrame]] = {
        "reviews": lambda: reviews.judge(
            landed, source=of_source, cleaning=settings.review_cleaning, time_zone=settings.time_zone,
            id_key=id_key, id_case=rules.id_case, among_others=False,
        ),
        "rates": lambda: rates.judge_rates(landed, source=of_source, time_zone=settings.time_zone),
        "users": lambda: users.judge_measures(
            landed, measures=settings.user_measures, rules=rules, id_key=id_key
        ),
        "customers": lambda: customers.judge(
            landed, attributes=settings.customer_attributes, rules=rules, id_key=id_key
        ),
        "identities": lambda: users.judge_identities(landed, rules=rules, id_key=id_key),
        "known": lambda: users.judge_known(landed, rules=rules, id_key=id_key),
    }  # fmt: skip
    return judges[source]()


def _as_text(judged: DataFrame) -> Column:
    """The raw row as JSON, as `row` is, but made of rejected rows only."""
    raw = [F.col(name).alias(name.removeprefix("raw_")) for name in judged.columns if name.startswith("raw_")]
    return F.to_json(F.struct(*raw, "extras", "corrupt_record"))


def _is_unreadable(reason: str) -> bool:
    return reason.startswith("invalid_") or reason == "corrupt_record"
