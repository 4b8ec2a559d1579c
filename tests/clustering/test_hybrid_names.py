"""What hybrid segments are called: figures are high or low, groups and topics go by their own names."""

from __future__ import annotations

import numpy as np
import pytest

from audiences.segments.hybrid.names import _words, unique

FEATURES = ["behaviour: reviews", "behaviour: rating_mean", "topic: price_sensitivity", "topic: no text"]


@pytest.mark.parametrize(
    ("z", "names", "said"),
    [
        pytest.param([2.0, 0.1, 0.5, 0.0], FEATURES, ["high reviews", "price_sensitivity"], id="many-reviews"),
        pytest.param([0.3, -1.2, -0.5, 0.4], FEATURES, ["low rating", "no text"], id="low-stars"),
        pytest.param([0.1, 0.1, 0.1, 0.1], FEATURES, [], id="average"),
        pytest.param(
            [-2.0, 1.0], ["behaviour: High-value", "behaviour: loyal_ones"], ["loyal_ones"], id="value-segments"
        ),
    ],
)
def test_the_behaviour_and_the_topic_that_stand_out_most(z, names, said):
    assert _words(np.array(z), names) == said


def test_equal_names_are_numbered():
    assert unique(["a", "b", "a"]) == ["a (1 of 2)", "b", "a (2 of 2)"]
