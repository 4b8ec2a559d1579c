"""The rows of a source's files as the settings say that they are read, in plain Python."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from glob import glob
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TextIO

import pyarrow.parquet as pq

from audiences.config import Source
from audiences.errors import InputError
from audiences.scaffold.json_lines import objects
from audiences.scaffold.sample import PACKED, python_encoding
from audiences.sources.connectors.csv_reader import csv_form, has_header
from audiences.sources.connectors.csv_records import CsvForm, records, split
from audiences.sources.header import column_names

_LOOKED_AT = 500
_UNPACKED = 8
"""So many times its size a packed file is taken for."""


class _Pick(Protocol):
    def __call__(self, cells: Sequence[str | None] | None, line: int, corrupt: str | None = None) -> RawRow: ...


@dataclass(frozen=True)
class RawRow:
    """One record of a file.

    Args:
        line: the physical line that it begins in, from 1; of Parquet the row.
        values: canonical name -> text, None where the file has no such column or the cell is null.
        rest: the other cells.
        rest_names: their columns.
        names, cells: all columns of the file and the row's cells.
        corrupt: the record as text where it has more or fewer cells than the header.
    """

    line: int
    values: dict[str, str | None]
    rest: tuple[str | None, ...]
    names: Sequence[str]
    cells: Sequence[str | None]
    corrupt: str | None = None
    rest_names: Sequence[str] = ()

    @property
    def extras(self) -> dict[str, str | None]:
        """The cells of the columns that the source does not name, by their own names."""
        return dict(zip(self.rest_names, self.rest, strict=False))

    def cell(self, name: str) -> str | None:
        """The cell of a column of the file, by its own name."""
        return self.cells[self.names.index(name)] if name in self.names else None


@dataclass
class Lines:
    """What was counted while a file was read: physical lines, records that span several, stray quotes."""

    physical: int = 0
    broken_records: int = 0
    longest_record: int = 0
    recovered: int = 0

    def count(self, text: Iterable[str]) -> Iterator[str]:
        """The lines without their ends, counted as they pass."""
        for line in text:
            self.physical += 1
            yield line.rstrip("\r\n")


def source_files(source: Source, *, setting: str) -> list[Path]:
    """The local files that a source's path stands for: a name as it is first, then as a folder or a pattern.

    Raises:
        InputError: no path, an address that only Spark reaches, or nothing there.
    """
    files: list[Path] = []
    for text in source.path:
        if "://" in text:
            raise InputError(
                "only local files are read without Spark", where=setting, found=text,
                advice="check a copy of the delivery, or let `audiences run quality_gates` judge it",
            )  # fmt: skip
        path = Path(text)
        matches = [path] if path.exists() else [Path(match) for match in sorted(glob(text))]
        for match in matches:
            files += files_below(match) if match.is_dir() else [match]
    files = [file for file in files if file.stat().st_size > 0]
    if not files:
        raise InputError("the input does not exist, or has no content", where=setting, found=", ".join(source.path))
    return files


def files_below(folder: Path) -> list[Path]:
    """The files below a folder that are not hidden, as Spark lists them."""
    return sorted(
        path for path in folder.rglob("*")
        if path.is_file() and not any(part[0] in "._" for part in path.relative_to(folder).parts)
    )  # fmt: skip


def size_of(file: Path) -> int:
    """Bytes of its content; of a packed file about."""
    return file.stat().st_size * (_UNPACKED if file.suffix.lower() in PACKED else 1)


def raw_rows(file: Path, source: Source, *, setting: str, lines: Lines) -> Iterator[RawRow]:
    """The rows of one file; `lines` is counted up on the way.

    Raises:
        InputError: it cannot be read, or lacks a required column.
    """
    if source.format == "parquet":
        yield from _parquet_rows(file, source, setting, lines)
    elif source.format == "json":
        yield from _json_rows(file, source, setting, lines)
    elif source.format == "csv":
        yield from _csv_rows(file, source, setting, lines)
    else:
        raise InputError(
            "this format is read by Spark alone", where=setting, found=source.format, allowed="csv, json, parquet"
        )


def _opened(file: Path, source: Source) -> TextIO:
    unpack: Callable[..., BinaryIO] = PACKED.get(file.suffix.lower(), open)
    name = python_encoding(source.encoding)
    return io.TextIOWrapper(unpack(file, "rb"), "utf-8-sig" if name.upper() == "UTF-8" else name, "replace")


def _csv_rows(file: Path, source: Source, setting: str, lines: Lines) -> Iterator[RawRow]:
    form = csv_form(source)
    with _opened(file, source) as text:
        counted = lines.count(text)
        for _ in range(source.skip_lines):
            next(counted, None)
        first = _first_record(counted, form)
        names = column_names([(cell or "").strip() for cell in first])
        if not has_header(source):
            names = tuple(f"_c{number}" for number in range(len(first)))
        if source.row_names and has_header(source):
            names = ("_c0", *names)
        pick = _picker(names, source, file, setting)
        top = lines.physical
        if not has_header(source):
            yield pick(first, top)
        width, below = _width_of_rows(counted, form, len(names))
        for record in records(below, form, width):
            line = top + record.line
            if record.lines > 1:
                lines.broken_records += 1
                lines.longest_record = max(lines.longest_record, record.lines)
            lines.recovered += record.is_recovered
            if record.fault is not None:
                # of a record of another width Spark keeps the cells that there are
                cells = [*record.cells, *[None] * len(names)][: len(names)] if record.cells else None
                yield pick(cells, line, f"line {line}, {record.fault}: {record.text}")
            else:
                yield pick(record.cells[: len(names)], line)


def _first_record(lines: Iterator[str], form: CsvForm) -> list[str | None]:
    """The cells of the first line that holds something and is no comment."""
    for line in lines:
        if line.strip() and not (form.comment and line.startswith(form.comment)):
            return split(line.removeprefix("\ufeff"), form)[0]
    return []


def _width_of_rows(lines: Iterator[str], form: CsvForm, width: int) -> tuple[int, Iterator[str]]:
    """How many cells the rows have: one more than the header where each ends with a delimiter."""
    first = list(islice(lines, _LOOKED_AT))
    filled = [line for line in first if line.strip()]
    has_trailing = bool(filled) and all(
        line.endswith(form.delimiter) and len(split(line, form)[0]) == width + 1 for line in filled
    )
    return width + has_trailing, chain(first, lines)


def _picker(names: Sequence[str], source: Source, file: Path, setting: str) -> _Pick:
    """A function that makes a row of cells in the header's order; None: of a record that could not be split."""
    picked = picked_columns(names, source, file, setting)
    places = {canonical: names.index(name) for canonical, name in picked.items()}
    time_place = names.index(source.time_column) if source.time_column in names else None
    used = {*places.values(), time_place}
    others = [place for place in range(len(names)) if place not in used]
    empty = dict.fromkeys(source.columns.candidates())
    in_order = _places_in_order(names, source)
    width = len(names)

    nothing: list[str | None] = [None] * width
    rest_names = tuple(names[place] for place in others)

    def row(cells: Sequence[str | None] | None, line: int, corrupt: str | None = None) -> RawRow:
        if cells is None:
            return RawRow(line, dict(empty), (), names, nothing, corrupt)
        values = empty | {canonical: cells[place] for canonical, place in places.items()}
        values |= {canonical: _first_filled(cells, listed) for canonical, listed in in_order.items()}
        if time_place is not None and cells[time_place]:
            values["ts"] = f"{(values['ts'] or '').strip()} {(cells[time_place] or '').strip()}"
        return RawRow(line, values, tuple(cells[place] for place in others), names, cells, corrupt, rest_names)

    return row


