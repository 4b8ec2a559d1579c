"""The money of a row of transactions: made from an amount, or from quantity and price, with one rule for its sign.

1. The size: the line's amount where the row gives one (with `grain: order` the order's, else the line's), else
   quantity * unit price; without its sign, rounded once to 4 decimals.
2. Discount, tax and shipping within it are taken off it (a discount written as 10% is that share of the size), then
   the row's share of `order_deductions`; the rest is converted where it is in another currency.
3. The sign: negative where the amount, the quantity or the price is, where the invoice's number says so
   (`cleaning.cancellation_pattern`), or one of the rules `returns` holds. A refund may say so in several ways at once.
4. What it is: negative money of a code that is no product is an adjustment of its customer, other negative money a
   return.

A row that gives an amount and no quantity counts as one unit; one that gives an amount and quantity 0 keeps the money
and has 0 units.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import add, or_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences.config import Cleaning, TransactionSource
from audiences.schema.clean import MAX_QUANTITY
from audiences.schema.table import LINE_AMOUNT, PRICE, QUANTITY
from audiences.sources.notations.number_columns import number_value
from audiences.sources.order_values import holds_in_order, without_order_deductions
from audiences.sources.row_checks import number, trimmed

_WIDE = T.DecimalType(38, 10)  # as it is read: more digits than any column keeps, so that what does not fit is seen
_SIZE = "decimal(28,4)"
_SHARE = T.DecimalType(9, 6)
_READ = ("quantity", "unit_price", "line_amount", "order_amount", "discount", "tax", "shipping", "unit_cost")
READ_AS = {name: f"_{name}" for name in _READ}
"""Canonical column -> the column with its cell as a number, before anything is made from it."""

MONEY_CELLS: Mapping[str, tuple[str, ...]] = {
    "line": ("line_amount", "unit_price"), "order": ("order_amount", "line_amount", "unit_price"),
}  # fmt: skip
"""Grain -> the cells that a row's money is made of, and beside whose number its currency may stand."""

_DEDUCTIONS = ("discount", "tax", "shipping")


def with_money(rows: DataFrame, *, source: TransactionSource, cleaning: Cleaning) -> DataFrame:
    """The rows with the money columns of `transactions` and `is_cancellation`, beside what `money_reasons` looks at.

    Args:
        rows: raw texts as raw_<name>, the typed `invoice_id` and `product_id`, and perhaps `_rate`: what one unit of
            the row's currency is in the configured one.
        source: the decimal sign, the grain, and which rows are returns.
        cleaning: the cancellation pattern and the codes that are no products.
    """
    read = rows.withColumns({READ_AS[name]: number(name, _WIDE, source.number_style) for name in _READ})
    sized = read.withColumns({"_has_amount": _has_amount(source), "_given": _given(source)}).withColumns(
        {
            "_units": F.coalesce("_quantity", F.when(F.col("_has_amount") & trimmed("quantity").isNull(), F.lit(1))),
            "_fitting_price": F.expr("try_cast(_unit_price as decimal(20,8))"),
            "_percent": _percent(source),
            "is_cancellation": _is_cancellation(cleaning),
        }
    )
    units = sized.withColumn("_fitting_units", F.expr(f"try_cast(_units as {QUANTITY.simpleString()})"))
    product = units.withColumn("_product", F.abs(F.col("_fitting_units") * F.col("_fitting_price")))
    gross = product.withColumn("_size", _size()).withColumn("_discounted", _discounted())
    gross = gross.withColumn("_deducted", reduce(add, map(_taken_off, ("tax", "shipping")), F.col("_discounted")))
    signed = gross.withColumns({"_net": F.col("_size") - F.col("_deducted"), "_is_credit": _is_credit(source)})
    if source.order_deductions:
        signed = without_order_deductions(signed, source=source, cleaning=cleaning)
    if "_rate" in rows.columns:
        signed = signed.withColumns({name: F.try_multiply(name, "_rate") for name in ("_net", "_unit_cost")})
    wide = signed.withColumn("_amount", F.when(F.col("_is_credit"), -F.col("_net")).otherwise(F.col("_net")))
    fitting = wide.withColumn("amount", F.expr(f"try_cast(_amount as {LINE_AMOUNT.simpleString()})"))
    priced = fitting.withColumn("_price", _price(source, is_converted="_rate" in rows.columns))
    return priced.withColumns({**_outcome(source, is_converted="_rate" in rows.columns), **_kinds(cleaning)})


def money_reasons(source: TransactionSource, cleaning: Cleaning, *, is_converted: bool) -> dict[str, Column]:
    """The rules about numbers that always hold, by name: unreadable, out of range, or of another grain."""
    has_amount, counts_units = F.col("_has_amount"), _counts_units(source)
    quantity, price, given = F.col("_quantity"), F.col("_unit_price"), F.col("_given")
    fits = (F.abs("_units") < MAX_QUANTITY) & (F.col("_units") == F.col("_fitting_units"))
    has_size = F.when(has_amount, given.isNotNull()).otherwise(price.isNotNull() & F.coalesce(fits, F.lit(False)))
    if is_converted:
        has_size &= F.col("_rate").isNotNull()
    is_order_total = ~has_amount & price.isNull() & trimmed("order_amount").isNotNull()
    odd = {name: trimmed(name).isNotNull() & F.col(f"_{name}").isNull() for name in _DEDUCTIONS}
    odd["discount"] &= F.col("_percent").isNull()
    if source.order_deductions:
        odd["of_order"] = F.col("_has_odd_order_deduction")
    return {
        "invalid_quantity": counts_units & F.col("_units").isNull(),
        "quantity_out_of_range": counts_units & quantity.isNotNull() & ~F.coalesce(fits, F.lit(False)),
        "invalid_price": ~has_amount & price.isNull(),
        "invalid_amount": has_amount & given.isNull(),
        "amount_of_a_whole_order": is_order_total,
        "invalid_deduction": reduce(or_, odd.values()) | (F.col("_net") < 0),
        "amount_out_of_range": has_size & F.coalesce(F.abs("_amount") > cleaning.max_amount, F.lit(True)),
    }


