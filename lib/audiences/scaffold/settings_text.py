"""The drafted settings as YAML: what was found, and as comments what says so and what is left to choose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import yaml

from audiences.config.sources import CHOOSE
from audiences.scaffold.cleaning_rules import Rule
from audiences.scaffold.columns import Guess
from audiences.scaffold.currency import Currency
from audiences.scaffold.exports import Export
from audiences.scaffold.sample import Sample
from audiences.scaffold.states import StateRule, setting_lines
from audiences.scaffold.timestamps import Reading
from audiences.sizing import rows_in

FEW_ROWS = 1_000_000
"""Up to so many rows a session's start and its plans take longer than its data."""
ROOT = "audiences-tables"
_CANONICAL = ("customer_id", "invoice_id", "ts", "quantity", "unit_price", "line_amount", "order_amount", "product_id",
              "description", "category", "country", "currency", "discount", "tax", "shipping")  # fmt: skip
_BREAKS = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ufeff]+")
_WANTED = ("customer_id", "invoice_id", "ts", "product_id", "description", "category", "country")


def transactions_text(
    samples: Sequence[Sample],
    guesses: Sequence[Guess],
    formats: Sequence[Reading],
    proposed: Sequence[Rule],
    currency: Currency,
    export: Export | None,
    states: Sequence[StateRule] = (),
) -> str:
    """A settings file of purchases; it loads as it stands unless a choice is left to make."""
    lines = [
        *introduction(samples, formats, export),
        *_currency(currency),
        *_root(),
        *_session(samples),
        "sources:",
        "  transactions:",
        *reading_lines(samples),
        *_numbers(guesses),
        *moment_lines(formats),
        *_time_of_day(guesses),
        *_grain(guesses),
        "    columns:",
        *_columns(guesses, currency),
        *_order_deductions(export, samples[0].header),
        *setting_lines(states, flow),
        "cleaning:" if any(rule.value is not None and not rule.is_proposal for rule in proposed) else "# cleaning:",
        *rule_lines(proposed),
    ]
    return as_file(lines)


def as_file(lines: Sequence[str]) -> str:
    """The lines as a file; names and values of the data stand in comments, so that no line may be broken by one."""
    return "\n".join(_BREAKS.sub(" ", line).rstrip() for line in lines) + "\n"


def introduction(samples: Sequence[Sample], formats: Sequence[Reading], export: Export | None) -> Iterator[str]:
    rows = sum(len(sample.rows) for sample in samples)
    part = "all of them" if all(sample.is_whole for sample in samples) else "the first and the last part of each file"
    yield f"# Drafted by `audiences init` from {rows:,} rows ({part}); every line says what it was drafted from."
    if export is not None:
        yield f"# Taken for an export of {export.name}, by the names of its columns."
        yield from (f"# {note[0].upper()}{note[1:]}." for note in export.notes)
    if len(formats) == 1:
        yield f"# Times of the sample: {formats[0].first} to {formats[0].last}. When this is settled:"
        day = formats[0].last.date() + timedelta(days=1)
    else:
        day = None
    yield f"#   audiences run --config THIS-FILE --as-of {day or 'DATE'}"
    yield "# time_zone: UTC  # days and hours are counted in it; the file does not say it"


def _currency(currency: Currency) -> Iterator[str]:
    yield f"currency: {currency.code or CHOOSE}  # {currency.evidence}"
    if currency.lines:
        yield "# Rows in another currency are converted by sources.rates; without a rate the run refuses them."


def _root() -> Iterator[str]:
    yield "store:"
    yield f"  root: {ROOT}  # where the tables will lie: a folder, or any address that Spark reaches"


def _session(samples: Sequence[Sample]) -> Iterator[str]:
    is_counted = all(sample.is_whole for sample in samples)
    by_size = rows_in([(sample.path, sample.size) for sample in samples], "csv") or 0
    rows = sum(len(sample.rows) for sample in samples) if is_counted else by_size
    if rows <= FEW_ROWS:
        count = f"{rows:,} rows" if is_counted else f"By the files' size some {rows:,} rows"
        yield f"# {count}: a short run on one machine; leave this out for millions."
        yield "session: {is_short: true, shuffle_partitions: 4, stages_at_once: 3}"


