"""The data dictionary on paper is the one in the code."""

from __future__ import annotations

from pathlib import Path

from audiences import schema
from audiences.schema.dictionary import as_markdown

PAGE = Path(__file__).resolve().parents[2] / "docs" / "data_dictionary.md"


def test_the_page_is_what_the_declarations_say():
    assert PAGE.read_text(encoding="utf-8") == as_markdown(), "run: make docs"


def test_every_table_and_column_is_on_the_page():
    page = as_markdown()
    for table in vars(schema).values():
        if isinstance(table, schema.Table):
            section = page.split(f"### {table}\n")[1].split("\n### ")[0]
            for column in table.columns:
                assert f"| `{column.name}` | {column.type.simpleString()} |" in section, (str(table), column.name)