def _has_amount(source: TransactionSource) -> Column:
    """Whether the row gives its money as one amount."""
    given = trimmed("line_amount").isNotNull()
    return given | trimmed("order_amount").isNotNull() if source.grain == "order" else given


def _given(source: TransactionSource) -> Column:
    if source.grain == "line":
        return F.col("_line_amount")
    return F.when(trimmed("order_amount").isNotNull(), F.col("_order_amount")).otherwise(F.col("_line_amount"))


def _counts_units(source: TransactionSource) -> Column:
    """Whether the row's quantity matters: an order's amount needs none."""
    return ~F.col("_has_amount") if source.grain == "order" else F.lit(True)


def _taken_off(name: str) -> Column:
    return F.coalesce(F.expr(f"try_cast(abs(_{name}) as {_SIZE})"), F.lit(0).cast(_SIZE))


def _is_cancellation(cleaning: Cleaning) -> Column:
    if not cleaning.cancellation_pattern:
        return F.lit(False)
    return F.coalesce(F.col("invoice_id").rlike(cleaning.cancellation_pattern), F.lit(False))


def _size() -> Column:
    """The money of the row without its sign, before anything is taken off it."""
    return F.when(F.col("_has_amount"), F.expr(f"try_cast(abs(_given) as {_SIZE})")).otherwise(
        F.expr(f"try_cast(_product as {_SIZE})")
    )


def _discounted() -> Column:
    """What the row's discount takes off it, be it written as money or as a share, such as 10%, of the row's money."""
    nothing, share = F.lit(0).cast(_SIZE), F.abs("_percent")
    of_size = F.when(share.isNotNull(), F.round(F.col("_size") * share, 4).cast(_SIZE))
    return _taken_off("discount") + F.coalesce(of_size, nothing)


def _percent(source: TransactionSource) -> Column:
    """The share that the discount's cell says with a percent sign; null where it says none."""
    share = number_value("raw_discount", _SHARE, style=source.number_style, rounds=True, percent=True)
    return F.when(F.col("_discount").isNull(), share)


def _is_credit(source: TransactionSource) -> Column:
    """Whether anything in the row says that its money goes back."""
    negative = (F.coalesce(F.col(name) < 0, F.lit(False)) for name in ("_given", "_units", "_unit_price"))
    marked = (holds_in_order(rule, source.columns) for rule in source.returns)
    return reduce(or_, (*negative, *marked), F.col("is_cancellation"))


def _kept_units(source: TransactionSource) -> Column:
    return F.lit(1).cast(QUANTITY) if source.grain == "order" else F.col("_fitting_units")


def _price(source: TransactionSource, *, is_converted: bool) -> Column:
    """The price as the source has it; where an amount was given, lessened or converted, what one unit came to."""
    is_plain = ~F.col("_has_amount") & (F.col("_deducted") == 0)
    if is_converted:
        is_plain &= F.col("_rate") == 1
    derived = F.try_divide(F.abs("amount"), F.abs(_kept_units(source)))
    return F.when(is_plain, F.abs("_fitting_price")).otherwise(derived)


def _discount(source: TransactionSource, *, is_converted: bool) -> Column:
    """The discount that was taken off; an empty cell is none, where the source has discounts."""
    if not source.columns.discount:
        return F.lit(None).cast(LINE_AMOUNT)
    converted = "try_multiply(_discounted, _rate)" if is_converted else "_discounted"
    return F.expr(f"try_cast({converted} as {LINE_AMOUNT.simpleString()})")


def _outcome(source: TransactionSource, *, is_converted: bool) -> dict[str, Column]:
    units = _kept_units(source)
    return {
        "quantity": F.when(F.col("_is_credit"), -F.abs(units)).otherwise(units).cast(QUANTITY),
        "unit_price": F.expr(f"try_cast(_price as {PRICE.simpleString()})"),
        "unit_cost": F.expr(f"try_cast(_unit_cost as {PRICE.simpleString()})"),
        "discount": _discount(source, is_converted=is_converted),
        "margin_rate": number("margin_rate", style=source.number_style),
    }


def _kinds(cleaning: Cleaning) -> dict[str, Column]:
    """What a row is, by its code and the sign of its money; never null."""
    is_no_product = F.lit(False)
    if cleaning.rules.non_product and cleaning.non_product_codes:
        is_no_product = F.coalesce(F.col("product_id").isin(*cleaning.non_product_codes), F.lit(False))
    is_negative = F.coalesce(F.col("amount") < 0, F.lit(False))
    return {
        "is_no_product": is_no_product,
        "is_adjustment": is_no_product & is_negative,
        "is_return": ~is_no_product & is_negative,
    }
