"""Names of a CSV header as the readers know its columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def column_names(cells: Sequence[str]) -> tuple[str, ...]:
    """Names as Spark makes them of a header: what is empty or repeated (in any case) gets its position."""
    counted = Counter(cell.lower() for cell in cells)
    return tuple(
        f"_c{number}" if not cell else f"{cell}{number}" if counted[cell.lower()] > 1 else cell
        for number, cell in enumerate(cells)
    )
