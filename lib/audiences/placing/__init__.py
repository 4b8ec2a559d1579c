"""Training and scoring over published runs: what `audiences train` and `audiences score` do."""

from audiences.placing.batch import score
from audiences.placing.model import Trained, export, newest_model
from audiences.placing.stream import score_stream
from audiences.placing.train import check_beats_baselines, holdout_figures, train

__all__ = [
    "Trained",
    "check_beats_baselines",
    "export",
    "holdout_figures",
    "newest_model",
    "score",
    "score_stream",
    "train",
]