def reading_lines(samples: Sequence[Sample]) -> Iterator[str]:
    """How the files are read: path, format, encoding, lines above the header, delimiter."""
    first = samples[0]
    yield f"    path: {flow(list(dict.fromkeys(sample.read_from for sample in samples)))}"
    yield f"    format: {first.format}"
    if first.format == "json":
        more = ", multiLine: 'true'" if first.is_list else ""
        yield f"    options: {{primitivesAsString: 'true'{more}}}  # ids and times stay as they are written"
        if first.records is not None:
            yield f"    records: {flow(first.records)}  # the list in the file that holds the records"
        return
    speaking = next((sample for sample in samples if not sample.encoding.is_plain), first)
    yield f"    encoding: {speaking.encoding.name}  # {speaking.encoding.evidence}"
    yield from (f"    # {note}" for note in dict.fromkeys(note for sample in samples for note in sample.notes))
    if first.skip_lines:
        yield f"    skip_lines: {first.skip_lines}"
    if first.quote != '"':
        yield f"    quote: {flow(first.quote)}  # the mark that stands around texts"
    if first.has_row_names:
        yield "    row_names: true  # each row begins with a cell that the header has no name for"
    options = {} if first.delimiter == "," else {"sep": first.delimiter}
    if first.escape is not None:
        options["escape"] = first.escape
    if not first.has_header:
        options["header"] = "false"
    note = "" if first.has_header else "; the first row holds values, no names: columns are _c0, _c1, … by position"
    yield f"    options: {flow(options)}  # {first.delimiter_evidence}{note}"


def _numbers(guesses: Sequence[Guess]) -> Iterator[str]:
    written = next((guess.numbers for guess in guesses if guess.numbers.style == "point"), guesses[0].numbers)
    if written.style is None:
        yield f"    # {written.evidence}: keep one of the two"
        yield f"    decimal: {CHOOSE}"
        yield '    # decimal: ","   # a fraction'
        yield "    # numbers: point   # thousands"
    else:
        yield f"    decimal: {flow(written.decimal)}  # {written.evidence}"
        if written.style == "point":
            yield "    numbers: point  # commas group thousands, also where 1,234 could be a fraction"


def moment_lines(formats: Sequence[Reading]) -> Iterator[str]:
    """The notation of the times, or those that are left to choose from."""
    if len(formats) == 1:
        reading = formats[0]
        yield from (f"    {name}: {flow(value)}{note}" for name, value, note in _notation(reading))
        if reading.not_so:
            yield f"    # {reading.not_so}"
        if reading.misfits:
            yield f"    # {reading.misfits:,} times of the sample are none, such as {', '.join(reading.examples[:3])}"
        return
    yield "    # EVERY TIME OF THE SAMPLE READS IN MORE THAN ONE WAY: keep the right line, drop the one after them"
    for reading in formats:
        settings = {name: value for name, value, _ in _notation(reading)}
        name, value = next(iter(settings.items()))
        more = f" (with first_year: {settings['first_year']})" if "first_year" in settings else ""
        yield (
            f"    # {name}: {flow(value)}{more}  # {reading.words}: {reading.first.date()} to "
            f"{reading.last.date()}; time does not fall in {reading.rising:.1%} of the steps from row to row"
        )
    yield f"    timestamp_format: {CHOOSE}"


def _notation(reading: Reading) -> Iterator[tuple[str, object, str]]:
    if reading.epoch is not None:
        yield "epoch", reading.epoch, "  # whole numbers that are times"
    else:
        yield "timestamp_format", reading.pattern, "  # the one format that reads the times of the sample"
    if reading.first_year is not None:
        span = f"{reading.first.date()} to {reading.last.date()}"
        yield "first_year", reading.first_year, f"  # years of two digits: they then are {span}"


