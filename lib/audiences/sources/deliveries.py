"""A delivery judged by itself before any of it is landed: what of each file is kept or rejected, in rows and money.

The gates are absolute and per file, so that a year of good deliveries does not hide a bad one. Files of few rows are
judged together: three rows say nothing about a file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences.config import Gates, Settings
from audiences.errors import QualityGateError
from audiences.sources import activity, customers, rates, reviews, transactions, users

FEW_ROWS = 20
"""Files with fewer rows are judged as one."""

NO_LOSS = ("filtered_out", "repeated_order")
"""The user's own choice, and an order's total on another of its lines: no fault of the file, and no money is lost."""


@dataclass
class Figures:
    """What became of the rows of one file; money is 0 for sources that have none.

    Args:
        rows: all of them.
        filtered: rows that the settings leave out (`sources.transactions.where`) or that repeat an order's total:
            neither kept nor rejected.
        rejected: rows that break a rule.
        unreadable: of them those with a time, a number or a line that cannot be read.
        reasons: rejected rows by reason; a row may have several.
        money_kept, credit_kept: positive and negative money of the kept rows.
        money_rejected, credit_rejected: likewise of the rejected ones, as far as it can be read and is in range.
        example: one rejected row, as JSON.
        currency: a currency that is not the configured one; None where there is none.
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
                     "credit_rejected"):  # fmt: skip
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.reasons.update(other.reasons)
        self.example = self.example or other.example
        self.currency = self.currency or other.currency


def figures(landed: DataFrame, *, source: str, settings: Settings) -> dict[str, Figures]:
    """The figures of each file that has rows, by its path.

    Collects a row per file and set of reasons.

    Args:
        landed: raw rows as the source's landed table holds them.
        source: the source's name, such as transactions.
    """
    judged = _judged(landed, source, settings)
    has_money = "amount" in judged.columns
    currency = F.col("currency") if has_money else F.lit(None).cast("string")
    amount = F.col("amount") if has_money else F.lit(None).cast("decimal(18,4)")
    amount = F.when(
        F.coalesce(currency, F.lit(settings.currency)) == settings.currency, amount
    )  # others: not converted
    is_rejected = F.size("reasons") > 0
    counted = judged.groupBy("file", "reasons").agg(
        F.count(F.lit(1)).alias("rows"),
        F.coalesce(F.sum(F.when(amount > 0, amount)), F.lit(0)).alias("money"),
        F.coalesce(F.sum(F.when(amount < 0, amount)), F.lit(0)).alias("credit"),
        F.min(F.when(is_rejected, _as_text(judged))).alias("example"),
        F.min(F.when(F.array_contains("reasons", "other_currency"), currency)).alias("currency"),
    )
    found: dict[str, Figures] = {}
    for row in sorted(counted.collect(), key=lambda one: (one["file"], -one["rows"], one["reasons"])):
        of_file = found.setdefault(row["file"], Figures())
        of_file.add(row["reasons"], row["rows"], row["money"], row["credit"], row["example"])
        of_file.currency = of_file.currency or row["currency"]
    return found


def check(found: Mapping[str, Figures], *, source: str, settings: Settings) -> None:
    """Raises QualityGateError where a file is beyond a gate; its message names every such file with the cause."""
    faults = {}
    for file, of_file in _pooled(found).items():
        beyond = _beyond(of_file, settings.gates, source, settings.currency)
        if beyond:
            faults[file] = beyond
    if not faults:
        return
    gates = {gate: required for beyond in faults.values() for gate, (_, required) in beyond.items()}
    raise QualityGateError(
        "a delivery does not pass the quality gates; nothing of it was landed",
        where="; ".join([*faults, *(f"gates.{gate}" for gate in gates if gate != "currency")]),
        found="; ".join(
            f"{file}: {words}"
            for file, beyond in faults.items()
            for words in dict.fromkeys(w for w, _ in beyond.values())
        ),
        allowed="; ".join(f"{gate} {required}" for gate, required in gates.items()),
        advice=f"correct or take away the file, or the settings that read it (sources.{source}), and run again",
    )


