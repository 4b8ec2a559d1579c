"""The section about texts: topics, themes and how customers feel about them, and why there are so many topics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audiences.report import text_figures
from audiences.report.data import Row, Rows, Said
from audiences.report.page import Cell, Drawing, Page, Table
from audiences.report.words import NONE, counted, label, number, share, spaced

Values = Mapping[str, Any]


def said(page: Page) -> Values:
    """What customers write about; without texts the section says so in one line."""
    data = page.data.said
    if data is None or not data.topics:
        return {"missing": "This run has no texts of customers (sources.reviews)."}
    chosen = next((row for row in data.selection if row["is_chosen"]), None)
    found: dict[str, Any] = {
        "lede": _lede(data, chosen),
        "topics": _topics(data.topics),
        "reason": chosen["reason"] if chosen else None,
        "selection": _selection(data.selection) if len(data.selection) > 1 else None,
    }
    if data.sentiment:
        found["feelings"] = Drawing(
            "fig-sentiment",
            text_figures.sentiment(data.sentiment),
            "Share of the texts on each theme with more negative words (left) and with more positive ones (right). A "
            "text counts by the theme's share in it.",
            height=90 + 44 * len(data.sentiment),
            phone_height=100 + 44 * len(data.sentiment),
        )
        found["sentiment"] = _sentiment(data.sentiment)
    return found


def _lede(data: Said, chosen: Row | None) -> str:
    first = data.topics[0]
    texts = f" in {counted(int(chosen['texts']), 'text')}" if chosen else ""
    worst = min(data.sentiment, key=lambda row: (row["sentiment"], row["theme"]), default=None)
    feeling = (
        f" Customers feel worst about {spaced(worst['theme'])}: {share(worst['negative_share'])} of these "
        "texts are negative."
        if worst
        else ""
    )
    return (
        f"{counted(len(data.topics), 'topic')}{texts}. Largest: {spaced(first['label'])}, {share(first['share'])} "
        f"of what is said.{feeling}"
    )


def _topics(topics: Rows) -> Table:
    rows = [
        [
            spaced(row["label"]),
            share(row["share"]),
            spaced(", ".join(row["words"])),
            number(row["coherence"], 2),
            f"{label(row['theme'])} ({share(row['theme_score'])})" if row["theme"] else NONE,
            row["origin"],
        ]
        for row in topics
    ]
    header = ["Topic", "Share", "Heaviest words", "Coherence", "Theme (weight on its seed words)", "Since last run"]
    return Table("Topics", header, rows, left=frozenset({2, 4, 5}))


def _sentiment(rows: Rows) -> Table:
    lines = [
        [
            label(row["theme"]),
            number(row["texts"], 0),
            Cell(number(row["sentiment"], 2), "", round(float(row["sentiment"]), 2)),
            share(row["positive_share"]),
            share(row["negative_share"]),
            number(row["rating"], 2),
        ]
        for row in rows
    ]
    header = ["Theme", "Texts", "Sentiment, −1 to 1", "Positive", "Negative", "Mean rating"]
    return Table("Sentiment by theme", header, lines)


def _selection(rows: Rows) -> Table:
    lines = [
        [
            f"{row['method'].upper()}, {row['topics']} topics",
            number(row["quality"], 3),
            number(row["coherence"], 3),
            number(row["diversity"], 2),
            number(row["log_perplexity"], 2),
            number(row["seconds"], 1),
        ]
        for row in rows
    ]
    marked = next((place for place, row in enumerate(rows) if row["is_chosen"]), None)
    header = ["Model", "Quality", "Coherence", "Diversity", "Log perplexity", "Seconds"]
    return Table("Each topic model", header, lines, marked=marked)
