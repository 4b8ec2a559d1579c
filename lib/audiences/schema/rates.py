"""Landed and clean exchange rates: what one unit of a currency is in another, from a day on."""

from __future__ import annotations

from audiences.schema.clean import landed_table
from audiences.schema.table import DATE, RATE, STRING, Column, Table

RATES_REQUIRED = ("ts", "from_currency", "to_currency", "rate")

landed_rates = landed_table("rates", required=RATES_REQUIRED)

exchange_rates = Table(
    zone="clean",
    name="exchange_rates",
    comment="One row per pair of currencies and day of the source.",
    columns=(
        Column("day", DATE, "The day from which the rate holds, in the configured time zone.", nullable=False),
        Column("from_currency", STRING, "ISO 4217 code of what is converted.", nullable=False),
        Column("to_currency", STRING, "ISO 4217 code of what it becomes.", nullable=False),
        Column("rate", RATE, "One unit of from_currency in units of to_currency, > 0.", nullable=False),
    ),
    key=("day", "from_currency", "to_currency"),
    checks={"positive": "rate > 0"},
)

__all__ = ["RATES_REQUIRED", "exchange_rates", "landed_rates"]
