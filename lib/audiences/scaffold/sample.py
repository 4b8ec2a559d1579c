"""The first and the last part of a text file, as rows: how it is written, and what says so."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from audiences.errors import InputError
from audiences.scaffold.numbers import is_number
from audiences.scaffold.timestamps import looks_like_a_moment

PART = 2**20
"""Bytes that are looked at, at each end of a file."""

_PACKED: Mapping[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open}
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_WORKBOOK, _PARQUET = b"PK\x03\x04", b"PAR1"


@dataclass(frozen=True)
class Sample:
    """Some rows of a file and how they are written.

    Args:
        path: as it was given.
        size: of the file, in bytes.
        encoding, encoding_evidence: the name that Spark knows, and why.
        delimiter, delimiter_evidence: between cells, and why.
        has_header: the first row holds names.
        header: names by which the reader knows the columns; `_c0`, `_c1`, … where there is no header.
        rows: cells, trimmed; the file's first rows, then its last.
        is_whole: the sample is the file.
    """

    path: str
    size: int
    encoding: str
    encoding_evidence: str
    delimiter: str
    delimiter_evidence: str
    has_header: bool
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    is_whole: bool

    def column(self, position: int) -> tuple[str, ...]:
        return tuple(row[position] for row in self.rows)


def read_sample(path: Path) -> Sample:
    """A sample of a CSV file, also gzipped or bzip2ed; at most 1 MiB at each end is kept.

    Raises:
        InputError: it cannot be read, is empty, no text, or has no rows of equal width.
    """
    head, tail = _ends(path)
    _refuse_other_kinds(path, head)
    encoding, evidence = _encoding(head, tail)
    first, last = _texts(head, tail, encoding)
    delimiter, why = _delimiter(first, path)
    rows = _records(first, delimiter)
    if tail and len(rows) > 1:
        rows = rows[:-1]  # cut off in the middle
    width = Counter(len(row) for row in rows[:1000]).most_common(1)[0][0]
    top, body = rows[0], [row for row in [*rows[1:], *_records(last, delimiter)] if len(row) == width]
    has_header = len(top) == width and _is_header(top, body)
    if not has_header and len(top) == width:
        body.insert(0, top)
    if not body:
        raise InputError("the file holds a header and no rows", where=path, found=", ".join(top))
    header = top if has_header else [f"_c{number}" for number in range(width)]
    return Sample(
        str(path), path.stat().st_size, encoding, evidence, delimiter, why, has_header, tuple(header),
        tuple(map(tuple, body)), not tail,
    )  # fmt: skip


def _ends(path: Path) -> tuple[bytes, bytes]:
    """The first and the last part; no last part where the first is the whole file."""
    packed = _PACKED.get(path.suffix.lower())
    try:
        with packed(path) if packed else path.open("rb") as file:
            head: bytes = file.read(PART)
            tail = _last_of_stream(file) if packed else _last_part(file, path)
    except (OSError, EOFError, zlib.error) as fault:
        raise InputError(
            "the file cannot be read", where=path, found=getattr(fault, "strerror", None) or fault
        ) from None
    if not head.strip():
        raise InputError("the file is empty", where=path)
    return head, tail


def _last_part(file: BinaryIO, path: Path) -> bytes:
    size = path.stat().st_size
    file.seek(max(PART, size - PART))
    return file.read()


def _last_of_stream(file: BinaryIO) -> bytes:
    """A packed file can only be read through to its end; no more than two parts are held."""
    before, now = b"", b""
    while chunk := file.read(PART):
        before, now = now, chunk
    return (before + now)[-PART:]


def _refuse_other_kinds(path: Path, head: bytes) -> None:
    if head.startswith(_WORKBOOK):
        raise InputError("this is a workbook or a ZIP archive, no text", where=path, advice="save the sheet as CSV")
    if head.startswith(_PARQUET):
        raise InputError(
            "this is a Parquet file: it carries its names and types, nothing is to be guessed", where=path,
            advice="audiences run --set sources.transactions.format=parquet --set sources.transactions.path=FILE",
        )  # fmt: skip
    if b"\0" in head and head[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError("this is no text file: it holds zero bytes", where=path, allowed="CSV, also gzipped")


def _encoding(head: bytes, tail: bytes) -> tuple[str, str]:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "UTF-16", "the byte order mark says so"
    whole_lines = head[: head.rfind(b"\n") + 1] if tail else head
    sample = whole_lines + tail[tail.find(b"\n") + 1 :]
    beyond_ascii = len(re.findall(rb"[\x80-\xff]", sample))
    if not beyond_ascii:
        return "UTF-8", "plain ASCII in the sample; any of the usual encodings reads it"
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError:
        if re.search(rb"[\x80-\x9f]", sample):
            return "windows-1252", f"{beyond_ascii:,} bytes beyond ASCII are no UTF-8; some exist in windows-1252 only"
        return "ISO-8859-1", f"{beyond_ascii:,} bytes beyond ASCII are no UTF-8"
    return "UTF-8", f"{beyond_ascii:,} bytes beyond ASCII, all of them valid UTF-8"


def _texts(head: bytes, tail: bytes, encoding: str) -> tuple[str, str]:
    if encoding == "UTF-16":  # its lines cannot be found in the bytes: the first part has to do
        return head[: len(head) // 2 * 2].decode("utf-16", errors="ignore"), ""
    first, last = (part.decode(encoding, errors="ignore") for part in (head, tail[tail.find(b"\n") + 1 :]))
    return first.removeprefix("\ufeff"), last


def _records(text: str, delimiter: str) -> list[list[str]]:
    csv.field_size_limit(2 * PART)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return [[cell.strip() for cell in row] for row in reader if row]


def _delimiter(text: str, path: Path) -> tuple[str, str]:
    """The delimiter that splits nine of ten records into equally many cells, the more the better."""
    start = text[: PART // 8]
    found = []
    for delimiter, name in _DELIMITERS.items():
        rows = _records(start, delimiter)[:500]
        rows = rows[:-1] if len(rows) > 2 else rows
        width, count = Counter(len(row) for row in rows).most_common(1)[0]
        if width > 1 and count >= 0.9 * len(rows):
            found.append(
                (width, count, delimiter, f"{name}: {count:,} of the first {len(rows):,} rows have {width} cells")
            )
    if not found:
        raise InputError(
            "no delimiter splits the rows into equally many cells", where=path, found=start.splitlines()[0][:120],
            allowed=", ".join(_DELIMITERS.values()),
        )  # fmt: skip
    _, _, delimiter, why = max(found, key=lambda one: one[:2])
    return delimiter, why


def _is_header(top: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Names are filled, distinct, and neither numbers nor moments; one row alone is taken for names."""
    is_named = all(top) and len(set(top)) == len(top)
    return is_named and not any(is_number(cell) or looks_like_a_moment(cell) for cell in top) and _differs(top, body)


def _differs(top: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """A name does not come again below it as a value."""
    return not any(top[place] in {row[place] for row in body[:1000]} for place in range(len(top)))
