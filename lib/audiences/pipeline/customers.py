"""What is known of customers beside what they do, on one page; absent without `sources.customers.path`."""

from __future__ import annotations

from audiences import schema
from audiences.engine.stage import Landing, Stage
from audiences.engine.stage_settings import Fields, IfSet, Wanted
from audiences.pipeline.source_gates import gate_of
from audiences.sources.customers import customer_attributes, rejected_customers

# raw files -> attributes, each row kept or rejected with its reasons
LANDED_CUSTOMERS = Landing(schema.landed_customers, source="customers")
_ID: Wanted = {
    "rules": Fields("cleaning", only=("nobody", "id_suffix_pattern", "id_case")), "id_key": IfSet("contacts.id_key"),
}  # fmt: skip
_JUDGED: Wanted = {"attributes": Fields("customer_attributes", untracked=("max_levels", "allow_sensitive")), **_ID}
ATTRIBUTES = Stage(
    schema.customer_attributes, customer_attributes, {"landed": LANDED_CUSTOMERS}, _JUDGED, group="ingest"
)
REJECTED = Stage(
    schema.rejected_rows, rejected_customers, {"landed": LANDED_CUSTOMERS}, _JUDGED,
    name="rejected_customers", slice={"source": "customers"}, group="ingest",
)  # fmt: skip

GATES = gate_of("customers", landed=LANDED_CUSTOMERS, rejected=REJECTED)

STAGES = (LANDED_CUSTOMERS, ATTRIBUTES, REJECTED, GATES)
