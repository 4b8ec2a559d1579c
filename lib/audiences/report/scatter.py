"""Plotly figures of single customers: a sample in recency, frequency and money, on logarithmic axes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from audiences.report.data import Row, Rows, Scatter
from audiences.report.figures import base
from audiences.report.theme import MARKS
from audiences.report.words import compact, plotly_text

Points = np.ndarray[Any, np.dtype[np.float32]]
METRICS = (("recency_days", "Recency, days"), ("frequency", "Frequency, orders"), ("monetary", "Money, "))


def log_axis(values: Sequence[float]) -> tuple[Callable[[Sequence[float]], Points], dict[str, Any]]:
    """How to place values on a logarithmic axis, and its ticks in natural units.

    Values that are all >= 1 go to log10(v). Where there are refunds, zeros or cents, all go to
    sign(v) * log10(1 + |v|), which is close to it from 10 on.
    """
    low, high = min(values, default=1.0), max(values, default=10.0)
    place = _log if low >= 1 else _signed_log
    decades = math.log10(max(abs(low), abs(high), 10.0)) - math.log10(max(1.0, low))
    steps = (1, 2, 5) if decades < 2.8 else (1,)
    sizes = [float(step * 10**power) for power in range(13) for step in steps]
    ticks = [tick for tick in (*(-size for size in reversed(sizes)), 0.0, *sizes) if low * 0.8 <= tick <= high * 1.25]
    if low < 1:  # around 0 powers of ten are too close to each other
        ticks = sorted({0.0, *(tick for tick in ticks if abs(tick) >= 10)})
    return place, {"tickvals": [round(float(v), 4) for v in place(ticks)], "ticktext": [_short(tick) for tick in ticks]}


def _log(values: Sequence[float]) -> Points:
    points: Points = np.log10(np.asarray(values, dtype=np.float64)).astype(np.float32)
    return points


def _signed_log(values: Sequence[float]) -> Points:
    exact = np.asarray(values, dtype=np.float64)
    points: Points = (np.sign(exact) * np.log10(1 + np.abs(exact))).astype(np.float32)
    return points


def _short(value: float) -> str:
    return compact(value).replace(" ", "").replace("\N{NO-BREAK SPACE}", "").replace(".00", "").replace(".0", "")


def space(sample: Scatter, names: Rows, currency: str) -> go.Figure:
    """Recency, frequency and money of the sample in three dimensions, logarithmic axes."""
    axes = {metric: log_axis(getattr(sample, metric)) for metric, _ in METRICS}
    traces = [
        go.Scatter3d(
            **{axis: axes[metric][0](chosen[metric]) for axis, (metric, _) in zip("xyz", METRICS, strict=True)},
            **_marks(place, row, chosen, currency),
            marker={"size": 4, "opacity": 0.85, "symbol": mark(place), "line": {"width": 0}},
        )
        for place, row, chosen in _by_segment(sample, names)
    ]
    figure = base(traces, dragmode="turntable")
    figure.update_layout(
        scene={
            **{
                f"{axis}axis": {"title": {"text": _title(metric, currency)}, **axes[metric][1]}
                for axis, (metric, _) in zip("xyz", METRICS, strict=True)
            },
            "camera": {"eye": {"x": 1.35, "y": 1.35, "z": 0.6}, "center": {"x": 0, "y": 0, "z": -0.2}},
            "aspectmode": "manual",
            "aspectratio": {"x": 1.15, "y": 1.15, "z": 0.85},
            "dragmode": "turntable",
        }
    )
    return figure


def side(sample: Scatter, names: Rows, currency: str, metric: str, most: int) -> go.Figure:
    """Money against recency or frequency for the first `most` of the sample."""
    (across, ticks), (up, up_ticks) = log_axis(getattr(sample, metric)), log_axis(sample.monetary)
    traces = [
        go.Scatter(
            x=across(chosen[metric]),
            y=up(chosen["monetary"]),
            **_marks(place, row, chosen, currency),
            marker={"size": 5.5, "opacity": 0.65, "symbol": mark(place)},
        )
        for place, row, chosen in _by_segment(sample, names, most)
    ]
    figure = base(traces)
    figure.update_xaxes(title_text=_title(metric, currency), zeroline=False, **ticks)
    figure.update_yaxes(title={"text": _title("monetary", currency), "standoff": 12}, zeroline=False, **up_ticks)
    return figure


def mark(place: int) -> str:
    """The plotly mark of the segment at this place."""
    return list(MARKS)[place % len(MARKS)]


def _title(metric: str, currency: str) -> str:
    return f"{dict(METRICS)[metric]}{plotly_text(currency) if metric == 'monetary' else ''}"


def _marks(place: int, row: Row, chosen: dict[str, list[float]], currency: str) -> dict[str, Any]:
    """What the points of one segment are in either scatter."""
    return {
        "name": plotly_text(row["name"], 28, 60),
        "mode": "markers",
        "customdata": np.column_stack([np.asarray(chosen[metric], dtype=np.float32) for metric, _ in METRICS]),
        "hovertemplate": _hover(currency),
    }


def _hover(currency: str) -> str:
    return (
        "Recency %{customdata[0]:,.0f} days<br>Frequency %{customdata[1]:,.0f} orders"
        f"<br>Money {plotly_text(currency)} %{{customdata[2]:,.0f}}<extra>%{{fullData.name}}</extra>"
    )


def _by_segment(sample: Scatter, names: Rows, most: int | None = None) -> list[tuple[int, Row, dict[str, list[float]]]]:
    """Place, row and points of each segment; a segment without points keeps its place, hence its colour."""
    ids = sample.segment_ids[:most]

    def chosen(values: Sequence[float], segment: int) -> list[float]:
        return [value for value, own in zip(values, ids, strict=False) if own == segment]

    return [
        (place, row, {metric: chosen(getattr(sample, metric), int(row["segment_id"])) for metric, _ in METRICS})
        for place, row in enumerate(names)
    ]
