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
    unit = currency if judged.source == "transactions" else None
    lines = sum(file.lines.physical for file in tally.files)
    records = sum(file.records for file in tally.files)
    yield f"{judged.source}: {lines:,} lines in {_count(len(tally.files), 'file')}: {records:,} records"
    yield f"  kept      {_part(tally.kept, unit)}"
    if tally.filtered.rows:
        yield f"  left out  {_part(tally.filtered, unit)} (sources.transactions.where)"
    if tally.blank:
        yield f"  blank     {_count(tally.blank, 'row')} of delimiters alone: no records, no gate counts them"
    if tally.repeated.rows:
        yield f"  once      {_count(tally.repeated.rows, 'row')} repeat the total of an order, which counts once"
    yield f"  rejected  {_part(tally.rejected, unit)}"
    yield from _reasons(judged, unit)
    yield from _files(judged, unit)
    if unit is not None:
        yield from _purchases(judged, unit)
    elif tally.first is not None:
        people = f"{len(tally.spend):,} people, " if tally.spend else ""
        yield f"  {people}{tally.first} to {tally.last}"


def _reasons(judged: Preview, unit: str | None) -> Iterator[str]:
    tally = judged.tally
    for reason, part in sorted(tally.reasons.items(), key=lambda pair: -pair[1].rows):
        path, line, example = tally.examples[reason]
        yield f"    {reason:<20} {_part(part, unit)}"
        yield f"      line {line}{f' of {path}' if len(tally.files) > 1 else ''}: {example}"
    if len(tally.reasons) > 1:
        yield "    (a row may break several rules)"
    if tally.largest and unit is not None:
        amounts = "; ".join(f"{_money(money, unit)} in line {line} ({why})" for money, why, _, line in tally.largest)
        yield f"  largest rejected: {amounts}"


def _files(judged: Preview, unit: str | None) -> Iterator[str]:
    """Each file's share of rejected rows, where there are several."""
    if len(judged.tally.files) < 2:
        return
    for file in judged.tally.files:
        yield f"  {file.path}: {file.rejected_share:.0%} rejected, kept {_part(file.kept, unit)}"


def _purchases(judged: Preview, currency: str) -> Iterator[str]:
    """What the kept rows amount to."""
    tally = judged.tally
    if tally.first is None:
        return
    repeat = f", {tally.repeat_buyers:,} of them with several" if tally.repeat_buyers else ""
    yield f"{len(tally.spend):,} customers with {tally.order_count:,} orders{repeat}, {tally.first} to {tally.last}"
    top = tally.top_customer
    if top is not None:
        yield f"top customer {top[0]}: {top[1]:.1%} of the money"
    yield from _months(judged, currency)


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
        yield f"gate {gate.name} of {judged.source}, {gate.where}: {limits}: a run would stop here"


def _part(part: Part, unit: str | None) -> str:
    rows = _count(part.rows, "row")
    return rows if unit is None else f"{rows}, {_money(part.money, unit)}"


def _money(amount: Decimal, currency: str) -> str:
    return f"{amount:,.2f} {currency}".rstrip()


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
