"""Experiments over published runs: starting them, what they could find, and what they found."""

from audiences.pipeline.experiments.power import power
from audiences.pipeline.experiments.read import Result, read
from audiences.pipeline.experiments.start import Request, start

__all__ = ["Request", "Result", "power", "read", "start"]
