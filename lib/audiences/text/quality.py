"""How good topics are: NPMI coherence and diversity of their top words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pyspark.sql import DataFrame
from scipy.sparse import csr_matrix

from audiences.text.passes import Array, Terms, summed


def top_places(topic_terms: Array, words: int) -> list[list[int]]:
    """The places of each topic's heaviest terms, heaviest first; ties go to the more frequent (first) term."""
    return [np.argsort(-row, kind="stable")[:words].tolist() for row in topic_terms]


def co_occurrences(texts: DataFrame, terms: Sequence[str]) -> Array:
    """Texts that hold both terms, terms x terms; the diagonal holds a term's own texts. One pass."""

    def both(x: csr_matrix) -> Array:
        x.data[:] = 1.0
        return np.asarray((x.T @ x).todense(), dtype=np.float64)

    return summed(texts, terms=Terms(terms), by=both)


def coherence(together: Array, places: Sequence[int], texts: int) -> float:
    """Mean normalised pointwise mutual information of all pairs of words, -1 to 1, a text being the window.

    NPMI = log(p(i,j) / (p(i) p(j))) / -log p(i,j); -1 for words that never meet (Bouma 2009; Röder et al. 2015).
    """
    values = []
    for a, i in enumerate(places):
        for j in places[a + 1 :]:
            p_i, p_j, p_ij = together[i, i] / texts, together[j, j] / texts, together[i, j] / texts
            if p_ij <= 0:
                values.append(-1.0)
            elif p_ij >= 1:
                values.append(1.0)
            else:
                values.append(float(np.log(p_ij / (p_i * p_j)) / -np.log(p_ij)))
    return float(np.mean(values)) if values else 0.0


def diversity(tops: Sequence[Sequence[int]]) -> float:
    """Share of different words among the top words of all topics (Dieng et al. 2020)."""
    every = [place for places in tops for place in places]
    return len(set(every)) / len(every)
