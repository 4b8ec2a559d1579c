"""Settings of the hybrid segments: what customers do and what they say, in one tree."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from audiences.config.section import Section


class Hybrid(Section):
    """Behaviour and topics side by side, clustered by Ward's criterion."""

    behaviour_weight: float = Field(1.0, ge=0, description="share of the behaviour block in the total variance")
    topic_weight: float = Field(1.0, ge=0, description="share of the topic block in the total variance")
    is_soft: bool = Field(False, description="membership probabilities of a Gaussian mixture instead of 0 and 1")
    micro_clusters: int = Field(
        500, ge=10, le=5_000, description="leaves of the tree at the most; with fewer distinct customers it is exact"
    )
    micro_iterations: int = Field(10, ge=1, description="of the KMeans that makes the micro-clusters")
    seed: int = Field(7, description="of the micro-clusters")
    choose: Literal["gap", "silhouette", "fixed"] = Field("silhouette", description="how the number is chosen")
    k: int | None = Field(None, ge=1, le=1000, description="the fixed number of segments; only with choose: fixed")
    k_min: int = Field(2, ge=2, description="fewest segments of the sweep")
    k_max: int = Field(12, ge=2, le=100, description="most segments of the sweep")
    min_share: float = Field(0.01, ge=0, lt=1, description="a number that leaves a smaller segment is not chosen")
    rows_per_partition: int = Field(200_000, ge=1_000, description="customers per sorted partition of the KMeans")

    @model_validator(mode="after")
    def _consistent(self) -> Hybrid:
        if self.k_max < self.k_min:
            raise ValueError(f"k_max {self.k_max} is below k_min {self.k_min}")
        if (self.choose == "fixed") != (self.k is not None):
            raise ValueError("k and choose: fixed belong together; give both or neither")
        if self.behaviour_weight == 0 and self.topic_weight == 0:
            raise ValueError("one of behaviour_weight and topic_weight must be above 0")
        return self
