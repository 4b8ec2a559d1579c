"""Plotly figures of the data behind the segments: RFM grid, categories, correlations, rejected rows, small boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
from markupsafe import Markup

from audiences.report.data import Row, Rows
from audiences.report.figures import base, heatmap
from audiences.report.words import compact, label, money, number, plotly_text, share

MOST_CATEGORIES = 12


def rfm_grid(cells: Rows, currency: str) -> go.Figure:
    """Customers per recency and frequency score, with their mean monetary value on hover."""
    bins = max(max(int(cell["r_score"]), int(cell["f_score"])) for cell in cells)
    found = {(int(cell["r_score"]), int(cell["f_score"])): cell for cell in cells}
    total = sum(int(cell["customers"]) for cell in cells)
    r_scores, f_scores = range(1, bins + 1), range(bins, 0, -1)

    def hover(r: int, f: int) -> str:
        cell = found.get((r, f))
        if cell is None:
            return f"<b>R {r}, F {f}</b><br>no customers"
        count = int(cell["customers"])
        return (
            f"<b>R {r}, F {f}</b><br>{number(count)} customers ({share(count / total)})"
            f"<br>mean monetary {money(cell['monetary'], plotly_text(currency))}"
        )

    figure = heatmap(
        [[int(found[r, f]["customers"]) if (r, f) in found else 0 for r in r_scores] for f in f_scores],
        [str(f) for f in f_scores],
        [str(r) for r in r_scores],
        scale="sequential",
        limit=(0, max(int(cell["customers"]) for cell in cells)),
        cells=[[compact(found[r, f]["customers"]) if (r, f) in found else "0" for r in r_scores] for f in f_scores],
        hover=[[hover(r, f) for r in r_scores] for f in f_scores],
    )
    figure.update_xaxes(title_text="Recency score (right: bought lately)")
    figure.update_yaxes(title_text="Frequency score (up: buys often)")
    return figure


def categories(spend: Rows, names: Rows) -> tuple[go.Figure, int]:
    """Share of each segment's gross per category, the largest categories first; and how many were left out."""
    totals: dict[str, float] = {}
    by_segment: dict[int, float] = {}
    cells: dict[tuple[str, int], float] = {}
    for row in spend:
        category, segment, amount = str(row["category"]), int(row["segment_id"]), float(row["spend"])
        totals[category] = totals.get(category, 0.0) + amount
        by_segment[segment] = by_segment.get(segment, 0.0) + amount
        cells[category, segment] = amount
    order = sorted(totals, key=lambda category: (-totals[category], category))
    shown = order[:MOST_CATEGORIES]
    values = [
        [
            cells.get((category, int(row["segment_id"])), 0.0) / by_segment[int(row["segment_id"])]
            if by_segment.get(int(row["segment_id"]))
            else None
            for row in names
        ]
        for category in shown
    ]
    hover = [
        [
            f"<b>{plotly_text(row['name'], 40)}</b><br>{plotly_text(category, 40)}: {share(value)} of its gross"
            for row, value in zip(names, line, strict=True)
        ]
        for category, line in zip(shown, values, strict=True)
    ]
    figure = heatmap(
        values,
        [plotly_text(category, 18, 54) for category in shown],
        [plotly_text(row["name"], 12, 48) for row in names],
        scale="sequential",
        limit=(0, max((value or 0) for line in values for value in line) or 1),
        cells=[[share(value) for value in line] for line in values],
        hover=hover,
    )
    return figure, len(order) - len(shown)


def correlations(features: Rows) -> go.Figure:
    """Pearson correlation of the features of one form; nothing above the diagonal."""
    order = [str(row["feature"]) for row in features]
    known: dict[tuple[str, str], float | None] = {
        (str(row["feature"]), pair["feature"]): pair["r"] for row in features for pair in row["correlations"] or ()
    }
    values = [
        [known.get((one, other)) if place > at else None for at, other in enumerate(order[:-1])]
        for place, one in enumerate(order)
    ][1:]
    names = [plotly_text(label(feature), 24) for feature in order]
    hover = [
        [f"{one} and {other}<br>r = {number(value, 2)}" for other, value in zip(names[:-1], line, strict=True)]
        for one, line in zip(names[1:], values, strict=True)
    ]
    return heatmap(
        values,
        names[1:],
        names[:-1],
        scale="diverging",
        limit=(-1.0, 1.0),
        cells=[["" if value is None else number(value, 2) for value in line] for line in values],
        hover=hover,
        tick_angle=-60,
    )


def rejected(reasons: Sequence[Row]) -> go.Figure:
    """Rejected rows by reason."""
    names = [plotly_text(str(row["reason"]).replace("_", " "), 22, 66) for row in reasons]
    bars = go.Bar(
        orientation="h",
        x=[int(row["rows"]) for row in reasons],
        y=list(range(len(reasons))),
        text=[number(row["rows"]) for row in reasons],
        customdata=[f"<b>{name}</b><br>{number(row['rows'])} rows" for name, row in zip(names, reasons, strict=True)],
        hovertemplate="%{customdata}<extra></extra>",
        textposition="outside",
        cliponaxis=False,
        width=0.62,
        marker={"cornerradius": 3},
    )
    figure = base([bars])
    figure.update_xaxes(range=[0, max(int(row["rows"]) for row in reasons) * 1.5], nticks=5)
    figure.update_yaxes(
        tickvals=list(range(len(reasons))), ticktext=names, range=[len(reasons) - 0.45, -0.55], showgrid=False, ticks=""
    )
    return figure


def box(row: Mapping[str, float | None], low: float, high: float) -> Markup:
    """A small box of quantiles as inline SVG: whiskers at 5 and 95 %, box at the quartiles, line at the median."""
    points = [row[name] for name in ("q05", "q25", "q50", "q75", "q95")]
    if any(point is None for point in points) or high <= low:
        return Markup("")
    x = [round(2 + 92 * min(1.0, max(0.0, (float(point or 0) - low) / (high - low))), 1) for point in points]
    return Markup(
        '<svg class="box" viewBox="0 0 96 20" width="96" height="20" aria-hidden="true">'
        '<line x1="{0}" x2="{1}" y1="10" y2="10"/><line x1="{3}" x2="{4}" y1="10" y2="10"/>'
        '<line x1="{0}" x2="{0}" y1="6" y2="14"/><line x1="{4}" x2="{4}" y1="6" y2="14"/>'
        '<rect x="{1}" y="4" width="{5}" height="12" rx="2"/>'
        '<line class="median" x1="{2}" x2="{2}" y1="3" y2="17"/></svg>'
    ).format(*x, max(1.0, round(x[3] - x[1], 1)))
