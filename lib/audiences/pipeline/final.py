"""What every run ends in, on one page: the final segment, what to do about it, and the tables of the newest as_of."""

from __future__ import annotations

from audiences import schema
from audiences.engine.stage import IfPresent, Stage
from audiences.pipeline import activity as users
from audiences.pipeline import text
from audiences.pipeline.purchases import DESCRIBED, FITS, NAMES, RFM_PROFILES, RHYTHM, VALUE, VALUE_PROFILES
from audiences.segments.final import final_segments
from audiences.segments.playbook import segment_playbook
from audiences.segments.profiles import all_profiles
from audiences.segments.published_customers import customers

SEGMENTS = Stage(
    schema.segments, final_segments,
    {"value": IfPresent(VALUE), "hybrid": IfPresent(text.HYBRID_SEGMENTS), "density": IfPresent(users.CUSTOMERS)},
    group="segments", revision=2,
)  # fmt: skip
VALUE_PLAYBOOK = Stage(
    schema.segment_playbook, segment_playbook,
    {"profiles": VALUE_PROFILES, "names": NAMES, "topics": IfPresent(text.VALUE_TOPICS)},
    {"playbook": "playbook"}, name="value_playbook", slice={"segmentation": "value"}, group="segments", revision=2,
)  # fmt: skip

_BESIDE = {
    "value": VALUE, "names": NAMES, "fits": FITS, **DESCRIBED, "rhythm": RHYTHM, "density": users.CUSTOMERS,
    "said": text.CUSTOMER_TOPICS, "hybrid": text.HYBRID_SEGMENTS,
}  # fmt: skip
CUSTOMERS = Stage(  # of the newest as_of only, as what follows
    schema.published_customers, customers,
    {"segments": SEGMENTS, **{name: IfPresent(stage) for name, stage in _BESIDE.items()}},
    name="published_customers", only_newest=True, group="publish",
)  # fmt: skip
PROFILES = Stage(
    schema.published_profiles, all_profiles,
    {"hybrid": IfPresent(text.HYBRID_PROFILES), "value": IfPresent(VALUE_PROFILES), "rfm": IfPresent(RFM_PROFILES)},
    name="published_profiles", only_newest=True, group="publish",
)  # fmt: skip

STAGES = (SEGMENTS, VALUE_PLAYBOOK, CUSTOMERS, PROFILES)
