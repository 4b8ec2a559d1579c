"""Placing newcomers: a classifier of early behaviour, its evaluation, scores, and a scorer without Spark."""

from audiences.scoring.local import LocalScorer, Score

__all__ = ["LocalScorer", "Score"]
