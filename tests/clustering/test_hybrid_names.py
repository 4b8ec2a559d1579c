"""What hybrid segments are called: figures are high or low, groups and topics go by their own names."""

from __future__ import annotations

import numpy as np
import pytest

from audiences.segments.hybrid.names import title, unique

FEATURES = ["behaviour: reviews", "behaviour: rating_mean", "topic: price_sensitivity", "topic: no text"]


@pytest.mark.parametrize(
    ("z", "names", "expected"),
    [
        pytest.param([2.0, 0.1, 0.5, 0.0], FEATURES, "Many texts, about price sensitivity", id="many-reviews"),
        pytest.param([0.3, -1.2, -0.5, 0.4], FEATURES, "Low ratings, without texts", id="low-stars"),
        pytest.param([0.1, 0.1, 0.1, 0.1], FEATURES, "Like most customers", id="average"),
        pytest.param(
            [2.0, 1.0, 0.9], ["behaviour: At-risk", "behaviour: Loyal", "topic: not_work (cable)"],
            "At-risk, about not work (cable)", id="value-segments",
        ),
        pytest.param([-2.0, 1.0], ["behaviour: High-value", "behaviour: loyal_ones"], "Loyal ones", id="no-topic"),
    ],
)  # fmt: skip
def test_the_behaviour_and_the_topic_that_stand_out_most_in_words(z, names, expected):
    assert title(np.array(z), names) == expected


def test_equal_names_are_numbered():
    assert unique(["a", "b", "a"]) == ["a (1 of 2)", "b", "a (2 of 2)"]
