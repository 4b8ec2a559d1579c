"""Weighted Ward beside SciPy and scikit-learn; no Spark."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score

from audiences.clustering.ward import cut, inertia, largest_gap, silhouette, ward


def points(n: int = 120, seed: int = 2) -> np.ndarray:
    draw = np.random.default_rng(seed)
    centres = np.array([[0, 0, 0], [5, 0, 0], [0, 6, 0], [5, 5, 5]])
    return np.concatenate([draw.normal(centre, 0.7, (n // 4, 3)) for centre in centres])


@pytest.mark.parametrize("seed", range(4))
def test_with_weights_of_one_the_tree_is_scipys(seed):
    x = points(seed=seed)
    merges = ward(x, np.ones(len(x)))
    theirs = linkage(x, "ward")
    assert [(m.left, m.right) for m in merges] == [(int(a), int(b)) for a, b, *_ in theirs]
    assert np.allclose([m.height for m in merges], theirs[:, 2])
    assert [m.weight for m in merges] == theirs[:, 3].tolist()


@pytest.mark.parametrize("k", [1, 2, 3, 4, 7, 30, 120])
def test_cuts_are_those_of_scikit_learn(k):
    x = points()
    labels = cut(ward(x, np.ones(len(x))), k)
    assert labels.max() + 1 == k
    assert adjusted_rand_score(labels, AgglomerativeClustering(k, linkage="ward").fit_predict(x)) == 1


def test_a_weight_stands_for_equal_rows():
    draw = np.random.default_rng(4)
    x, weights = draw.normal(size=(40, 2)), draw.integers(1, 6, 40)
    ours = ward(x, weights.astype(float))
    theirs = linkage(np.repeat(x, weights, axis=0), "ward")
    assert np.allclose([m.height for m in ours], theirs[-39:, 2])  # the merges before joined equal rows, at height 0
    rows = np.repeat(cut(ours, 5), weights)
    assert adjusted_rand_score(rows, fcluster(theirs, 5, "maxclust")) == 1


def test_ties_end():
    x = np.array([[float(i % 5), float(i // 5)] for i in range(25)])
    merges = ward(x, np.ones(25))
    assert np.isclose(sum(m.height**2 for m in merges), 2 * ((x - x.mean(axis=0)) ** 2).sum())
    assert len(ward(np.zeros((6, 2)), np.ones(6))) == 5
    assert ward(np.zeros((1, 2)), np.ones(1)) == []
    assert cut([], 1).tolist() == [0]


def test_the_gap_and_the_silhouette_find_the_planted_number():
    x = points()
    ones = np.ones(len(x))
    merges = ward(x, ones)
    assert largest_gap(merges, 2, 10) in (2, 4)
    by_k = {k: silhouette(x, ones, cut(merges, k)) for k in range(2, 9)}
    assert max(by_k, key=by_k.get) == 4
    labels = cut(merges, 4)
    assert inertia(x, ones, labels) == pytest.approx(
        sum(((x[labels == j] - x[labels == j].mean(0)) ** 2).sum() for j in range(4))
    )
    # every merge adds half its squared height to the inertia
    assert inertia(x, ones, labels) == pytest.approx(sum(m.height**2 for m in merges[: len(x) - 4]) / 2)
