"""The table of contents of the pipeline: every stage in order, and the groups that jobs run."""

from __future__ import annotations

from collections.abc import Sequence

from audiences.engine.stage import Stage, stage_of
from audiences.errors import ConfigError
from audiences.pipeline import activity as users
from audiences.pipeline import customers as people
from audiences.pipeline import purchases
from audiences.pipeline.final import CUSTOMERS, PROFILES, SEGMENTS, VALUE_PLAYBOOK
from audiences.pipeline.text import TEXT

_TEXT = tuple(TEXT.values())
STAGES = (
    *people.INGEST, *users.INGEST, *purchases.INGEST, *purchases.FEATURES, *purchases.SEGMENTS, *users.FEATURES,
    *users.SEGMENTS, *_TEXT, SEGMENTS, *purchases.PROFILES, VALUE_PLAYBOOK, CUSTOMERS, PROFILES,
)  # fmt: skip

_HYBRID = _TEXT.index(TEXT["customer_topics"]) + 1  # from here on value segments are needed
GROUPS = {
    "ingest": (*people.INGEST, *users.INGEST, *purchases.INGEST, *_TEXT[:3]),
    "features": (*purchases.FEATURES, *users.FEATURES),
    "text": _TEXT[3:_HYBRID],
    "segments": (
        *purchases.SEGMENTS, *users.SEGMENTS, *_TEXT[_HYBRID:], SEGMENTS, *purchases.PROFILES, VALUE_PLAYBOOK,
    ),
}  # fmt: skip


def with_needs(names: Sequence[str]) -> list[Stage]:
    """The named stages and groups and all that they need, in order; every stage if none is named.

    Raises:
        ConfigError: no such stage, or one that only a whole run makes.
    """
    single = {stage.name: (stage,) for stage in STAGES if not stage.is_current}
    unknown = [name for name in names if name not in single and name not in GROUPS]
    if unknown:
        raise ConfigError("no such stage", found=", ".join(unknown), allowed=", ".join([*GROUPS, *single]))
    wanted = {stage for name in names for stage in GROUPS.get(name) or single[name]}
    for stage in reversed(STAGES):
        if stage in wanted:
            wanted |= {stage_of(need) for need in stage.needs.values()}
    return [stage for stage in STAGES if stage in wanted or not names]
