"""Equal rows in memory: the groups that a dictionary finds, whatever order the rows come in."""

from __future__ import annotations

import numpy as np

from audiences.clustering.dbscan.lone_leaf import equal_rows


def test_groups_are_numbered_by_their_smallest_key_whatever_the_order():
    draw = np.random.default_rng(5)
    points = draw.integers(0, 4, (300, 3)).astype(float)
    keys = draw.permutation(1000)[:300]
    group, first = equal_rows(points, keys)
    by_value: dict[tuple[float, ...], list[int]] = {}
    for row, values in enumerate(map(tuple, points)):
        by_value.setdefault(values, []).append(row)
    expected = sorted(by_value.values(), key=lambda rows: min(keys[row] for row in rows))
    assert len(first) == len(expected) < 300
    for number, rows in enumerate(expected):
        assert set(group[rows]) == {number}
        assert keys[first[number]] == min(keys[row] for row in rows)
    shuffled = draw.permutation(300)
    again, first_again = equal_rows(points[shuffled], keys[shuffled])
    assert (again == group[shuffled]).all()
    assert (shuffled[first_again] == first).all()
