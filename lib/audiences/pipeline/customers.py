"""What is known of customers beside what they do, on one page; absent without `sources.customers.path`."""

from __future__ import annotations

from audiences import schema
from audiences.engine.landing import landed_rows
from audiences.engine.stage import Stage
from audiences.engine.stage_settings import Fields
from audiences.sources.customers import customer_attributes, rejected_customers

# raw files -> attributes, each row kept or rejected with its reasons
LANDED_CUSTOMERS = Stage(schema.landed_customers, landed_rows, lands="customers")
_ID = {"id_suffix_pattern": "cleaning.id_suffix_pattern"}
_JUDGED: dict[str, str | Fields] = {"attributes": Fields("customer_attributes", untracked=("max_levels",)), **_ID}
ATTRIBUTES = Stage(schema.customer_attributes, customer_attributes, {"landed": LANDED_CUSTOMERS}, _JUDGED)
REJECTED = Stage(
    schema.rejected_rows, rejected_customers, {"landed": LANDED_CUSTOMERS}, _JUDGED,
    name="rejected_customers", part={"source": "customers"},
)  # fmt: skip

INGEST = (LANDED_CUSTOMERS, ATTRIBUTES, REJECTED)
