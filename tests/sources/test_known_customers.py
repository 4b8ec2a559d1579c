"""The part of the purchases' money that has a customer: a figure of the run, of which nothing is required."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from audiences import schema
from audiences.config import Gates
from audiences.sources.quality_gates import quality_gates

REJECTED = (
    (["missing_customer"], "10"),
    (["lost_customer_id"], "5"),  # rounded by a spreadsheet: nobody known
    (["missing_customer"], "-400"),  # a return is no purchase
    (["missing_customer", "invalid_date"], "800"),  # would not count with a customer either
    (["invalid_date"], "900"),
    (["filtered_out"], "900"),
    (["missing_customer"], None),
)
KEPT = ((None, "5"), (None, "-7"), ("a", "70"))  # the rule about missing customers may be off: then such rows are kept
DAYS = (("a", date(2010, 1, 1), "70"), ("a", date(2030, 1, 1), "10"))  # of all days, also after D


@pytest.mark.parametrize(
    ("days", "kept", "rejected", "share", "words"),
    [
        pytest.param(DAYS, KEPT, REJECTED, 0.8, "purchases of 80.00 by known customers and of 20.00 by nobody known", id="some"),
        pytest.param((), (), REJECTED[4:], None, "purchases of 0.00", id="no-purchases"),
    ],
)  # fmt: skip
def test_the_share_of_known_customers_is_said_and_stops_nothing(spark, days, kept, rejected, share, words):
    def money(text):
        return None if text is None else Decimal(text)

    found = quality_gates(
        spark.createDataFrame(
            [(who, day, 1, 1, money(gross)) for who, day, gross in days],
            "customer_id string, day date, orders bigint, lines bigint, gross decimal(18,4)",
        ),
        transactions=spark.createDataFrame(
            [(who, money(amount)) for who, amount in kept], "customer_id string, amount decimal(18,4)"
        ),
        rejected=spark.createDataFrame(
            [("transactions", "a.csv", 1, reasons, "{}", money(amount)) for reasons, amount in rejected],
            schema.rejected_rows.schema,
        ),
        as_of=date(2020, 1, 1), gates=Gates(),
    )  # fmt: skip
    rows = {row["name"]: row for row in found.collect()}
    known = rows.pop("known_customer_revenue_share")
    assert (known["found"], known["required"], known["passed"]) == (share, None, True)
    assert known["detail"].startswith(words)
    assert all(row["required"] is not None for row in rows.values())
