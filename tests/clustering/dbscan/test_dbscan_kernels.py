"""Both leaf kernels against the definition, ties and duplicates included."""

import numpy as np
import pytest
from dbscan_families import FAMILIES
from dbscan_in_process import cluster
from dbscan_oracles import by_definition

from audiences.clustering.dbscan.kernel import choose
from audiences.errors import MachineError

KERNELS = ["numba", "scipy"]


@pytest.fixture(params=KERNELS)
def kernel(request):
    if request.param == "numba":
        pytest.importorskip("numba")
    return choose(request.param)


# what the `dbscan` package (1.0.0 on PyPI) gets wrong: it looks too few cells away in three dimensions
FAR_CELLS = [
    (0.3, -1.42, 0.85), (0.56, -0.27, 1.66), (-0.42, 1.62, 0.25), (1.24, -0.98, -1.31),
    (-1.22, 0.45, -0.86), (0.65, -0.38, -0.72), (0.95, -0.31, 1.02), (0.9, 0.32, 0.28),
]  # fmt: skip

GOLDEN = [
    pytest.param(FAR_CELLS, 1.0, 2, [-1, 0, -1, -1, -1, -1, 0, 0], id="cells-two-apart"),
    pytest.param([[0], [1], [2], [3]], 1.0, 2, [0, 0, 0, 0], id="exactly-eps-is-within"),
    pytest.param([[0], [1.1], [2.2]], 1.0, 1, [0, 1, 2], id="every-row-core-alone"),
    pytest.param([[0], [1.1], [2.2]], 1.0, 2, [-1, -1, -1], id="all-noise"),
    # the row at 2 reaches the cores at 1 and 3 but has only them: two clusters, and the smaller label for it
    pytest.param([[4], [3.9], [4.1], [3], [0], [0.1], [-0.1], [1], [2]], 1.0, 4, [0, 0, 0, 0, 1, 1, 1, 1, 0], id="border-between-two"),
    pytest.param([[0], [0.9], [-0.9], [5]], 1.0, 3, [0, 0, 0, -1], id="one-core-row-is-a-cluster"),
    pytest.param([[5, 5], [5, 5], [5, 5], [0, 0]], 0.5, 3, [0, 0, 0, -1], id="equal-rows-count-each"),
    pytest.param([[-0.0], [0.0], [9]], 0.1, 2, [0, 0, -1], id="zeros-of-both-signs"),
]  # fmt: skip


@pytest.mark.parametrize(("points", "eps", "min_points", "expected"), GOLDEN)
@pytest.mark.parametrize("leaves", [1, 3])
def test_golden_cases(kernel, points, eps, min_points, expected, leaves):
    label, _ = cluster(kernel, np.array(points, float), eps=eps, min_points=min_points, leaves=leaves)
    assert label.tolist() == expected


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("dimensions", [1, 2, 3, 5, 8])
def test_one_leaf_gives_what_the_definition_says(kernel, family, dimensions):
    points = FAMILIES[family](160, dimensions, dimensions) + 0.0
    for eps in (0.4, 1.0, 2**0.5, 2.5):
        for min_points in (1, 3, 2 * dimensions):
            label, core = cluster(kernel, points, eps=eps, min_points=min_points, leaves=1)
            expected, expected_core = by_definition(points, eps, min_points)
            np.testing.assert_array_equal(core, expected_core, f"eps {eps}, minPoints {min_points}")
            np.testing.assert_array_equal(label, expected, f"eps {eps}, minPoints {min_points}")


@pytest.mark.parametrize("eps", [0.3, 0.1 + 0.2, np.nextafter(0.3, 1)])
def test_ties_are_decided_by_the_formula(kernel, eps):
    # 0.1 * 3 differs from 0.3 in the last bit, so these pairs lie at eps or one step of float64 beside it
    pattern = np.array([0.0, 0.1 * 3, 0.6, 0.9, 0.3, 1.2])
    points = (pattern + np.arange(0, 30, 3.0)[:, None]).reshape(-1, 1)
    label, core = cluster(kernel, points, eps=eps, min_points=2, leaves=1)
    expected, expected_core = by_definition(points, eps, 2)
    np.testing.assert_array_equal(label, expected)
    np.testing.assert_array_equal(core, expected_core)


def test_more_neighbours_at_a_tie_than_were_asked_for(kernel):
    # a lattice's row has many neighbours at exactly eps, more than minPoints: none may be lost to rounding
    axis = np.arange(7) * 0.1
    points = np.stack(np.meshgrid(axis, axis, axis), -1).reshape(-1, 3)
    for eps in (0.1, 0.1 * 2**0.5, 0.2, 0.1 * 3**0.5):
        for min_points in (5, 7, 19, 27):
            label, core = cluster(kernel, points, eps=eps, min_points=min_points, leaves=1)
            expected, expected_core = by_definition(points, eps, min_points)
            np.testing.assert_array_equal(core, expected_core)
            np.testing.assert_array_equal(label, expected)


def test_weights_are_repetition(kernel):
    draw = np.random.default_rng(5)
    points = FAMILIES["blobs"](150, 3, 5)
    weights = draw.integers(1, 5, 150)
    repeated = np.repeat(points, weights, axis=0)
    first = np.cumsum(weights) - weights
    for eps in (0.3, 0.7):
        for min_points in (4, 11):
            label, core = cluster(kernel, points, weights=weights, eps=eps, min_points=min_points, leaves=3)
            expected, expected_core = by_definition(repeated, eps, min_points)
            np.testing.assert_array_equal(label, expected[first])
            np.testing.assert_array_equal(core, expected_core[first])


