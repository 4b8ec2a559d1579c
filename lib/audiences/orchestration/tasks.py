"""The tasks of a scheduled run, computed from the pipeline: which command each calls and which tasks come before it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from audiences.config import Settings
from audiences.engine.stage import Stage, absent_because, stage_of
from audiences.pipeline.stages import GROUPS, STAGES

PUBLISH = "publish"
"""The last task: the whole run, which finds what the groups made and publishes it."""

RETRIED_EXIT_CODES = (4, 5)
"""A conflict, and a published run that did not reach a sink: repeating is safe. Other codes need a person."""


@dataclass(frozen=True)
class Task:
    """One call of the command line in a scheduled run.

    Args:
        name: unique within the run; letters, digits and `_`.
        command: the words after `audiences`, without settings and date, which are the scheduler's to give.
        after: names of the tasks that must have ended well before.
        retries: how often a scheduler may repeat it; a task that is run again finds its finished stages.
    """

    name: str
    command: Sequence[str]
    after: Sequence[str] = ()
    retries: int = 1


def tasks(settings: Settings | None = None) -> tuple[Task, ...]:
    """The groups of the pipeline in an order that respects their needs, and the run that publishes.

    Args:
        settings: groups of which every stage is absent under these settings are left out; without settings all
            branches are taken as present.
    """
    groups = {name: _present(stages, settings) for name, stages in GROUPS.items()}
    groups = {name: stages for name, stages in groups.items() if stages}
    before = _before(groups)
    ordered = [Task(name, ("run", name), _nearest(before[name], before)) for name in groups]
    last = _nearest(set(groups), before)
    return (*ordered, Task(PUBLISH, ("run",), last))


def _present(stages: Sequence[Stage], settings: Settings | None) -> list[Stage]:
    if settings is None:
        return list(stages)
    configured = settings.sources.configured()
    return [stage for stage in stages if absent_because(stage, configured, settings.at) is None]


def _before(groups: Mapping[str, Sequence[Stage]]) -> dict[str, set[str]]:
    """Group -> every group that makes something it needs, directly or not."""
    made_by = {stage.name: name for name, stages in groups.items() for stage in stages}
    before: dict[str, set[str]] = {name: set() for name in groups}
    for stage in STAGES:  # needs come first in this order, so their groups are known when a stage is reached
        name = made_by.get(stage.name)
        for need in stage.needs.values() if name else ():
            needed = made_by.get(stage_of(need).name)
            if name and needed and needed != name:
                before[name] |= {needed} | before[needed]
    return before


def _nearest(names: Collection[str], before: Mapping[str, set[str]]) -> tuple[str, ...]:
    """Those of the names that are not before another of them: the edges that a scheduler needs."""
    return tuple(name for name in before if name in names and not any(name in before[other] for other in names))
