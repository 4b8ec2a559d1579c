"""Physical lines of a CSV file put together to records, where quotes cannot be trusted; plain Python, one pass.

A quote that opens a cell and is not closed on its line may begin a text of several lines, or be a stray sign before a
name. Both are read: as a cell that spans lines, and with the quotes as letters. Where the spanned lines are rows by
themselves, they are rows; nothing is guessed where neither reading fits.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

MAX_SPAN = 2_000
"""So many lines may one cell span; a quote that is still open then was none."""

BLANK = "".join(map(chr, range(0x21)))
"""What a line consists of that is no record, for Spark's reader too."""

_SAMPLE, _ENOUGH_ROWS = 500, 5
_WIDE = 4
"""So many cells on a line are no accident of the text of a sentence."""

UNCLOSED = "unclosed_quote"
_DIGIT = re.compile(r"[0-9]")


@dataclass(frozen=True)
class CsvForm:
    """How a file's lines are split.

    Args:
        delimiter: between cells.
        quote: around cells; empty: quotes are letters.
        backslash: a backslash before a quote makes it a letter, as a doubled quote does otherwise.
        comment: lines that begin with it are none; empty: there are no comments.
    """

    delimiter: str = ","
    quote: str = '"'
    backslash: bool = False
    comment: str = ""


@dataclass(frozen=True)
class Record:
    """One record of a file.

    Args:
        line: the physical line that it begins on, from 1.
        lines: how many it spans.
        cells: as many as the header has, unless there is a fault; None where nothing is written.
        text: the lines as they are, where there is a fault.
        fault: unclosed_quote or wrong_width; None: the record is sound.
        is_recovered: its stray quote was read as a letter.
    """

    line: int
    lines: int
    cells: tuple[str | None, ...]
    text: str | None = None
    fault: str | None = None
    is_recovered: bool = False


def records(lines: Iterable[str], form: CsvForm, width: int) -> Iterator[Record]:
    """The records of a file's lines (their ends cut off), in order; blank lines and comments are none."""
    stream = iter(lines)
    first = list(islice(stream, _SAMPLE))
    numbered = enumerate(chain(first, stream), 1)
    row = _Row(form, width, _columns_with_digits(first[1:], form, width))
    waiting: deque[tuple[int, str]] = deque()
    while (line := _next(waiting, numbered)) is not None:
        number, text = line
        if not text.strip(BLANK) or (form.comment and text.startswith(form.comment)):
            continue
        cells, is_open = split(text, form)
        if is_open:
            span, is_closed = _span(text, waiting, numbered, form)
            yield _of_span(number, text, span, is_closed, row, waiting)
        else:
            yield _sound_or_not(number, [text], cells, width)


@dataclass(frozen=True)
class _Row:
    """What a line must be like to be a row by itself."""

    form: CsvForm
    width: int
    with_digits: tuple[int, ...]

    def is_like(self, text: str, *, literal: bool = False) -> bool:
        """Whether the line has the header's number of cells, and a digit where each row has one."""
        cells: Sequence[str | None] = text.split(self.form.delimiter)
        is_open = False
        if not literal:
            cells, is_open = split(text, self.form)
        if is_open or len(cells) != self.width or not (self.with_digits or self.width >= _WIDE):
            return False
        return all(_DIGIT.search(cells[place] or "") for place in self.with_digits)


def _columns_with_digits(lines: Sequence[str], form: CsvForm, width: int) -> tuple[int, ...]:
    """The columns that hold a digit in every line that is surely a row; none where there are too few of these."""
    rows = [line.split(form.delimiter) for line in lines if not form.quote or form.quote not in line]
    rows = [cells for cells in rows if len(cells) == width]
    if len(rows) < _ENOUGH_ROWS:
        return ()
    return tuple(place for place in range(width) if all(_DIGIT.search(cells[place]) for cells in rows))


