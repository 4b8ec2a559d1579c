"""What a run would do, told before it does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from audiences.engine.runner import Run
from audiences.engine.stage import Landing, Stage, stage_of


def plan_rows(run: Run, stages: Sequence[Stage]) -> list[dict[str, Any]]:
    """What a run would do, a row per stage: found (with its version) or to be made, and what it reads."""
    for stage in stages:
        run.fingerprint(stage)  # all of them first: published versions are looked up at once
    versions = {stage.name: run.found(stage) for stage in stages if stage.needs and not run.absence(stage)}
    rows = []
    for stage in stages:
        found = versions.get(stage.name)
        absence = run.absence(stage)
        if absence:
            what = f"absent: {absence} is not set"
        elif isinstance(stage, Landing):
            what = "land new files" if run.landings[stage.source].is_new else "nothing new"
        else:
            what = "make" if found is None else f"keep version {found.version}"
        reads = []
        for need in stage.needs.values() if not absence else ():
            if run.absence(stage_of(need)):
                continue
            source = versions.get(stage_of(need).name)
            reads.append(f"{stage_of(need).name}@{source.version if source else 'new'}")
        rows.append({"stage": stage.name, "table": str(stage.makes), "plan": what, "reads": ", ".join(reads),
                     "fingerprint": run.fingerprint(stage)})  # fmt: skip
    return rows
