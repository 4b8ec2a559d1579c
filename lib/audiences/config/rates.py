"""Settings of the exchange rates that amounts in other currencies are converted by."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from audiences.config.notations import NumberStyle
from audiences.config.section import Names
from audiences.config.sources import Source, SourceColumns
from audiences.schema.rates import RATES_REQUIRED


class RateColumns(SourceColumns):
    """Source columns of each canonical column: the first name that a file's header has is taken."""

    REQUIRED: ClassVar[tuple[str, ...]] = RATES_REQUIRED

    ts: Names = Field(("ts", "date", "day"), description="required: the day from which the rate holds")
    from_currency: Names = Field(("from_currency", "from"), description="required")
    to_currency: Names = Field(("to_currency", "to"), description="required")
    rate: Names = Field(("rate",), description="required: one unit of from_currency in units of to_currency")


class RateSource(Source):
    """Exchange rates; without them money in another currency than the configured one refuses the delivery."""

    JUDGED = (*Source.JUDGED, "decimal", "max_age_days")

    timestamp_format: str = Field("yyyy-MM-dd", description="of text dates, Java pattern letters")
    decimal: Literal[".", ","] = Field(".", description="decimal sign")
    max_age_days: int = Field(31, ge=0, description="a rate holds until the next one, but not for more days than these")
    columns: RateColumns = Field(default_factory=RateColumns)

    @property
    def number_style(self) -> NumberStyle:
        """How numbers are written."""
        return "comma" if self.decimal == "," else "unambiguous"