def test_kernels_count_on_from_what_was_counted(kernel):
    points = FAMILIES["blobs"](300, 2, 1)
    queries = FAMILIES["moons"](50, 2, 2)
    ones = np.ones(300, np.int64)
    whole = kernel.weigh(kernel.index(points), ones, queries, np.zeros(50, np.int64), eps=0.8, enough=10**6)
    part = kernel.weigh(kernel.index(points[:170]), ones[:170], queries, np.zeros(50, np.int64), eps=0.8, enough=10**6)
    both = kernel.weigh(kernel.index(points[170:]), ones[170:], queries, part, eps=0.8, enough=10**6)
    distance = np.sqrt(((queries[:, None] - points[None]) ** 2).sum(-1))
    np.testing.assert_array_equal(whole, (distance <= 0.8).sum(1))
    np.testing.assert_array_equal(both, whole)


def test_components_respect_what_already_hangs_together(kernel):
    points = np.array([[0.0], [10.0], [20.0], [20.5]])
    groups = np.array([0, 1, 0, 3])  # rows 0 and 2 are known to be one
    assert kernel.components(kernel.index(points), groups, eps=1.0).tolist() == [0, 1, 0, 0]


def test_names_and_labels_within_eps(kernel):
    points = np.array([[0.0], [0.5], [2.0], [9.0]])
    names = np.array([7, 7, 3, 1])
    queries = np.array([[0.2], [1.2], [5.0]])
    near = kernel.names_within(kernel.index(points), names, queries, eps=1.0)
    assert [near.of(i).tolist() for i in range(3)] == [[7], [3, 7], []]
    assert kernel.smallest_label(kernel.index(points), names, queries, eps=1.0).tolist() == [7, 3, -1]


def test_nothing_indexed_and_nothing_asked(kernel):
    empty = kernel.index(np.empty((0, 2)))
    one = np.zeros((1, 2))
    assert kernel.weigh(empty, np.empty(0, np.int64), one, np.zeros(1, np.int64), eps=1.0, enough=3).tolist() == [0]
    assert kernel.components(empty, np.empty(0, np.int64), eps=1.0).tolist() == []
    assert kernel.smallest_label(empty, np.empty(0, np.int64), one, eps=1.0).tolist() == [-1]
    assert kernel.names_within(empty, np.empty(0, np.int64), one, eps=1.0).starts.tolist() == [0, 0]
    full = kernel.index(one)
    assert kernel.smallest_label(full, np.zeros(1, np.int64), np.empty((0, 2)), eps=1.0).tolist() == []


@pytest.mark.slow
def test_kernels_agree_on_many_rows():
    pytest.importorskip("numba")
    for dimensions, eps in ((3, 0.15), (6, 0.8)):
        points = FAMILIES["blobs"](30_000, dimensions, 3)
        compiled = cluster(choose("numba"), points, eps=eps, min_points=2 * dimensions, leaves=1)
        second = cluster(choose("scipy"), points, eps=eps, min_points=2 * dimensions, leaves=1)
        np.testing.assert_array_equal(compiled[0], second[0])
        np.testing.assert_array_equal(compiled[1], second[1])


def test_without_numba_scipy_serves_and_numba_is_refused(monkeypatch):
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    choose.cache_clear()
    try:
        assert choose("auto").name == "scipy"
        with pytest.raises(MachineError, match=r"\[dbscan\]"):
            choose("numba")
    finally:
        choose.cache_clear()


@pytest.mark.parametrize("dimensions", [1, 3, 8])
def test_the_nearest_point_is_found_to_the_last_bit(kernel, dimensions):
    draw = np.random.default_rng(dimensions)
    for points in (FAMILIES["blobs"](500, dimensions, 1), FAMILIES["lattice"](500, dimensions, 1) * 0.1):
        queries = np.concatenate([draw.normal(size=(200, dimensions)) * 5, points[:50], points[:50] + 0.05])
        squares = np.zeros((len(queries), len(points)))
        for j in range(dimensions):
            squares += (queries[:, None, j] - points[None, :, j]) ** 2
        np.testing.assert_array_equal(kernel.nearest(kernel.index(points), queries), squares.min(axis=1))
    assert kernel.nearest(kernel.index(points[:0]), points[:2]).tolist() == [np.inf, np.inf]
    assert kernel.nearest(kernel.index(points), points[:0]).tolist() == []


def test_threads_change_nothing():
    pytest.importorskip("numba")
    points = np.random.default_rng(8).normal(size=(30_000, 3)).round(2)
    found = []
    for threads in (1, 3):
        kernel = choose("numba", threads)
        index = kernel.index(points)
        ones, nothing = np.ones(len(points), np.int64), np.zeros(len(points), np.int64)
        weight = kernel.weigh(index, ones, index.points, nothing, eps=0.05, enough=40)
        names = kernel.names_within(index, np.arange(len(points)) % 500, points[::2], eps=0.05)
        found.append((np.minimum(weight, 40), names.starts, names.values))
    for one, other in zip(*found, strict=True):
        assert (one == other).all()
    assert len(found[0][2]) > len(points) // 2
