"""JSON lines as a table: one object per line, nested fields under the path of their names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from audiences.errors import InputError

_BETWEEN = re.compile(r"[\s,]*")
_LIST = re.compile(r'\s*(?:\{\s*"([^"\\]+)"\s*:\s*)?\[\s*(?=\{)')


def list_of(text: str) -> tuple[bool, str | None]:
    """Whether the text is a list of objects, or an object whose first field is one; and that field's name."""
    match = _LIST.match(text)
    is_line = match is not None and match[1] is not None and looks_like_json(text) and _has_several_lines(text)
    return (False, None) if match is None or is_line else (True, match[1])


def _has_several_lines(text: str) -> bool:
    lines = [line for line in text.splitlines() if line.strip()]
    return len(lines) > 1 and all(line.lstrip().startswith("{") for line in lines[:10])


def table_of_list(text: str, path: Path) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Header and rows of the objects of a list, as many as the text holds whole."""
    match = _LIST.match(text)
    rows = list(_objects_from(text, match.end() if match else 0, path))
    header = tuple(dict.fromkeys(name for row in rows for name in row))
    return header, tuple(tuple(row.get(name, "") for name in header) for row in rows)


def _objects_from(text: str, place: int, path: Path) -> Iterator[dict[str, str]]:
    decoder = json.JSONDecoder(parse_float=str, parse_int=str)
    while place < len(text) and text[place] == "{":
        try:
            loaded, end = decoder.raw_decode(text, place)
        except json.JSONDecodeError:
            return  # the sample ends within it
        yield dict(_flat(loaded))
        place = _BETWEEN.match(text, end).end()  # type: ignore[union-attr]  # it matches nothing as well


def _in_list(text: str, path: Path, records: str | None) -> Iterator[dict[str, str]]:
    """The objects of a whole file that is one list, or that holds one."""
    try:
        loaded = json.loads(text, parse_float=str, parse_int=str)
    except json.JSONDecodeError as fault:
        raise InputError("the file is no JSON", where=path, found=f"{fault.msg}: {text[:80]}") from None
    listed = loaded.get(records) if records is not None and isinstance(loaded, dict) else loaded
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise InputError(
            "the file holds no list of JSON objects there", where=path, found=text[:80], allowed=records or "[{...}]"
        )
    yield from (dict(_flat(one)) for one in listed)


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


def objects(lines: Iterable[str], path: Path, *, records: str | None = None) -> Iterator[dict[str, str]]:
    """The fields of each object: one on each line that is filled, or those of a list.

    Args:
        records: the list's name, where it stands in an object; a list that is the file needs none.
    """
    lines = iter(lines)
    first = next((line for line in lines if line.strip()), "")
    if records is not None or first.lstrip().startswith("["):
        text = first + "\n" + "\n".join(lines)
        yield from _in_list(text, path, records)
        return
    for number, line in enumerate(chain([first], lines), 1):
        if line.strip():
            yield fields_of(line, number, path)
