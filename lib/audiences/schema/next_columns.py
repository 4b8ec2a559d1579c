"""The next columns of `published/customers`, fixed once, so that parts which are built apart do not differ on them.

A column leaves this list when its owner declares it in `published_customers`, with this name, type and meaning of null.
"""

from __future__ import annotations

from dataclasses import dataclass

from audiences.schema.table import DATE, DOUBLE, INT, MONEY, STRING, Column


@dataclass(frozen=True)
class NextColumn:
    """A column to come.

    Args:
        column: name, type and definition; the definition says what null means.
        unit: what one unit of the value is.
        null_means: when the value is null.
        owner: the part of the product that computes it.
    """

    column: Column
    unit: str
    null_means: str
    owner: str


NEXT_COLUMNS = (
    NextColumn(
        Column("generation", STRING, "The generation of fitted parts that placed the customer."),
        unit="id", null_means="the run was placed by its own fits", owner="segments over time",
    ),
    NextColumn(
        Column("previous_segment", STRING, "The final segment in the published run before."),
        unit="name", null_means="the customer was not in that run, or there is none", owner="segments over time",
    ),
    NextColumn(
        Column("segment_since", DATE, "The first as_of of the unbroken time in the present segment."),
        unit="date", null_means="there is no earlier published run", owner="segments over time",
    ),
    NextColumn(
        Column("segment_changes_365d", INT, "How often the segment changed within the 365 days before as_of."),
        unit="changes", null_means="there is no earlier published run in that time", owner="segments over time",
    ),
    NextColumn(
        Column("chance_to_buy", DOUBLE, "Probability of at least one order within the configured days from as_of on."),
        unit="probability from 0 to 1", null_means="no model was accepted, or the customer has no order",
        owner="segments over time",
    ),
    NextColumn(
        Column("expected_value", MONEY, "Expected gross in the configured days from as_of on."),
        unit="money in the configured currency", null_means="no model was accepted, or the customer has no order",
        owner="segments over time",
    ),
)  # fmt: skip
