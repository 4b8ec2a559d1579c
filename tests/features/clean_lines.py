"""One clean transaction at a time, for tests that state their rows."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import ROUND_HALF_UP, Decimal

CENT_OF_CENT = Decimal("0.0001")


def line(
    customer, invoice, ts, quantity=1, price="1.00", *, product=None, category=None, country=None, adjustment=False,
    discount=None,
):  # fmt: skip
    """One clean transaction; negative money is a return, or an adjustment."""
    when = datetime.fromisoformat(ts)
    amount = (Decimal(str(quantity)) * Decimal(price)).quantize(CENT_OF_CENT, ROUND_HALF_UP)
    return (
        customer, invoice, product, None, category, Decimal(str(quantity)), Decimal(price), amount,
        when.replace(tzinfo=timezone.utc), when.date(), when.hour, country, amount < 0 and not adjustment,
        amount < 0 and adjustment, None, None, None, None if discount is None else Decimal(discount), None,
    )  # fmt: skip
