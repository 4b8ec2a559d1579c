"""What is planted, and that activity and texts show it."""

from __future__ import annotations

from collections import Counter

import pytest
from pyspark.sql import Window
from pyspark.sql import functions as F

from audiences.datasets import activity, reviews, truth
from audiences.datasets.phrases import DISPLEASED, PHRASES, PLEASED, THEMES
from audiences.datasets.planted import HYBRID_SEGMENTS, PERSONAS, VALUE_GROUPS

CUSTOMERS = 2000


@pytest.fixture(scope="module")
def planted(_session):
    return truth(_session, customers=CUSTOMERS, seed=3)


@pytest.fixture(scope="module")
def texts(_session, tmp_path_factory):
    """Made once and kept as a file, for the session forgets cached frames after each test."""
    path = str(tmp_path_factory.mktemp("generated") / "reviews")
    reviews(_session, customers=CUSTOMERS, days=365, seed=3).write.parquet(path)
    return _session.read.parquet(path)


def test_the_constants_agree_with_each_other() -> None:
    assert sum(segment.percent for segment in HYBRID_SEGMENTS) == 100
    assert {segment.value_group for segment in HYBRID_SEGMENTS} == {group.name for group in VALUE_GROUPS}
    assert {segment.theme for segment in HYBRID_SEGMENTS} == set(THEMES)
    assert all(sum(persona.events_of.values()) == 100 for persona in PERSONAS)
    assert all(len(mood[theme]) == PHRASES for mood in (PLEASED, DISPLEASED) for theme in THEMES)


def test_neither_value_group_nor_theme_alone_tells_the_hybrid_segments_apart() -> None:
    assert set(Counter(segment.value_group for segment in HYBRID_SEGMENTS).values()) == {2}
    assert set(Counter(segment.theme for segment in HYBRID_SEGMENTS).values()) == {2}
    assert len({(segment.value_group, segment.theme) for segment in HYBRID_SEGMENTS}) == len(HYBRID_SEGMENTS)


def test_the_truth_has_every_customer_once_with_the_stated_shares(planted) -> None:
    rows = planted.collect()
    assert {row.customer_id for row in rows} == {f"C{number:07d}" for number in range(1, CUSTOMERS + 1)}
    assert len(rows) == CUSTOMERS
    segments = Counter(row.hybrid_segment for row in rows)
    for segment in HYBRID_SEGMENTS:
        assert segments[segment.name] / CUSTOMERS == pytest.approx(segment.percent / 100, abs=0.025)
    assert sum(row.is_bot for row in rows) / CUSTOMERS == pytest.approx(0.01, abs=0.006)
    assert all(row.is_bot == row.persona.startswith("bot_") for row in rows)
    assert all(row.hybrid_segment == f"{row.value_group}_{row.theme}" for row in rows)


def test_bots_differ_from_people_in_regularity_hours_speed_or_paths(spark, planted) -> None:
    events = activity(spark, customers=CUSTOMERS, days=14, seed=3)
    before = F.lag("ts").over(Window.partitionBy("user_id").orderBy("ts", "path"))
    gaps = events.withColumn("gap", F.col("ts").cast("double") - before.cast("double"))
    in_session = F.when(F.col("gap") < 900, F.col("gap"))
    by_user = gaps.groupBy("user_id").agg(
        F.count("*").alias("events"),
        (F.stddev(in_session) / F.avg(in_session)).alias("variation"),
        F.median(in_session).alias("median_gap"),
        F.avg((F.hour("ts") < 6).cast("int")).alias("night"),
        F.countDistinct("path").alias("paths"),
    )
    of_persona = (
        by_user.join(planted, by_user["user_id"] == planted["customer_id"])
        .groupBy("persona")
        .agg(*[F.median(name).alias(name) for name in ("events", "variation", "median_gap", "night", "paths")])
    )
    typical = {row.persona: row for row in of_persona.collect()}
    power_user, casual_user = typical["power_user"], typical["casual_user"]
    assert power_user.events > 5 * casual_user.events
    assert power_user.variation > 1.0
    assert power_user.night < 0.03
    assert typical["bot_metronome"].variation < 0.2
    assert typical["bot_scraper"].variation < 0.2
    assert typical["bot_scraper"].paths <= 4
    assert 0.15 < typical["bot_sleepless"].night < 0.35
    assert typical["bot_burst"].median_gap < 1.0 < power_user.median_gap
    assert events.where("event_type IS NULL OR path IS NULL OR ts IS NULL").isEmpty()
    assert events.select("user_id").distinct().count() == CUSTOMERS


def test_most_sentences_are_about_the_theme_of_their_writer(planted, texts) -> None:
    known = texts.where("text <> ''").join(planted, "customer_id").select("theme", "text").collect()
    sentences, own = 0, 0
    for row in known:
        for theme in THEMES:
            said = sum(phrase in row.text for mood in (PLEASED, DISPLEASED) for phrase in mood[theme])
            sentences += said
            own += said * (theme == row.theme)
    assert own / sentences == pytest.approx(0.84, abs=0.02)  # 80 % by intent and a fifth of the others by chance
    assert sentences / len(known) == pytest.approx(1.7, abs=0.05)


def test_texts_have_their_stated_dirt_and_moods(planted, texts) -> None:
    count = texts.count()
    assert texts.where("text = ''").count() / count == pytest.approx(0.005, abs=0.004)
    assert texts.where("text LIKE '%<br />%'").count() / count == pytest.approx(0.007, abs=0.004)  # of those with two
    writers = texts.select("customer_id").distinct().count()
    assert writers / CUSTOMERS == pytest.approx(0.8, abs=0.03)
    assert (count - texts.distinct().count()) / (count - writers) == pytest.approx(0.005, abs=0.004)
    assert texts.where("(source = 'support_ticket') <> (rating IS NULL)").isEmpty()
    assert texts.where("rating NOT BETWEEN 1 AND 5").isEmpty()
    stars = {
        row.hybrid_segment: row.stars
        for row in texts.join(planted, "customer_id")
        .groupBy("hybrid_segment")
        .agg(F.avg("rating").alias("stars"))
        .collect()
    }
    assert stars["champions_quality"] - stars["lapsed_quality"] > 1.5
