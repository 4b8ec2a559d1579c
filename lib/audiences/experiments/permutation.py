"""The permutation test of a difference, from counts of equal outcomes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

Histogram = Mapping[float, int]
"""Outcome -> how many customers have it; outcomes are rounded, so that there are only so many of them."""


def permutation_p(treated: Histogram, control: Histogram, *, seed: int, draws: int = 2_000) -> float:
    """The share of random divisions of the same customers whose means lie at least as far apart.

    Drawing the control's customers without replacement from the counts of both arms is the same as shuffling the
    customers, so nobody has to be known one by one.
    """
    outcomes = sorted({*treated, *control})
    counts = np.array([treated.get(value, 0) + control.get(value, 0) for value in outcomes])
    sizes = sum(treated.values()), sum(control.values())
    if min(sizes) == 0:
        return 1.0
    values = np.array(outcomes)
    seen = sum(value * count for value, count in control.items())
    drawn = np.random.default_rng(seed).multivariate_hypergeometric(counts, sizes[1], size=draws, method="marginals")
    sums = drawn @ values
    middle = sizes[1] * float(values @ counts) / sum(sizes)
    # The total is fixed, so a distance of means is a distance of the control's sum from its expectation.
    extreme = np.abs(sums - middle) >= abs(seen - middle) - 1e-9 * max(abs(seen), 1.0)
    return float((1 + extreme.sum()) / (draws + 1))
