"""JSON lines as a table: one object per line, nested fields under the path of their names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from audiences.errors import InputError


def looks_like_json(text: str) -> bool:
    """Whether the first line that is filled is a JSON object."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    if not line.lstrip().startswith("{"):
        return False
    try:
        return isinstance(json.loads(line), dict)
    except json.JSONDecodeError:
        return False


def table_of(first: str, last: str, path: Path, *, is_cut: bool) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Header and rows of the objects of a file's first and last part.

    Raises:
        InputError: a line is no JSON object.
    """
    lines = first.splitlines()
    if is_cut:
        lines = lines[:-1]
    rows = [fields_of(line, number, path) for number, line in enumerate(lines, 1) if line.strip()]
    rows += [fields_of(line, None, path) for line in last.splitlines() if line.strip()]
    header = tuple(dict.fromkeys(name for row in rows for name in row))
    return header, tuple(tuple(row.get(name, "") for name in header) for row in rows)


def fields_of(line: str, number: int | None, path: Path) -> dict[str, str]:
    """The fields of one object as text, by their paths.

    Raises:
        InputError: the line is no JSON object.
    """
    try:
        loaded = json.loads(line, parse_float=str, parse_int=str)
    except json.JSONDecodeError as fault:
        where = path if number is None else f"{path}, line {number}"
        raise InputError("a line is no JSON", where=where, found=f"{fault.msg}: {line[:80]}") from None
    if not isinstance(loaded, dict):
        raise InputError("a line is no JSON object", where=path, found=line[:80], allowed="one object per line")
    return dict(_flat(loaded))


def _flat(fields: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        path = f"{above}{name}"
        if isinstance(value, dict):
            yield from _flat(value, f"{path}.")
        else:
            yield path, _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.strip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def objects(lines: Iterable[str], path: Path) -> Iterator[dict[str, str]]:
    """The fields of each line that is filled."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield fields_of(line, number, path)
