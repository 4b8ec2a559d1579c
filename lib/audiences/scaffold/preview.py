"""What a run would keep and reject of the sources that settings lead to, with money, before anything is landed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from audiences.config import Gates, Settings, Source
from audiences.config.contacts import is_address
from audiences.errors import InputError, QualityGateError
from audiences.scaffold.activity_rules import ActivityRules
from audiences.scaffold.day_order import DayOrder
from audiences.scaffold.judged_row import Rules
from audiences.scaffold.people_rules import CustomerRules, IdentityRules, KnownRules, UserRules
from audiences.scaffold.rate_rules import RateRules
from audiences.scaffold.raw_rows import Lines, raw_rows, size_of, source_files
from audiences.scaffold.review_rules import ReviewRules
from audiences.scaffold.row_rules import TransactionRules
from audiences.scaffold.subscriptions import subscription_words
from audiences.scaffold.tally import FileTally, Part, Tally
from audiences.sources import delivery_gates
from audiences.text.languages import language_warning

MAX_BYTES = 300_000_000
"""So much text is judged without Spark, about a minute's work; packed files count eight times their size."""
_RULES: Mapping[str, Callable[[Settings], Rules]] = {
    "activity": ActivityRules, "users": UserRules, "identities": IdentityRules, "known": KnownRules,
    "customers": CustomerRules, "reviews": ReviewRules, "rates": RateRules,
}  # fmt: skip
_UNUSUAL_SHARE = 0.1
_LONG_RECORD = 5


@dataclass(frozen=True)
class GateResult:
    """A gate, what it found and whether a run would pass it."""

    name: str
    where: str
    found: float
    required: float
    passed: bool


