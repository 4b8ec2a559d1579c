"""Where the table begins in a text: lines above its header, its delimiter, its names."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from audiences.errors import InputError
from audiences.scaffold.names import is_known_name
from audiences.scaffold.numbers import is_number
from audiences.scaffold.timestamps import looks_like_a_moment
from audiences.sources.header import column_names

DELIMITERS: Mapping[str, str] = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
MAX_LINES_ABOVE = 30
"""Titles, dates of the export and comments fill no more lines above a header."""

_LOOKED_AT = 131_072
_MARKS: tuple[tuple[str, str | None], ...] = (('"', None), ('"', "\\"), ("'", None))
"""Marks around texts with what stands before one within a text, in the order in which they are tried."""
_CELL_LIMIT = 2**21
_SEP_LINE = re.compile(r"\"?sep=(.)\"?", re.IGNORECASE)


@dataclass(frozen=True)
class Record:
    """One record with the physical line that it begins in, from 1."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """How the table lies in its text.

    Args:
        delimiter, delimiter_evidence: between cells, and why.
        skip_lines: physical lines above the header.
        above: those lines.
        has_header: the first record of the table holds names.
        header: names as the reader knows them: `_c3` where the fourth is empty, `Note8` where the ninth repeats.
        records: the cells of the rows, trimmed; repeated headers are left out.
        headers_again: how often the header stands among the rows.
        notes: what a reader of the draft should know.
        has_row_names: the rows begin with a cell that the header has no name for, called _c0.
        quote: the mark around texts.
        escape: what stands before such a mark within a text, where it is not doubled.
    """

    delimiter: str
    delimiter_evidence: str
    skip_lines: int
    above: tuple[str, ...]
    has_header: bool
    header: tuple[str, ...]
    records: tuple[tuple[str, ...], ...]
    headers_again: int
    notes: tuple[str, ...]
    has_row_names: bool = False
    quote: str = '"'
    escape: str | None = None


def layout_of(first: str, last: str, path: Path, *, is_cut: bool) -> Layout:
    """The layout of a file of which the first and the last part are known.

    Args:
        first: its text from the beginning.
        last: its last lines; empty where `first` is the whole file.
        is_cut: `first` ends in the middle of a line.

    Raises:
        InputError: no delimiter splits the rows, or there are no rows.
    """
    delimiter, why = _delimiter(first, path)
    quote = _quote(first, delimiter)
    escape = _escape(first, delimiter, quote)
    records = list(_records(first, delimiter, quote, escape))
    if is_cut and len(records) > 1:
        records = records[:-1]
    width = _width(records)
    begin = _first_of_table(records, width)
    top = records[begin]
    body = [record.cells for record in [*records[begin + 1 :], *_records(last, delimiter, quote, escape)]]
    rows = [cells for cells in body if len(cells) == width]
    shorter = _shorter_header(records, begin, [top.cells, *rows])
    if shorter is not None:
        return _with_shorter_header(shorter, (delimiter, why), [top.cells, *rows], first)
    has_header = _is_header(top.cells, rows)
    again = sum(cells == top.cells for cells in rows) if has_header else 0
    rows = [cells for cells in rows if cells != top.cells] if has_header else [top.cells, *rows]
    if not rows:
        raise InputError("the file holds a header and no rows", where=path, found=", ".join(top.cells))
    header = column_names(top.cells) if has_header else tuple(f"_c{number}" for number in range(width))
    skip = top.line - 1
    above = tuple(line.strip() for line in first.splitlines()[:skip])
    notes = tuple(_notes(top.cells, rows, has_header=has_header, above=above, again=again, line=top.line))
    return Layout(
        delimiter, why, skip, above, has_header, header, tuple(rows), again, notes, quote=quote, escape=escape
    )


def _shorter_header(records: Sequence[Record], begin: int, rows: Sequence[Sequence[str]]) -> Record | None:
    """The header above the table that has one cell less than the rows, if there is one."""
    width = len(rows[0])
    above = records[begin - 1] if begin else None
    if above is None or len(above.cells) != width - 1 or not all(above.cells):
        return None
    is_wider = not any(row[-1] for row in rows) or len({row[0] for row in rows}) == len(rows)
    return above if is_wider and _is_header(above.cells, [row[:-1] for row in rows]) else None


def _with_shorter_header(top: Record, delimiter: tuple[str, str], rows: Sequence[tuple[str, ...]], text: str) -> Layout:
    """Rows that end with a delimiter, or begin with a name of their own, below a header that knows nothing of it."""
    has_row_names = any(row[-1] for row in rows)
    names = column_names(top.cells)
    cells = tuple(row if has_row_names else row[:-1] for row in rows if row[-len(top.cells) :] != top.cells)
    note = (
        "each row begins with a name of its own, which the header has no name for: column _c0"
        if has_row_names
        else "a delimiter stands at the end of each row, and none at the end of the header"
    )
    header = ("_c0", *names) if has_row_names else names
    skip = top.line - 1
    above = tuple(line.strip() for line in text.splitlines()[:skip])
    notes = (*_notes(top.cells, cells, has_header=True, above=above, again=0, line=top.line), note)
    return Layout(*delimiter, skip, above, True, header, cells, 0, notes, has_row_names)


def _quote(text: str, delimiter: str) -> str:
    """The mark around texts: a double quote, or a single one where only that gives rows as wide as the header."""
    start = text[:_LOOKED_AT]
    sign = re.escape(delimiter)
    around = re.findall(rf"(?:^|{sign})'[^'\n]*'(?={sign}|\r?$)", start, re.MULTILINE)
    rows = list(_records(start, delimiter, "'"))[: 500 + MAX_LINES_ABOVE]
    if len(around) < 0.3 * len(rows) or len(rows) < 3:
        return '"'
    widths = Counter(len(row.cells) for row in rows[1:-1])
    is_even = widths[len(rows[0].cells)] > 0.95 * sum(widths.values())
    return "'" if is_even and len(rows[0].cells) > 1 else '"'


def _escape(text: str, delimiter: str, quote: str) -> str | None:
    """A backslash, where it stands before quotes within texts and only that gives rows of one width."""
    start = text[:_LOOKED_AT]
    if f"\\{quote}" not in start:
        return None
    odd = {}
    for escape in (None, "\\"):
        rows = list(_records(start, delimiter, quote, escape))[:-1]
        width = _width(rows)
        odd[escape] = sum(len(row.cells) != width for row in rows)
    return "\\" if odd["\\"] < odd[None] else None


def _records(text: str, delimiter: str, quote: str = '"', escape: str | None = None) -> Iterator[Record]:
    csv.field_size_limit(_CELL_LIMIT)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote, escapechar=escape)
    before = 0
    for row in reader:
        line, before = before + 1, reader.line_num
        if row:
            yield Record(line, tuple(cell.strip() for cell in row))


def _width(records: Sequence[Record]) -> int:
    return Counter(len(record.cells) for record in records[: 1000 + MAX_LINES_ABOVE]).most_common(1)[0][0]


def _candidates(start: str, quote: str, escape: str | None) -> list[tuple[int, int, str, str]]:
    """Delimiters that split nine of ten records into equally many cells: width, records, delimiter, evidence."""
    candidates = []
    for delimiter, name in DELIMITERS.items():
        rows = list(_records(start, delimiter, quote, escape))[: 500 + MAX_LINES_ABOVE]
        rows = rows[:-1] if len(rows) > 2 else rows
        width = _width(rows)
        below = rows[next(number for number, row in enumerate(rows) if len(row.cells) == width) :]
        count = sum(len(row.cells) == width for row in below)
        is_on_top = len(rows) - len(below) <= MAX_LINES_ABOVE
        if width > 1 and is_on_top and count >= 0.9 * len(below):
            evidence = f"{name}: {count:,} of the first {len(below):,} rows have {width} cells"
            candidates.append((width, count, delimiter, evidence))
    return candidates


def _delimiter(text: str, path: Path) -> tuple[str, str]:
    """The delimiter that splits nine of ten records below the lines on top into equally many cells."""
    spoken = _SEP_LINE.fullmatch(text.split("\n", 1)[0].strip())
    if spoken is not None and spoken[1] in DELIMITERS:
        return spoken[1], f"{DELIMITERS[spoken[1]]}: the first line says {spoken[0]}"
    start = text[:_LOOKED_AT]
    tried = (_candidates(start, quote, escape) for quote, escape in _MARKS)
    candidates = next((found for found in tried if found), [])
    if not candidates:
        raise InputError(
            "no delimiter splits the rows into equally many cells", where=path, found=start.splitlines()[0][:120],
            allowed=", ".join(DELIMITERS.values()),
        )  # fmt: skip
    _, _, delimiter, evidence = max(candidates, key=lambda candidate: candidate[:2])
    return delimiter, evidence


def _first_of_table(records: Sequence[Record], width: int) -> int:
    """The first record as wide as the table; titles that a spreadsheet padded with empty cells are passed over."""
    for number, record in enumerate(records[: MAX_LINES_ABOVE + 1]):
        if len(record.cells) != width:
            continue
        filled = sum(map(bool, record.cells))
        below = [sum(map(bool, other.cells)) for other in records[number + 1 : number + 6] if len(other.cells) == width]
        is_title = filled <= max(1, width // 3) and bool(below) and max(below) > max(2, 1.5 * filled)
        if not is_title:
            return number
    return next(number for number, record in enumerate(records) if len(record.cells) == width)


def _is_header(top: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Names are neither numbers nor moments, and do not come again below as values; an empty or a repeated one may."""
    names = [cell for cell in top if cell]
    if not names or any(is_number(cell) or looks_like_a_moment(cell) for cell in names):
        return False
    if sum(map(is_known_name, names)) >= 2:
        return True
    rows = [row for row in rows[:1000] if tuple(row) != tuple(top)]
    is_again = [name and name in {row[column] for row in rows} for column, name in enumerate(top)]
    return len(names) >= len(top) - 1 and not any(is_again)


def _notes(
    top: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    has_header: bool,
    above: Sequence[str],
    again: int,
    line: int,
) -> Iterator[str]:
    if above:
        shown = " | ".join(text for text in above if text)[:100]
        yield f"the header stands in line {line}; the {len(above)} above it are skipped: {shown or 'they are empty'}"
    if not has_header:
        return
    if again:
        yield f"the header stands again among the rows, {again:,} times: such rows are rejected"
    for column in (number for number, name in enumerate(top) if not name):
        cells = [row[column] for row in rows]
        if not any(cells):
            yield f"column {column + 1} has no name and no value: a delimiter at the end of each line"
        elif _counts_up(cells):
            yield f"column {column + 1} has no name and counts the rows, as the index that pandas writes"
        else:
            yield f"column {column + 1} has no name: it is called _c{column}"
    repeated = sorted({name for name, times in Counter(filter(None, top)).items() if times > 1})
    if repeated:
        yield f"names stand more than once and get their position: {', '.join(repeated)}"


def _counts_up(cells: Sequence[str]) -> bool:
    numbers = [int(cell) for cell in cells if cell.isdigit()]
    return len(numbers) == len(cells) and all(later > earlier for earlier, later in pairwise(numbers))