def _time_of_day(guesses: Sequence[Guess]) -> Iterator[str]:
    column = next((guess.time_of_day for guess in guesses if guess.time_of_day is not None), None)
    if column is not None:
        yield f"    time_column: {flow(column.name)}  # the time of day, in a column of its own; joined to ts"


def _grain(guesses: Sequence[Guess]) -> Iterator[str]:
    if guesses[0].grain == "order":
        yield "    grain: order  # each row is an order: what is known of products stays empty"


def _columns(guesses: Sequence[Guess], currency: Currency) -> Iterator[str]:
    for canonical in _CANONICAL:
        chosen = [guess.choices[canonical] for guess in guesses if canonical in guess.choices]
        if not chosen:
            if canonical in _WANTED:
                yield f"      # {canonical}:   # not found"
            continue
        if canonical == "currency" and not currency.lines:
            continue  # one currency alone is said once, at the top
        yield from _column(canonical, chosen)
    yield from _refused(guesses)
    others = list(dict.fromkeys(column.name for guess in guesses for column in guess.others))
    if others:
        yield f"      # kept as extras: {flow(others)}"


def _column(canonical: str, chosen: Sequence[Any]) -> Iterator[str]:
    first = chosen[0]
    names = list(dict.fromkeys(choice.column.name for choice in chosen))
    shown = names[0] if len(names) == 1 else names
    if first.is_open and canonical in ("unit_price", "line_amount"):
        yield f"      # {first.why}: keep one of the two, drop the line after them"
        yield f"      # unit_price: {flow(shown)}   # the price of one unit"
        yield f"      # line_amount: {flow(shown)}   # the amount of the line"
        yield f"      {canonical}: {CHOOSE}"
        return
    if first.is_open and canonical == "discount":
        yield f"      # {shown} holds {first.why}: keep one of the two, drop the line after them"
        yield f"      # discount: {flow(shown)}   # the money of the lines is before it: it is taken off"
        yield "      # discount: []   # the money of the lines is after it"
        yield f"      discount: {CHOOSE}"
        return
    if first.is_open:
        yield f"      # {' or '.join(first.options)} can be the {canonical}: keep one, drop the line after them"
        yield from (f"      # {canonical}: {flow(option)}" for option in first.options)
        yield f"      {canonical}: {CHOOSE}"
        return
    empty = f", {first.column.empty_share:.1%} empty" if first.column.empty_share else ""
    yield f"      {canonical}: {flow(shown)}  # {first.why}; {first.column.distinct:,} distinct in the sample{empty}"
    if first.rivals:
        yield f"      #   it could be as well: {', '.join(first.rivals[:4])}"


def _refused(guesses: Sequence[Guess]) -> Iterator[str]:
    told = dict.fromkeys(
        f"      #   not {canonical}: {name} ({reason})"
        for guess in guesses
        for canonical, columns in guess.refused.items()
        for name, reason in columns.items()
    )
    yield from told


def _order_deductions(export: Export | None, header: Sequence[str]) -> Iterator[str]:
    """Columns of an export with money off a whole order."""
    present = [] if export is None else [name for name in export.order_deductions if name in header]
    if present:
        yield f"    order_deductions: {flow(present)}  # one sum for an order, shared among its lines"


def rule_lines(proposed: Sequence[Rule]) -> Iterator[str]:
    """The settings below `cleaning`, proposals and remarks as comments; lower sections last."""
    nested: dict[str, list[Rule]] = {}
    for rule in proposed:
        section, _, _ = rule.setting.rpartition(".")
        nested.setdefault(section, []).append(rule)
    for section, rules in sorted(nested.items()):
        indent = "  " * (1 + bool(section))
        if section:
            is_live = any(rule.value is not None and not rule.is_proposal for rule in rules)
            yield f"{'  ' if is_live else '  # '}{section}:"
        for rule in rules:
            yield from (f"{indent}# {line}" for line in rule.evidence)
            if rule.value is not None:
                mark = "# " if rule.is_proposal else ""
                yield f"{indent}{mark}{rule.setting.rpartition('.')[2]}: {flow(rule.value)}"


def flow(value: object) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10_000)
    return text.removesuffix("\n").removesuffix("\n...")
