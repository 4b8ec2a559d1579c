"""The rules of the house, read from the code itself."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LIB = ROOT / "lib" / "audiences"

# A module may import from rooms on lower floors, and from its own room; siblings of one floor do not know each other.
FLOORS = (
    {"errors", "fingerprint", "logs", "output_file", "sizing"},
    {"schema"},
    {"config"},
    {"sources", "features", "text", "clustering", "scoring", "report", "datasets", "experiments"},
    {"spark", "store", "segments", "scaffold"},
    {"published"},
    {"engine"},
    {"pipeline"},
    {"housekeeping", "orchestration", "prediction", "serving"},
    {"sinks"},
    {"api"},
    {"cli"},
)
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def modules() -> list[Path]:
    return sorted(LIB.rglob("*.py"))


def room(path: Path) -> str:
    first = path.relative_to(LIB).parts[0]
    return first.removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "audiences":
                found |= {alias.name for alias in node.names}
            elif node.module.startswith("audiences."):
                found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("audiences.")}
    return found


def test_every_room_has_its_floor():
    assert {room(path) for path in modules()} - {"__init__"} <= set(FLOOR_OF)


def test_imports_go_one_way():
    broken = [
        f"{path.relative_to(LIB)} imports {other}"
        for path in modules()
        if room(path) != "__init__"
        for other in imported_rooms(path) - {room(path)}
        if FLOOR_OF[other] >= FLOOR_OF[room(path)]
    ]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(
    ("what", "pattern", "allowed"),
    [
        pytest.param("RDD API", r"\.rdd\b|\bsc\.parallelize", set(), id="no-rdd"),
        pytest.param("JVM access", r"\._(jvm|jsc|jdf|jsparkSession)\b|\bsparkContext\b", {"session.py"}, id="no-jvm"),
        pytest.param("a session being built", r"getOrCreate\(", {"session.py"}, id="one-session"),
        pytest.param(
            "the clock", r"current_(date|timestamp)\(|datetime\.(now|utcnow|today)|date\.today", set(), id="no-clock"
        ),
        pytest.param("an unseeded generator", r"F\.rand\(\)|default_rng\(\)", set(), id="seeds"),
        pytest.param(
            "a clustering method known by name or class outside its file",
            r"isinstance\([^)]*(KMeansModel|GaussianMixtureModel)|\.method [!=]= \"(kmeans|gaussian_mixture)",
            {"settings.py", "segments.py", "fit.py"},
            id="methods-by-registry",
        ),
        pytest.param("SQL text from values", r"(spark\.sql|selectExpr)\(f[\"']", set(), id="no-sql-text"),
    ],
)
def test_code_keeps_out(what, pattern, allowed):
    found = [
        f"{path.relative_to(LIB)}:{number}: {line.strip()}"
        for path in modules()
        if path.name not in allowed
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(pattern, line.split("#")[0])
    ]
    assert not found, f"{what}:\n" + "\n".join(found)


def test_each_page_of_the_pipeline_is_one_page():
    for page in (LIB / "pipeline").glob("*.py"):
        assert len(page.read_text().splitlines()) <= 150, page.name


def test_jobs_are_addresses_not_programs():
    for job in (ROOT / "jobs").glob("*.py"):
        assert len(job.read_text().splitlines()) <= 15, job.name


def test_every_table_says_what_it_is():
    from audiences import schema

    for table in vars(schema).values():
        if isinstance(table, schema.Table):
            assert table.comment
            assert all(column.comment for column in table.columns), table.name
            assert set(table.key) | set(table.slice_by) <= set(table.names), table.name
