"""Acceptance in one process: the steps that leaves and the merge use, over 1, 7 and 25 leaves, against scikit-learn."""

import tracemalloc

import numpy as np
import pytest
from dbscan_families import FAMILIES
from dbscan_in_process import cluster
from dbscan_oracles import by_definition, by_sklearn

from audiences.clustering.dbscan import merge, phase_a, phase_b
from audiences.clustering.dbscan.boxes import Boxes, everything
from audiences.clustering.dbscan.cuts import grow, split
from audiences.clustering.dbscan.kernel import Lists, choose
from audiences.clustering.dbscan.route import _murmur3, bins

LEAVES = (1, 7, 25)


@pytest.fixture(scope="module")
def kernel():
    return choose("auto")


@pytest.fixture(scope="module")
def tally(request):
    """Counts configurations compared, and says how many at the end."""
    compared = {"configurations": 0, "runs": 0}
    yield compared
    request.config.get_terminal_writer().line(
        f"\nDBSCAN: {compared['configurations']} configurations equal to scikit-learn kd_tree,"
        f" each over {LEAVES} leaves: {compared['runs']} runs"
    )


@pytest.mark.parametrize("dimensions", [1, 2, 3, 6, 9, 12])
@pytest.mark.parametrize("family", FAMILIES)
def test_labels_are_scikit_learns_whatever_the_leaves(kernel, family, dimensions, tally):
    for seed in (0, 1):
        points = FAMILIES[family](150, dimensions, seed)
        for eps, min_points in ((0.5, 3), (1.0, 2), (2**0.5, 2 * dimensions), (3.0, 2 * dimensions)):
            expected, expected_core = by_sklearn(points + 0.0, eps, min_points)
            for leaves in LEAVES:
                label, core = cluster(kernel, points, eps=eps, min_points=min_points, leaves=leaves)
                where = f"seed {seed}, eps {eps}, minPoints {min_points}, {leaves} leaves"
                np.testing.assert_array_equal(core, expected_core, where)
                np.testing.assert_array_equal(label, expected, where)
                tally["runs"] += 1
            tally["configurations"] += 1


def test_scipys_kernel_serves_the_same_steps():
    for family in FAMILIES:
        points = FAMILIES[family](120, 3, 2)
        for eps in (0.5, 1.0, 2**0.5):
            expected, _ = by_definition(points + 0.0, eps, 4)
            for leaves in LEAVES:
                label, _ = cluster(choose("scipy"), points, eps=eps, min_points=4, leaves=leaves)
                np.testing.assert_array_equal(label, expected)


@pytest.mark.parametrize("block_rows", [1, 17, 1000])
def test_foreign_rows_come_in_blocks_of_any_size(kernel, block_rows):
    points = FAMILIES["counts"](200, 3, 4)
    expected, _ = by_definition(points, 1.0, 6)
    label, _ = cluster(kernel, points, eps=1.0, min_points=6, leaves=7, block_rows=block_rows)
    np.testing.assert_array_equal(label, expected)


def test_a_chain_across_many_leaves_is_one_cluster(kernel):
    points = np.column_stack([np.arange(300.0), np.zeros(300)])
    label, core = cluster(kernel, points, eps=1.0, min_points=2, leaves=25)
    assert set(label.tolist()) == {0}
    assert core.all()


def test_a_small_cluster_on_a_cut_is_found(kernel):
    # two leaves whose cut goes through the small cluster in the middle
    far = np.concatenate([np.linspace(-50, -40, 11), np.linspace(40, 50, 11)])
    points = np.concatenate([far, [-0.1, 0.0, 0.1]])[:, None]
    half = np.array([[-np.inf], [-np.inf], [0.0]]), np.array([[np.inf], [0.0], [np.inf]])
    boxes = Boxes(np.array([0, -1, -1]), np.zeros(3), np.array([1, -1, -1]), np.array([-1, 0, 1]), *half)
    assert sorted(boxes.home(points[-3:]).tolist()) == [0, 1, 1]
    expected, _ = by_definition(points, 0.2, 3)
    label, _ = cluster(kernel, points, eps=0.2, min_points=3, leaves=2, boxes=boxes)
    assert expected[-3:].tolist() == [0, 0, 0]
    np.testing.assert_array_equal(label, expected)


def border_between_clusters():
    """Two dense groups and one row between them that reaches a core row of each; cuts fall everywhere."""
    left, right = np.linspace(-2.0, -1.0, 12), np.linspace(1.0, 2.0, 12)
    return np.concatenate([left, right, [0.0]])[:, None]


@pytest.mark.parametrize("leaves", LEAVES)
def test_a_border_row_does_not_join_clusters(kernel, leaves):
    points = border_between_clusters()
    label, core = cluster(kernel, points, eps=1.0, min_points=4, leaves=leaves)
    assert not core[-1]
    assert label.tolist() == [0] * 12 + [1] * 12 + [0]


def test_linking_through_border_rows_would_be_caught(kernel, monkeypatch):
    """The fault that others ship: phase B made to link all names that a border row reaches."""
    sound = phase_b.solve

    def faulty(*arguments, **options):
        crossed = sound(*arguments, **options)
        through_border = [crossed.names.of(row)[:2] for row in range(len(crossed.names.starts) - 1)]
        pairs = np.array([pair for pair in through_border if len(pair) == 2], np.int64).reshape(-1, 2)
        return crossed._replace(links=np.concatenate([crossed.links, pairs]))

    points = border_between_clusters()
    expected, _ = by_definition(points, 1.0, 4)
    monkeypatch.setattr(phase_b, "solve", faulty)
    label, _ = cluster(kernel, points, eps=1.0, min_points=4, leaves=7)
    assert label.max() == 0  # merged
    with pytest.raises(AssertionError, match="not equal"):
        np.testing.assert_array_equal(label, expected)


