"""The gates of a run over all that was landed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from audiences.config import Gates
from audiences.sources.quality_gates import quality_gates


def test_rows_that_the_settings_leave_out_are_no_rejected_ones(spark):
    day = date(2023, 1, 1)
    money = Decimal(1)
    days = spark.createDataFrame(
        [("1", day, 1, 2, money)],
        "customer_id string, day date, lines bigint, orders bigint, gross decimal(18,4)",
    )
    kept = spark.createDataFrame([("1", money)] * 3, "customer_id string, amount decimal(18,4)")
    rejected = spark.createDataFrame(
        [(["filtered_out"], "{}", money)] * 8 + [(["invalid_date"], "{}", money)],
        "reasons array<string>, row string, amount decimal(18,4)",
    )
    rows = quality_gates(days, transactions=kept, rejected=rejected, as_of=date(2023, 2, 1), gates=Gates()).collect()
    [gate] = [row for row in rows if row["name"] == "max_rejected_share"]
    assert (gate["found"], gate["passed"]) == (0.25, True)
    assert gate["detail"].startswith("1 of 4 rows rejected: invalid_date 1")
