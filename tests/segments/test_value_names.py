"""What value segments are called: rules that most of their customers meet, and no sentence against another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audiences.config import Bounds, NameRule, Playbook, ValueSegments
from audiences.segments.value.name_rules import Limit, Rule
from audiences.segments.value.names import named_segments
from audiences.segments.value.reasons import reason
from audiences.segments.value.segment import Segment

TYPICAL = {"monetary": 650.0, "recency_days": 50.0, "frequency": 2.0, "tenure_days": 250.0, "lateness": 1.0}
FEATURES = ("recency_days", "frequency", "monetary")
RULES = [Rule(rule.rule_id, rule.name, rule.weaker, rule.min_fit, ()) for rule in ValueSegments().names]
RULES = [replace(rule, limits=(Limit("monetary", 1.0, None, None),)) for rule in RULES[:-1]] + RULES[-1:]


def segment(cluster: int, fits: dict[str, int], *, monetary: float = 650.0, **medians: float) -> Segment:
    """A segment of 100 customers; fits by rule, medians typical where not given."""
    full = {rule.rule_id: fits.get(rule.rule_id, 0) for rule in RULES}
    values = {**TYPICAL, "monetary": monetary, **medians}
    apart = {name: (value > TYPICAL[name]) * 0.3 - (value < TYPICAL[name]) * 0.3 for name, value in values.items()}
    return Segment(cluster, 100, monetary, full, values, TYPICAL, apart)


def names(*segments: Segment) -> list[str]:
    return [named.name for named in named_segments(segments, RULES)]


def test_the_first_rule_that_enough_customers_meet_names_the_segment():
    assert names(segment(0, {"loyal": 90, "high_value": 60})) == ["High-value"]
    assert names(segment(0, {"loyal": 90, "high_value": 40})) == ["Loyal"]
    assert names(segment(0, {"quiet": 61, "at_risk": 7, "occasional": 10})) == ["Quiet"]


def test_a_name_that_only_more_than_half_fit_is_weaker():
    assert names(segment(0, {"quiet": 55})) == ["Mostly quiet"]
    assert names(segment(0, {"high_value": 52, "recent": 93})) == ["Mostly high-value"]
    assert names(segment(0, {"quiet": 50})) == ["Mixed"]
    assert names(segment(0, {"quiet": 20, "occasional": 70})) == ["Occasional"]


def test_new_is_only_a_segment_whose_every_customer_came_lately():
    assert names(segment(0, {"new": 100, "recent": 100})) == ["New"]
    almost = named_segments([segment(0, {"new": 99, "recent": 99})], RULES)[0]
    assert (almost.name, almost.close_to) == ("Recent", "New")
    assert named_segments([segment(0, {"new": 62, "recent": 99})], RULES)[0].close_to is None


def test_a_segment_says_which_name_it_almost_has():
    missed = named_segments([segment(0, {"at_risk": 48, "quiet": 80})], RULES)[0]
    assert (missed.name, missed.close_to) == ("Quiet", "At-risk")
    kept = named_segments([segment(0, {"at_risk": 52, "quiet": 80})], RULES)[0]
    assert (kept.name, kept.close_to) == ("Mostly at risk", "Quiet")


def test_keys_are_rule_ids_and_equal_names_say_what_separates_them():
    two = [segment(0, {"quiet": 90}, monetary=100.0, recency_days=300.0), segment(1, {"quiet": 90}, monetary=90.0)]
    named = named_segments(two, RULES)
    assert [one.key for one in named] == ["value-quiet-1", "value-quiet-2"]
    assert [one.name for one in named] == ["Quiet (longer silent)", "Quiet (seen more recently)"]
    same = [segment(n, {"quiet": 90}) for n in range(2)]
    assert [one.name for one in named_segments(same, RULES)] == ["Quiet (1 of 2)", "Quiet (2 of 2)"]
    four = [segment(n, {"quiet": 90}, monetary=10.0 + n) for n in range(4)]
    assert len({one.name for one in named_segments(four, RULES)}) == 4
    assert named_segments([segment(0, {"loyal": 90})], RULES)[0].key == "value-loyal"


def test_the_order_is_by_money():
    named = named_segments([segment(0, {"quiet": 90}, monetary=9.0), segment(1, {"loyal": 90}, monetary=99.0)], RULES)
    assert [one.cluster_id for one in named] == [1, 0]


def test_the_reason_is_in_money_days_and_orders():
    rich = named_segments([segment(0, {"high_value": 90}, monetary=3510.0, recency_days=9.0, frequency=10.0)], RULES)[0]
    assert reason(rich, RULES, FEATURES, "GBP") == (
        "spends 5.4 times a typical customer (3,510 GBP), last seen 9 days ago, 10 orders"
    )
    late = replace(RULES[3], limits=(Limit("lateness", None, 2.0, None),))
    quiet = named_segments([segment(0, {"at_risk": 90}, lateness=2.54)], [late, RULES[-1]])[0]
    assert reason(quiet, [late, RULES[-1]], (), "EUR") == (
        "silent for 2.5 times their usual gap, spends about as much as a typical customer (650 EUR), "
        "last seen 50 days ago, 2 orders"
    )
    poor = named_segments([segment(0, {"quiet": 90}, monetary=195.0, frequency=1.0)], RULES)[0]
    assert reason(poor, RULES, FEATURES, "EUR") == (
        "spends 30 % of a typical customer (195 EUR), last seen 50 days ago, 1 order".replace(" %", "%")
    )


def test_every_default_name_has_a_play_of_its_own():
    plays = [Playbook().named[f"value-{rule.rule_id}"] for rule in ValueSegments().names]
    assert len(set(plays)) == len(plays)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        pytest.param({"among": {"monetary": {"min": 0.83}}}, "none of the shares", id="step"),
        pytest.param({"among": {"monetary": {"min": 1.0}}}, "none of the shares", id="a-deviation-of-old"),
        pytest.param({"values": {"height": {"min": 1}}}, "unknown features", id="feature"),
        pytest.param({"values": {"lateness": {}}}, "min or max is needed", id="no-bound"),
        pytest.param({"when": {"monetary": {"min": 1}}}, "when", id="the-old-word"),
    ],
)
def test_rules_are_checked_before_anything_runs(rule, message):
    with pytest.raises(ValueError, match=message):
        NameRule(name="X", **rule)


def test_the_last_rule_alone_takes_whoever_is_left():
    bounded = NameRule(name="Big", among={"monetary": Bounds(min=0.5)})
    with pytest.raises(ValueError, match="last rule"):
        ValueSegments(names=(bounded,))
    with pytest.raises(ValueError, match="only the last rule"):
        ValueSegments(names=(NameRule(name="All"), bounded, NameRule(name="Rest")))
    with pytest.raises(ValueError, match="id of its own"):
        ValueSegments(names=(bounded, NameRule(name="big")))
