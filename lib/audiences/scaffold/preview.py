"""What a run would keep and reject of the transactions that settings lead to, with money, before anything is landed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from audiences.config import Gates, Settings, TransactionSource
from audiences.errors import InputError, QualityGateError
from audiences.scaffold.raw_rows import Lines, RawRow, raw_rows, size_of, source_files
from audiences.scaffold.row_rules import TransactionRules
from audiences.scaffold.subscriptions import subscription_words
from audiences.scaffold.tally import FileTally, Tally
from audiences.sources import deliveries

MAX_BYTES = 300_000_000
"""So much text is judged without Spark, about a minute's work; packed files count eight times their size."""
_SETTING = "sources.transactions"
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
        fault: what stops the delivery before it is landed; None where it passes.
    """

    tally: Tally
    gates: tuple[GateResult, ...]
    warnings: tuple[str, ...]
    fault: QualityGateError | None = None

    @property
    def failed(self) -> tuple[GateResult, ...]:
        return tuple(gate for gate in self.gates if not gate.passed)

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values, for JSON."""
        tally = self.tally
        top = tally.top_customer
        return {
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
            "largest_rejected": [
                {"money": str(money), "reason": reason, "file": path, "line": line}
                for money, reason, path, line in tally.largest
            ],
            "customers": len(tally.spend),
            "orders": tally.order_count,
            "first_day": tally.first,
            "last_day": tally.last,
            "revenue_by_month": {month: str(part.money) for month, part in sorted(tally.months.items())},
            "top_customer": None if top is None else {"customer_id": top[0], "share": top[1]},
            "gates": [vars(gate) for gate in self.gates],
            "refused": None if self.fault is None else self.fault.details,
            "warnings": list(self.warnings),
        }  # fmt: skip


def preview(settings: Settings) -> Preview:
    """Judges every row of the transactions by the rules of the settings.

    Raises:
        InputError: the files cannot be read here, or hold more than `MAX_BYTES`.
    """
    source = settings.sources.transactions
    files = source_files(source, setting=f"{_SETTING}.path")
    size = sum(map(size_of, files))
    if size > MAX_BYTES:
        raise InputError(
            "these files are too large to be judged without Spark", where=f"{_SETTING}.path",
            found=f"about {size / 1e6:,.0f} MB of text", allowed=f"{MAX_BYTES / 1e6:,.0f} MB",
            advice="check one delivery of them, or let `audiences run quality_gates` judge all",
        )  # fmt: skip
    tally, rules = Tally(), TransactionRules(settings, is_one_file=len(files) == 1)
    for path in files:
        file = FileTally(str(path))
        tally.files.append(file)
        rules.begin_file(partial(_first_look, path, source))
        for row in raw_rows(path, source, setting=_SETTING, lines=file.lines):
            tally.add(file, row, rules.judge(row))
    return Preview(tally, tuple(_gates(tally, settings.gates)), tuple(_warnings(tally)), _fault(tally, settings))


def _first_look(path: Path, source: TransactionSource) -> Iterator[RawRow]:
    """The rows of a file that is read again afterwards, whose lines are counted then."""
    return raw_rows(path, source, setting=_SETTING, lines=Lines())


def _fault(tally: Tally, settings: Settings) -> QualityGateError | None:
    """What the gates of a delivery say, as a run would before it lands any of it."""
    try:
        deliveries.check({file.path: file.figures for file in tally.files}, source="transactions", settings=settings)
    except QualityGateError as fault:
        return fault
    return None


def _gates(tally: Tally, gates: Gates) -> Iterator[GateResult]:
    """The gates of a run: what all deliveries together must hold."""
    days = (tally.last - tally.first).days + 1 if tally.first and tally.last else 0
    for name, found, required in (
        ("min_customers", len(tally.orders), gates.min_customers),
        ("min_history_days", days, gates.min_history_days),
        ("min_repeat_buyers", tally.repeat_buyers, gates.min_repeat_buyers),
    ):
        yield GateResult(name, "all files", float(found), float(required), found >= required)


def _warnings(tally: Tally) -> Iterator[str]:
    for file in tally.files:
        if file.lines.recovered:
            yield f"{file.path}: {file.lines.recovered:,} records hold a quote that is no more than a letter"
        if file.lines.longest_record >= _LONG_RECORD:
            yield (
                f"{file.path}: {file.lines.broken_records:,} records span several lines, one of them "
                f"{file.lines.longest_record:,}: is a quote left open there?"
            )
    rows = tally.rows_of_top()
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
