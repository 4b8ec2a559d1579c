"""Settings of the customer features."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import product
from typing import Literal

from pydantic import Field, field_validator, model_validator

from audiences.config.section import Names, Section
from audiences.schema.features import RFM_METRICS, behaviour, rfm
from audiences.schema.table import DOUBLE, INT, LONG, MONEY

FEATURES = tuple(
    column.name
    for table, left_out in ((rfm, {"r_score", "f_score", "m_score", "border_distance"}), (behaviour, set[str]()))
    for column in table.columns
    if column.type in (INT, LONG, DOUBLE, MONEY) and column.name not in left_out
)
"""Every number of rfm and behaviour that a segment may be made from."""

REVIEW_FEATURES = ("days_since_text", "reviews", "rating_mean", "words_mean", "helpful_mean")
"""What reviews tell of a customer, as segment_profiles names it."""

Range = tuple[int, int]


class RfmRule(Section):
    """One named RFM segment: score ranges from 1 to 5, both ends included; fm is the mean of f and m, halves up."""

    name: str = Field(min_length=1)
    r: Range = (1, 5)
    f: Range = (1, 5)
    m: Range = (1, 5)
    fm: Range = (1, 5)

    def matches(self, r: int, f: int, m: int) -> bool:
        fm = (f + m + 1) // 2
        pairs = ((self.r, r), (self.f, f), (self.m, m), (self.fm, fm))
        return all(low <= score <= high for (low, high), score in pairs)


def _rule(name: str, r: Range, fm: Range) -> RfmRule:
    return RfmRule(name=name, r=r, fm=fm)


_ELEVEN = (
    _rule("Champions", (5, 5), (4, 5)),
    _rule("Loyal Customers", (3, 4), (4, 5)),
    _rule("Potential Loyalists", (4, 5), (2, 3)),
    _rule("New Customers", (5, 5), (1, 1)),
    _rule("Promising", (4, 4), (1, 1)),
    _rule("Needs Attention", (3, 3), (3, 3)),
    _rule("About to Sleep", (3, 3), (1, 2)),
    _rule("Cannot Lose Them", (1, 2), (5, 5)),
    _rule("At Risk", (1, 2), (3, 4)),
    _rule("Lost", (1, 1), (1, 1)),
    _rule("Hibernating", (1, 2), (1, 2)),
)


class Rfm(Section):
    """RFM scores and named segments."""

    bins: int = Field(5, ge=2, le=10, description="score bins of equal share (quintiles)")
    cut_points: Mapping[str, tuple[float, ...]] = Field(
        default_factory=dict, description="own ascending cut points per metric, instead of quantiles: bins - 1 of them"
    )
    cut_points_of: date | None = Field(
        None, description="as_of of a published run whose cut points are kept, so that scores compare over time"
    )
    segments: tuple[RfmRule, ...] = Field(
        _ELEVEN, description="the first rule that matches names the customer; ranges are on a scale of 1 to 5"
    )

    @model_validator(mode="after")
    def _complete(self) -> Rfm:
        if self.cut_points and self.cut_points_of:
            raise ValueError("cut_points and cut_points_of exclude each other")
        for metric, cuts in self.cut_points.items():
            if metric not in RFM_METRICS:
                raise ValueError(f"cut_points: unknown metric {metric!r}; allowed: {', '.join(RFM_METRICS)}")
            if len(cuts) != self.bins - 1 or list(cuts) != sorted(cuts):
                raise ValueError(
                    f"cut_points.{metric}: {self.bins - 1} ascending values are needed for {self.bins} bins"
                )
        scores = range(1, 6)
        for r, f, m in product(scores, scores, scores):
            if not any(rule.matches(r, f, m) for rule in self.segments):
                raise ValueError(f"segments: no rule matches r={r} f={f} m={m}; every score needs a name")
        return self


class Behaviour(Section):
    """How days and hours are grouped."""

    hour_starts: tuple[int, int, int, int] = Field(
        (0, 6, 12, 18), description="first hours of night, morning, afternoon, evening"
    )
    weekend: tuple[int, ...] = Field((6, 7), description="ISO weekdays, 1 is Monday")

    @field_validator("hour_starts")
    @classmethod
    def _ascending(cls, hours: tuple[int, ...]) -> tuple[int, ...]:
        if list(hours) != sorted(set(hours)) or not 0 <= hours[0] <= hours[-1] <= 23:
            raise ValueError("four ascending hours from 0 to 23 are needed")
        return hours

    @field_validator("weekend")
    @classmethod
    def _weekdays(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        if not set(days) <= set(range(1, 8)):
            raise ValueError("ISO weekdays are 1 (Monday) to 7 (Sunday)")
        return days


class Affinity(Section):
    """Category affinity."""

    top: int = Field(12, ge=1, le=200, description="categories by gross that stand on their own; the rest is 'other'")


class ScalerSettings(Section):
    """How features are made less skewed and scaled."""

    skew_threshold: float = Field(
        1.0, ge=0, description="log1p where the skewness is greater; signed where values are negative"
    )
    scaler: Literal["standard", "robust", "minmax"] = Field("standard", description="the Spark ML scaler")


class Scaling(ScalerSettings):
    """How features are filled, made less skewed and scaled."""

    features: Names = Field(
        (
            "recency_days", "frequency", "monetary", "tenure_days", "average_order_value", "items_per_basket",
            "days_between_orders_mean", "return_rate", "distinct_products", "weekend_share", "spend_90d", "spend_trend",
        ),
        description=f"columns of rfm and behaviour; allowed: {', '.join(FEATURES)}",
    )  # fmt: skip
    attributes: Names = Field(
        (), description="attributes of customers that become features, one per value (one-hot) and one for unknown"
    )

    @field_validator("features")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in names if name not in FEATURES]
        if unknown or not names or len(set(names)) < len(names):
            raise ValueError(f"distinct features are needed; unknown: {unknown}; allowed: {', '.join(FEATURES)}")
        return names
