"""The section about hybrid segments: the tree they are cut from, a map, and a card for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from audiences.report import text_figures
from audiences.report.data import Hybrids, Row
from audiences.report.page import Drawing, Page, colour
from audiences.report.theme import MARKS
from audiences.report.words import beside_typical, counted, is_apart, number, share, spaced

Values = Mapping[str, Any]
TOP_FEATURES = 3
TOP_TOPICS = 3
MORE = 1.1  # lift: what a segment says more than others
_QUOTES = 2
_QUOTED = 200  # characters
_METHODS = {
    "pca": "two principal components",
    "tsne": "a t-SNE map (distances between groups mean nothing)",
    "umap": "a UMAP map (distances between groups mean little)",
}


@dataclass(frozen=True)
class HybridCard:
    """One hybrid segment on the page: topics are (label, share and lift, keywords)."""

    name: str
    colour: str
    size: str
    customer_share: float
    features: Sequence[str]
    topics: Sequence[tuple[str, str, str]]
    quotes: Sequence[str]
    play: str


def hybrids(page: Page) -> Values:
    """Hybrid segments; without them the section says so in one line."""
    data = page.data.hybrids
    if data is None or not data.names:
        return {"missing": "This run has no hybrid segments: they need texts of customers (sources.reviews)."}
    chosen = next((row for row in data.selection if row["is_chosen"]), None)
    found: dict[str, Any] = {
        "lede": f"{counted(data.customers, 'customer')} in {counted(len(data.names), 'segment')} by what they do and "
        "what they say.",
        "reason": f"k = {chosen['k']}: {chosen['reason']}." if chosen and chosen["reason"] else None,
        "cards": [_card(page, data, place, row) for place, row in enumerate(data.names)],
        "marks": [MARKS[text_figures.mark(place)] for place in range(len(data.names))],
        "maps": [_map(data, place) for place in range(len(data.maps))],
    }
    if len(data.tree) > 1:
        figure, shown = text_figures.dendrogram(data.tree, data.names)
        found["tree"] = Drawing(
            "fig-dendrogram",
            figure,
            f"Ward's tree, its {number(shown)} topmost groups of customers. Two groups meet at the height of their "
            "merge: the farther right, the less alike they are. The dotted line is the cut.",
            height=90 + 16 * shown + 22 * len(data.names),
            phone_height=90 + 16 * shown + 30 * len(data.names),
        )
    return found


def _map(data: Hybrids, place: int) -> Drawing:
    one = data.maps[place]
    kept = f", which keep {share(one.explained)} of the variance" if one.explained is not None else ""
    drawn = len(one.segment_ids)
    sample = "All" if drawn >= data.customers else "A sample of"
    return Drawing(
        f"fig-map-{one.method}",
        text_figures.hybrid_map(one, data.names),
        f"{sample} {counted(drawn, 'customer')} of {number(data.customers)} by behaviour and topics, on "
        f"{_METHODS[one.method]}{kept}.",
        height=460,
        phone_height=400,
    )


def _card(page: Page, data: Hybrids, place: int, row: Row) -> HybridCard:
    segment = int(row["segment_id"])
    part = int(row["customers"]) / max(1, data.customers)
    apart = [p for p in data.profiles if p["segment_id"] == segment and is_apart(p) and p["mean"] is not None]
    said = [t for t in data.topics if t["segment_id"] == segment]
    topics = [t for t in said if (t["lift"] or 0) >= MORE][:TOP_TOPICS] or said[:1]
    quotes = list(dict.fromkeys(text for t in topics for text in t["examples"] or ()))[:_QUOTES]
    play = page.data.plays("hybrid").get(segment)
    return HybridCard(
        name=row["name"],
        colour=colour(place),
        size=f"{counted(int(row['customers']), 'customer')}, {share(part)}",
        customer_share=part,
        features=[beside_typical(p, page.currency) for p in apart[:TOP_FEATURES]] or ["Nothing: about typical in all"],
        topics=[
            (
                spaced(t["label"]),
                f"{share(t['share'])}" + (f", {number(t['lift'], 1)} times as much as all" if t["lift"] else ""),
                spaced(", ".join(t["keywords"])),
            )
            for t in topics
        ],
        quotes=[_shortened(text) for text in quotes],
        play=play["message"] if play else "",
    )


def _shortened(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _QUOTED else f"{plain[: _QUOTED - 1].rstrip()}…"
