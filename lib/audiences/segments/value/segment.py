"""A cluster on its way to a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Segment:
    """A cluster on its way to a name.

    Attributes:
        fits: rule id -> customers who meet the rule.
        medians, typical: feature -> the median of the segment, and of all customers.
        apart: feature -> position difference (see `segments.typical`).
        close_to: the other name that it almost has.
    """

    cluster_id: int
    customers: int
    monetary: float
    fits: Mapping[str, int]
    medians: Mapping[str, float | None]
    typical: Mapping[str, float | None]
    apart: Mapping[str, float | None]
    name: str = ""
    rule_id: str = ""
    key: str = ""
    close_to: str | None = None

    def share(self, rule_id: str) -> float:
        """The share of the segment's customers who meet a rule."""
        return self.fits[rule_id] / self.customers
