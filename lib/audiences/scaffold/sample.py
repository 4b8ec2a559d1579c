"""The first and the last part of a raw file, as rows: how it is written, and what says so."""

from __future__ import annotations

import bz2
import gzip
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, BinaryIO

from audiences.errors import InputError
from audiences.scaffold.encodings import Encoding, encoding_of
from audiences.scaffold.json_lines import list_of, looks_like_json, table_of, table_of_list
from audiences.scaffold.layout import layout_of

PART = 2**20
"""Bytes that are looked at, at each end of a file."""

_FIRST_YEAR_OF_FILES = 2000

PACKED: Mapping[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open}
_WORKBOOK, _PARQUET = b"PK\x03\x04", b"PAR1"


@dataclass(frozen=True)
class Sample:
    """Some rows of a file and how they are written.

    Args:
        path: as it was given.
        size: of the file, in bytes.
        format: csv or json (one object per line).
        encoding: its name and what says so.
        delimiter, delimiter_evidence: between cells, and why.
        skip_lines: physical lines above the header.
        has_header: the first row holds names.
        header: names by which the reader knows the columns; `_c0`, `_c1`, … where there is no header; of JSON the
            paths of its fields, such as properties.time.
        rows: cells, trimmed; the file's first rows, then its last.
        is_whole: the sample is the file.
        notes: what was odd about the layout.
        has_row_names: the rows begin with a cell that the header has no name for, called _c0.
        is_list: of JSON: the objects stand in a list that is the file, or its field `records`.
        quote: the mark around texts.
        escape: what stands before such a mark within a text, where it is not doubled.
        folder: the one that was given, where folders such as country=UK between it and the file are columns.
    """

    path: str
    size: int
    format: str
    encoding: Encoding
    delimiter: str
    delimiter_evidence: str
    skip_lines: int
    has_header: bool
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    is_whole: bool
    notes: tuple[str, ...] = ()
    has_row_names: bool = False
    is_list: bool = False
    records: str | None = None
    quote: str = '"'
    escape: str | None = None
    folder: str | None = None

    @property
    def read_from(self) -> str:
        """What the source's path says: the file, or the folder whose folders' names are columns."""
        return self.folder or self.path

    def column(self, position: int) -> tuple[str, ...]:
        return tuple(row[position] for row in self.rows)


def read_sample(path: Path) -> Sample:
    """A sample of a CSV or JSON lines file, also gzipped or bzip2ed; at most 1 MiB at each end is kept.

    Raises:
        InputError: it cannot be read, is empty, no text, or has no rows of equal width.
    """
    head, tail = _ends(path)
    _refuse_other_kinds(path, head)
    whole_lines = head[: head.rfind(b"\n") + 1] if tail else head
    encoding = encoding_of(whole_lines + tail[tail.find(b"\n") + 1 :])
    _refuse_zero_bytes(path, head, encoding)
    first, last = _texts(head, tail, encoding.name)
    size = path.stat().st_size
    is_list, records = list_of(first)
    if is_list:
        header, rows = table_of_list(first, path)
        what = "a list of JSON objects" + (f", in {records}" if records else "")
        return Sample(
            str(path), size, "json", encoding, "", what, 0, True, header, rows, not tail, is_list=True, records=records
        )
    if looks_like_json(first):
        header, rows = table_of(first, last, path, is_cut=bool(tail))
        return Sample(
            str(path), size, "json", encoding, "", "one JSON object per line", 0, True, header, rows, not tail
        )
    layout = layout_of(first, last, path, is_cut=bool(tail))
    return Sample(
        str(path), size, "csv", encoding, layout.delimiter, layout.delimiter_evidence, layout.skip_lines,
        layout.has_header, layout.header, layout.records, not tail, layout.notes, layout.has_row_names,
        quote=layout.quote, escape=layout.escape,
    )  # fmt: skip


def written_on(path: Path) -> date | None:
    """The day after the one that the file was written on, as it is anywhere; no purchase in it is later.

    None where there is no file, or its day is one that archives make up.
    """
    try:
        day = datetime.fromtimestamp(path.stat().st_mtime, tz=timezone.utc).date()
    except OSError:
        return None
    return day + timedelta(days=1) if day.year >= _FIRST_YEAR_OF_FILES else None


def _ends(path: Path) -> tuple[bytes, bytes]:
    """The first and the last part; no last part where the first is the whole file."""
    packed = PACKED.get(path.suffix.lower())
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


def _refuse_zero_bytes(path: Path, head: bytes, encoding: Encoding) -> None:
    if b"\0" in head and not encoding.name.startswith("UTF-16"):
        raise InputError("this is no text file: it holds zero bytes", where=path, allowed="CSV, also gzipped")


def _texts(head: bytes, tail: bytes, encoding: str) -> tuple[str, str]:
    name = _PYTHON_NAMES.get(encoding, encoding)
    if encoding.startswith("UTF-16"):  # its lines cannot be found in the bytes: the first part has to do
        return head[: len(head) // 2 * 2].decode(name, errors="ignore").removeprefix("\ufeff"), ""
    first, last = (part.decode(name, errors="ignore") for part in (head, tail[tail.find(b"\n") + 1 :]))
    return first.removeprefix("\ufeff"), last


_PYTHON_NAMES = {"windows-31j": "cp932", "x-windows-949": "cp949"}


def python_encoding(name: str) -> str:
    """Python's name of an encoding that Java knows by another one."""
    return _PYTHON_NAMES.get(name, name)
