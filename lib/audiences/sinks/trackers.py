"""Which trackers are asked for, whether they can be used, and the calls to them."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from audiences.config import Tracking
from audiences.errors import ConfigError, MachineError, extra_advice
from audiences.sinks.tracking_records import Record
from audiences.store.address import is_elsewhere


def check_trackers(tracking: Tracking, root: str) -> None:
    """Before anything is computed.

    Raises:
        MachineError: the package is not installed.
        ConfigError: MLflow's SQLite store is asked for on an object store.
    """
    for name in ("mlflow", "wandb"):
        if getattr(tracking, name).enabled and find_spec(name) is None:
            raise MachineError(
                "a tracker's package is not installed", where=f"tracking.{name}.enabled", found=f"no module {name}",
                advice=f"{extra_advice(name)}; or --set tracking.{name}.enabled=false",
            )  # fmt: skip
    if tracking.mlflow.enabled and tracking.mlflow.uri is None and is_elsewhere(root):
        raise ConfigError(
            "MLflow's SQLite store needs a local folder", where="tracking.mlflow.uri", found=f"store.root: {root}",
            allowed="the address of a tracking server, or sqlite:///FILE",
        )  # fmt: skip


def track(records: Sequence[Record], tracking: Tracking, root: str) -> None:
    """Logs each record once to each tracker that is asked for."""
    if tracking.mlflow.enabled:
        from audiences.sinks.to_mlflow import log as to_mlflow

        to_mlflow(records, tracking.mlflow, root)
    if tracking.wandb.enabled:
        from audiences.sinks.to_wandb import log as to_wandb

        to_wandb(records, tracking.wandb, root)
