"""Plotly figures of the segments: each a function of plain data, byte-stable, with no colour of its own.

Colours come from the page's script (see theme.py): a trace per segment takes the segment's colour by its place, and a
heatmap names its scale in `meta`. Text from data passes through `plotly_text`, because plotly reads pseudo-HTML.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from audiences.report.data import Row, Rows
from audiences.report.words import label, money, number, plotly_text, share

MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8, "pad": 4}


def base(traces: Sequence[Any], **layout: Any) -> go.Figure:
    """A figure without plotly's own template, that neither zooms nor drags under a reader's thumb."""
    calm = {
        "template": go.layout.Template(),
        "margin": MARGIN,
        "dragmode": False,
        "showlegend": False,
        "hovermode": "closest",
    }
    figure = go.Figure(data=list(traces), layout={**calm, **layout})
    figure.update_xaxes(fixedrange=True, automargin=True)
    figure.update_yaxes(fixedrange=True, automargin=True)
    return figure


def curve(rows: Rows, metric: str, title: str) -> go.Figure:
    """One measure over k, with the chosen k marked."""
    known = [row for row in rows if row[metric] is not None]
    chosen = [row for row in known if row["is_chosen"]]
    hover = f"k = %{{x}}<br>{title}: %{{text}}<extra></extra>"

    def points(some: Sequence[Row]) -> dict[str, Any]:
        return {
            "x": [int(row["k"]) for row in some],
            "y": [float(row[metric]) for row in some],
            "text": [number(row[metric]) for row in some],
            "hovertemplate": hover,
        }

    line = go.Scatter(**points(known), mode="lines+markers", line={"width": 2.5}, marker={"size": 7})
    mark = go.Scatter(
        **points(chosen), mode="markers", marker={"size": 16, "symbol": "circle-open", "line": {"width": 3.5}}
    )
    figure = base([line, mark])
    figure.update_xaxes(title_text="Number of segments, k", dtick=1 if len(known) <= 12 else None, showgrid=False)
    figure.update_yaxes(
        rangemode="tozero" if metric in ("inertia", "stability") else "normal", nticks=6, separatethousands=True
    )
    for row in chosen:
        figure.add_vline(x=int(row["k"]), line={"width": 1, "dash": "dot", "color": "#888"}, layer="below")
    return figure


def heatmap(
    values: Sequence[Sequence[float | None]],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    scale: str,
    limit: tuple[float, float] | None,
    cells: Sequence[Sequence[str]],
    hover: Sequence[Sequence[str]],
    tick_angle: int | None = None,
) -> go.Figure:
    """A grid with its numbers in the cells; `rows`, `columns`, `cells` and `hover` are safe text already."""
    trace = go.Heatmap(
        z=[[None if value is None else round(float(value), 6) for value in line] for line in values],
        x=list(range(len(columns))),
        y=list(range(len(rows))),
        text=[list(line) for line in cells],
        texttemplate="%{text}",
        customdata=[list(line) for line in hover],
        hovertemplate="%{customdata}<extra></extra>",
        zmin=limit[0] if limit else None,
        zmax=limit[1] if limit else None,
        xgap=2,
        ygap=2,
        meta={"scale": scale},
        showscale=False,  # the numbers stand in the cells
    )
    figure = base([trace])
    figure.update_xaxes(
        tickvals=list(range(len(columns))), ticktext=list(columns), showgrid=False, zeroline=False, ticks="",
        tickangle=tick_angle,
    )  # fmt: skip
    figure.update_yaxes(
        tickvals=list(range(len(rows))), ticktext=list(rows), autorange="reversed", showgrid=False, zeroline=False,
        ticks="",
    )  # fmt: skip
    return figure


def centres(names: Rows) -> go.Figure:
    """Segment centres by feature, in standard deviations from the mean of all customers."""
    features = list(names[0]["feature_names"])
    values = [[float(value) for value in row["centre"]] for row in names]
    bound = max(1.0, *(abs(value) for line in values for value in line))
    hover = [
        [
            f"<b>{plotly_text(row['name'], 40)}</b><br>{plotly_text(label(feature))}: {number(value, 2)} sd"
            for feature, value in zip(features, line, strict=True)
        ]
        for row, line in zip(names, values, strict=True)
    ]
    return heatmap(
        values,
        [plotly_text(row["name"], 16, 48) for row in names],
        [plotly_text(label(feature), 14) for feature in features],
        scale="diverging",
        limit=(-bound, bound),
        cells=[[f"{'+' if value > 0 else ''}{number(value, 1)}" for value in line] for line in values],
        hover=hover,
    )


def sizes(segments: Rows, currency: str) -> go.Figure:
    """Share of customers beside share of revenue, a pair of bars per segment."""
    shown = list(segments)
    traces = []
    for place, row in enumerate(shown):
        name = plotly_text(row["name"], 40)
        parts = (
            ("Customers", row["customer_share"], f"{number(row['customers'])} customers", 0.55),
            ("Net spend", row["revenue_share"], plotly_text(money(row["revenue"], currency)), 1.0),
        )
        traces.append(
            go.Bar(
                orientation="h",
                y=[place - 0.19, place + 0.19],
                x=[float(value or 0) for _, value, _, _ in parts],
                width=0.34,
                marker={"opacity": [opacity for *_, opacity in parts], "cornerradius": 3},
                text=[f"{what} {share(value)}" for what, value, _, _ in parts],
                textposition="outside",
                cliponaxis=False,
                customdata=[f"<b>{name}</b><br>{what}: {amount}" for what, _, amount, _ in parts],
                hovertemplate="%{customdata}<extra></extra>",
            )
        )
    largest = max((trace.x[i] for trace in traces for i in (0, 1)), default=1.0)
    figure = base(traces, barmode="overlay")
    figure.update_xaxes(tickformat=".0%", range=[min(0.0, *(min(t.x) for t in traces)), largest * 1.8 or 1], nticks=6)
    figure.update_yaxes(
        tickvals=list(range(len(shown))), ticktext=[plotly_text(row["name"], 16, 48) for row in shown],
        range=[len(shown) - 0.45, -0.55], showgrid=False, ticks="",
    )  # fmt: skip
    return figure
