"""Exchange rates on one page: raw rates -> rates, kept or rejected, where money in several currencies is converted.

Absent without `sources.rates.path`.
"""

from __future__ import annotations

from audiences import schema
from audiences.engine.stage import Landing, Stage
from audiences.engine.stage_settings import Fields, Wanted
from audiences.sources.rates import exchange_rates, rejected_rates

LANDED_RATES = Landing(schema.landed_rates, source="rates")
_QUOTED: Wanted = {
    "source": Fields("sources.rates", only=("timestamp_format", "time_zone", "epoch", "first_year", "decimal")),
    "time_zone": "time_zone",
}
RATES = Stage(schema.exchange_rates, exchange_rates, {"landed": LANDED_RATES}, _QUOTED, group="ingest")
REJECTED_RATES = Stage(
    schema.rejected_rows, rejected_rates, {"landed": LANDED_RATES}, _QUOTED,
    name="rejected_rates", slice={"source": "rates"}, group="ingest",
)  # fmt: skip

STAGES = (LANDED_RATES, RATES, REJECTED_RATES)
