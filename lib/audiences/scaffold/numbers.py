"""How the numbers of a file are written, by the notations that a run knows, and numbers read so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from audiences.config.notations import MISSING, NumberStyle
from audiences.sources.notations.number_detector import detect_number_notation
from audiences.sources.notations.numbers import NOTATIONS, fits, read_number
from audiences.sources.notations.placeholders import is_placeholder

_STYLES: tuple[NumberStyle, ...] = ("unambiguous", "point", "comma")
_PRECISION, _SCALE = 38, 9
_EXAMPLES = 3


def is_number(text: str) -> bool:
    """Whether it is one in some notation."""
    return any(fits(text, style) for style in _STYLES)


@lru_cache(maxsize=500_000)
def value_of(text: str, style: NumberStyle | None) -> float | None:
    """The number of a cell, None where it is none; without a style by the first that reads it."""
    for way in _STYLES if style is None else (style,):
        value = read_number(text, style=way, precision=_PRECISION, scale=_SCALE, rounds=True).value
        if value is not None:
            return float(value)
    return None


@dataclass(frozen=True)
class Numbers:
    """How the numbers of a file are written.

    Args:
        style: the notation; None: two read all of it with another meaning, a person has to say.
        evidence: what says so.
    """

    style: NumberStyle | None
    evidence: str

    @property
    def decimal(self) -> str:
        return NOTATIONS[self.style or "unambiguous"].decimal


def numbers_of(columns: Sequence[Sequence[str]], names: Sequence[str] = ()) -> Numbers:
    """The notation of all number columns together; where nothing tells, the decimal point.

    Args:
        columns: the filled cells of each.
        names: of the columns, to say where cells stand that are no numbers.
    """
    cells = [cell for column in columns for cell in column if cell and not cell.endswith(".0")]
    evidence = detect_number_notation(cells)
    best = evidence.best
    if best is None:
        return Numbers("unambiguous", "no number of the sample has a fraction")
    if evidence.rivals or (evidence.undecided and best.style in ("point", "comma") and _has_no_other(cells)):
        return Numbers(None, f"{evidence.undecided[0]} may be thousands or a fraction")
    style: NumberStyle = "unambiguous" if best.style == "plain" else best.style
    shown = next((cell for cell in cells if not cell.isdigit() and fits(cell, style)), cells[0])
    words = f"{evidence.cells:,} numbers, such as {shown}"
    if best.misfits:
        words += f"; {_misfits(columns, names, style) or f'{best.misfits:,} cells are none'}"
    return Numbers(style, words)


def _misfits(columns: Sequence[Sequence[str]], names: Sequence[str], style: NumberStyle) -> str:
    """The cells of each column that are no numbers, with examples."""
    said = []
    for name, cells in zip(names, columns, strict=False):
        odd = Counter(cell for cell in cells if not is_placeholder(cell, MISSING) and not fits(cell, style))
        if odd:
            examples = ", ".join(cell for cell, _ in odd.most_common(_EXAMPLES))
            said.append(f"{odd.total():,} cells of {name} are none, such as {examples}")
    return "; ".join(said)


def _has_no_other(cells: Sequence[str]) -> bool:
    """Whether every cell with a separator reads as thousands and as a fraction."""
    written = [cell for cell in cells if "," in cell or "." in cell]
    return bool(written) and all(fits(cell, "point") and fits(cell, "comma") for cell in written)