def split(text: str, form: CsvForm) -> tuple[list[str | None], bool]:
    """The cells of a record, and whether its end lies in a quoted cell that is not closed."""
    if not form.quote or form.quote not in text:
        return [cell or None for cell in text.split(form.delimiter)], False
    cells: list[str | None] = []
    start = 0
    while True:
        if text.startswith(form.quote, start):
            end = _closing(text, start + 1, form)
            if end is None:
                return [*cells, text[start:]], True
            if end + 1 == len(text) or text.startswith(form.delimiter, end + 1):
                cells.append(_unquoted(text[start + 1 : end], form))
                start = end + 1 + len(form.delimiter)
                if end + 1 == len(text):
                    return cells, False
                continue
            beyond = end + 1  # a letter follows the quote: it closes nothing, and the quotes are letters
        else:
            beyond = start
        end = text.find(form.delimiter, beyond)
        if end < 0:
            return [*cells, text[start:] or None], False
        cells.append(text[start:end] or None)
        start = end + len(form.delimiter)


def _closing(text: str, start: int, form: CsvForm) -> int | None:
    """Where the quote stands that closes a cell whose content begins at `start`."""
    place = start
    while True:
        end = text.find(form.quote, place)
        if end < 0:
            return None
        if form.backslash and text[end - 1] == "\\" and end > start:
            place = end + 1
        elif not form.backslash and text.startswith(form.quote, end + 1):
            place = end + 2
        else:
            return end


def _unquoted(cell: str, form: CsvForm) -> str:
    return cell.replace("\\" + form.quote if form.backslash else form.quote * 2, form.quote)


def _next(waiting: deque[tuple[int, str]], numbered: Iterator[tuple[int, str]]) -> tuple[int, str] | None:
    return waiting.popleft() if waiting else next(numbered, None)


def _span(
    first: str, waiting: deque[tuple[int, str]], numbered: Iterator[tuple[int, str]], form: CsvForm
) -> tuple[list[tuple[int, str]], bool]:
    """The lines after `first` up to the one that closes its open cell, and whether one does."""
    span: list[tuple[int, str]] = []
    text, is_open = first, True
    while is_open and len(span) < MAX_SPAN:
        line = _next(waiting, numbered)
        if line is None:
            return span, False
        span.append(line)
        if form.quote in line[1]:  # a line without a quote cannot close anything
            text = "\n".join([first, *(one for _, one in span)])
            _, is_open = split(text, form)
    return span, not is_open


def _of_span(
    number: int,
    first: str,
    span: Sequence[tuple[int, str]],
    is_closed: bool,
    row: _Row,
    waiting: deque[tuple[int, str]],
) -> Record:
    """What a line with an open quote is: the begin of a text of several lines, or a row with a stray quote.

    In the second case the lines after it go back, to be read as rows.
    """
    after = [text for _, text in span]
    if is_closed and not _holds_rows(first, after, row):
        lines = [first, *after]
        return _sound_or_not(number, lines, split("\n".join(lines), row.form)[0], row.width)
    waiting.extendleft(reversed(span))
    cells = tuple(cell or None for cell in first.split(row.form.delimiter))
    if len(cells) == row.width:
        return Record(number, 1, cells, is_recovered=True)
    return Record(number, 1, cells, text=first, fault=UNCLOSED)


def _holds_rows(first: str, after: Sequence[str], row: _Row) -> bool:
    """Whether the lines that one cell would span are rows by themselves."""
    if all(row.is_like(text, literal=True) for text in (first, *after)):
        return True
    inner = after[:-1]
    rows = sum(row.is_like(text) or row.is_like(text, literal=True) for text in inner)
    return bool(inner) and rows >= len(inner) / 2


def _sound_or_not(number: int, lines: Sequence[str], cells: Sequence[str | None], width: int) -> Record:
    if len(cells) == width:
        return Record(number, len(lines), tuple(cells))
    return Record(number, len(lines), tuple(cells), text="\n".join(lines), fault="wrong_width")
