"""Addresses of customers, of every source; absent where contacts.ids is not hash and no column of contacts is named."""

from __future__ import annotations

from audiences import schema
from audiences.config import Source
from audiences.engine.stage import Landing, Stage
from audiences.engine.stage_settings import Fields, IfSet
from audiences.pipeline.activity import LANDED_ACTIVITY, LANDED_IDENTITIES, LANDED_USERS
from audiences.pipeline.customers import LANDED_CUSTOMERS
from audiences.pipeline.purchases import LANDED
from audiences.pipeline.text import LANDED_REVIEWS
from audiences.sources.contacts import contacts


def _of(landed: Landing) -> Stage:
    return Stage(
        schema.contacts, contacts, {"landed": landed},
        {
            "source": Fields(f"sources.{landed.source}", only=(*Source.JUDGED, "columns")),
            "wanted": Fields("contacts", only=("columns", "consent")),
            "rules": Fields("cleaning", only=("nobody", "id_suffix_pattern", "id_case")),
            "time_zone": "time_zone", "id_key": IfSet("contacts.id_key"),
        },
        name=f"{landed.source}_contacts", slice={"source": landed.source}, enabled_by="contacts.kept_in_a_table",
        group="ingest",
    )  # fmt: skip


STAGES = tuple(
    _of(landed)
    for landed in (
        LANDED, LANDED_CUSTOMERS, LANDED_REVIEWS, LANDED_IDENTITIES, LANDED_USERS, LANDED_ACTIVITY,
    )
)  # fmt: skip
