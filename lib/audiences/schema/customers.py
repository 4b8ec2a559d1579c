"""Landed and clean customers: what is known of them beside what they do."""

from __future__ import annotations

from audiences.schema.clean import landed_table
from audiences.schema.table import CUSTOMER_ID, STRING, Column, Table

CUSTOMERS_REQUIRED = ("customer_id",)
UNKNOWN = "unknown"
"""The level of customers whose value the source does not have."""

landed_customers = landed_table("customers", required=CUSTOMERS_REQUIRED)

customer_attributes = Table(
    zone="clean",
    name="customer_attributes",
    comment="One row per customer of the source and configured attribute, such as age_band, region, acquisition_channel.",
    columns=(
        CUSTOMER_ID,
        Column("attribute", STRING, "The attribute's name, as customer_attributes.columns gives it.", nullable=False),
        Column("value", STRING, "Its value as the source wrote it, without spaces around it; null where it has none."),
    ),
    key=("customer_id", "attribute"),
    unindexed=("value",),
)


def level(attribute: str, value: str) -> str:
    """The name of one value of an attribute where it stands among features: region=North."""
    return f"{attribute}={value}"


__all__ = ["CUSTOMERS_REQUIRED", "UNKNOWN", "customer_attributes", "landed_customers", "level"]