def test_every_row_has_one_home_and_cuts_are_half_open():
    points = FAMILIES["lattice"](400, 2, 1)
    boxes = grow(points, eps=1.0, leaf_rows=30)
    home = boxes.home(points)
    inside = np.array([
        [(box_low <= point).all() and (point < box_high).all()
         for box_low, box_high in zip(boxes.low[boxes.leaf >= 0], boxes.high[boxes.leaf >= 0], strict=True)]
        for point in points
    ])  # fmt: skip
    assert (inside.sum(axis=1) == 1).all()
    np.testing.assert_array_equal(inside.argmax(axis=1), home)


def test_reach_names_every_leaf_with_a_row_within_eps():
    points = FAMILIES["blobs"](400, 3, 1)
    boxes = grow(points, eps=0.7, leaf_rows=30)
    home = boxes.home(points)
    row, leaf = boxes.reach(points, 0.7)
    shipped = set(zip(row.tolist(), leaf.tolist(), strict=True))
    near = ((points[:, None] - points[None]) ** 2).sum(-1) <= 0.7**2
    needed = {(i, home[j]) for i, j in zip(*np.nonzero(near), strict=True) if home[i] != home[j]}
    assert needed <= shipped
    assert len(shipped) == len(row)


def test_boxes_survive_json_and_further_cuts():
    points = FAMILIES["blobs"](500, 2, 3)
    boxes = grow(points, eps=0.3, leaf_rows=120)
    home = boxes.home(points)
    finer = split(boxes, 1, points[home == 1], eps=0.3, leaf_rows=30)
    assert finer.count > boxes.count
    finer_home = finer.home(points)
    assert len(set(zip(home.tolist(), finer_home.tolist(), strict=True))) == finer.count  # only leaf 1 was cut
    again = Boxes.from_json(finer.to_json())
    np.testing.assert_array_equal(again.home(points), finer_home)
    assert everything(2).home(points).tolist() == [0] * 500


def test_rows_that_share_most_values_can_still_be_cut():
    points = np.zeros((100, 2))
    points[:, 1] = np.where(np.arange(100) < 95, 0.0, np.arange(100))
    points[:, 0] = np.arange(100) // 50
    boxes = grow(points, eps=0.1, leaf_rows=20)
    largest = np.bincount(boxes.home(points)).max()
    assert largest == 50  # what is left are rows equal in all columns


def test_the_halo_is_not_read_once_every_row_is_core(kernel):
    points = np.random.default_rng(0).normal(size=(200, 2))
    taken = []

    def halo():
        for block in range(5):
            taken.append(block)
            yield points + 0.01, np.ones(200, np.int64)

    ones = np.ones(200, np.int64)
    core = phase_a.core_flags(kernel, points, ones, halo(), eps=100.0, min_points=50)
    assert core.all()
    assert taken == [0]  # the first is fetched before it is known that none is needed


def test_memory_does_not_grow_with_the_ball(kernel):
    """One ball holds everything: four times the foreign rows, the same peak."""

    def peak(blocks):
        draw = np.random.default_rng(0)
        own = draw.normal(size=(2000, 4))
        halo = ((draw.normal(size=(2000, 4)), np.ones(2000, np.int64)) for _ in range(blocks))
        tracemalloc.start()
        core = phase_a.core_flags(kernel, own, np.ones(2000, np.int64), halo, eps=1e3, min_points=10**9)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert not core.any()
        return used

    peak(1)  # compiling allocates
    assert peak(16) < 1.3 * peak(4)


def test_merging_numbers_clusters_by_their_smallest_name():
    known, label = merge.ranked(np.array([5, 9, 2, 7]), (np.array([9, 7]), np.array([2, 5])))
    assert dict(zip(known.tolist(), label.tolist(), strict=True)) == {2: 0, 9: 0, 5: 1, 7: 1}
    names = np.array(["b", "a", "é"], object)
    known, label = merge.ranked(names, (np.array([], object), np.array([], object)))
    assert dict(zip(known.tolist(), label.tolist(), strict=True)) == {"a": 0, "b": 1, "é": 2}


def test_phase_b_links_once_and_no_more_than_needed(kernel):
    # ten own core rows of one name within eps of ten messages of another: one link
    own = np.linspace(0, 0.9, 10)[:, None]
    names = Lists(np.arange(11), np.full(10, 3))
    message = phase_b.Messages(np.linspace(1.0, 1.9, 10)[:, None], np.full(10, 8), np.ones(10, bool))
    crossed = phase_b.solve(kernel, own, np.ones(10, bool), names, [message], eps=0.5)
    assert crossed.links.tolist() == [[8, 3]]
    silent = message._replace(is_linking=np.zeros(10, bool))
    assert not len(phase_b.solve(kernel, own, np.ones(10, bool), names, [silent], eps=0.5).links)


def test_bins_are_even_and_land_in_partitions_of_their_own():
    cost = np.array([8.0, 1, 1, 1, 1, 4, 4, 4])
    keys = bins(cost, 3)
    load = {key: cost[keys == key].sum() for key in set(keys.tolist())}
    assert sorted(load.values()) == [8, 8, 8]
    assert sorted(_murmur3(key) % 3 for key in load) == [0, 1, 2]
    assert _murmur3(42) == 29417773  # what Spark's hash(42) gives
