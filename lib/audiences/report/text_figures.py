"""Plotly figures of the text branch: sentiment by theme, the dendrogram, and customers on a map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from audiences.report.data import HybridMap, Row, Rows
from audiences.report.figures import base
from audiences.report.theme import MARKS
from audiences.report.words import label, number, plotly_text, share

MOST_GROUPS = 36  # of the tree that are drawn


def sentiment(rows: Rows) -> go.Figure:
    """Negative share to the left, positive to the right, a line per theme."""
    traces = []
    for sign, name, side in ((1, "positive", "positive_share"), (-1, "negative", "negative_share")):
        traces.append(
            go.Bar(
                orientation="h",
                name=name,
                y=list(range(len(rows))),
                x=[round(sign * float(row[side]), 6) for row in rows],
                width=0.6,
                text=[share(row[side]) for row in rows],
                textposition="outside",
                cliponaxis=False,
                customdata=[
                    f"<b>{plotly_text(label(row['theme']), 40)}</b><br>{share(row[side])} {name}" for row in rows
                ],
                hovertemplate="%{customdata}<extra></extra>",
            )
        )
    figure = base(traces, barmode="relative", showlegend=True, legend={"orientation": "h", "y": 1.12})
    most = max(float(row[side]) for row in rows for side in ("negative_share", "positive_share")) or 1.0
    figure.update_xaxes(range=[-1.45 * most, 1.45 * most], showticklabels=False, zeroline=True)
    figure.update_yaxes(
        tickvals=list(range(len(rows))), ticktext=[plotly_text(label(row["theme"]), 16, 48) for row in rows],
        range=[len(rows) - 0.45, -0.55], showgrid=False, ticks="",
    )  # fmt: skip
    return figure


def dendrogram(tree: Rows, names: Rows) -> tuple[go.Figure, int]:
    """The top of the tree, lying: a colour per segment, grey above the cut; and how many groups are drawn.

    Args:
        tree: node_id, left_id, right_id, height, customers; leaves first, then merges by rising height.
        names: segment_id, name, cluster_id (a leaf of the segment).
    """
    nodes = {int(row["node_id"]): row for row in tree}
    leaves = sum(row["left_id"] is None for row in tree)
    shown = min(leaves, max(MOST_GROUPS, len(names)))
    # the last merges, of the given number, are drawn; what lies below each is one group
    inner = set(range(2 * leaves - shown, 2 * leaves - 1))
    segment_of = _segments(tree, leaves, names)
    order = _in_order(2 * leaves - 2, nodes, inner)
    place = {node: float(row) for row, node in enumerate(order)}
    lines: dict[int | None, tuple[list[float | None], list[float | None]]] = {}
    for node in sorted(inner):
        row = nodes[node]
        left, right = int(row["left_id"]), int(row["right_id"])
        height = float(row["height"])
        place[node] = (place[left] + place[right]) / 2
        both = segment_of.get(left), segment_of.get(right)
        x, y = lines.setdefault(both[0] if both[0] == both[1] else None, ([], []))
        below = [float(nodes[child]["height"]) if child in inner else 0.0 for child in (left, right)]
        x += [below[0], height, height, below[1], None]
        y += [place[left], place[left], place[right], place[right], None]
    traces: list[Any] = [
        _branch(*lines.get(int(row["segment_id"]), ([None], [None])), name=row["name"]) for row in names
    ]
    traces.append(_branch(*lines.get(None, ([None], [None])), name="", colour="#888888"))
    figure = base(traces)
    ticks = {
        int(row["segment_id"]): [place[node] for node in order if segment_of.get(node) == int(row["segment_id"])]
        for row in names
    }
    figure.update_yaxes(
        tickvals=[sum(found) / len(found) for found in ticks.values() if found],
        ticktext=[plotly_text(row["name"], 20, 60) for row in names if ticks[int(row["segment_id"])]],
        range=[len(order) - 0.3, -0.7], showgrid=False, zeroline=False, ticks="",
    )  # fmt: skip
    figure.update_xaxes(title_text="Height of the merge (Ward)", rangemode="tozero", zeroline=False, nticks=6)
    heights = [float(nodes[node]["height"]) for node in (2 * leaves - len(names), 2 * leaves - len(names) - 1)
               if node in nodes and nodes[node]["left_id"] is not None]  # fmt: skip
    if len(names) > 1 and heights:
        cut = sum(heights) / len(heights) if len(heights) == 2 else heights[0] / 2
        figure.add_vline(x=cut, line={"width": 1.5, "dash": "dot", "color": "#888888"})
    return figure, shown


def _branch(x: Any, y: Any, *, name: str, colour: str | None = None) -> go.Scatter:
    line = {"width": 2.0, **({"color": colour} if colour else {})}
    return go.Scatter(
        x=x, y=y, mode="lines", line=line, name=plotly_text(name, 40), hoverinfo="name" if name else "skip"
    )


def _segments(tree: Rows, leaves: int, names: Rows) -> Mapping[int, int]:
    """The segment of each node below the cut."""
    parent = {
        int(child): int(row["node_id"])
        for row in tree
        if row["left_id"] is not None and int(row["node_id"]) < 2 * leaves - len(names)
        for child in (row["left_id"], row["right_id"])
    }

    def root(node: int) -> int:
        while node in parent:
            node = parent[node]
        return node

    of_root = {root(int(row["cluster_id"])): int(row["segment_id"]) for row in names}
    return {int(row["node_id"]): of_root[found] for row in tree if (found := root(int(row["node_id"]))) in of_root}


def _in_order(top: int, nodes: Mapping[int, Row], inner: set[int]) -> list[int]:
    """The drawn groups from one side of the tree to the other."""
    found, waiting = [], [top]
    while waiting:
        node = waiting.pop()
        if node in inner:
            waiting += [int(nodes[node]["right_id"]), int(nodes[node]["left_id"])]
        else:
            found.append(node)
    return found


def mark(place: int) -> str:
    """The plotly mark of the segment at this place; with the eight colours, no pair comes twice before the 24th."""
    return list(MARKS)[place % len(MARKS)]


def hybrid_map(sample: HybridMap, names: Rows) -> go.Figure:
    """Customers laid flat, a colour and a mark per segment."""
    traces = []
    for place, row in enumerate(names):
        inside = [i for i, segment in enumerate(sample.segment_ids) if segment == int(row["segment_id"])]
        name = plotly_text(row["name"], 0, 40)
        traces.append(
            go.Scatter(
                x=[round(sample.x[i], 4) for i in inside],
                y=[round(sample.y[i], 4) for i in inside],
                mode="markers",
                name=name,
                marker={"size": 6.5, "opacity": 0.65, "symbol": mark(place)},
                hovertemplate=f"<b>{name}</b><br>{number(len(inside))} of the sample<extra></extra>",
            )
        )
    figure = base(traces)
    is_pca = sample.method == "pca"
    figure.update_xaxes(title_text="First principal component" if is_pca else "", zeroline=False, showticklabels=is_pca)
    figure.update_yaxes(
        title_text="Second principal component" if is_pca else "", zeroline=False, showticklabels=is_pca
    )
    return figure
