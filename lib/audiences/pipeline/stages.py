"""The table of contents of the pipeline: every stage in order, and the groups that jobs run."""

from __future__ import annotations

from collections.abc import Sequence

from audiences.engine import stage as kinds
from audiences.engine.stage import Stage, in_order, stage_of
from audiences.errors import ConfigError
from audiences.pipeline import activity, contacts, customers, final, purchases, rates, text

STAGES = in_order((
    *customers.STAGES, *activity.STAGES, *rates.STAGES, *purchases.STAGES, *text.STAGES, *contacts.STAGES,
    *final.STAGES,
))  # fmt: skip
"""Every stage after all that it needs, and what holds the newest as_of only last."""

GROUPS = {
    group: tuple(stage for stage in STAGES if stage.group == group) for group in kinds.GROUPS if group != "publish"
}
"""What a job runs besides a whole run, which publishes."""


def with_needs(names: Sequence[str]) -> list[Stage]:
    """The named stages and groups and all that they need, in order; every stage if none is named.

    Raises:
        ConfigError: no such stage, or one that only a whole run makes.
    """
    single = {stage.name: (stage,) for stage in STAGES if not stage.only_newest}
    unknown = [name for name in names if name not in single and name not in GROUPS]
    if unknown:
        raise ConfigError("no such stage", found=", ".join(unknown), allowed=", ".join([*GROUPS, *single]))
    wanted = {stage for name in names for stage in GROUPS.get(name) or single[name]}
    for stage in reversed(STAGES):
        if stage in wanted:
            wanted |= {stage_of(need) for need in stage.needs.values()}
    return [stage for stage in STAGES if stage in wanted or not names]
