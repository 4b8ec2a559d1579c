"""Which settings a stage gets, and which of them its fingerprint holds.

A stage names each of its settings by a dotted path. Where it needs only some fields of a section it says so with
`Fields`: it then gets a copy of the section that has nothing but these fields, so that its function cannot read a
setting which its fingerprint does not hold. The exception is declared: `untracked` fields are handed over, but they
change only how a result is computed (how much runs at the same time, what it may cost), never the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

if TYPE_CHECKING:
    from audiences.config import Settings


@dataclass(frozen=True)
class Fields:
    """Some fields of one section of the settings.

    Args:
        path: dotted path of the section.
        only: the fields that the stage gets; empty: all of them.
        but: fields that the stage does not get. A field that is added to the section later is handed over.
        untracked: fields that the stage gets and that its fingerprint leaves out, because no row depends on them.
    """

    path: str
    only: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()

    def of(self, section: BaseModel) -> tuple[str, ...]:
        """The names of the fields that the stage gets, in the section's order.

        Raises:
            ValueError: the section has no such field.
        """
        known = type(section).model_fields
        unknown = sorted({*self.only, *self.but, *self.untracked} - set(known))
        if unknown:
            raise ValueError(f"{self.path} has no fields {unknown}")
        return tuple(name for name in known if (not self.only or name in self.only) and name not in self.but)


@dataclass(frozen=True)
class IfSet:
    """A setting that came to a stage later: while it has no value, the stage's fingerprint is what it was before.

    Args:
        path: dotted path of the setting.
    """

    path: str


Wanted = Mapping[str, "str | Fields | IfSet"]
"""Argument name of a stage's function -> dotted path, some fields of a section, or a setting that may be absent."""


def handed_over(settings: Settings, wanted: Wanted) -> dict[str, Any]:
    """Argument name -> the setting, section, or limited copy of a section that the function gets."""
    values: dict[str, Any] = {}
    for argument, path in wanted.items():
        if isinstance(path, Fields):
            section = settings.at(path.path)
            values[argument] = _limited(section, path.of(section))
        else:
            values[argument] = settings.at(path.path if isinstance(path, IfSet) else path)
    return values


def recorded(settings: Settings, wanted: Wanted) -> dict[str, Any]:
    """Everything that the function gets, as JSON-like values: what a commit says of how its rows were made."""
    return {argument: _dumped(settings, path, untracked=True) for argument, path in _set(settings, wanted).items()}


def tracked(settings: Settings, wanted: Wanted) -> dict[str, Any]:
    """What of it enters the fingerprint.

    The order of a mapping counts: of `categories.keywords`, for example, the first category with a matching word wins.
    """
    return {
        argument: _in_order(_dumped(settings, path, untracked=False))
        for argument, path in _set(settings, wanted).items()
    }


def _set(settings: Settings, wanted: Wanted) -> dict[str, str | Fields]:
    """What is wanted but for settings that have no value."""
    paths = {name: path.path if isinstance(path, IfSet) else path for name, path in wanted.items()}
    return {
        name: path
        for name, path in paths.items()
        if not isinstance(wanted[name], IfSet) or settings.at(str(path)) is not None
    }


def _dumped(settings: Settings, path: str | Fields, *, untracked: bool) -> Any:
    if isinstance(path, Fields):
        section = settings.at(path.path)
        names = {name for name in path.of(section) if untracked or name not in path.untracked}
        return section.model_dump(mode="json", include=names)
    value = settings.at(path)
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value


def _in_order(value: Any) -> Any:
    """The value with each mapping as a list of pairs, since a digest sorts the keys of mappings."""
    if isinstance(value, BaseModel):  # inside a tuple that a dotted path leads to
        value = value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return [[key, _in_order(item)] for key, item in value.items()]
    if isinstance(value, (list, tuple)):
        return [_in_order(item) for item in value]
    return value


def _limited(section: BaseModel, names: tuple[str, ...]) -> BaseModel:
    """A copy of the section in which reading any other field is an AttributeError."""
    limited = section.model_copy()
    for name in set(type(section).model_fields) - set(names):
        del limited.__dict__[name]
    return limited
