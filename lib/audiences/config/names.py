"""Settings of the segment names: what the customers of a segment must have in common to be called so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, model_validator

from audiences.config.features import FEATURES
from audiences.config.section import Section

RHYTHM_FEATURES = ("usual_gap_days", "lateness")
"""What the rhythm table tells of a customer."""


class Bounds(Section):
    """A range, both ends included; an end that is not given is open."""

    min: float | None = None
    max: float | None = None


class NameRule(Section):
    """One segment name: a customer fits it when all bounds hold; no bounds take whoever fits no other name.

    `among` compares with all customers: min 0.8 means more than 80 % of the customers have, in steps of 0.05. `values`
    are in the feature's own unit: recency_days and tenure_days in days, lateness in usual gaps of customers like them.
    """

    STEPS: ClassVar[int] = 20

    name: str = Field(min_length=1)
    id: str | None = Field(None, pattern=r"^[a-z0-9_]+$", description="by default the name in small letters")
    among: Mapping[str, Bounds] = Field(default_factory=dict)
    values: Mapping[str, Bounds] = Field(default_factory=dict)
    min_fit: float = Field(0.6, gt=0, le=1, description="share of a segment's customers that must fit the name")
    weaker: str | None = Field(None, description="name where only more than half of them fit; null: none")

    @property
    def rule_id(self) -> str:
        """What stays the same when the name is written otherwise."""
        return self.id or rule_id(self.name)

    @model_validator(mode="after")
    def _bounded(self) -> NameRule:
        allowed = (*FEATURES, *RHYTHM_FEATURES)
        unknown = sorted({*self.among, *self.values} - set(allowed))
        if unknown:
            raise ValueError(f"unknown features {unknown}; allowed: {', '.join(allowed)}")
        for feature, bounds in self.among.items():
            for edge in (bounds.min, bounds.max):
                steps = (edge or 0) * self.STEPS
                if edge is not None and not (0 < edge < 1 and abs(steps - round(steps)) < 1e-9):
                    raise ValueError(
                        f"among.{feature}: {edge} is none of the shares 0.05, 0.10, … 0.95 of the customers"
                    )
        for feature, bounds in (*self.among.items(), *self.values.items()):
            if bounds.min is None and bounds.max is None:
                raise ValueError(f"{feature}: min or max is needed")
        if not self.rule_id:
            raise ValueError(f"{self.name!r} has no letter that an id can be made from; give id")
        return self


def rule_id(name: str) -> str:
    """A name as an id: High-value is high_value."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


_ON_TIME = Bounds(max=2.0)
_LATE = Bounds(min=2.0)
NAMES = (
    NameRule(name="High-value", among={"monetary": Bounds(min=0.8)}, values={"lateness": _ON_TIME},
             weaker="Mostly high-value"),
    NameRule(name="Loyal", among={"frequency": Bounds(min=0.5)}, values={"lateness": _ON_TIME}, weaker="Mostly loyal"),
    NameRule(name="New", values={"tenure_days": Bounds(max=90)}, min_fit=1.0),
    NameRule(name="At-risk", among={"monetary": Bounds(min=0.5)}, values={"lateness": _LATE}, weaker="Mostly at risk"),
    NameRule(name="Quiet", values={"lateness": _LATE}, weaker="Mostly quiet"),
    NameRule(name="Recent", values={"lateness": Bounds(max=1.0)}, weaker="Mostly recent"),
    NameRule(name="Occasional", weaker="Mixed"),
)  # fmt: skip
"""The default names. None of them is "Lost": on Online Retail a third of the late customers with little spend on
1 September 2011 bought again within 91 days, of all customers 56 %. That is less than usual, and far from lost."""
