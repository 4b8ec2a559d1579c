"""The drafted settings as YAML: what was found, and as comments what says so and what is left to choose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import yaml

from audiences.config.sources import CHOOSE
from audiences.scaffold.cleaning_rules import Rule
from audiences.scaffold.columns import OPTIONAL, REQUIRED, Guess
from audiences.scaffold.sample import Sample
from audiences.scaffold.timestamps import Reading
from audiences.sizing import rows_in

FEW_ROWS = 1_000_000
"""Up to so many rows a session's start and its plans take longer than its data."""


def as_text(
    samples: Sequence[Sample], guesses: Sequence[Guess], formats: Sequence[Reading], found: Sequence[Rule]
) -> str:
    """A settings file; it loads as it stands unless a choice is left to make."""
    lines = [
        *_introduction(samples, formats),
        *_session(samples),
        "sources:",
        "  transactions:",
        f"    path: {_flow([sample.path for sample in samples])}",
        *_reading(samples),
        *_numbers(guesses),
        *_moments(formats),
        "    columns:",
        *_columns(samples, guesses),
        "cleaning:" if any(rule.value is not None for rule in found) else "# cleaning: the defaults fit",
        *(line for rule in found for line in _rule(rule)),
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _introduction(samples: Sequence[Sample], formats: Sequence[Reading]) -> Iterator[str]:
    rows = sum(len(sample.rows) for sample in samples)
    part = "all of them" if all(sample.is_whole for sample in samples) else "the first and the last part of each file"
    yield f"# Drafted by `audiences init` from {rows:,} rows ({part}); every line says what it was drafted from."
    if len(formats) == 1:
        yield f"# Times of the sample: {formats[0].first} to {formats[0].last}. When this is settled:"
        day = formats[0].last.date() + timedelta(days=1)
    else:
        day = None
    yield f"#   audiences run --config THIS-FILE --as-of {day or 'DATE'}"
    yield "# Not in the file, so say it (see `audiences config show`):"
    yield "# currency: EUR"
    yield "# time_zone: UTC"


def _session(samples: Sequence[Sample]) -> Iterator[str]:
    rows = rows_in([(sample.path, sample.size) for sample in samples], "csv") or 0
    if rows <= FEW_ROWS:
        yield f"# By the files' size some {rows:,} rows: a short run on one machine; leave this out for millions."
        yield "session: {is_short: true, shuffle_partitions: 4, stages_at_once: 3}"


def _reading(samples: Sequence[Sample]) -> Iterator[str]:
    first = samples[0]
    said = next((one for one in samples if "ASCII in the sample" not in one.encoding_evidence), first)
    yield "    format: csv"
    yield f"    encoding: {said.encoding}  # {said.encoding_evidence}"
    options = {} if first.delimiter == "," else {"sep": first.delimiter}
    if not first.has_header:
        options["header"] = "false"
    note = "" if first.has_header else "; the first row holds values, no names: columns are _c0, _c1, … by position"
    yield f"    options: {_flow(options)}  # {first.delimiter_evidence}{note}"


def _numbers(guesses: Sequence[Guess]) -> Iterator[str]:
    written = guesses[0].decimals
    if written.sign is None:
        yield f"    # {written.evidence}: keep one of the two"
        yield f"    decimal: {CHOOSE}"
        yield '    # decimal: ","   # a fraction'
        yield '    # decimal: "."   # thousands; such rows are then rejected, write them without the comma'
    else:
        yield f"    decimal: {_flow(written.sign)}  # {written.evidence}"


def _moments(formats: Sequence[Reading]) -> Iterator[str]:
    if len(formats) == 1:
        one = formats[0]
        yield f"    timestamp_format: {_flow(one.pattern)}  # the one format that reads every time of the sample"
        return
    yield "    # EVERY TIME OF THE SAMPLE READS IN MORE THAN ONE WAY: keep the right line, drop the one after them"
    for one in formats:
        yield (
            f"    # timestamp_format: {_flow(one.pattern)}  # {one.words}: {one.first.date()} to {one.last.date()}; "
            f"time does not fall in {one.rising:.1%} of the steps from row to row"
        )
    yield f"    timestamp_format: {CHOOSE}"


def _columns(samples: Sequence[Sample], guesses: Sequence[Guess]) -> Iterator[str]:
    for canonical in (*REQUIRED, *OPTIONAL):
        found = [guess.columns[canonical] for guess in guesses if canonical in guess.columns]
        if not found:
            yield f"      # {canonical}:   # not found"
            continue
        names = list(dict.fromkeys(column.name for column in found))
        why = next(guess.why[canonical] for guess in guesses if canonical in guess.columns)
        empty = f", {found[0].empty_share:.1%} empty" if found[0].empty_share else ""
        shown = names[0] if len(names) == 1 else names
        yield f"      {canonical}: {_flow(shown)}  # {why}; {found[0].distinct:,} distinct in the sample{empty}"
    others = list(dict.fromkeys(column.name for guess in guesses for column in guess.others))
    if others:
        yield f"      # kept as extras: {_flow(others)}"


def _rule(rule: Rule) -> Iterator[str]:
    yield from (f"  # {line}" for line in rule.evidence)
    if rule.value is not None:
        yield f"  {rule.setting}: {_flow(rule.value)}"


def _flow(value: object) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10_000)
    return text.removesuffix("\n").removesuffix("\n...")
