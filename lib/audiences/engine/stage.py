"""A stage makes one Delta table (and perhaps one fitted model) from other tables."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from audiences.engine.stage_settings import Fields, IfSet
from audiences.schema import Table

GROUPS = ("ingest", "features", "text", "segments", "publish")
"""The parts of the pipeline that a job runs, in order; the last one is what only a whole run makes."""


@dataclass(frozen=True)
class Stage:
    """One step of the pipeline: it makes one table by one pure function.

    Its kinds are its subclasses: a `Landing` takes in files, a `Fit` makes a model besides the table, a `Gate` may
    refuse the run.

    Args:
        makes: the table that it writes.
        function: frames (and models, settings, as_of) by keyword in, one frame out, without the slice's columns. Its
            parameters are the declared needs and settings, and `as_of` where it wants the date of a table that has one.
        needs: argument name -> the stage whose table it reads, `ModelOf(stage)`, or `IfPresent(stage)`. A stage is
            absent where one of its needs is, or all that may be.
        settings: argument name -> dotted path of the settings handed to the function, by the narrowest path: one
            setting, a section, `Fields` of a section, or `IfSet`: one that came later. A setting that is not named
            here cannot change the stage.
        group: the job that runs it, of `GROUPS`.
        revision: raised when the same input gives other results.
        name: by default the table's.
        enabled_by: dotted path of a setting; without a value there the stage is absent.
        slice: constant slice values, where several stages write one table.
        only_newest: the table holds the newest as_of only; written whole, last, and not by a backfill.
        earlier: argument name -> a table of an earlier published run.

    Raises:
        ValueError: the function's parameters are not what is declared, the group is unknown, or the slice's columns are
            not those of the table.
    """

    makes: Table
    function: Callable[..., Any]
    needs: Mapping[str, Need] = field(default_factory=dict)
    settings: Mapping[str, str | Fields | IfSet] = field(default_factory=dict)
    group: str = field(default="publish", kw_only=True)
    revision: int = field(default=1, kw_only=True)
    name: str = field(default="", kw_only=True)
    enabled_by: str | None = field(default=None, kw_only=True)
    slice: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    only_newest: bool = field(default=False, kw_only=True)
    earlier: Mapping[str, Earlier] = field(default_factory=dict, kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name or self.makes.name)
        if self.group not in GROUPS:
            raise ValueError(f"stage {self.name}: unknown group {self.group}; allowed: {', '.join(GROUPS)}")
        undeclared = set(self.slice) - set(self.makes.slice_by)
        if undeclared:
            raise ValueError(f"stage {self.name}: {self.makes} is not sliced by {', '.join(sorted(undeclared))}")
        self._check_function()

    def _check_function(self) -> None:
        parameters = inspect.signature(self.function).parameters
        declared = {*self.needs, *self.settings, *self.earlier}
        if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
            return
        dated = {"as_of"} if self.makes.has_as_of else set()
        missing, surplus = declared - set(parameters), set(parameters) - declared - dated
        surplus -= {name for name in surplus if parameters[name].default is not inspect.Parameter.empty}
        if missing or surplus:
            raise ValueError(
                f"stage {self.name}: {self.function.__name__} lacks {sorted(missing)} and wants {sorted(surplus)}, "
                "which the stage does not declare"
            )

    @property
    def takes_date(self) -> bool:
        """Whether the function wants the date of the run."""
        return "as_of" in inspect.signature(self.function).parameters

    def __hash__(self) -> int:
        return hash(self.name)


def _file_by_file() -> None:
    """Stands in for the function of a landing, whose rows come from files, batch by batch."""


@dataclass(frozen=True)
class Landing(Stage):
    """Takes in the files of a source, each once; it has no other input."""

    function: Callable[..., Any] = field(default_factory=lambda: _file_by_file, init=False)
    source: str = field(default="", kw_only=True)
    group: str = field(default="ingest", kw_only=True)

    __hash__ = Stage.__hash__


@dataclass(frozen=True)
class Fit(Stage):
    """Its function returns (model, frame); the model is saved under `model_name`."""

    model_name: str = field(default="", kw_only=True)

    __hash__ = Stage.__hash__


@dataclass(frozen=True)
class Gate(Stage):
    """Rows with `passed` false refuse the run."""

    __hash__ = Stage.__hash__


@dataclass(frozen=True)
class ModelOf:
    """The need of a fitted model instead of a table."""

    stage: Fit


@dataclass(frozen=True)
class IfPresent:
    """The need of a table that may be absent from a run: the function gets None for it then."""

    stage: Stage


Need = Stage | ModelOf | IfPresent


@dataclass(frozen=True)
class Earlier:
    """A table as an earlier published run pinned it; the function gets None where no run is named.

    It is no need: the stage that makes the table may be the one that reads what it made before.

    Args:
        table: the table, which one stage of the same name makes.
        at: dotted path of the setting with the as_of of that run.
    """

    table: Table
    at: str


@dataclass(frozen=True)
class Receipt:
    """What became of a stage in a run; `version` None: absent."""

    stage: str
    table: Table
    fingerprint: str
    status: str
    version: int | None
    slice: Mapping[str, Any]
    rows: int | None = None
    seconds: float | None = None
    note: str | None = None

    def in_words(self) -> str:
        """Status, rows, version and seconds, as far as they are known, and the note."""
        rows = "" if self.rows is None else f"{self.rows:,} rows"
        seconds = "" if self.seconds is None else f"{self.seconds:.1f} s"
        version = "" if self.version is None else f"version {self.version}"
        return "  ".join(text for text in (self.status, rows, version, seconds, self.note or "") if text)


Absence = Callable[["Stage"], str | None]
"""Why a stage is absent from a run; None where it is not."""


def absent_because(
    stage: Stage, sources: Collection[str], setting: Callable[[str], Any], *, need_absence: Absence | None = None
) -> str | None:
    """The setting without which the stage is absent from a run; None where it is not absent.

    Args:
        stage: the stage, with all that it needs.
        sources: the sources that the run has.
        setting: the value at a dotted path of the settings.
        need_absence: what is said of a stage that it needs, where a run knows better (it has adopted a table).
    """

    def of_need(needed: Stage) -> str | None:
        return need_absence(needed) if need_absence else absent_because(needed, sources, setting)

    if isinstance(stage, Landing):
        return None if stage.source in sources else f"sources.{stage.source}.path"
    if stage.enabled_by is not None and not setting(stage.enabled_by):
        return stage.enabled_by
    missing = {name: why for name, need in stage.needs.items() if (why := of_need(stage_of(need)))}
    required = [why for name, why in missing.items() if not isinstance(stage.needs[name], IfPresent)]
    all_missing = list(missing.values()) if len(missing) == len(stage.needs) else []
    return next(iter(required or all_missing), None)


def sources_of(stage: Stage) -> set[str]:
    """The sources that the stage's rows come from, directly or not."""
    own = {stage.source} if isinstance(stage, Landing) else set()
    return own.union(*(sources_of(stage_of(need)) for need in stage.needs.values()))


def stage_of(need: Need) -> Stage:
    """The stage that a need refers to."""
    return need if isinstance(need, Stage) else need.stage


def in_order(stages: Iterable[Stage]) -> tuple[Stage, ...]:
    """The stages, each after all that it needs; otherwise as they were given.

    Raises:
        ValueError: two stages have one name.
    """
    given: dict[str, Stage] = {}
    for stage in stages:
        if given.setdefault(stage.name, stage) is not stage:
            raise ValueError(f"two stages are called {stage.name}")
    ordered: dict[str, Stage] = {}

    def take(stage: Stage) -> None:
        for need in stage.needs.values():
            take(stage_of(need))
        if stage.name in given:
            ordered.setdefault(stage.name, stage)

    for stage in given.values():
        take(stage)
    return tuple(ordered.values())