def _judged(landed: DataFrame, source: str, settings: Settings) -> DataFrame:
    """The rows with `file`, `reasons` and `row`; of transactions `amount` and `currency` too."""
    of_source, suffix = getattr(settings.sources, source), settings.cleaning.id_suffix_pattern
    if source == "transactions":
        return transactions.judge(
            landed, source=of_source, cleaning=settings.cleaning, time_zone=settings.time_zone,
            currency=None if settings.sources.rates.path else settings.currency, among_others=False,
        )  # fmt: skip
    if source == "activity":
        return activity.judge(
            landed, source=of_source, cleaning=settings.activity.cleaning.model_copy(update={"reject_repeats": False}),
            min_date=settings.cleaning.min_date, max_date=settings.cleaning.max_date, id_suffix_pattern=suffix,
            time_zone=settings.time_zone,
        )  # fmt: skip
    judges: dict[str, Callable[[], DataFrame]] = {
        "reviews": lambda: reviews.judge(
            landed, source=of_source, cleaning=settings.review_cleaning, time_zone=settings.time_zone,
            among_others=False,
        ),
        "rates": lambda: rates.judge_rates(landed, source=of_source, time_zone=settings.time_zone),
        "users": lambda: users.judge_measures(
            landed, measures=settings.user_measures, id_suffix_pattern=suffix
        ),
        "customers": lambda: customers.judge(
            landed, attributes=settings.customer_attributes, id_suffix_pattern=suffix
        ),
        "identities": lambda: users.judge_identities(landed, id_suffix_pattern=suffix),
        "known": lambda: users.judge_known(landed, id_suffix_pattern=suffix),
    }  # fmt: skip
    return judges[source]()


def _as_text(judged: DataFrame) -> Column:
    """The raw row as JSON, as `row` is, but made of rejected rows only."""
    raw = [F.col(name).alias(name.removeprefix("raw_")) for name in judged.columns if name.startswith("raw_")]
    return F.to_json(F.struct(*raw, "extras", "corrupt_record"))


def _pooled(found: Mapping[str, Figures]) -> dict[str, Figures]:
    """The files of many rows, and those of few rows as one."""
    few = {file: one for file, one in found.items() if one.rows < FEW_ROWS}
    if len(few) < 2:
        return dict(found)
    together = Figures()
    for one in few.values():
        together.merge(one)
    names = ", ".join(list(few)[:3]) + (f" and {len(few) - 3} more" if len(few) > 3 else "")
    return {**{file: one for file, one in found.items() if file not in few}, f"{names} (together)": together}


def _beyond(of_file: Figures, gates: Gates, source: str, currency: str) -> dict[str, tuple[str, str]]:
    """Gate -> what was found in words, and what is required; only gates that the file is beyond."""
    judged = max(of_file.rows - of_file.filtered, 1)
    rejected_money = of_file.money_rejected - of_file.credit_rejected
    all_money = rejected_money + of_file.money_kept - of_file.credit_kept
    undecodable, foreign = of_file.reasons["undecodable_text"], of_file.reasons["other_currency"]
    rows = f"{of_file.rejected} of {judged} rows rejected: {_causes(of_file)}"
    beyond: dict[str, tuple[str, str]] = {}
    if of_file.rejected / judged > gates.max_rejected_share or (of_file.rejected and not of_file.kept):
        beyond["max_rejected_share"] = rows, f"{gates.max_rejected_share:g}"
    if of_file.unreadable / judged > gates.max_unreadable_share:
        words = f"{of_file.unreadable} of {judged} rows cannot be read; {rows}"
        beyond["max_unreadable_share"] = words, f"{gates.max_unreadable_share:g}"
    if all_money and rejected_money / all_money > gates.max_rejected_money_share:
        words = (
            f"{rejected_money:.2f} of {all_money:.2f} {currency} rejected "
            f"({of_file.money_rejected:.2f} of purchases, {of_file.credit_rejected:.2f} of returns); {rows}"
        )
        beyond["max_rejected_money_share"] = words, f"{gates.max_rejected_money_share:g}"
    if undecodable / judged > gates.max_undecodable_share:
        words = (
            f"{undecodable} of {judged} rows hold characters that the encoding cannot read; "
            f"set sources.{source}.encoding (often ISO-8859-1)"
        )
        beyond["max_undecodable_share"] = words, f"{gates.max_undecodable_share:g}"
    if foreign:
        words = (
            f"{foreign} of {judged} rows are not in {currency} but, for example, in {of_file.currency}: "
            "money of several currencies is never added"
        )
        beyond["currency"] = words, f"{currency} alone (the setting currency), or rows chosen by sources.{source}.where"
    return beyond


def _causes(of_file: Figures) -> str:
    """The three most frequent reasons, and an example row."""
    causes = sorted(of_file.reasons.items(), key=lambda pair: (-pair[1], pair[0]))[:3]
    return ", ".join(f"{reason} {rows}" for reason, rows in causes) + f"; for example {(of_file.example or '')[:300]}"


def _is_unreadable(reason: str) -> bool:
    return reason.startswith("invalid_") or reason == "corrupt_record"
