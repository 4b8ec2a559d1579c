"""What DBSCAN is, twice: the definition in a few lines of NumPy, and scikit-learn."""

from __future__ import annotations

import numpy as np
from sklearn.cluster import DBSCAN


def by_definition(points, eps, min_points, weights=None):
    """Labels and core flags by the definition, all pairs; row keys are positions."""
    points = np.asarray(points, float)
    squared = np.zeros((len(points), len(points)))
    for j in range(points.shape[1]):  # in column order, as the definition says
        squared += (points[:, None, j] - points[None, :, j]) ** 2
    near = squared <= eps * eps
    weights = np.ones(len(points), int) if weights is None else weights
    core = near @ weights >= min_points
    label = np.full(len(points), -1)
    clusters = 0
    for row in range(len(points)):
        if core[row] and label[row] < 0:
            reached = np.zeros(len(points), bool)
            reached[row] = True
            while (more := core & near[reached & core].any(axis=0) & ~reached).any():
                reached |= more
            label[reached] = clusters
            clusters += 1
    for row in np.flatnonzero(~core):
        reachable = label[near[row] & core]
        label[row] = reachable.min() if len(reachable) else -1
    return label, core


def by_sklearn(points, eps, min_points, weights=None):
    """Labels and core flags by scikit-learn's kd_tree."""
    model = DBSCAN(eps=eps, min_samples=min_points, algorithm="kd_tree").fit(points, sample_weight=weights)
    core = np.zeros(len(points), bool)
    core[model.core_sample_indices_] = True
    return model.labels_, core
