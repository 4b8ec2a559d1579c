"""Reading settings: files, environment and `--set`, merged; every fault in one message."""

from __future__ import annotations

import difflib
import os
import reprlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from audiences.config.settings import Settings
from audiences.config.yaml_text import MAX_CHARACTERS, YamlError, parse
from audiences.errors import ConfigError

ENV_PREFIX = "AUDIENCES__"

MAX_LEVELS = 20
"""Most names in a dotted setting."""

_FAULTS_SHOWN = 50

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 100


def load(
    files: Sequence[str | Path] = (),
    assignments: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Settings from the defaults, `files` in order, the environment and `assignments` (`a.b=value`), the last winning.

    Raises:
        ConfigError: with every fault of the merged settings, each with its place, its origin and what is allowed.
    """
    tree: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for file in files:
        _merge(tree, _read(Path(file)), str(file), origins)
    for dotted, text in _from_environment(os.environ if environment is None else environment):
        _assign(tree, dotted, text, f"environment {ENV_PREFIX}{dotted.upper().replace('.', '__')}", origins)
    for assignment in assignments:
        dotted, equals, text = assignment.partition("=")
        if not equals or not dotted.strip():
            raise ConfigError(
                "--set takes NAME=VALUE", where="--set", found=assignment, allowed="--set store.root=tables"
            )
        _assign(tree, dotted.strip(), text, f"--set {dotted.strip()}", origins)
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        raise ConfigError(_told(error, origins)) from None


def _read(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as opened:  # no more than is allowed: the name may be that of an endless device
            text = opened.read(4 * MAX_CHARACTERS + 1).decode("utf-8")
        loaded = parse(text)
    except FileNotFoundError:
        raise ConfigError("the settings file does not exist", where=file) from None
    except YamlError as fault:
        where = file if fault.line is None else f"{file}, line {fault.line}"
        raise ConfigError(
            "the settings file cannot be read", where=where, found=fault.reason, allowed="YAML in UTF-8"
        ) from None
    except (OSError, UnicodeDecodeError) as fault:
        raise ConfigError(
            "the settings file cannot be read", where=file, found=fault, allowed="YAML in UTF-8"
        ) from None
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise ConfigError(
            "a settings file holds names and values", where=file, found=type(loaded).__name__, allowed="a mapping"
        )
    return loaded


def _from_environment(environment: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(
        (name[len(ENV_PREFIX) :].lower().replace("__", "."), text)
        for name, text in environment.items()
        if name.startswith(ENV_PREFIX)
    )


def _merge(
    tree: dict[str, Any], more: Mapping[Any, Any], origin: str, origins: dict[str, str], above: str = ""
) -> None:
    """Mappings merge key by key; lists and values replace."""
    for key, value in more.items():
        dotted = f"{above}{key}"
        origins[dotted] = origin
        if isinstance(value, Mapping) and isinstance(tree.get(key), dict):
            _merge(tree[key], value, origin, origins, f"{dotted}.")
        elif isinstance(value, Mapping):
            tree[key] = {}
            _merge(tree[key], value, origin, origins, f"{dotted}.")
        else:
            tree[key] = value


def _assign(tree: dict[str, Any], dotted: str, text: str, origin: str, origins: dict[str, str]) -> None:
    names = dotted.split(".")
    if len(names) > MAX_LEVELS:
        raise ConfigError("no setting is so deep", where=origin[:200], found=f"{len(names)} levels", allowed=MAX_LEVELS)
    try:
        value = parse(text)
    except YamlError as fault:
        raise ConfigError(
            "the value cannot be read", where=origin, found=text[:200], allowed=f"a YAML value ({fault.reason})"
        ) from None
    for name in reversed(names):
        value = {name: value}
    _merge(tree, value, origin, origins)


def _told(error: ValidationError, origins: Mapping[str, str]) -> str:
    faults = error.errors(include_url=False)
    count = "one setting is" if len(faults) == 1 else f"{len(faults)} settings are"
    lines = [_line(fault, origins) for fault in faults[:_FAULTS_SHOWN]]
    if len(faults) > len(lines):
        lines.append(f"  and {len(faults) - len(lines)} more")
    return "\n".join([f"{count} wrong; nothing was read or written", *lines])


def _line(fault: Any, origins: Mapping[str, str]) -> str:
    place = [str(part) for part in fault["loc"]]
    dotted = ".".join(place) or "settings"
    origin = next(
        (origins[".".join(place[:n])] for n in range(len(place), 0, -1) if ".".join(place[:n]) in origins), ""
    )
    if fault["type"] == "extra_forbidden":
        text = f"unknown setting{_suggestion(place)}"
    else:
        found = fault.get("input")
        shown = "" if isinstance(found, (BaseModel, dict)) else f"; found {_SHORT.repr(found)}"
        text = fault["msg"].removeprefix("Value error, ") + shown
    return f"  {dotted}: {text}" + (f"  [{origin}]" if origin else "")


def _suggestion(place: Sequence[str]) -> str:
    """The known names at this place; the nearest one first."""
    section: Any = Settings
    for name in place[:-1]:
        field = section.model_fields.get(name) if isinstance(section, type) and issubclass(section, BaseModel) else None
        if field is None:
            return ""
        section = field.annotation
    if not (isinstance(section, type) and issubclass(section, BaseModel)):
        return ""
    known = list(section.model_fields)
    near = difflib.get_close_matches(place[-1], known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; allowed: {', '.join(known)}"
