"""Training and scoring over published runs: what `audiences train` and `audiences score` do."""

from audiences.prediction.batch import score, score_counts
from audiences.prediction.stream import score_stream
from audiences.prediction.train import check_beats_baselines, holdout_figures, train
from audiences.prediction.trained_model import Trained, export, newest_model

__all__ = [
    "Trained",
    "check_beats_baselines",
    "export",
    "holdout_figures",
    "newest_model",
    "score",
    "score_counts",
    "score_stream",
    "train",
]
