"""Copies of what runs and trainings found, for MLflow and Weights & Biases (extras mlflow, wandb)."""

from audiences.tracking.records import Record, of_run, of_training
from audiences.tracking.trackers import check_trackers, track

__all__ = ["Record", "check_trackers", "of_run", "of_training", "track"]
