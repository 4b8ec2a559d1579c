"""Drafts of the sources beside transactions: activity logs and texts of customers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from audiences.errors import InputError
from audiences.scaffold.activity_columns import columns_of_activity
from audiences.scaffold.cells import Cells
from audiences.scaffold.exports import Export
from audiences.scaffold.names import plain, rank
from audiences.scaffold.sample import Sample, written_on
from audiences.scaffold.settings_text import as_file, flow, introduction, moment_lines, reading_lines
from audiences.scaffold.timestamps import Reading, readings
from audiences.text.languages import SAMPLE, language_warning

_REVIEW_NAMES = {
    "text": ("text", "reviewtext", "review", "comment", "comments", "body", "content", "message", "reviewbody",
             "bewertung", "kommentar", "avis", "description", "feedback"),
    "review_id": ("reviewid", "id", "ticketid"),
    "rating": ("rating", "overall", "stars", "score", "reviewscore", "note", "bewertungspunkte"),
    "summary": ("summary", "title", "headline", "subject", "reviewtitle"),
}  # fmt: skip


_TAKEN_FOR = {
    "activity": "taken for a log of events: nothing in it is the money of a purchase",
    "reviews": "taken for texts of customers",
}


def draft_other(samples: Sequence[Sample], source: str, export: Export | None) -> tuple[str, tuple[str, ...]]:
    """Settings text and messages for a known export of activity or texts, or for a file of reviews.

    Raises:
        InputError: its times read in no known way.
    """
    first = samples[0]
    columns_of = columns_of_activity if source == "activity" else columns_of_reviews
    columns = export.mapped(first.header) if export is not None else columns_of(first) or {}
    cells = {name: Cells(column, _column(samples, column)) for name, column in columns.items()}
    in_order = {} if export is None else _in_order(samples, export)
    epoch = None if export is None else export.epoch
    formats = [] if epoch else readings(cells["ts"].filled, takes_numbers=True, latest=written_on(Path(first.path)))
    if not epoch and not formats:
        raise InputError("no timestamp format reads the times", where=first.path, found=cells["ts"].filled[0])
    lines = [
        *introduction(samples, formats, export),
        "sources:",
        f"  {source}:",
        *reading_lines(samples),
        *_times(epoch, formats),
        *_first_filled(in_order),
        "    columns:",
        *(f"      {name}: {flow(in_order.get(name, column))}" for name, column in columns.items()),
    ]
    messages = [f"taken for an export of {export.name}"] if export is not None else [_TAKEN_FOR[source]]
    messages += [f"the encoding is {sample.encoding.evidence}" for sample in samples if sample.encoding.is_guess]
    if source == "reviews":
        warning = language_warning(cells["text"].filled[:SAMPLE])
        messages += [] if warning is None else [warning]
    if len(formats) > 1:
        ways = " or ".join(f"{reading.pattern} ({reading.words})" for reading in formats)
        messages.append(f"choose sources.{source}.timestamp_format: {ways}; the sample reads in each way")
    return as_file(lines), tuple(messages)


def _in_order(samples: Sequence[Sample], export: Export) -> dict[str, list[str]]:
    """Canonical name -> its columns, where rows without a value in the first have one in another."""
    found = {}
    for name in export.per_row:
        listed = list(export.candidates(samples[0].header).get(name, ()))
        columns = [_column(samples, column) for column in listed]
        helps = any(not cells[0] and any(cells[1:]) for cells in zip(*columns, strict=True)) if columns else False
        if helps:
            found[name] = listed
    return found


def _first_filled(in_order: Mapping[str, Sequence[str]]) -> Iterator[str]:
    if in_order:
        yield f"    first_filled: {flow(list(in_order))}  # each row takes the first listed column that it has filled"


def _column(samples: Sequence[Sample], name: str) -> tuple[str, ...]:
    return tuple(
        cell for sample in samples if name in sample.header for cell in sample.column(sample.header.index(name))
    )


def _times(epoch: str | None, formats: Sequence[Reading]) -> Iterator[str]:
    if epoch:
        yield f"    epoch: {epoch}  # whole numbers since 1970-01-01 UTC"
    else:
        yield from moment_lines(formats)


def columns_of_reviews(sample: Sample) -> dict[str, str] | None:
    """Canonical name -> column, if the file holds texts of customers with their times; None otherwise."""
    cells = [Cells(name, sample.column(number)) for number, name in enumerate(sample.header)]
    texts = [column for column in cells if column.is_long_text or plain(column.name) in _REVIEW_NAMES["text"][:3]]
    texts = [column for column in texts if column.filled and not column.readings]
    people = sorted((rank(column.name, "customer_id"), column.name) for column in cells if column.filled)
    times = sorted((rank(column.name, "ts"), column.name) for column in cells if column.readings)
    if not texts or not people or people[0][0][0] != 0 or not times:
        return None
    text = max(texts, key=lambda column: (plain(column.name) in _REVIEW_NAMES["text"], sum(map(len, column.filled))))
    columns = {"customer_id": people[0][1], "ts": times[0][1], "text": text.name}
    for canonical, names in _REVIEW_NAMES.items():
        match = next((column.name for name in names for column in cells if plain(column.name) == name), None)
        if match is not None and match not in columns.values():
            columns.setdefault(canonical, match)
    product = sorted((rank(column.name, "product_id"), column.name) for column in cells)
    if product and product[0][0][0] == 0 and product[0][1] not in columns.values():
        columns["product_id"] = product[0][1]
    return columns
