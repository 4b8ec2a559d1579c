"""What the README says of errors is what the code raises."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from audiences import errors

ROOT = Path(__file__).resolve().parent.parent
ERRORS = {name: kind for name, kind in vars(errors).items() if isinstance(kind, type)}


def raised() -> set[tuple[str, int]]:
    """(message, exit code) of every error that the code makes with a literal message."""
    found = set()
    for path in (ROOT / "lib" / "audiences").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS and node.args:
                code = ERRORS[node.func.id].exit_code
                found |= {(part.value, code) for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant)}
    return found


def test_each_error_in_the_table_is_raised_with_that_exit_code():
    section = (ROOT / "README.md").read_text().split("## What each error means")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(.+?)` \| (\d) \| (.+?) \| (.+?) \|$", section, flags=re.MULTILINE)
    assert len(rows) == section.count("\n|") - 2 > 12
    known = raised()
    assert not [row for row in rows if (row[0], int(row[1])) not in known]
    assert {int(code) for _, code, _, _ in rows} == {1, 2, 3, 4, 5}
