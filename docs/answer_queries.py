"""Writes docs/queries.md: every question of docs/queries.sql with its answer on the published runs of a store.root.

    python docs/answer_queries.py STORE_ROOT > docs/queries.md

The page in the repository holds Online Retail (conf/online_retail.yaml) at 2011-09-10 and 2011-12-10.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from audiences.published.sql import query

QUERIES = Path(__file__).with_name("queries.sql")
SHOWN = 15

_INTRODUCTION = """# Twenty questions of a marketing analyst

Each runs as it stands: `audiences query "SQL"` (`--json`, `--csv`), which is DuckDB over the newest published run; any
engine that reads Delta tables will do. Views are called like the tables ([their columns](data_dictionary.md));
`published_…` is the newest as_of, `history_…` every as_of that has been run. Polars takes the plain ones too:
`pl.SQLContext(published_customers=pl.read_delta("tables/published/customers"))`.

The answers are those of Online Retail (UCI 352, CC BY 4.0; `conf/online_retail.yaml`) after two runs,
`--as-of 2011-09-10` and `--as-of 2011-12-10`, written by `docs/answer_queries.py`; a test runs every query on a small
shop. Of longer answers the first {shown} rows are shown.
"""


@dataclass(frozen=True)
class Question:
    """One block of queries.sql."""

    title: str
    note: str
    sql: str


def questions() -> list[Question]:
    found = []
    for block in re.split(r"^-- ## ", QUERIES.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        title, *lines = block.strip().splitlines()
        note = " ".join(line.removeprefix("-- ") for line in lines if line.startswith("-- "))
        sql = "\n".join(line for line in lines if not line.startswith("-- "))
        found.append(Question(title, note, sql))
    return found


def as_table(answer: pa.Table) -> str:
    """An answer as a Markdown table."""
    rows, names = answer.to_pylist(), answer.column_names
    numeric = [bool(rows) and all(isinstance(row[name], (int, float, Decimal)) for row in rows) for name in names]
    lines = [f"| {' | '.join(names)} |", "|" + "|".join("--:" if one else "---" for one in numeric) + "|"]
    lines += [f"| {' | '.join(_cell(row[name]) for name in names)} |" for row in rows[:SHOWN]]
    if len(rows) > SHOWN:
        lines += ["", f"… {len(rows) - SHOWN} more rows"]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    return "" if value is None else str(value).replace("|", "\\|")


def main(root: str) -> None:
    print(_INTRODUCTION.format(shown=SHOWN))
    for number, one in enumerate(questions(), 1):
        print(f"## {number}. {one.title}\n\n{one.note}\n\n```sql\n{one.sql}\n```\n\n{as_table(query(root, one.sql))}\n")


if __name__ == "__main__":
    main(sys.argv[1])
