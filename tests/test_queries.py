"""docs/queries.md: every question runs on a small shop, in DuckDB and where marked in Polars, and the page holds it."""

from __future__ import annotations

import importlib.util
import re
import sys
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from audiences.published.snapshot import published_runs
from audiences.published.sql import query, views_of

DOCS = Path(__file__).resolve().parent.parent / "docs"
spec = importlib.util.spec_from_file_location("answer_queries", DOCS / "answer_queries.py")
answer_queries = importlib.util.module_from_spec(spec)
sys.modules["answer_queries"] = answer_queries
spec.loader.exec_module(answer_queries)

QUESTIONS = answer_queries.questions()
MAY_BE_EMPTY = {"What does each segment buy?", "Which good customers have slipped since the run before?",
                "Why are some rows left out of all this?"}  # fmt: skip
"""The small shop has no categories, rejects nothing, and its forged history keeps the scores."""
IN_POLARS_TOO = ("Which segments are there, and what are they worth?", "What makes each segment different?",
                 "Whom do I try to win back first?", "Do the two segmentations agree?")  # fmt: skip


def sections() -> list[tuple[str, str, list[str]]]:
    """Title, SQL and the answer's column names of each section of the page."""
    page = (DOCS / "queries.md").read_text(encoding="utf-8")
    found = []
    for block in re.split(r"^## \d+\. ", page, flags=re.MULTILINE)[1:]:
        sql = re.search(r"```sql\n(.*?)\n```", block, re.DOTALL)[1]
        header = re.search(r"^\| (.*) \|$", block.split("```")[2], re.MULTILINE)[1]
        found.append((block.splitlines()[0], sql, header.split(" | ")))
    return found


def test_the_page_holds_the_twenty_questions():
    assert len(QUESTIONS) == 20
    assert [(title, sql) for title, sql, _ in sections()] == [(one.title, one.sql) for one in QUESTIONS]


@pytest.mark.parametrize("one", QUESTIONS, ids=[one.title for one in QUESTIONS])
def test_it_runs_and_gives_the_columns_of_the_page(two_runs_root, one):
    answer = query(str(two_runs_root), one.sql)
    assert len(answer) or one.title in MAY_BE_EMPTY
    assert answer.column_names == next(columns for title, _, columns in sections() if title == one.title)


@pytest.mark.parametrize("title", IN_POLARS_TOO)
def test_polars_gives_the_same_rows(two_runs_root, title):
    sql = next(one.sql for one in QUESTIONS if one.title == title)
    frames = {
        name: pl.concat([pl.from_arrow(run.dataset(stage).to_table()) for run, stage in slices])
        for name, slices in views_of(published_runs(str(two_runs_root))).items()
        if name in sql
    }
    rows = pl.SQLContext(frames).execute(sql.rstrip(";"), eager=True).to_dicts()
    expected = query(str(two_runs_root), sql).to_pylist()
    assert [*map(plain, rows)] == [*map(plain, expected)]


def plain(row: dict) -> dict:
    return {name: round(float(value), 2) if isinstance(value, (float, Decimal)) else value
            for name, value in row.items()}  # fmt: skip
