"""Point families of the acceptance list, each a function (rows, dimensions, seed) -> (n, d) float64."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]


def blobs(n: int, d: int, seed: int) -> Points:
    """Round clusters of unlike density and a tenth of uniform noise."""
    draw = np.random.default_rng(seed)
    centres = draw.uniform(-4, 4, (4, d))
    which = draw.integers(0, 4, n)
    points = centres[which] + draw.normal(size=(n, d)) * np.array([0.2, 0.4, 0.6, 0.9])[which][:, None]
    noise = draw.random(n) < 0.1
    points[noise] = draw.uniform(-6, 6, (int(noise.sum()), d))
    return points


def lattice(n: int, d: int, seed: int) -> Points:
    """Whole numbers close to each other: distances tie at 1, sqrt(2), …"""
    return np.random.default_rng(seed).integers(0, max(2, round((2 * n) ** (1 / d))), (n, d)).astype(float)


def counts(n: int, d: int, seed: int) -> Points:
    """What customers do: skewed counts, many rows alike."""
    return np.random.default_rng(seed).negative_binomial(1, 0.5, (n, d)).astype(float)


def duplicates(n: int, d: int, seed: int) -> Points:
    """A third of the rows are copies of others."""
    draw = np.random.default_rng(seed)
    points = blobs(n, d, seed)
    points[draw.choice(n, n // 3, replace=False)] = points[draw.integers(0, n, n // 3)]
    return points


def bridges(n: int, d: int, seed: int) -> Points:
    """Two clusters joined by a thin line of rows."""
    draw = np.random.default_rng(seed)
    points = draw.normal(size=(n, d)) * 0.4
    points[: n // 2, 0] += 4
    line = n // 10
    points[:line] = 0
    points[:line, 0] = np.linspace(0, 4, line)
    return points


def moons(n: int, d: int, seed: int) -> Points:
    """Two interleaved half circles, in the first two columns."""
    draw = np.random.default_rng(seed)
    angle = draw.uniform(0, np.pi, n)
    lower = draw.random(n) < 0.5
    points = draw.normal(size=(n, d)) * 0.08
    points[:, 0] += np.where(lower, 1 - np.cos(angle), np.cos(angle))
    if d > 1:
        points[:, 1] += np.where(lower, 0.5 - np.sin(angle), np.sin(angle))
    return points


def negative_zeros(n: int, d: int, seed: int) -> Points:
    """Zeros of both signs beside the axes."""
    draw = np.random.default_rng(seed)
    points = draw.integers(-2, 3, (n, d)) * 0.5
    return np.where((points == 0) & (draw.random((n, d)) < 0.5), -0.0, points)


FAMILIES: dict[str, Callable[[int, int, int], Points]] = {
    family.__name__: family for family in (blobs, lattice, counts, duplicates, bridges, moons, negative_zeros)
}
