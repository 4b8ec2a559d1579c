"""Topic ids between refreshes, and what topics are called; no Spark."""

from __future__ import annotations

import pytest

from audiences.text.matching import Match, hellinger, matches
from audiences.text.themes import labels

A, B, C = {"ship": 0.6, "late": 0.4}, {"price": 0.5, "money": 0.5}, {"tone": 0.7, "amp": 0.3}
THEMES = {"delivery": ("ship", "late"), "price": ("price", "worth")}


def old(*topics: dict[str, float], first: int = 4) -> dict[int, dict[str, float]]:
    return dict(enumerate(topics, first))


def test_the_distance_is_hellingers():
    assert hellinger(A, A) == 0
    assert hellinger(A, B) == 1
    assert hellinger({"a": 2.0, "b": 2.0}, {"a": 1.0}) == pytest.approx((1 - 0.5**0.5) ** 0.5)


def test_a_first_run_numbers_its_topics():
    assert matches([A, B], {}, same_distance=0.7) == [Match(0, "new", (), None), Match(1, "new", (), None)]


def test_ids_follow_the_words_in_any_order_and_new_topics_get_new_ids():
    found = matches([C, B, A], old(A, B), same_distance=0.7)
    assert [(one.topic_id, one.origin) for one in found] == [(6, "new"), (5, "kept"), (4, "kept")]


def test_a_merge_and_a_split_are_reported():
    (merged,) = matches([{**A, **B}], old(A, B), same_distance=0.7)
    assert merged.origin == "merged"
    assert set(merged.origin_ids) == {4, 5}
    one, two = matches([{"ship": 0.6}, {"late": 0.4}], old(A), same_distance=0.7)
    assert (one.topic_id, one.origin, one.origin_ids) == (4, "kept", (4,))
    assert (two.topic_id, two.origin, two.origin_ids) == (5, "split", (4,))


def test_themes_name_topics_and_others_are_named_by_their_words():
    found = labels([A, {"not_worth": 0.6, "money": 0.4}, C], THEMES, min_score=0.2)
    assert [(one.label, one.theme) for one in found] == [
        ("delivery", "delivery"),
        ("price", "price"),
        ("tone, amp", None),
    ]
    assert found[1].score == pytest.approx(0.6)
    assert labels([C], {}, min_score=0.2)[0].label == "tone, amp"


def test_two_topics_of_one_theme_have_different_names():
    found = labels([A, {"ship": 0.6, "fast": 0.4}], THEMES, min_score=0.2)
    assert [one.label for one in found] == ["delivery (late)", "delivery (fast)"]
