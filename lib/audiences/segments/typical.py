"""Where a segment stands among all customers: the one scale of names, reasons, profiles and plays.

A segment is described by its median, and compared with the median of all customers (a "typical customer") by their
ratio. How far a feature sets a segment apart is its position difference: the share of all customers who lie below the
segment's median, less the share below the typical customer, equal ones counted half. It is 0 for a typical segment, and
about 0.2 standard deviations of a normal distribution are 0.08. Ranks do not change when a feature is put on a
logarithmic scale, and a few very large customers move neither a median nor a position. A mean in standard deviations
does not have these properties: on Online Retail the mean spend of a segment lay 0.5 standard deviations above the mean
on the logarithmic scale and below it on the plain one.

A feature sets a segment apart only where its mean lies on the same side as its median: of a share that is 0 or 1 for
most customers the median alone says little.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyspark.sql import Column, Row
from pyspark.sql import functions as F

PERCENTS = tuple(percent / 100 for percent in range(1, 100))
APART = 0.08
"""A smaller position difference is about typical."""

MEAN_APART = 0.1
"""A mean that lies fewer standard deviations on the same side does not bear the median out."""


def median(name: str) -> Column:
    """The median of a feature, as the aggregate of a group; null where no customer has a value."""
    return F.percentile_approx(F.col(name).cast("double"), 0.5)


def percentiles(name: str) -> Column:
    """The values at 1 %, 2 %, … 99 % of the customers, as an aggregate: what `position` looks a value up in."""
    return F.percentile_approx(F.col(name).cast("double"), list(PERCENTS))


def position_difference(value: Column, typical: Column, grid: Column) -> Column:
    """The share of customers between `value` and `typical`, negative where it is lower; null where one is unknown."""
    known = value.isNotNull() & typical.isNotNull() & grid.isNotNull()
    return F.when(known, _position(value, grid) - _position(typical, grid))


def _position(value: Column, grid: Column) -> Column:
    below = F.size(F.filter(grid, lambda edge: edge < value))
    up_to = F.size(F.filter(grid, lambda edge: edge <= value))
    return (below + up_to) / F.lit(2.0 * (len(PERCENTS) + 1))


def agreed(position_difference: Column, difference_sd: Column) -> Column:
    """The position difference where median and mean lie on the same side of a typical customer, else 0."""
    same_side = (position_difference * difference_sd > 0) & (F.abs(difference_sd) >= MEAN_APART)
    is_agreed = difference_sd.isNull() | same_side
    return F.when(position_difference.isNotNull(), F.when(is_agreed, position_difference).otherwise(0.0))


def agreed_of(row: Mapping[str, Any] | Row) -> float:
    """`agreed` of a row of `segment_profiles`; 0 where nothing is known."""
    difference, sd = row["position_difference"], row["difference_sd"]
    if difference is None or (sd is not None and (difference * sd <= 0 or abs(sd) < MEAN_APART)):
        return 0.0
    return float(round(difference, 6))
