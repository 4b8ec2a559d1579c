"""What a reading says, in sentences; the figures stand beside them in the table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from audiences.experiments.design import CONTROL, Metric, Period
from audiences.experiments.frozen import Cells
from audiences.experiments.reading import ArmReading, SegmentReading


def before_the_end(period: Period, as_of: date) -> str | None:
    """Why there is no verdict yet; None once the period and the days of returns are over."""
    if as_of >= period.returns_until:
        return None
    days = f"{period.elapsed(as_of)} of {period.days} days"
    if as_of < period.ends:
        return f"{days}: no verdict before the end on {period.ends}"
    return f"{days}: returns are waited for until {period.returns_until}"


def of_arm(reading: ArmReading, metric: Metric, currency: str) -> list[str]:
    """The verdict on one arm, and which segments are clear."""
    lines = [f"{reading.arm.name}: {_overall(reading, metric, currency)}"]
    if reading.is_enough and reading.relative is not None:
        lines.append(f"that is {reading.relative:+.1%} of what a customer without it does")
    lines.append(
        _by_segment(reading.segments, is_different=_is_different(reading), is_tested=reading.differ is not None)
    )
    if reading.variance_kept < 1:
        lines.append(f"what was known before the start explains {1 - reading.variance_kept:.1%} of the variance")
    return lines


def of_money(reading: ArmReading, margin_rate: float | None, currency: str) -> str:
    """What it earned in money that is not capped, less what it cost, per customer chosen and in all."""
    rate = 1.0 if margin_rate is None else margin_rate
    basis = "net spend (no margin rate was given)" if margin_rate is None else f"margin, {rate:.0%} of net spend"
    gain, cost, customers = reading.money.scaled(rate), reading.arm.cost, reading.treated.count
    net = gain.difference - cost
    text = (
        f"in {basis}, not capped: {gain.difference:,.2f} {currency} ({gain.low:,.2f} to {gain.high:,.2f}) per customer"
    )
    text += f" at a cost of {cost:,.2f}; {net * customers:,.0f} {currency} over {customers:,} customers"
    if cost > 0:
        low, high = (gain.low - cost) / cost, (gain.high - cost) / cost
        text += f"; {net / cost:+.2f} per {currency} of cost ({low:+.2f} to {high:+.2f})"
    above = reading.share_above_cap
    return text if above is None else f"{text}; {above:.0%} of the difference lies above the cap"


def of_losses(reading: ArmReading, drawn: Cells, p: float) -> str:
    """How many of those drawn were analysed."""
    parts = []
    for name, moments in ((reading.arm.name, reading.treated), (CONTROL, reading.control)):
        total = sum(customers for (_, arm), customers in drawn.items() if arm == name)
        parts.append(f"{moments.count:,} of {total:,} drawn for {name}")
    return f"analysed: {' and '.join(parts)} (lost alike: p = {_p(p)})"


def _overall(reading: ArmReading, metric: Metric, currency: str) -> str:
    if not reading.is_enough:
        return f"too few to say ({_buyers(reading)}; by permutation p = {_p(reading.permutation_p)})"
    figures = reading.overall
    text = f"per customer chosen, sent or not: {_difference(figures.difference, metric, currency)}"
    text += f" ({_ends(figures.low, figures.high, metric)}) than without"
    return text if reading.is_clear else f"{text}; too uncertain to tell"


def _buyers(reading: ArmReading) -> str:
    treated, control = (round(moments.total("bought")) for moments in (reading.treated, reading.control))
    return f"{treated:,} and {control:,} buyers"


def _difference(value: float, metric: Metric, currency: str) -> str:
    word = "more" if value >= 0 else "less"
    if metric == "bought":
        return f"{abs(value) * 100:.2f} points {'more' if value >= 0 else 'fewer'} buyers"
    if metric == "orders":
        return f"{abs(value):.4f} orders {'more' if value >= 0 else 'fewer'}"
    return f"{abs(value):,.2f} {currency} {word}"


def _ends(low: float, high: float, metric: Metric) -> str:
    """Both ends, signed by the direction that the sentence has."""
    if low + high < 0:
        low, high = -high, -low
    if metric == "bought":
        return f"{low * 100:.2f} to {high * 100:.2f}"
    return f"{low:,.4f} to {high:,.4f}" if metric == "orders" else f"{low:,.2f} to {high:,.2f}"


def _p(value: float | None) -> str:
    if value is None:
        return "unknown"
    return f"{value:.3f}" if value >= 0.001 else "under 0.001"


def _is_different(reading: ArmReading) -> bool:
    return any(part.is_clear for part in reading.segments)


def _by_segment(segments: Sequence[SegmentReading], *, is_different: bool, is_tested: bool) -> str:
    clear = [part.segment for part in segments if part.is_clear]
    few = [part.segment for part in segments if not part.is_enough]
    rest = [part.segment for part in segments if part.is_enough and not part.is_clear]
    if is_different:
        text = f"clear in {', '.join(clear)}"
        text += ", the others too uncertain to tell" if rest else ""
    elif is_tested:
        text = "no sign that segments differ: the figure over all holds for each of them"
    else:
        text = "segments cannot be compared"
    return f"{text}; too few to say in {', '.join(few)}" if few else text
