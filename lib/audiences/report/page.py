"""What every section is built from, and the small pieces that sections are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import plotly.graph_objects as go
from markupsafe import Markup

from audiences.config import Settings
from audiences.report.data import ReportData, Row, Rows
from audiences.report.theme import SEGMENTS

_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def as_script_json(text: str) -> Markup:
    """JSON that can stand inside a script element whatever its strings hold."""
    for character, escape in _UNSAFE.items():
        text = text.replace(character, escape)
    return Markup(text)  # safe: nothing is left that could end the element


@dataclass(frozen=True)
class Drawing:
    """A figure on the page: its fixed id, what it shows in words, and its heights in pixels on a desk and a phone."""

    id: str
    figure: go.Figure
    caption: str
    height: int = 380
    phone_height: int = 340
    is_space: bool = False

    @property
    def json(self) -> Markup:
        return as_script_json(self.figure.to_json())


@dataclass(frozen=True)
class Cell:
    """A cell with a second line below, and a tint from -1 (far below) to 1 (far above)."""

    text: str
    below: str = ""
    tint: float = 0.0


@dataclass(frozen=True)
class Table:
    """A table on the page: a header, and rows of cells (text or Cell); the first cell of a row names it."""

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[Any]]
    left: frozenset[int] = frozenset()  # columns of words; the others are figures, set to the right
    marked: int | None = None  # a row to stand out


@dataclass(frozen=True)
class Page:
    """The data with the few things that sections share."""

    data: ReportData
    title: str
    settings: Settings | None

    @cached_property
    def names(self) -> Rows:
        """The main segmentation's segments as named, by id."""
        return self._main(self.data.names)

    @cached_property
    def profiles(self) -> Rows:
        """The main segmentation's profile rows."""
        return self._main(self.data.profiles)

    @cached_property
    def segments(self) -> Rows:
        """One row per segment of the main segmentation, by id: its share of customers and money, from the profiles."""
        first: dict[int, Row] = {}
        for row in self.profiles:
            first.setdefault(int(row["segment_id"]), row)
        return tuple(first[segment] for segment in sorted(first))

    @cached_property
    def k_rows(self) -> Rows:
        return self._main(self.data.k_selection)

    def _main(self, rows: Rows | None) -> Rows:
        return tuple(row for row in rows or () if row["segmentation"] == self.data.main_segmentation)

    @property
    def shows_raw(self) -> bool:
        """Whether values of single persons may stand on the page: ids, and texts as they were delivered."""
        return self.settings is not None and self.settings.report.show_raw

    @property
    def currency(self) -> str:
        return self.data.currency or (self.settings.currency if self.settings else "")


@dataclass(frozen=True)
class Section:
    """One section: `build` gives the values for the macro called `id` in sections.html.jinja."""

    id: str
    title: str
    build: Callable[[Page], Mapping[str, Any]]


@dataclass(frozen=True)
class Card:
    """One segment on the page."""

    name: str
    colour: str
    reason: str
    figures: Sequence[tuple[str, str, str]]  # what, amount, share or ''
    customer_share: float
    features: Sequence[str]
    categories: str
    play: str
    fits: str  # how many of its customers fit the name, and which name it is close to
    statistics: Sequence[str]


def colour(place: int) -> str:
    """The colour, as a CSS value, of the segment at this place."""
    return f"var(--s{place % len(SEGMENTS['light'])})"
