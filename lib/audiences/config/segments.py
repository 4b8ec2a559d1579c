"""Settings of the value segments and their names."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from audiences.config.names import NAMES, NameRule
from audiences.config.section import Names, Section


class ValueSegments(Section):
    """Value segments and the choice of k."""

    features: Names = Field(
        ("recency_days", "frequency", "monetary"), description="a subset of scaling.features, and of scaling.attributes"
    )
    method: Literal["kmeans", "gaussian_mixture"] = Field("kmeans", description="the clustering")
    choose: Literal["elbow", "silhouette", "bic", "aic", "fixed"] = Field(
        "elbow", description="how k is chosen; bic and aic with gaussian_mixture only"
    )
    k: int | None = Field(None, ge=1, le=1000, description="the fixed k; only with choose: fixed")
    k_min: int = Field(2, ge=2, description="smallest k of the sweep")
    k_max: int = Field(8, ge=2, le=100, description="largest k of the sweep")
    seed: int = Field(7, description="of the first start; the others follow from it")
    starts: int = Field(10, ge=1, description="starts of the final fit; the lowest inertia is kept")
    sweep_starts: int = Field(1, ge=1, description="starts per set of seeds in the sweep (two sets: stability)")
    fits_at_once: int = Field(2, ge=1, description="KMeans fits that run side by side")
    max_iterations: int = Field(50, ge=1, description="of one KMeans fit")
    tolerance: float = Field(1e-4, gt=0, description="centres that move less have converged, scaled units")
    covariance_floor: float = Field(
        0.01,
        ge=0,
        lt=0.1,
        description="of a gaussian_mixture: variance in every direction that no component falls below, scaled units "
        "squared; 0: none, and customers with equal values can make a fit fail",
    )
    sample_customers: int = Field(50_000, ge=100, description="the sweep looks at this many customers at the most")
    rows_per_partition: int = Field(
        200_000, ge=1_000, description="customers per sorted partition that the estimator gets"
    )
    names: tuple[NameRule, ...] = Field(
        NAMES, description="the first rule that enough of a segment's customers meet names it"
    )

    @model_validator(mode="after")
    def _consistent(self) -> ValueSegments:
        if self.k_max < self.k_min:
            raise ValueError(f"k_max {self.k_max} is below k_min {self.k_min}")
        if self.choose in ("bic", "aic") and self.method != "gaussian_mixture":
            raise ValueError(f"choose: {self.choose} needs method: gaussian_mixture")
        if self.method == "gaussian_mixture" and self.k == 1:
            raise ValueError("a gaussian_mixture has two components or more")
        if (self.choose == "fixed") != (self.k is not None):
            raise ValueError("k and choose: fixed belong together; give both or neither")
        if not self.names or self.names[-1].among or self.names[-1].values:
            raise ValueError("names: the last rule must be without bounds, so that every segment has a name")
        if any(not rule.among and not rule.values for rule in self.names[:-1]):
            raise ValueError("names: only the last rule may be without bounds: it names what no other rule does")
        ids = [rule.rule_id for rule in self.names]
        if len(set(ids)) < len(ids):
            raise ValueError(f"names: every rule needs an id of its own; found {', '.join(ids)}")
        return self
