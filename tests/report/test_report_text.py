"""The sections on texts and hybrid segments: from plain data, from tables, and safe whatever customers write."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from report_sample import sample_data
from sklearn.decomposition import PCA
from test_report_render import EVIL, figures_of, section_of
from text_sample import NAMES, with_text

from audiences import schema
from audiences.config import Settings
from audiences.errors import MachineError
from audiences.report import ReportData, render
from audiences.report.collect_text import _embedded, collect_hybrids, collect_said
from audiences.report.text_figures import dendrogram

DAY = date(2024, 1, 1)


@pytest.fixture(scope="module")
def page():
    return render(with_text(sample_data(sample_customers=50)), settings=Settings())


def test_topics_sentiment_and_the_choice_are_told(page):
    text = section_of(page, "said")
    for part in (
        "5 topics in 3,210 texts. Largest: delivery, 31.0 % of what is said.",
        "Customers feel worst about quality complaints: 75.5 % of these texts are negative.",
        "break, not work, cheap, plastic",
        "NMF, 5 topics",
        "highest coherence x diversity",
    ):
        assert part in text
    bars = figures_of(page)["fig-sentiment"]["data"]
    assert [bar["name"] for bar in bars] == ["positive", "negative"]
    assert max(bars[1]["x"]) < 0 < min(bars[0]["x"])


def test_each_hybrid_segment_has_a_card_with_what_it_does_says_and_needs(page):
    text = section_of(page, "hybrids")
    assert "1,000 customers in 4 segments" in text
    for name in NAMES:
        assert f"Promise {name} a date" in text
    assert "delivery: 31.0 %, 2.0 times as much as all" in text
    assert text.count("Nobody here has written anything.") == 1
    assert "k = 4: best silhouette" in text
    quotes = page.split("<blockquote>")[1:]
    assert len(quotes) == 6
    assert all(len(quote.split("</blockquote>")[0]) <= 220 for quote in quotes)
    assert "courier never rang &amp; tracking" in quotes[0]
    assert "Promise High-value a date" in section_of(page, "segments")  # value segments have a line too
    assert [name for name in figures_of(page) if name.startswith("fig-map")] == ["fig-map-pca"]


def test_what_customers_write_stays_text():
    data = with_text(sample_data(sample_customers=50), (EVIL, *NAMES[1:]), (EVIL, '"><img src=x onerror=alert(1)>'))
    topics = tuple({**row, "label": EVIL, "words": [EVIL]} for row in data.said.topics)
    feels = tuple({**row, "theme": EVIL} for row in data.said.sentiment)
    html = render(replace(data, said=replace(data.said, topics=topics, sentiment=feels)))
    assert EVIL not in html
    assert "<img src=x" not in html
    strings = json.dumps(list(figures_of(html).values()))
    assert "<script>" not in strings
    assert "&lt;script&gt;" in strings


def test_without_texts_one_line_says_so():
    html = render(ReportData(as_of=DAY))
    assert "This run has no texts of customers" in section_of(html, "said")
    assert "This run has no hybrid segments" in section_of(html, "hybrids")


def test_reviews_without_purchases_have_an_overview():
    data = with_text(sample_data(sample_customers=50))
    html = render(ReportData(as_of=DAY, said=data.said, hybrids=data.hybrids))
    text = section_of(html, "overview")
    assert "1,000 customers fall into 4 segments by what they do and what they say. The largest is High-value" in text


def test_the_dendrogram_shows_whole_groups_each_in_the_colour_of_its_segment():
    data = with_text(sample_data(sample_customers=50)).hybrids
    figure, shown = dendrogram(data.tree, data.names)
    assert shown == 36
    *segments, above = figure.data
    assert [trace.name for trace in segments] == list(NAMES)
    drawn = [sum(x is None for x in trace.x) if len(trace.x) > 1 else 0 for trace in figure.data]
    assert sum(drawn) == shown - 1
    assert drawn[-1] == len(NAMES) - 1  # the merges above the cut
    highest = max(x for trace in segments for x in trace.x if x is not None)
    lowest = min(max(above.x[i : i + 4]) for i in range(0, len(above.x), 5))
    assert highest < figure.layout.shapes[0].x0 < lowest
    assert len(set(figure.layout.yaxis.tickvals)) == len(NAMES)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_a_small_tree_is_drawn_whole(k):
    # leaves at 0, 1, 5, 6, 20
    merges = [(5, 0, 1, 1.0), (6, 2, 3, 1.5), (7, 5, 6, 7.0), (8, 7, 4, 20.0)]
    tree = [{"node_id": i, "left_id": None, "right_id": None, "height": 0.0, "customers": 1} for i in range(5)]
    tree += [dict(zip(("node_id", "left_id", "right_id", "height"), row, strict=True), customers=2) for row in merges]
    firsts = {1: [0], 2: [0, 4], 5: [0, 1, 2, 3, 4]}[k]
    names = [{"segment_id": i, "name": f"S{i}", "cluster_id": leaf} for i, leaf in enumerate(firsts)]
    figure, shown = dendrogram(tree, names)
    assert shown == 5
    assert len(figure.layout.shapes) == (k > 1)
    assert len(figure.layout.yaxis.tickvals) == k


@pytest.fixture(scope="module")
def frames(_session):
    rng = np.random.default_rng(3)
    points = rng.normal(size=(60, 4)) * [3, 1, 0.5, 0.1]

    def frame(table, rows):
        return _session.createDataFrame(rows, table.schema)

    names = ["behaviour: a", "behaviour: b", "topic: c", "topic: d"]
    topic = (DAY, 0, 0, "tone", None, 0.1, [f"w{i}" for i in range(20)], [0.05] * 20, 0.2, 0.4, "new", [], None)
    return points, {
        "topics": frame(schema.topics, [topic, (*topic[:1], 3, 1, "delivery", "delivery", 0.5, ["late"], [1.0], 0.3, 0.6, "kept", [3], 0.1)]),
        "hybrid_names": frame(schema.segment_names, [(DAY, "hybrid", i, i, f"H{i}", "why", 30, [0.0], ["x"], *[None] * 4) for i in (1, 0)]),
        "hybrid_segments": frame(schema.hybrid_segments, [(DAY, f"c{i:02}", i % 2, f"H{i % 2}", 0, 0.0) for i in range(60)]),
        "hybrid_features": frame(schema.hybrid_features, [(DAY, f"c{i:02}", points[i].tolist(), names) for i in range(60)]),
        "dendrogram": frame(schema.dendrogram, [(DAY, 2, 0, 1, 1.0, 60, None, None), *((DAY, i, None, None, 0.0, 30, [0.0], names) for i in (1, 0))]),
    }  # fmt: skip


def test_collected_maps_are_those_of_scikit_learn_and_hold_no_id(frames):
    points, tables = frames
    found = collect_hybrids(tables, maps=("pca", "tsne"), sample_customers=40, seed=1)
    pca, tsne = found.maps
    assert len(pca.x) == len(tsne.x) == 40
    again = collect_hybrids(
        {**tables, "hybrid_features": tables["hybrid_features"].repartition(5)},
        maps=("pca",),
        sample_customers=60,
        seed=1,
    )
    whole = np.column_stack([again.maps[0].x, again.maps[0].y])
    model = PCA(2).fit(points)
    expected = model.transform(points)
    # the sample is in the order of its hashes: compare the sorted first component, up to its sign
    mine, theirs = np.sort(np.abs(whole[:, 0])), np.sort(np.abs(expected[:, 0]))
    assert mine == pytest.approx(theirs)
    assert again.maps[0].explained == pytest.approx(model.explained_variance_ratio_.sum())
    assert "c0" not in repr(found)
    assert [row["segment_id"] for row in found.names] == [0, 1]
    assert found.customers == 60


def test_topics_are_collected_by_share_with_their_first_words(frames):
    found = collect_said(frames[1])
    assert [row["label"] for row in found.topics] == ["delivery", "tone"]
    assert found.topics[1]["words"] == [f"w{i}" for i in range(8)]
    assert collect_said({}) is None
    assert collect_hybrids({}, maps=("pca",), sample_customers=10, seed=1) is None


def test_umap_is_drawn_or_the_extra_is_named():
    points = np.random.default_rng(1).normal(size=(40, 3))
    try:
        import umap  # noqa: F401
    except ImportError:
        with pytest.raises(MachineError, match=r"\[maps\]"):
            _embedded(points, "umap", 7)
    else:
        assert np.isfinite(_embedded(points, "umap", 7)).all()