@dataclass(frozen=True)
class Preview:
    """The counts of a delivery, its gates, and sentences about what is unusual in it.

    Args:
        source: whose rows these are, such as transactions.
        fault: what stops the delivery before it is landed; None where it passes.
    """

    source: str
    tally: Tally
    gates: tuple[GateResult, ...]
    warnings: tuple[str, ...]
    fault: QualityGateError | None = None

    @property
    def failed(self) -> tuple[GateResult, ...]:
        return tuple(gate for gate in self.gates if not gate.passed)

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values, for JSON; what is said of purchases is None of other sources."""
        tally = self.tally
        return {
            "source": self.source,
            "files": [
                {"file": file.path, "lines": file.lines.physical, "records": file.records, "kept": file.kept.rows,
                 "rejected": file.rejected.rows, "kept_money": str(file.kept.money),
                 "rejected_money": str(file.rejected.money)}
                for file in tally.files
            ],
            "rejected_by_reason": [
                {"reason": reason, "rows": part.rows, "money": str(part.money), "example": tally.examples[reason][2],
                 "file": tally.examples[reason][0], "line": tally.examples[reason][1]}
                for reason, part in sorted(tally.reasons.items(), key=lambda pair: -pair[1].rows)
            ],
            "first_day": tally.first,
            "last_day": tally.last,
            **{name: value if self.source == "transactions" else None for name, value in self._purchases().items()},
            "gates": [vars(gate) for gate in self.gates],
            "refused": None if self.fault is None else self.fault.details,
            "warnings": list(self.warnings),
        }  # fmt: skip

    def _purchases(self) -> dict[str, Any]:
        tally = self.tally
        top = tally.top_customer
        return {
            "largest_rejected": [
                {"money": str(money), "reason": reason, "file": path, "line": line}
                for money, reason, path, line in tally.largest
            ],
            "customers": len(tally.spend),
            "orders": tally.order_count,
            "revenue_by_month": {month: str(part.money) for month, part in sorted(tally.months.items())},
            "top_customer": None if top is None else {"customer_id": top[0], "share": top[1]},
        }


def previews(settings: Settings, only: str | None = None) -> list[Preview]:
    """Judges every row of all sources that have a path, or of one of them, by the rules of the settings.

    Raises:
        InputError: no source has a path; or as `preview`.
    """
    names = [name for name in settings.sources.configured() if only in (None, name)]
    if not names:
        setting = f"sources.{only or 'transactions'}.path"
        raise InputError("no input is set", where=setting, advice=f"--set {setting}=FILE")
    return [preview(settings, name) for name in names]


def preview(settings: Settings, name: str = "transactions") -> Preview:
    """Judges every row of a source by the rules of the settings.

    Raises:
        InputError: the files cannot be read here, or hold more than `MAX_BYTES`.
    """
    source: Source = getattr(settings.sources, name)
    setting = f"sources.{name}"
    # the first of equal rows counts: their order is that of the files' names, as in a run
    files = sorted(source_files(source, setting=f"{setting}.path"), key=lambda file: str(file.absolute()))
    size = sum(map(size_of, files))
    if size > MAX_BYTES:
        raise InputError(
            "these files are too large to be judged without Spark", where=f"{setting}.path",
            found=f"about {size / 1e6:,.0f} MB of text", allowed=f"{MAX_BYTES / 1e6:,.0f} MB",
            advice="check one delivery of them, or let `audiences run quality_gates` judge all",
        )  # fmt: skip
    tally, rules = Tally(), rules_of(name, settings, is_one_file=len(files) == 1)
    order, refuses_addresses = DayOrder(source), settings.contacts.ids == "refuse"
    for path in files:
        file = FileTally(str(path))
        tally.files.append(file)
        rules.begin_file(partial(raw_rows, path, source, setting=setting, lines=Lines()))
        for row in raw_rows(path, source, setting=setting, lines=file.lines):
            judged = rules.judge(row)
            tally.add(file, row, judged)
            order.add(row.values.get("ts"), is_out_of_range="date_out_of_range" in judged.reasons)
            file.figures.addresses += refuses_addresses and is_address(judged.customer or "")
        file.figures.swapped, file.figures.dates = order.evidence()
    return Preview(name, tally, tuple(_gates(name, tally, settings.gates)), tuple(_warnings(name, tally)),
                   _fault(name, tally, settings))  # fmt: skip


def rules_of(name: str, settings: Settings, *, is_one_file: bool = False) -> Rules:
    """What judges the rows of that source."""
    if name == "transactions":
        return TransactionRules(settings, is_one_file=is_one_file)
    return _RULES[name](settings)


def _fault(name: str, tally: Tally, settings: Settings) -> QualityGateError | None:
    """What the gates of a delivery say, as a run would before it lands any of it."""
    try:
        delivery_gates.check({file.path: file.figures for file in tally.files}, source=name, settings=settings)
    except QualityGateError as fault:
        return fault
    return None


def _gates(name: str, tally: Tally, gates: Gates) -> Iterator[GateResult]:
    """The gates of a run: what all deliveries together must hold; of rates there are none."""
    if name == "rates":
        return
    judged = max(tally.kept.rows + tally.rejected.rows, 1)
    for gate, rows, limit in (
        ("max_rejected_share", tally.rejected.rows, gates.max_rejected_share),
        ("max_undecodable_share", tally.reasons.get("undecodable_text", Part()).rows, gates.max_undecodable_share),
    ):
        yield GateResult(gate, "all files", rows / judged, limit, rows / judged <= limit)
    if name != "transactions":
        return
    days = (tally.last - tally.first).days + 1 if tally.first and tally.last else 0
    for gate, found, required in (
        ("min_customers", len(tally.orders), gates.min_customers),
        ("min_history_days", days, gates.min_history_days),
        ("min_repeat_buyers", tally.repeat_buyers, gates.min_repeat_buyers),
    ):
        yield GateResult(gate, "all files", float(found), float(required), found >= required)


def _warnings(name: str, tally: Tally) -> Iterator[str]:
    for file in tally.files:
        if file.lines.recovered:
            yield f"{file.path}: {file.lines.recovered:,} records hold a quote that is no more than a letter"
        if file.lines.longest_record >= _LONG_RECORD:
            yield (
                f"{file.path}: {file.lines.broken_records:,} records span several lines, one of them "
                f"{file.lines.longest_record:,}: is a quote left open there?"
            )
    rows = tally.rows_of_top() if name == "transactions" else None
    if rows is not None and rows[1] > _UNUSUAL_SHARE and len(tally.rows_by_customer) >= 20:
        yield (
            f"customer {rows[0]} holds {rows[1]:.0%} of the kept rows: a person, or sales without a customer "
            "under one id?"
        )
    if tally.foreign:
        counted = ", ".join(f"{currency} {rows:,}" for currency, rows in tally.foreign.most_common(5))
        yield f"rows in other currencies ({counted}) are converted by the run; their money is not in these figures"
    words = subscription_words(tally.payments)
    if words is not None:
        yield words
    language = language_warning(tally.texts)
    if language is not None:
        yield language
