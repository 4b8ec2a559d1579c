"""A single customer's raw events to early features in plain Python: the same rules and figures as Spark's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from audiences.config import Behaviour, Cleaning
from audiences.errors import InputError
from audiences.schema.clean import TRANSACTION_REQUIRED
from audiences.schema.scoring import EARLY_FEATURES

_QUANTITY, _AMOUNT = Decimal("0.001"), Decimal("0.0001")
_UNITS = 10_000
_DIGITS = 12
"""Digits of a quantity and of a price in the batch's columns (schema.table QUANTITY and PRICE)."""

_AMOUNT_LIMIT = Decimal(10) ** 14
"""A line's money must be less: the batch's column has 18 digits, four of them decimals (schema.table LINE_AMOUNT)."""

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_OTHERS = ("description", "category", "country")


@dataclass(frozen=True)
class Line:
    """One kept purchase or return line; quantity in thousandths, amount in 1/10,000 of the currency."""

    invoice_id: str
    product_id: str | None
    milliunits: int
    amount: int
    day: date
    hour: int
    is_return: bool


@dataclass(frozen=True)
class Early:
    """The features of one customer, and what decides whether they may be scored."""

    first_day: date
    features: Mapping[str, float]


def kept_lines(
    events: Iterable[Mapping[str, Any]], *, cleaning: Cleaning, time_zone: str
) -> tuple[list[Line], list[tuple[str, ...]]]:
    """The lines that the cleaning rules keep, and of each other event the reasons that speak against it.

    Args:
        events: invoice_id, ts (a datetime, or its ISO text; without a zone it is in `time_zone`), quantity, unit_price,
            perhaps product_id; all of one customer.
        cleaning: the settings of the batch.
        time_zone: days and hours are counted in it.

    Raises:
        InputError: an event lacks a field.
    """
    lines, rejected = [], []
    seen: set[tuple[Any, ...]] = set()
    needed = [name for name in TRANSACTION_REQUIRED if name != "customer_id"]
    for place, event in enumerate(events):
        missing = [name for name in needed if name not in event]
        if missing:
            raise InputError("an event lacks a field", where=f"event {place}", found=", ".join(map(str, event)),
                             allowed=", ".join(needed))  # fmt: skip
        line, reasons = _judged(event, cleaning, ZoneInfo(time_zone), seen)
        if line is None:
            rejected.append(reasons)
        else:
            lines.append(line)
    return lines, rejected


def early_of(lines: Iterable[Line], *, window_days: int, behaviour: Behaviour, as_of: date) -> Early | None:
    """The columns of `schema.early_features` that a model sees; None without a line before D."""
    before = [line for line in lines if line.day < as_of]
    if not before:
        return None
    first = min(line.day for line in before)
    early = [line for line in before if (line.day - first).days < window_days]
    bought = [line for line in early if not line.is_return]
    returned = [line for line in early if line.is_return]
    gross, units = _sum(bought) / _UNITS, sum(line.milliunits for line in bought) / 1000
    orders = len({line.invoice_id for line in bought})
    night, _, _, evening = behaviour.hour_starts
    weekend = [line for line in bought if line.day.isoweekday() in behaviour.weekend]
    late = [line for line in bought if line.hour < night or line.hour >= evening]
    features = {
        "orders": orders,
        "active_days": len({line.day for line in early}),
        "span_days": (max(line.day for line in early) - first).days,
        "lines": len(bought),
        "units": units,
        "gross": gross,
        "returned": _sum(returned) / _UNITS,
        "return_lines": len(returned),
        "distinct_products": len({line.product_id for line in bought} - {None}),
        "largest_line": max((line.amount for line in bought), default=0) / _UNITS,
        "first_day_gross": _sum(line for line in bought if line.day == first) / _UNITS,
        "average_order_value": _share(gross, orders),
        "items_per_basket": _share(units, orders),
        "price_per_unit": _share(gross, units),
        "weekend_share": _share(_sum(weekend), _sum(bought)),
        "evening_share": _share(_sum(late), _sum(bought)),
    }
    return Early(first, {name: float(features[name]) for name in EARLY_FEATURES})


def _sum(lines: Iterable[Line]) -> int:
    return sum(line.amount for line in lines)


def _share(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else 0.0


def _judged(
    event: Mapping[str, Any], cleaning: Cleaning, zone: ZoneInfo, seen: set[tuple[Any, ...]]
) -> tuple[Line | None, tuple[str, ...]]:
    """The rules of `sources.transactions`, in their order."""
    rules = cleaning.rules
    invoice, product = _text(event["invoice_id"]), _text(event.get("product_id"))
    quantity, price = _number(event["quantity"], _QUANTITY), _number(event["unit_price"], _AMOUNT)
    when, local = _instant(event["ts"], zone)
    cancelled = bool(invoice and re.search(cleaning.cancellation_pattern, invoice))
    same = (invoice, product, quantity, price, when, *(_text(event.get(name)) for name in _OTHERS))
    broken = {
        "missing_invoice": invoice is None,
        "invalid_date": local is None,
        "date_out_of_range": rules.date_out_of_range
        and local is not None
        and not cleaning.min_date <= local.date() <= cleaning.max_date,
        "invalid_quantity": quantity is None,
        "invalid_price": price is None,
        "non_positive_price": rules.non_positive_price and price is not None and price <= 0,
        "non_product": rules.non_product and product in cleaning.non_product_codes,
        "bad_debt": rules.bad_debt and invoice is not None and bool(re.search(cleaning.bad_debt_pattern, invoice)),
        "negative_quantity": rules.negative_quantity and quantity is not None and quantity <= 0 and not cancelled,
        "exact_duplicate": rules.exact_duplicate and same in seen,
    }
    seen.add(same)
    reasons = tuple(name for name, is_broken in broken.items() if is_broken)
    if reasons or invoice is None or local is None or quantity is None or price is None:
        return None, reasons
    is_return = cancelled and quantity < 0 and price > 0
    if not is_return and not (quantity > 0 and price > 0):
        return None, ("neither_purchase_nor_return",)
    amount = (quantity * price).quantize(_AMOUNT, ROUND_HALF_UP)
    if abs(amount) >= _AMOUNT_LIMIT:
        return None, ("amount_out_of_range",)
    return Line(invoice, product, int(quantity * 1000), int(amount * _UNITS), local.date(), local.hour, is_return), ()


def _text(value: Any) -> str | None:
    return None if value is None else str(value).strip() or None


def _number(value: Any, scale: Decimal) -> Decimal | None:
    """The value rounded to the scale; None where it is no number, or has more digits than the batch's columns hold."""
    text = str(value).strip()
    if not _NUMBER.fullmatch(text):
        return None
    try:
        number = Decimal(text).quantize(scale, ROUND_HALF_UP)
    except InvalidOperation:  # more digits than Decimal's own precision
        return None
    return number if len(number.as_tuple().digits) <= _DIGITS else None


def _instant(value: Any, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """The instant in UTC and in the zone; (None, None) where it is no time, or not within the years 1 to 9999."""
    try:
        when = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
        instant = (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(timezone.utc)
        return instant, instant.astimezone(zone)
    except (ValueError, OverflowError):
        return None, None
