"""Plotly figures of the density branch: the k-distance curve, and users on a map."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from audiences.report.data import PersonaMap, Row, Rows
from audiences.report.figures import base
from audiences.report.words import number, plotly_text, share

MARKS = ("circle", "diamond", "square", "cross", "triangle-up", "star")


def k_distance(rows: Rows, chosen: Row | None) -> go.Figure:
    """How far users are from their k-th neighbour, the nearest first; the chosen eps across."""
    curve = [row for row in rows if row["kind"] == "curve"]
    line = go.Scatter(
        x=[float(row["core_share"]) for row in curve],
        y=[float(row["eps"]) for row in curve],
        mode="lines",
        line={"width": 2.5},
        customdata=[f"{share(row['core_share'])} of users are within {number(row['eps'])}" for row in curve],
        hovertemplate="%{customdata}<extra></extra>",
    )
    figure = base([line])
    figure.update_xaxes(title_text="Share of users, nearest first", tickformat=".0%", range=[0, 1.005])
    figure.update_yaxes(title_text="Distance to the k-th neighbour", rangemode="tozero", nticks=6)
    if chosen is not None:
        figure.add_hline(
            y=float(chosen["eps"]), line={"width": 1.5, "dash": "dot", "color": "#888"},
            annotation_text=f"eps {number(chosen['eps'])}", annotation_position="top left",
        )  # fmt: skip
    return figure


def persona_map(users: PersonaMap, personas: Rows) -> go.Figure:
    """Users on two principal components, a colour and a mark per persona."""
    traces: list[Any] = []
    for place, row in enumerate(personas):
        inside = [i for i, persona in enumerate(users.personas) if persona == row["persona"]]
        traces.append(
            go.Scatter(
                x=[round(users.x[i], 3) for i in inside],
                y=[round(users.y[i], 3) for i in inside],
                mode="markers",
                name=plotly_text(row["persona"], 40),
                marker={"size": 6, "opacity": 0.65, "symbol": MARKS[place % len(MARKS)]},
                hovertemplate=f"<b>{plotly_text(row['persona'], 40)}</b><extra></extra>",
            )
        )
    figure = base(traces, showlegend=True, legend={"orientation": "h", "y": 1.08})
    figure.update_xaxes(title_text="First principal component", zeroline=False)
    figure.update_yaxes(title_text="Second principal component", zeroline=False)
    return figure
