"""The text branch from raw files to hybrid segments, with purchases beside it and without."""

from __future__ import annotations

import numpy as np
import pytest
from deltalake import DeltaTable
from small_talk import arguments, texts, write_texts

from audiences.cli import main


def read(tables, name, **part):
    frame = DeltaTable(str(tables / name)).to_pyarrow_table().to_pandas()
    for column, value in part.items():
        frame = frame[frame[column].astype(str) == value]
    return frame


@pytest.mark.contract
def test_purchases_and_reviews_of_the_same_customers_become_hybrid_segments(talk_root):
    tables = talk_root
    refused = read(tables, "clean/rejected_rows", source="reviews")
    assert sorted(reason for reasons in refused["reasons"] for reason in reasons) == [
        "exact_duplicate", "missing_customer", "missing_text", "too_short",
    ]  # fmt: skip
    assert len(read(tables, "clean/reviews")) == len(texts()) - 4
    topics = read(tables, "models/topics")
    assert set(topics["theme"]) >= {"delivery"}
    members = read(tables, "segments/hybrid_segments").set_index("customer_id")
    final = read(tables, "segments/segments")
    assert set(final["segmentation"]) == {"value"}  # the main set of names; hybrid segments stand beside it
    assert len(members) == len(final) == len(read(tables, "published/customers")) == 60
    # customers of one segment mostly do the same and say the same
    value = read(tables, "segments/value_segments").set_index("customer_id")["name"]
    theme = read(tables, "features/customer_topics").set_index("customer_id")["dominant_topic"].fillna("no text")
    both = value.loc[members.index] + "|" + theme.loc[members.index]
    pure = both.groupby(members["segment_id"]).agg(lambda of: of.value_counts().iloc[0]).sum()
    assert pure / len(both) > 0.7
    published = read(tables, "published/customers").set_index("customer_id")
    assert published.loc["10001", "dominant_topic"] == theme["10001"]
    assert published.loc["10010", "reviews"] == 0
    assert published["hybrid_segment"].to_dict() == members["name"].to_dict()
    assert (published["segment"] == published["value_segment"]).all()
    assert not published["hybrid_segment"].str.contains("[_;]").any()
    keys = published.groupby("segment_key")["segment"].nunique()
    assert keys.index.str.startswith("value-").all()
    assert (keys == 1).all()
    lifts = read(tables, "segments/segment_topics", segmentation="hybrid")
    assert lifts["lift"].max() > 1.3
    assert {"hybrid", "value", "rfm"} <= set(read(tables, "published/segment_profiles")["segmentation"])
    plays = read(tables, "segments/segment_playbook")
    assert set(plays["segmentation"]) == {"hybrid", "value"}
    assert plays["message"].str.len().min() > 20
    feels = read(tables, "features/theme_sentiment").set_index("theme")
    assert feels.loc["delivery", "sentiment"] < 0 < feels.loc["price_sensitivity", "positive_share"]


@pytest.mark.slow
def test_reviews_alone_are_enough_and_topic_ids_last(spark, tmp_path):
    said = write_texts(tmp_path / "said.csv")
    tables = tmp_path / "tables"
    source = f"sources.reviews.path={said}"
    assert main(["run", "--as-of", "2011-12-10", *arguments(tables, source)]) == 0
    later = arguments(tables, source, "text.topics.ids_of=2011-12-10", "text.topics.seed=8")
    assert main(["run", "--as-of", "2011-12-31", *later]) == 0
    first, second = (
        read(tables, "models/topics", as_of=day).set_index("topic_id") for day in ("2011-12-10", "2011-12-31")
    )
    assert set(second["origin"]) == {"kept"}
    for topic in first.index:
        assert set(first.loc[topic, "words"][:3]) == set(second.loc[topic, "words"][:3])
    customers = read(tables, "published/customers")
    assert len(customers) == 54
    assert customers["segment"].notna().all()
    assert customers["segment_key"].str.startswith("hybrid-").all()
    assert customers["monetary"].isna().all()
    scaled = np.array(read(tables, "segments/hybrid_features", as_of="2011-12-31")["features"].tolist())
    assert np.isfinite(scaled).all()
    profiles = read(tables, "segments/segment_profiles", as_of="2011-12-31")
    assert set(profiles["segmentation"]) == {"hybrid"}
    assert profiles["revenue"].isna().all()
    assert main(["report", "--set", f"store.root={tables}"]) == 0
    page = (tables / "report-2011-12-31.html").read_text()
    assert "by what they do and what they say" in page
    assert "What to do" in page
