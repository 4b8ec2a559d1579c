"""What every run ends in, on one page: the final segment, what to do about it, and the tables of the newest as_of."""

from __future__ import annotations

from audiences import schema
from audiences.engine.stage import Maybe, Stage
from audiences.pipeline import activity as users
from audiences.pipeline.purchases import DESCRIBED, NAMES, RFM_PROFILES, VALUE, VALUE_PROFILES
from audiences.pipeline.text import TEXT
from audiences.segments.final import final_segments
from audiences.segments.playbook import segment_playbook
from audiences.segments.profiles import all_profiles
from audiences.segments.published_customers import customers

SEGMENTS = Stage(
    schema.segments, final_segments,
    {"hybrid": Maybe(TEXT["hybrid_segments"]), "value": Maybe(VALUE), "density": Maybe(users.CUSTOMERS)},
)  # fmt: skip
VALUE_PLAYBOOK = Stage(
    schema.segment_playbook, segment_playbook, {"profiles": VALUE_PROFILES, "topics": Maybe(TEXT["value_topics"])},
    {"playbook": "playbook"}, name="value_playbook", part={"segmentation": "value"},
)  # fmt: skip

_BESIDE = {"value": VALUE, "names": NAMES, **DESCRIBED, "density": users.CUSTOMERS, "said": TEXT["customer_topics"]}
CUSTOMERS = Stage(  # of the newest as_of only, as what follows
    schema.published_customers, customers,
    {"segments": SEGMENTS, **{name: Maybe(stage) for name, stage in _BESIDE.items()}},
    name="published_customers", is_current=True,
)  # fmt: skip
PROFILES = Stage(
    schema.published_profiles, all_profiles,
    {"hybrid": Maybe(TEXT["hybrid_profiles"]), "value": Maybe(VALUE_PROFILES), "rfm": Maybe(RFM_PROFILES)},
    name="published_profiles", is_current=True,
)  # fmt: skip
