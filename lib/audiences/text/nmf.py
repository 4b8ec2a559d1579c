"""Non-negative matrix factorisation X ~ W H, distributed by rows: W never leaves its row, H (topics x terms) is shared.

1. H starts by NNDSVD (Boutsidis & Gallopoulos 2008), from a truncated SVD by subspace iteration (Halko et al. 2011).
2. One pass: each row solves for its own w >= 0 given H; W'W and W'X are summed.
3. The driver updates H by HALS (Cichocki & Phan 2009) from these two sums.
4. Until H hardly changes. W is solved afresh in each pass, so nothing but the texts is kept between passes.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from pyspark.sql import DataFrame
from scipy.sparse import csr_matrix

from audiences.text.passes import Array, Terms, summed

_TINY = 1e-12
_ROW_SWEEPS = 20
_TOPIC_SWEEPS = 3
_SVD_PASSES = 4
_SVD_EXTRA = 10


def factorise(texts: DataFrame, *, terms: Terms, topics: int, seed: int, iterations: int, tolerance: float) -> Array:
    """H, topics x terms, non-negative, rows of sum 1, of the least squares factorisation.

    Cost: `_SVD_PASSES` + 2 + at most `iterations` passes over the texts; the driver holds a few arrays of H's size.

    Args:
        texts: tokens array<string>, cached, in a fixed layout.
        terms: with idf weights.
        topics: at most the number of terms.
    """
    h = _start(texts, terms, topics, seed)
    for _ in range(iterations):
        sums = summed(texts, terms=terms, by=partial(_normal_equations, h=h))
        after = improved(h, w_w=sums[:, :topics], w_x=sums[:, topics:])
        change = np.linalg.norm(after - h) / max(float(np.linalg.norm(h)), _TINY)
        h = after
        if change < tolerance:
            break
    return np.asarray(h / np.maximum(h.sum(axis=1, keepdims=True), _TINY))


def row_weights(x: csr_matrix, h: Array) -> Array:
    """W >= 0 of least squares x ~ W h, by coordinate descent from a stated start."""
    gram, target = h @ h.T, np.asarray(x @ h.T)
    scale = np.maximum(np.diag(gram), _TINY)
    w: Array = np.maximum(target / (scale + gram.sum(axis=0)), 0.0)
    for _ in range(_ROW_SWEEPS):
        for j in range(len(h)):
            w[:, j] = np.maximum(w[:, j] + (target[:, j] - w @ gram[:, j]) / scale[j], 0.0)
    return w


def _stretched(x: csr_matrix, q: Array) -> Array:
    return np.asarray(x.T @ (x @ q))


def _gram(x: csr_matrix, q: Array) -> Array:
    y = np.asarray(x @ q)
    return np.asarray(y.T @ y)


def _normal_equations(x: csr_matrix, h: Array) -> Array:
    w = row_weights(x, h)
    return np.hstack([w.T @ w, np.asarray((x.T @ w).T)])


def improved(h: Array, *, w_w: Array, w_x: Array) -> Array:
    """H after some sweeps of HALS: each topic solved with the others fixed."""
    h = h.copy()
    for _ in range(_TOPIC_SWEEPS):
        for j in range(len(h)):
            if w_w[j, j] > _TINY:
                h[j] = np.maximum(h[j] + (w_x[j] - w_w[j] @ h) / w_w[j, j], 0.0)
    return h


def _start(texts: DataFrame, terms: Terms, topics: int, seed: int) -> Array:
    """NNDSVDa: of each singular pair the heavier of its positive and negative sides; zeros become the mean."""
    right, singular = _right_singular(texts, terms, topics, seed)

    def sides(x: csr_matrix) -> Array:
        u = np.asarray(x @ right.T)
        return np.stack([(np.maximum(u, 0) ** 2).sum(axis=0), (np.maximum(-u, 0) ** 2).sum(axis=0)])

    up, down = np.sqrt(summed(texts, terms=terms, by=sides)) / np.maximum(singular, _TINY)
    positive, negative = np.maximum(right, 0), np.maximum(-right, 0)
    h = np.empty_like(right)
    for j in range(topics):
        ahead = up[j] * np.linalg.norm(positive[j]) >= down[j] * np.linalg.norm(negative[j])
        side, weight = (positive[j], up[j]) if ahead or j == 0 else (negative[j], down[j])
        h[j] = side * np.sqrt(singular[j] * max(weight, _TINY) / max(float(np.linalg.norm(side)), _TINY))
    return np.where(h > 0, h, h.mean())


def _right_singular(texts: DataFrame, terms: Terms, topics: int, seed: int) -> tuple[Array, Array]:
    """The first right singular vectors (rows) and singular values of X."""
    draw = np.random.default_rng(seed)
    width = min(topics + _SVD_EXTRA, len(terms.terms))
    q: Array = np.linalg.qr(draw.normal(size=(len(terms.terms), width))).Q
    for _ in range(_SVD_PASSES):
        stretched = summed(texts, terms=terms, by=partial(_stretched, q=q))
        q = np.linalg.qr(stretched).Q
    small = summed(texts, terms=terms, by=partial(_gram, q=q))
    values, vectors = np.linalg.eigh(small)
    order = np.argsort(values)[::-1][:topics]
    return (q @ vectors[:, order]).T, np.sqrt(np.maximum(values[order], 0.0))
