"""What segments are called: the rules with their cut points, the names, and which customers fit theirs."""

from __future__ import annotations

from pyspark.sql import types as T

from audiences.schema.table import AS_OF, BOOLEAN, CUSTOMER_ID, DOUBLE, INT, LONG, STRING, Column, Table, array

NAME_LIMIT = T.StructType(
    [
        T.StructField("feature", STRING),
        T.StructField("above", DOUBLE),
        T.StructField("at_least", DOUBLE),
        T.StructField("at_most", DOUBLE),
    ]
)

rhythm = Table(
    zone="features",
    name="rhythm",
    comment="How late each customer of rfm is, against the usual gap of customers like them (Kaplan-Meier by number of "
    "purchase days, gaps that are open at D censored).",
    columns=(
        AS_OF,
        CUSTOMER_ID,
        Column("purchase_days", LONG, "Distinct days with a purchase before D.", nullable=False),
        Column(
            "peer_gap_days",
            DOUBLE,
            "Days within which half of the customers with so many purchase days who come back at all have come back; "
            "null where nobody ever has.",
        ),
        Column(
            "usual_gap_days",
            DOUBLE,
            "(days from first to last purchase + 3 * peer_gap_days) / (purchase_days - 1 + 3), 1 at the least; null "
            "where nobody ever has come back.",
        ),
        Column(
            "lateness", DOUBLE, "Days since the last purchase / usual_gap_days; 1 is due, 2 is late; null likewise."
        ),
    ),
    key=("customer_id",),
    slice_by=("as_of",),
    checks={"late_after_it_was_due": "lateness IS NULL OR lateness >= 0"},
)

name_rules = Table(
    zone="models",
    name="name_rules",
    comment="The rules of the value segments' names with this run's cut points; the first that enough of a segment's "
    "customers meet names it.",
    columns=(
        AS_OF,
        Column("rule_order", INT, "0 is asked first.", nullable=False),
        Column("rule_id", STRING, "Stays the same when the name is written otherwise.", nullable=False),
        Column("name", STRING, "The name that it gives.", nullable=False),
        Column("weaker", STRING, "The name where only more than half of the customers fit; null: none."),
        Column("min_fit", DOUBLE, "Share of a segment's customers that must fit the name.", nullable=False),
        Column(
            "limits",
            array(NAME_LIMIT),
            "What a customer must meet, all of them, in the features' own units (above: more than; shares of customers "
            "are turned into values); empty: whoever meets no other rule.",
            nullable=False,
        ),
    ),
    key=("rule_id",),
    slice_by=("as_of",),
)

name_fits = Table(
    zone="segments",
    name="name_fits",
    comment="Whether each customer fits the name of its value segment, by the rule that named the segment.",
    columns=(
        AS_OF,
        CUSTOMER_ID,
        Column("segment_id", INT, "The value segment.", nullable=False),
        Column("fits_name", BOOLEAN, "The customer itself meets the rule of the segment's name.", nullable=False),
        Column("own_rule", STRING, "The first rule that the customer's own figures meet.", nullable=False),
        Column("own_name", STRING, "What the customer's own figures alone would be called.", nullable=False),
    ),
    key=("customer_id",),
    slice_by=("as_of",),
)

NAMED_BY_RULE = (
    Column(
        "segment_key", STRING, "Segmentation and rule id, such as value-at_risk; the name may change, the key stays."
    ),
    Column("rule_id", STRING, "The rule that gave the name; null where no rule of models/name_rules did."),
    Column("fits", LONG, "Customers of the segment who meet that rule themselves; null likewise."),
    Column("close_to", STRING, "Another name that the segment almost has; null where none is near."),
)
"""Columns of `segment_names`."""

__all__ = ["NAMED_BY_RULE", "NAME_LIMIT", "name_fits", "name_rules", "rhythm"]
