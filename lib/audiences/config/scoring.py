"""Settings of the prediction of a newcomer's segment."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, field_validator

from audiences.config.section import Section


class ScoringGrid(Section):
    """Candidates; the best mean F1 over the segments on the last of the training's customers decides."""

    trees: tuple[int, ...] = Field((50,), description="trees of the forest; of gradient boosting: rounds")
    depth: tuple[int, ...] = Field((4, 8), description="of a tree, at the most")
    regularisation: tuple[float, ...] = Field((0.001, 0.01), description="of the logistic regression (L2)")

    @field_validator("*")
    @classmethod
    def _positive(cls, values: tuple[float, ...]) -> tuple[float, ...]:
        if not values or min(values) < 0 or len(set(values)) < len(values):
            raise ValueError("distinct values of 0 or more are needed")
        return values

    @field_validator("trees", "depth")
    @classmethod
    def _bounded(cls, values: tuple[int, ...]) -> tuple[int, ...]:
        if min(values) < 1 or max(values) > 1000:
            raise ValueError("values from 1 to 1000 are needed")
        return values

    @field_validator("depth")
    @classmethod
    def _shallow(cls, values: tuple[int, ...]) -> tuple[int, ...]:
        if max(values) > 30:
            raise ValueError("Spark's trees have a depth of 30 at the most")
        return values


class ScoringGate(Section):
    """What a model must beat on the holdout to be used (exit 3 else)."""

    macro_f1_gain: float = Field(0.0, ge=-1, lt=1, description="over the better baseline's mean F1; more than this")
    log_loss_gain: float | None = Field(
        0.0, description="below the log loss of the training's shares, nats; more than this; null: not asked"
    )


class Scoring(Section):
    """Placing newcomers by their early behaviour: audiences train, audiences score."""

    window_days: int = Field(30, ge=1, le=365, description="first days of a customer that a model sees")
    mature_days: int = Field(
        90,
        ge=1,
        description="training takes customers whose first day lies so far before as_of",
    )
    holdout_share: float = Field(
        0.25, gt=0, lt=1, description="share of the customers, the last acquired, that the model is judged on"
    )
    train_before: date | None = Field(
        None, description="customers acquired before this day train, later ones judge; null: holdout_share decides"
    )
    min_customers: int = Field(30, ge=2, description="fewest customers in training and in the holdout")
    classifier: Literal["random_forest", "gradient_boosted", "logistic_regression"] = Field(
        "random_forest", description="gradient boosting is one-vs-rest"
    )
    class_weights: float = Field(
        0.5,
        ge=0,
        le=1,
        description="a customer weighs (share of its segment)^-this; 0: all alike, 1: balanced",
    )
    grid: ScoringGrid = Field(default_factory=ScoringGrid)
    seed: int = Field(7, description="of the forest and of boosting")
    gate: ScoringGate = Field(default_factory=ScoringGate)
    files_per_batch: int = Field(100, ge=1, description="files of a micro-batch of a scoring stream, at the most")
    reasons: int = Field(3, ge=0, le=10, description="reasons given per score")
