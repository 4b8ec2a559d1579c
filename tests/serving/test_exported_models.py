"""An exported model is data from outside: whatever is in the file, it is one clear error or probabilities."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

import pytest
from broken_models import RIGHT, SEGMENTS, boosted, document, forest, linear, mutations

from audiences.errors import InputError
from audiences.schema.scoring import EARLY_FEATURES
from audiences.scoring import LocalScorer

POINTS = ([0.0] * len(EARLY_FEATURES), [5.0] * len(EARLY_FEATURES))


def stated(scorer: LocalScorer) -> list[dict[str, float]]:
    return [dict(scorer.score_features(point).probabilities) for point in POINTS]


@pytest.mark.parametrize("kind", RIGHT)
def test_right_models_state_what_their_arrays_say(kind):
    first, second = stated(LocalScorer(RIGHT[kind]()))
    expected = {
        "linear": (1 / (1 + math.exp(3.0)), 1 / (1 + math.exp(-2.0))),
        "forest": ((0.25 + 0.5) / 2, (1.0 + 0.5) / 2),
        "boosted": tuple(
            a / (a + 1 / (1 + math.exp(-0.4))) for a in (1 / (1 + math.exp(0.8)), 1 / (1 + math.exp(-1.2)))
        ),
    }[kind]
    assert (first["Regular"], second["Regular"]) == pytest.approx(expected)
    assert sum(first.values()) == pytest.approx(1)


@pytest.mark.parametrize("kind", RIGHT)
def test_every_change_is_refused_or_leaves_probabilities(kind):
    """Some changes make another right model (a threshold, a name); then every figure must still be a probability."""
    refused = accepted = longest = 0
    for name, changed in mutations(RIGHT[kind](), only=None if kind == "linear" else "model"):
        try:
            scorer = LocalScorer(changed)
        except InputError as fault:
            longest = max(longest, len(str(fault)))
            refused += 1
            continue
        for shares in stated(scorer):
            assert all(0 <= share <= 1 for share in shares.values()), name
            assert sum(shares.values()) == pytest.approx(1), name
        accepted += 1
    assert refused > 400
    assert longest < 3_000
    assert accepted < refused / 5


def trees(make: Callable[[], dict], **arrays: object) -> dict:
    right = make()
    right["model"]["trees"] |= arrays
    return right


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        pytest.param(trees(forest, depth=10**9), "depth", id="hangs-by-depth"),
        pytest.param(trees(forest, depth=0), "depth is not that of the deepest tree", id="depth-too-small"),
        pytest.param(trees(forest, left=[1, 0, 2, 3]), "a child stands before its parent", id="a-circle"),
        pytest.param(trees(forest, left=[-1, 1, 2, 3]), "left.0", id="negative-child"),
        pytest.param(trees(forest, left=[1.5, 1, 2, 3]), "left.0", id="half-a-child"),
        pytest.param(trees(forest, right=[9, 1, 2, 3]), "is no node", id="child-outside"),
        pytest.param(trees(forest, right=[1, 1, 2, 3]), "exactly one other node", id="child-of-both-sides"),
        pytest.param(trees(forest, roots=[0, 0]), "must be a root", id="a-root-twice"),
        pytest.param(trees(forest, feature=[99, 0, 0, 0]), "features are 0 to", id="feature-outside"),
        pytest.param(trees(forest, threshold=[math.nan, 0.0, 0.0, 0.0]), "threshold.0", id="nan-threshold"),
        pytest.param(
            trees(forest, values=[[0.5, 0.5], [-3, 4], [-3, 4], [0.5, 0.5]]), "shares", id="4.0-and-minus-3.0"
        ),
        pytest.param(trees(boosted, group=[0, 0]), "each segment has a tree", id="segment-without-tree"),
        pytest.param(trees(boosted, values=[[900.0], [-900.0], [900.0], [900.0]]), "sum to more", id="overflow"),
        pytest.param({**linear(), "format": 2}, "another format", id="format"),
        pytest.param({**linear(), "format": True}, "another format", id="format-true"),
        pytest.param({**linear(), "time_zone": "Mars/Olympus"}, "not a time zone", id="zone"),
        pytest.param(document({**linear()["model"], "segments": ["A", "A"]}), "same name", id="equal-names"),
        pytest.param(document({**linear()["model"], "segments": ["A", None]}), "segments.1", id="null-name"),
        pytest.param(
            document({**linear()["model"], "features": list(EARLY_FEATURES[::-1])}),
            "in this order",
            id="swapped-features",
        ),
    ],
)
def test_each_kind_of_damage_is_told(broken, said):
    with pytest.raises(InputError, match=said):
        LocalScorer(broken)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("[" * 100_000, "cannot be read", id="nested"),
        pytest.param('{"format": 1, "format": 1}', "stands twice", id="repeated-name"),
        pytest.param(json.dumps(linear()).replace("0.5", "NaN"), "NaN is not JSON", id="nan"),
        pytest.param('{"format": ' + "9" * 10_000 + "}", "cannot be read", id="digits"),
        pytest.param(json.dumps(linear())[:-40], "cannot be read", id="cut"),
        pytest.param("[1]", "cannot be read", id="list"),
        pytest.param("\x00\xff", "cannot be read", id="bytes"),
    ],
)
def test_files_that_hold_no_json_object_are_told(tmp_path, text, said):
    (tmp_path / "model.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=said) as told:
        LocalScorer.load(tmp_path / "model.json")
    assert "model.json" in str(told.value)
    assert len(str(told.value)) < 1_000


def test_features_beyond_the_arithmetic_are_refused_not_answered_with_nan():
    scorer = LocalScorer(linear())
    assert set(scorer.score_features([1e300] * len(EARLY_FEATURES)).probabilities) == set(SEGMENTS)
    right = linear()
    right["model"]["linear"]["coefficients"] = [[1e12] * len(EARLY_FEATURES), [-1e12] * len(EARLY_FEATURES)]
    with pytest.raises(InputError, match="a feature is too large"):
        LocalScorer(right).score_features([1e300] * len(EARLY_FEATURES))
