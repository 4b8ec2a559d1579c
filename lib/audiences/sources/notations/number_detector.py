"""Which notation the numbers of a file are written in: each that fits, with the share that does and what does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from audiences.config.notations import MISSING, NumberStyle
from audiences.sources.notations.currencies import currency_mark
from audiences.sources.notations.numbers import NOTATIONS, fits
from audiences.sources.notations.placeholders import is_placeholder

EXAMPLES = 5


@dataclass(frozen=True)
class NumberFit:
    """How well one notation reads some cells.

    Args:
        style: the notation.
        share: of the cells that hold something, those that are numbers of that notation.
        misfits: how many are not.
        examples: of these, the most frequent.
    """

    style: NumberStyle
    share: float
    misfits: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class NumberEvidence:
    """What some cells tell of the notation of their numbers.

    Args:
        fits: the notations that read most, the best first; those that read the same cells stand in the order plain,
            unambiguous, point, comma.
        cells: cells that hold something.
        placeholders: cells that say that there is no value.
        currencies: the signs and codes beside the numbers, with their cells.
        undecided: cells such as 1,234 that are one number with a decimal point and another one with a comma.
    """

    fits: tuple[NumberFit, ...]
    cells: int
    placeholders: int
    currencies: Counter[str]
    undecided: tuple[str, ...]

    @property
    def best(self) -> NumberFit | None:
        """The first of the notations that read most; None where no cell holds anything."""
        return self.fits[0] if self.fits else None

    @property
    def rivals(self) -> tuple[NumberFit, ...]:
        """Notations that read as many cells, but not with the same meaning: a person has to choose."""
        best = self.best
        if best is None or not self.undecided:
            return ()
        signs = {NOTATIONS[best.style].decimal}
        return tuple(
            fit for fit in self.fits[1:] if fit.misfits == best.misfits and NOTATIONS[fit.style].decimal not in signs
        )


def detect_number_notation(samples: Sequence[str]) -> NumberEvidence:
    """The notations of the numbers among some cells.

    The columns of a file that may hold numbers belong together in one call: prices with a decimal point say that the
    commas of the quantities group thousands.
    """
    counted = Counter(cell for cell in samples if cell.strip())
    missing = {cell for cell in counted if is_placeholder(cell, MISSING)}
    written = {cell: rows for cell, rows in counted.items() if cell not in missing}
    total = sum(written.values())
    reads = {style: {cell for cell in written if fits(cell, style)} for style in NOTATIONS}
    found = [_fit(style, written, reads[style], total) for style in NOTATIONS] if total else []
    decided = {style: rows for style, rows in _decisive(written, reads).items() if rows}
    best_first = sorted(found, key=lambda fit: (fit.misfits, -decided.get(fit.style, 0)))
    currencies: Counter[str] = Counter()
    for cell, rows in written.items():
        mark = currency_mark(cell)
        if mark is not None and cell in reads["point"] | reads["comma"]:
            currencies[mark] += rows
    both = (reads["point"] & reads["comma"]) - reads["unambiguous"]
    both |= {cell for cell in reads["plain"] & reads["comma"] if "." in cell}
    return NumberEvidence(
        tuple(best_first), total, sum(counted[cell] for cell in missing), currencies, tuple(sorted(both)[:EXAMPLES])
    )


def _decisive(written: dict[str, int], reads: dict[NumberStyle, set[str]]) -> dict[NumberStyle, int]:
    """Rows that only one decimal sign can read; they break the tie between notations that read equally many."""
    only_point = sum(written[cell] for cell in reads["point"] - reads["comma"])
    only_comma = sum(written[cell] for cell in reads["comma"] - reads["point"])
    return {"plain": only_point, "unambiguous": only_point, "point": only_point, "comma": only_comma}


def _fit(style: NumberStyle, written: dict[str, int], read: set[str], total: int) -> NumberFit:
    misfits = Counter({cell: rows for cell, rows in written.items() if cell not in read})
    rows = misfits.total()
    examples = tuple(cell for cell, _ in sorted(misfits.items(), key=lambda pair: (-pair[1], pair[0]))[:EXAMPLES])
    return NumberFit(style, 1 - rows / total, rows, examples)