def _places_in_order(names: Sequence[str], source: Source) -> dict[str, list[int]]:
    """The columns of each name of which a row takes the first that is filled."""
    candidates = source.columns.candidates()
    return {name: [names.index(one) for one in candidates[name] if one in names] for name in source.first_filled}


def _first_filled(cells: Sequence[str | None], places: Sequence[int]) -> str | None:
    return next((text for place in places if (text := (cells[place] or "").strip())), None)


def picked_columns(names: Sequence[str], source: Source, file: Path, setting: str) -> dict[str, str]:
    """Canonical name -> the header's column: the first candidate that it has."""
    candidates = source.columns.candidates()
    plain = {name.strip(): name for name in names}
    picked = {
        canonical: plain[match]
        for canonical, wanted in candidates.items()
        if (match := next((name for name in wanted if name in plain), None)) is not None
    }
    missing = [name for name in source.columns.REQUIRED if name not in picked]
    if missing:
        raise InputError(
            "the header lacks a required column", where=file, found=", ".join(names),
            allowed="; ".join(f"{name}: one of {', '.join(candidates[name])}" for name in missing),
            advice=f"name the column with --set {setting}.columns.{missing[0]}=NAME",
        )  # fmt: skip
    return picked


def _json_rows(file: Path, source: Source, setting: str, lines: Lines) -> Iterator[RawRow]:
    with _opened(file, source) as text:  # an object may lack fields: the columns are those of all of them, as in Spark
        names = tuple(dict.fromkeys(name for fields in objects(text, file, records=source.records) for name in fields))
    pick = _picker(names, source, file, setting)
    with _opened(file, source) as text:
        for number, fields in enumerate(objects(text, file, records=source.records), 1):
            lines.physical += 1
            yield pick([fields.get(name) or None for name in names], number)


def _parquet_rows(file: Path, source: Source, setting: str, lines: Lines) -> Iterator[RawRow]:
    table = pq.ParquetFile(file)
    names = tuple(table.schema_arrow.names)
    pick = _picker(names, source, file, setting)
    number = 0
    for batch in table.iter_batches():
        columns: list[list[Any]] = [column.to_pylist() for column in batch.columns]
        for cells in zip(*columns, strict=True):
            number += 1
            yield pick([_as_spark_writes(cell) for cell in cells], number)
    lines.physical += number


def _as_spark_writes(value: Any) -> str | None:
    """A typed value as the text that landing makes of it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        is_instant = value.tzinfo is not None
        plain = value.astimezone(timezone.utc).replace(tzinfo=None) if is_instant else value
        return plain.isoformat(timespec="microseconds") + ("Z" if is_instant else "")
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00.000000"
    return str(value)
