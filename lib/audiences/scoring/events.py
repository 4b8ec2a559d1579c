"""A single customer's raw events to early features in plain Python: the same rules and figures as Spark's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from audiences.config import Behaviour, Cleaning
from audiences.errors import InputError
from audiences.schema.clean import MAX_QUANTITY
from audiences.schema.scoring import EARLY_FEATURES

_NEEDED = ("invoice_id", "ts", "quantity", "unit_price")
_QUANTITY, _PRICE, _AMOUNT = Decimal("0.000001"), Decimal("0.00000001"), Decimal("0.0001")
_MAX_PRICE = Decimal(10) ** 12
_UNITS, _UNITS_OF_QUANTITY = 10_000, 1_000_000
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_OTHERS = ("description", "category", "country")


@dataclass(frozen=True)
class Line:
    """One kept purchase or return line; quantity in millionths, amount in 1/10,000 of the currency."""

    invoice_id: str
    product_id: str | None
    unit_count: int
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
    for place, event in enumerate(events):
        missing = [name for name in _NEEDED if name not in event]
        if missing:
            raise InputError("an event lacks a field", where=f"event {place}", found=", ".join(map(str, event)),
                             allowed=", ".join(_NEEDED))  # fmt: skip
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
    gross, units = _sum(bought) / _UNITS, sum(line.unit_count for line in bought) / _UNITS_OF_QUANTITY
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
    """The rules of `sources.transactions`, in order; adjustments and free lines are neither purchase nor return."""
    rules = cleaning.rules
    invoice, product = _text(event["invoice_id"]), _text(event.get("product_id"))
    quantity, price = _number(event["quantity"]), _number(event["unit_price"])
    when, local = _instant(event["ts"], zone)
    pattern = cleaning.cancellation_pattern
    cancelled = bool(pattern and invoice and re.search(pattern, invoice))
    amount = _amount(quantity, price, is_cancelled=cancelled)
    is_no_product = rules.non_product and product in cleaning.non_product_codes
    same = (invoice, product, quantity, price, when, *(_text(event.get(name)) for name in _OTHERS))
    broken = {
        "missing_invoice": invoice is None,
        "invalid_date": local is None,
        "date_out_of_range": rules.date_out_of_range
        and local is not None
        and not cleaning.min_date <= local.date() <= cleaning.max_date,
        "invalid_quantity": quantity is None,
        "quantity_out_of_range": quantity is not None and not _fits(quantity),
        "invalid_price": price is None,
        "amount_out_of_range": price is not None and quantity is not None and _fits(quantity)
        and (amount is None or abs(amount) > cleaning.max_amount),
        "non_positive_price": rules.non_positive_price and price is not None and price <= 0,
        "non_product": is_no_product and not (amount is not None and amount < 0),
        "bad_debt": _is_bad_debt(invoice, cleaning),
        "negative_quantity": rules.negative_quantity and quantity is not None and quantity <= 0 and not cancelled,
        "exact_duplicate": rules.exact_duplicate and same in seen,
    }  # fmt: skip
    seen.add(same)
    reasons = tuple(name for name, is_broken in broken.items() if is_broken)
    if reasons or invoice is None or local is None or quantity is None or amount is None:
        return None, reasons
    if amount == 0 or is_no_product:
        return None, ("neither_purchase_nor_return",)
    units = int(quantity * _UNITS_OF_QUANTITY)
    return Line(invoice, product, units, int(amount * _UNITS), local.date(), local.hour, amount < 0), ()


def _fits(quantity: Decimal) -> bool:
    return abs(quantity) < MAX_QUANTITY and quantity == quantity.quantize(_QUANTITY)


def _amount(quantity: Decimal | None, price: Decimal | None, *, is_cancelled: bool) -> Decimal | None:
    """quantity * price, rounded once; negative where either of them or the invoice says so; None out of range."""
    if quantity is None or price is None or not _fits(quantity) or abs(price) >= _MAX_PRICE:
        return None
    size = abs(quantity * price.quantize(_PRICE, ROUND_HALF_UP)).quantize(_AMOUNT, ROUND_HALF_UP)
    return -size if is_cancelled or quantity < 0 or price < 0 else size


def _is_bad_debt(invoice: str | None, cleaning: Cleaning) -> bool:
    pattern = cleaning.bad_debt_pattern
    return bool(cleaning.rules.bad_debt and pattern and invoice and re.search(pattern, invoice))


def _text(value: Any) -> str | None:
    return None if value is None else str(value).strip() or None


def _number(value: Any) -> Decimal | None:
    """The value, exactly; None where it is no number. What is too large for the batch's columns has its own reasons."""
    text = str(value).strip()
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _instant(value: Any, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """The instant in UTC and in the zone; (None, None) where it is no time, or not within the years 1 to 9999."""
    try:
        when = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
        instant = (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(timezone.utc)
        return instant, instant.astimezone(zone)
    except (ValueError, OverflowError):
        return None, None
