"""Colours, light and dark: one set for the page and for the figures.

The segment colours keep a distance of at least 28 (CIELAB) from each other, also for readers without red or green
cones (Machado et al. 2009); segments beyond the last colour begin again and differ by their mark. No cell of a heatmap
is so dark (light mode) or so light (dark mode) that the ink on it falls below a contrast of 4.5.
"""

from __future__ import annotations

from typing import Any

SEGMENTS = {
    "light": ("#166bd9", "#af3512", "#00a878", "#9f357d", "#e68b00", "#2a1a86", "#62a6e0", "#6a292c"),
    "dark": ("#6d94e7", "#ea6c31", "#24d5b0", "#c15f9c", "#e8d83b", "#8672ff", "#9fd9ff", "#c67d69"),
}
# plotly draws a 3-D mark as a letter of the font: only marks that every font has; and the same for the page's legend
MARKS = {"circle": "●", "diamond": "◆", "square": "■", "circle-open": "○", "diamond-open": "◇", "square-open": "□"}
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Liberation Sans', Arial, sans-serif"

_INK = {"light": "#20242b", "dark": "#e4e7ec"}
_MUTED = {"light": "#5a6270", "dark": "#a3abb8"}
_GRID = {"light": "#e3e6eb", "dark": "#333a45"}
_SPACE_GRID = {"light": "#c3c9d2", "dark": "#454e5b"}
_PANEL = {"light": "#ffffff", "dark": "#1a1e25"}
_DIVERGING = {
    "light": ("#e28a4c", "#f0b98f", "#f8e2d2", "#f5f6f8", "#d7e6f5", "#9cc4ea", "#5b9bd8"),
    "dark": ("#a9521d", "#7d4120", "#4a3024", "#242930", "#22384f", "#275180", "#2f6aab"),
}
_SEQUENTIAL = {
    "light": ("#f3f6fa", "#d7e6f5", "#9cc4ea", "#5b9bd8"),
    "dark": ("#242930", "#22384f", "#275180", "#2f6aab"),
}


def segment_colours() -> dict[str, dict[str, str]]:
    """CSS custom properties --s0, --s1, … for each mode."""
    return {mode: {f"--s{i}": colour for i, colour in enumerate(colours)} for mode, colours in SEGMENTS.items()}


def themes() -> dict[str, dict[str, Any]]:
    """What the page's script lays under every figure: a plotly template and the colour scales by name."""
    return {
        mode: {
            "template": {"layout": _layout(mode)},
            "scales": {"diverging": _scale(_DIVERGING[mode]), "sequential": _scale(_SEQUENTIAL[mode])},
            "ink": _INK[mode],
        }
        for mode in ("light", "dark")
    }


def _scale(colours: tuple[str, ...]) -> list[list[Any]]:
    return [[round(i / (len(colours) - 1), 4), colour] for i, colour in enumerate(colours)]


def _layout(mode: str) -> dict[str, Any]:
    clear = "rgba(0,0,0,0)"
    axis = {
        "gridcolor": _GRID[mode],
        "linecolor": _GRID[mode],
        "zerolinecolor": _GRID[mode],
        "tickcolor": _GRID[mode],
        "tickfont": {"color": _MUTED[mode], "size": 12},
        "title": {"font": {"color": _MUTED[mode], "size": 12}},
    }
    space = {
        "backgroundcolor": clear,
        "gridcolor": _SPACE_GRID[mode],
        "linecolor": _MUTED[mode],
        "zerolinecolor": _SPACE_GRID[mode],
        "showbackground": False,
        "tickfont": {"color": _MUTED[mode], "size": 11},
        "title": {"font": {"color": _INK[mode], "size": 13}},
    }
    return {
        "font": {"family": FONT, "size": 13, "color": _INK[mode]},
        "paper_bgcolor": clear,
        "plot_bgcolor": clear,
        "colorway": list(SEGMENTS[mode]),
        "xaxis": axis,
        "yaxis": axis,
        "scene": {"bgcolor": clear, "xaxis": space, "yaxis": space, "zaxis": space},
        "hoverlabel": {
            "bgcolor": _PANEL[mode],
            "bordercolor": _MUTED[mode],
            "font": {"color": _INK[mode], "size": 13, "family": FONT},
            "align": "left",
        },
        "legend": {"font": {"color": _INK[mode], "size": 13}},
        "annotationdefaults": {"font": {"color": _INK[mode]}},
    }
