"""The data dictionary: every declared table as Markdown; `make docs` writes docs/data_dictionary.md from it."""

from __future__ import annotations

from audiences import schema
from audiences.schema.table import Column, Table

ZONES = {
    "published": "The newest as_of only: what to query and to act on.",
    "segments": "Who is in which segment, what the segments are called, and what defines them; every as_of.",
    "features": "Orders, days and the features of each customer.",
    "models": "Fitted models, how they were chosen, what they do.",
    "scores": "Predictions about customers.",
    "experiments": "Who was drawn for what, and for how long; ledgers that are only added to.",
    "clean": "Typed rows, each kept or rejected with its reasons.",
    "landed": "Raw rows as the sources wrote them.",
    "control": "What was landed, run and checked.",
}


def as_markdown() -> str:
    """All tables by zone and name, with their columns in order."""
    tables = schema.declared_tables()
    lines = [
        "# Data dictionary",
        "",
        "Written by `make docs` from the table declarations in `lib/audiences/schema`; a test keeps it equal to them.",
        "The same words are the tables' own comments. A table lives at `<store.root>/<zone>/<table>`; which version of it",
        "belongs to a run says `control/run_manifest`. Units, formulas and what null means stand with each column.",
    ]
    for zone in sorted({table.zone for table in tables}, key=list(ZONES).index):
        lines += ["", f"## {zone}", "", ZONES[zone]]
        for table in sorted((one for one in tables if one.zone == zone), key=lambda one: one.name):
            lines += _table(table)
    return "\n".join(lines) + "\n"


def _table(table: Table) -> list[str]:
    lines = ["", f"### {table}", "", table.comment, ""]
    key = [*table.slice_by, *(name for name in table.key if name not in table.slice_by)]
    if table.key:
        lines.append(f"- One row per {', '.join(f'`{name}`' for name in key)}.")
    if table.slice_by:
        lines.append(f"- One write replaces the rows of one {', '.join(f'`{name}`' for name in table.slice_by)}.")
    lines += [f"- Always true ({name}): `{check}`." for name, check in table.checks.items()]
    if table.when_empty:
        lines.append(f"- May be empty: {table.when_empty}.")
    if lines[-1]:
        lines.append("")
    return [*lines, "| column | type | null | meaning |", "|---|---|---|---|", *map(_column, table.columns)]


def _column(column: Column) -> str:
    meaning = column.comment.replace("|", "\\|")
    return f"| `{column.name}` | {column.type.simpleString()} | {'yes' if column.nullable else 'no'} | {meaning} |"


if __name__ == "__main__":
    print(as_markdown(), end="")
