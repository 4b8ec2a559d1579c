"""Settings of the experiment trackers that runs and models are logged to, beside the tables."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from audiences.config.section import Section


class Mlflow(Section):
    """MLflow (extra mlflow): the fits of each published run, its profiles, and each trained model."""

    enabled: bool = Field(False, description="log to MLflow")
    uri: str | None = Field(None, description="tracking server; null: SQLite and artifacts under store.root")
    experiment: str = Field("audiences", min_length=1, description="experiment that all runs belong to")
    model: str = Field(
        "audiences-early-segment", min_length=1,
        description="registered model; its alias champion moves only to a model that passes the gate",
    )  # fmt: skip


class Wandb(Section):
    """Weights & Biases (extra wandb): the same."""

    enabled: bool = Field(False, description="log to Weights & Biases")
    project: str = Field("audiences", min_length=1, description="project that all runs belong to")
    mode: Literal["online", "offline"] = Field(
        "online", description="offline: files under store.root/_wandb, for wandb sync"
    )


class Tracking(Section):
    """Experiment trackers; what they say is a copy, the tables are what counts."""

    mlflow: Mlflow = Field(default_factory=Mlflow)
    wandb: Wandb = Field(default_factory=Wandb)

    @property
    def is_enabled(self) -> bool:
        """Whether any tracker is asked for."""
        return self.mlflow.enabled or self.wandb.enabled
