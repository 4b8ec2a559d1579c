"""A preview in words: what was read, kept and rejected, and what it amounts to."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from audiences.scaffold.preview import Preview
from audiences.scaffold.tally import Part

_MONTHS = 24
_BAR = 20


def preview_lines(judged: Preview, currency: str) -> Iterator[str]:
    """The preview for a terminal of 80 columns."""
    tally = judged.tally
    lines = sum(file.lines.physical for file in tally.files)
    records = sum(file.records for file in tally.files)
    yield f"{lines:,} lines in {_count(len(tally.files), 'file')}: {records:,} records"
    yield f"  kept      {_part(tally.kept, currency)}"
    if tally.filtered.rows:
        yield f"  left out  {_part(tally.filtered, currency)} (sources.transactions.where)"
    if tally.repeated.rows:
        yield f"  once      {_count(tally.repeated.rows, 'row')} repeat the total of an order, which counts once"
    yield f"  rejected  {_part(tally.rejected, currency)}"
    for reason, part in sorted(tally.reasons.items(), key=lambda pair: -pair[1].rows):
        path, line, example = tally.examples[reason]
        yield f"    {reason:<20} {_part(part, currency)}"
        yield f"      line {line}{f' of {path}' if len(tally.files) > 1 else ''}: {example}"
    if len(tally.reasons) > 1:
        yield "    (a row may break several rules)"
    if tally.largest:
        amounts = "; ".join(
            f"{_money(money, currency)} in line {line} ({why})" for money, why, _, line in tally.largest
        )
        yield f"  largest rejected: {amounts}"
    yield from _files(judged, currency)
    if tally.first is None:
        return
    repeat = f", {tally.repeat_buyers:,} of them with several" if tally.repeat_buyers else ""
    yield f"{len(tally.spend):,} customers with {tally.order_count:,} orders{repeat}, {tally.first} to {tally.last}"
    top = tally.top_customer
    if top is not None:
        yield f"top customer {top[0]}: {top[1]:.1%} of the money"
    yield from _months(judged, currency)


def _files(judged: Preview, currency: str) -> Iterator[str]:
    """Each file's share of rejected rows, where there are several."""
    if len(judged.tally.files) < 2:
        return
    for file in judged.tally.files:
        yield f"  {file.path}: {file.rejected_share:.0%} rejected, kept {_part(file.kept, currency)}"


def _months(judged: Preview, currency: str) -> Iterator[str]:
    months = sorted(judged.tally.months.items())
    highest = max((part.money for _, part in months), default=Decimal(0))
    if len(months) > _MONTHS:
        yield f"revenue of the last {_MONTHS} of {len(months)} months:"
    else:
        yield "revenue by month:"
    for month, part in months[-_MONTHS:]:
        length = int(_BAR * part.money / highest) if highest > 0 and part.money > 0 else 0
        yield f"  {month}  {_money(part.money, currency):>20}  {'█' * length}"


def summary_line(judged: Preview, currency: str) -> str:
    """One line, to compare readings of the same files."""
    tally = judged.tally
    days = "" if tally.first is None else f", {tally.first} to {tally.last}"
    rejected = f"{_count(tally.rejected.rows, 'row')} rejected"
    return f"kept {_part(tally.kept, currency)}, {rejected}, {_count(len(tally.spend), 'customer')}{days}"


def gate_lines(judged: Preview) -> Iterator[str]:
    """Gates that would stop a run."""
    if judged.fault is not None:
        yield f"a run would refuse this delivery: {judged.fault.details['found']}"
    for gate in judged.failed:
        limits = f"found {gate.found:.4g}, required {gate.required:g}"
        yield f"gate {gate.name}, {gate.where}: {limits}: a run would stop here"


def _part(part: Part, currency: str) -> str:
    return f"{_count(part.rows, 'row')}, {_money(part.money, currency)}"


def _money(amount: Decimal, currency: str) -> str:
    return f"{amount:,.2f} {currency}".rstrip()


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
