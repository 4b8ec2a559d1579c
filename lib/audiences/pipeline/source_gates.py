"""The gate of a source beside its landing: rejected rows against all that were landed, whatever settings judge them."""

from __future__ import annotations

from audiences import schema
from audiences.engine.stage import Gate, Stage
from audiences.engine.stage_settings import Fields
from audiences.sources.quality_gates import source_gates


def gate_of(source: str, *, landed: Stage, rejected: Stage) -> Gate:
    """The stage that refuses a run whose rows of this source are mostly rejected.

    A delivery is judged before it is landed; this judges what was landed before, after settings have changed.
    """
    floors = Fields("gates", only=("max_rejected_share", "max_undecodable_share"))
    return Gate(
        schema.validation, source_gates, {"landed": landed, "rejected": rejected}, {"gates": floors},
        name=f"{source}_gates", slice={"check": f"{source}_gates"}, group="ingest",
    )  # fmt: skip
