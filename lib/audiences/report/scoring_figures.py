"""Plotly figures of how well a newcomer's segment is foretold."""

from __future__ import annotations

import plotly.graph_objects as go

from audiences.report.data import Rows
from audiences.report.figures import base
from audiences.report.words import counted, share


def calibration(rows: Rows) -> go.Figure:
    """The share that is right against the stated probability, per tenth; the dotted line is a model that means it.

    Args:
        rows: of one model: metric calibration_stated and calibration_found, with bin, value and rows.
    """
    by_bin = {(row["metric"], row["bin"]): row for row in rows}
    bins = sorted({row["bin"] for row in rows})
    stated = [by_bin["calibration_stated", place] for place in bins]
    found = [by_bin["calibration_found", place] for place in bins]
    line = go.Scatter(
        x=[row["value"] for row in stated],
        y=[row["value"] for row in found],
        mode="lines+markers",
        line={"width": 2.5},
        marker={"size": 8},
        customdata=[
            f"{counted(int(row['rows']), 'customer')}: stated {share(said['value'])}, right {share(row['value'])}"
            for said, row in zip(stated, found, strict=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )
    figure = base([line])
    figure.add_shape(type="line", x0=0, y0=0, x1=1, y1=1, line={"width": 1.5, "dash": "dot", "color": "#888"})
    figure.update_xaxes(title_text="Stated probability of the foretold segment", tickformat=".0%", range=[0, 1.02])
    figure.update_yaxes(title_text="Share that is right", tickformat=".0%", range=[0, 1.02])
    return figure
