"""What stands in a column of ids for nobody, and ids that hold more lines than one customer can."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from audiences.config.notations import ID_SUFFIX, NOBODY, IdCase
from audiences.scaffold.cells import Cells
from audiences.sources.notations.identifiers import read_identifier
from audiences.sources.notations.placeholders import is_placeholder

_UNUSUAL_SHARE, _MIN_LINES = 0.1, 50


@dataclass(frozen=True)
class Nobody:
    """What a column of customers holds beside customers.

    Args:
        placeholders: text as written -> lines.
        unusual: an id that holds an unusual share of the lines -> lines; it may be a counter sale or nobody.
        lines: of the sample.
    """

    placeholders: dict[str, int]
    unusual: dict[str, int]
    lines: int


def nobody_in(customers: Cells) -> Nobody:
    """Placeholders that the column holds, and ids with an unusual share of its lines."""
    counted = Counter(customers.filled)
    placeholders = {text: lines for text, lines in counted.items() if is_nobody(text)}
    rest = Counter({text: lines for text, lines in counted.items() if text not in placeholders})
    total = sum(rest.values())
    expected = total / len(rest) if rest else 0
    unusual = {
        text: lines
        for text, lines in rest.most_common(3)
        if len(rest) >= 10 and lines >= _MIN_LINES and lines > _UNUSUAL_SHARE * total and lines > 5 * expected
    }
    return Nobody(placeholders, unusual, len(customers.cells))


def is_nobody(text: str) -> bool:
    """Whether the run takes it for no customer."""
    return is_placeholder(text, NOBODY)


def as_ids(customers: Cells) -> Cells:
    """The column with each id in the spelling that the run gives it, and placeholders as empty cells.

    Addresses that differ in capitals only are one id.
    """
    case: IdCase = "lower" if customers.is_e_mail else "keep"
    spelt = {cell: "" if is_nobody(cell) else _spelt(cell, case) for cell in customers.counted}
    return Cells(customers.name, tuple(spelt.get(cell, "") for cell in customers.cells))


def _spelt(cell: str, case: IdCase) -> str:
    found = read_identifier(cell, case=case, suffix_pattern=ID_SUFFIX)
    return cell if found.is_lost else found.value or ""
