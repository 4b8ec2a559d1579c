"""A stage makes one Delta table (and perhaps one fitted model) from other tables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from audiences.engine.stage_settings import Fields
from audiences.schema import Table


@dataclass(frozen=True)
class Stage:
    """One step of the pipeline.

    Args:
        makes: the table that it writes.
        by: a pure function: frames (and models, settings, as_of) by keyword in, one frame out, without slice columns.
        needs: argument name -> the stage whose table it reads, `ModelOf(stage)`, or `Maybe(stage)`. A stage is absent
            where one of its needs is, or all that may be.
        settings: argument name -> dotted path of the settings handed to `by`, by the narrowest path: one setting, a
            section, or `Fields` of a section. A setting that is not named here cannot change the stage.
        revision: raised when the same input gives other results.
        name: by default the table's.
        lands: the source whose files the stage lands; it has no other input.
        when: dotted path of a setting; without a value there the stage is absent.
        part: constant slice values, where several stages write one table.
        fits: the name of the model that `by` returns before the frame; None for a transform.
        is_gate: rows with `passed` false refuse the run.
        is_current: the table holds the newest as_of only; written whole, last, and not by a backfill.
    """

    makes: Table
    by: Callable[..., Any]
    needs: Mapping[str, Need] = field(default_factory=dict)
    settings: Mapping[str, str | Fields] = field(default_factory=dict)
    revision: int = 1
    name: str = ""
    lands: str | None = None
    when: str | None = None
    part: Mapping[str, str] = field(default_factory=dict)
    fits: str | None = None
    is_gate: bool = False
    is_current: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name or self.makes.name)

    def __hash__(self) -> int:
        return hash(self.name)


@dataclass(frozen=True)
class ModelOf:
    """The need of a fitted model instead of a table."""

    stage: Stage


@dataclass(frozen=True)
class Maybe:
    """The need of a table that may be absent from a run: the function gets None for it then."""

    stage: Stage


Need = Stage | ModelOf | Maybe


@dataclass(frozen=True)
class Receipt:
    """What became of a stage in a run; `version` None: absent."""

    stage: str
    table: Table
    fingerprint: str
    status: str
    version: int | None
    part: Mapping[str, Any]
    rows: int | None = None
    seconds: float | None = None
    note: str | None = None

    def in_words(self) -> str:
        """Status, rows, version and seconds, as far as they are known, and the note."""
        rows = "" if self.rows is None else f"{self.rows:,} rows"
        seconds = "" if self.seconds is None else f"{self.seconds:.1f} s"
        version = "" if self.version is None else f"version {self.version}"
        return "  ".join(text for text in (self.status, rows, version, seconds, self.note or "") if text)


def absent_because(stage: Stage, sources: Collection[str], setting: Callable[[str], Any]) -> str | None:
    """The setting without which the stage is absent from a run; None where it is not absent.

    Args:
        stage: the stage, with all that it needs.
        sources: the sources that the run has.
        setting: the value at a dotted path of the settings.
    """
    if stage.lands is not None:
        return None if stage.lands in sources else f"sources.{stage.lands}.path"
    if stage.when is not None and not setting(stage.when):
        return stage.when
    missing = {
        name: why for name, need in stage.needs.items() if (why := absent_because(stage_of(need), sources, setting))
    }
    required = [why for name, why in missing.items() if not isinstance(stage.needs[name], Maybe)]
    all_missing = list(missing.values()) if len(missing) == len(stage.needs) else []
    return next(iter(required or all_missing), None)


def stage_of(need: Need) -> Stage:
    """The stage that a need refers to."""
    return need if isinstance(need, Stage) else need.stage
