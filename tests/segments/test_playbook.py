"""Profiles with and without purchases, beside pandas, and the playbook's lines from them."""

from __future__ import annotations

import pandas as pd
import pytest

from audiences.config import REVIEW_FEATURES, Playbook
from audiences.schema import review_behaviour as said_table
from audiences.schema import segment_playbook as table
from audiences.schema import segment_profiles as profiles_table
from audiences.segments.playbook import segment_playbook, sets_apart
from audiences.segments.profiles import segment_profiles

MEMBERS = [("a", 0, "Fans"), ("b", 0, "Fans"), ("c", 1, "Critics"), ("d", 1, "Critics"), ("e", 1, "Critics")]
SAID = {"a": (3, 4, 5.0, 0.0, 20.0, 0.9), "b": (9, 2, 4.0, 1.0, 30.0, None), "c": (40, 1, 1.0, 0.0, 90.0, 0.5),
        "d": (80, 1, 2.0, 0.0, 70.0, None)}  # fmt: skip


def position(value, values):
    """The share of values below, equal ones counted half."""
    return ((values < value).mean() + (values <= value).mean()) / 2


@pytest.fixture
def members(spark):
    return spark.createDataFrame(MEMBERS, "customer_id string, segment_id int, name string")


@pytest.fixture
def profiles(spark, members):
    schema = type(said_table.schema)([column.field() for column in said_table.body])
    said = spark.createDataFrame([(one, *figures) for one, figures in SAID.items()], schema)
    return segment_profiles(members, review_behaviour=said, currency="EUR")


def test_reviews_alone_give_profiles_without_money(profiles):
    assert profiles.columns == [column.name for column in profiles_table.body]
    found = profiles.toPandas().set_index(["segment_id", "feature"])
    assert set(found.index.get_level_values(1)) == set(REVIEW_FEATURES)
    assert found[["revenue", "revenue_share", "money_at_stake"]].isna().all().all()
    frame = pd.DataFrame(
        SAID, index=["days_since_text", "reviews", "rating_mean", "rating_sd", "words_mean", "helpful_mean"]
    ).T
    frame.loc["e", "reviews"] = 0  # wrote nothing: no text, and no figure of any
    for segment, of in ((0, ["a", "b"]), (1, ["c", "d", "e"])):
        for feature in REVIEW_FEATURES:
            row, values = found.loc[(segment, feature)], frame[feature]
            assert row["mean"] == pytest.approx(values[of].mean())
            assert row["difference_sd"] == pytest.approx((values[of].mean() - values.mean()) / values.std(ddof=0))
            assert row["median"] == values[of].quantile(0.5, interpolation="lower")
            assert row["overall_median"] == values.quantile(0.5, interpolation="lower")
            known = values.dropna()
            expected = position(row["median"], known) - position(row["overall_median"], known)
            assert row["position_difference"] == pytest.approx(expected, abs=0.011)
    assert found.loc[(1, "reviews"), "customers"] == 3
    assert found.loc[(1, "rating_mean"), "unit"] == "stars"


def topics(spark, *rows):
    kinds = "segment_id int, topic_id int, label string, theme string, lift double, rank int, keywords array<string>"
    return spark.createDataFrame([(*row, ["late", "not_arrive", "courier"]) for row in rows], kinds)


def test_the_message_is_of_the_first_play_that_holds_and_of_the_loudest_topic(spark, profiles):
    said = topics(
        spark, (0, 7, "tone, amp", None, 1.9, 1), (0, 2, "x", None, 1.3, 2), (1, 2, "delivery", "delivery", 1.6, 1)
    )
    made = segment_playbook(profiles, topics=said, playbook=Playbook())
    assert made.columns == [column.name for column in table.body]
    fans, critics = made.orderBy("segment_id").collect()
    assert fans["message"] == (
        "Ask them to recommend: reviews, referrals, photos. Write to them about tone, amp (late, not arrive, courier)."
    )
    assert critics["message"] == (
        "Answer them one by one before selling anything more. Promise a date and keep them posted (late, not arrive, courier)."
    )
    assert (fans["topic_id"], critics["topic_id"], critics["customers"]) == (7, 2, 3)
    assert critics["sets_apart"].endswith("writes 1.6 times as much about delivery")
    assert "reviews 2 texts (typical 1)" in fans["sets_apart"]


def test_a_template_without_its_value_does_not_apply_and_a_quiet_topic_is_no_topic(spark, profiles):
    plays = [{"message": "Show {category} to all {customers}."}, {"message": "{customer_share} of all: {segment}."}]
    made = segment_playbook(
        profiles, topics=topics(spark, (0, 7, "x", None, 1.1, 1)), playbook=Playbook(behaviour=plays)
    )
    assert [row["message"] for row in made.orderBy("segment_id").collect()] == [
        "40% of all: Fans.",
        "60% of all: Critics.",
    ]
    assert [row["topic_id"] for row in made.collect()] == [None, None]


def test_the_play_of_the_rule_that_named_the_segment_comes_first(spark, profiles):
    names = spark.createDataFrame([(0, "quiet"), (1, None)], "segment_id int, rule_id string")
    plays = [{"message": "By what they do."}]
    made = segment_playbook(
        profiles, playbook=Playbook(behaviour=plays, named={"value-quiet": "Write to {segment} once."}), names=names
    )
    assert [row["message"] for row in made.orderBy("segment_id").collect()] == [
        "Write to Fans once.",
        "By what they do.",
    ]


def test_nothing_apart_is_said_in_words():
    one = {
        "feature": "frequency",
        "median": 2.0,
        "unit": "orders",
        "overall_median": 2.0,
        "position_difference": None,
        "difference_sd": None,
    }
    assert sets_apart([one], None, most=3) == "like a typical customer in everything"


def test_a_median_that_the_mean_does_not_bear_out_sets_nothing_apart():
    share = {"feature": "weekend_share", "median": 0.0, "unit": "share", "overall_median": 0.2,
             "position_difference": -0.3, "difference_sd": 0.2}  # fmt: skip
    assert sets_apart([share], None, most=3) == "like a typical customer in everything"
    assert sets_apart([{**share, "difference_sd": -0.2}], None, most=3) == "weekend share 0% (typical 20%)"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        pytest.param({"topic": "About {colour}"}, "unknown placeholders \\['colour'\\]", id="placeholder"),
        pytest.param({"topic": "About {"}, "is no template", id="brace"),
        pytest.param(
            {"behaviour": [{"message": "x", "when": {"height": {"min": 1}}}]}, "unknown features", id="feature"
        ),
        pytest.param(
            {"behaviour": [{"message": "x", "when": {"monetary": {"min": 1.0}}}]}, "shares of customers", id="of-old"
        ),
        pytest.param({"named": {"value-loyal": "Go to {town}"}}, "unknown placeholders", id="named"),
    ],
)
def test_templates_are_checked_before_anything_runs(settings, said):
    with pytest.raises(ValueError, match=said):
        Playbook(**settings)
