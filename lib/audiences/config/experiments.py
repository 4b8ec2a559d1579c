"""Settings of experiments: what is frozen at their start, and when a figure may be called clear."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from audiences.config.secret import SecretReference
from audiences.config.section import Section


class Experiments(Section):
    """Control groups: audiences experiment. All of it is frozen when an experiment starts."""

    key: SecretReference = Field(
        "env:AUDIENCES_KEY",
        description="the secret that customer ids are hashed with: env:NAME or file:PATH; 16 characters or more",
    )
    min_arm_customers: int = Field(100, ge=2, description="fewest customers of an arm; a smaller audience is refused")
    min_segment_arm_customers: int = Field(
        10,
        ge=2,
        description="segments with fewer expected customers in their smallest arm are told together as 'other'",
    )
    history_days: int = Field(
        365, ge=1, description="days before the start whose spend is the covariate, and decides the cap"
    )
    cap_quantile: float = Field(
        0.995, gt=0.5, le=1, description="of positive spend before the start: what one customer counts for at the most"
    )
    return_days: int = Field(14, ge=0, description="days after the end in which returns still count; then it is read")
    slopes: Literal["by_arm", "pooled", "none"] = Field(
        "by_arm", description="of the covariates: a regression per arm, one for all (CUPED), or no adjustment"
    )
    confidence: float = Field(0.95, gt=0.5, lt=1, description="of every interval")
    false_discovery_rate: float = Field(0.05, gt=0, lt=0.5, description="among the segments that are called clear")
    sample_ratio_p: float = Field(0.001, gt=0, lt=0.1, description="below it the arms are not those drawn: no verdict")
    min_buyers: int = Field(100, ge=1, description="buyers per arm from which on a t interval is believed")
    permutations: int = Field(2000, ge=100, description="draws of the test where there are too few buyers to say")
