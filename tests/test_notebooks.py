"""Every notebook runs from top to bottom over the tables of a real run."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_there_is_a_notebook_and_none_carries_old_output():
    assert NOTEBOOKS
    for path in NOTEBOOKS:
        for cell in nbformat.read(path, 4).cells:
            assert not cell.get("outputs"), f"{path.name}: clear the outputs before committing"


def test_the_walkthrough_of_segments(small_shop_root, monkeypatch):
    monkeypatch.setenv("AUDIENCES_TABLES", str(small_shop_root))
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "lib"))
    book = nbformat.read(ROOT / "notebooks" / "segments_walkthrough.ipynb", 4)
    NotebookClient(book, timeout=300, resources={"metadata": {"path": str(ROOT / "notebooks")}}).execute()
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    text = "\n".join(str(output.get("text", "")) + str(output.get("data", "")) for output in outputs)
    assert "raw rows = " in text
    assert "knee of the inertia curve" in text
    assert "sd above the mean" in text


def test_the_questions_of_an_analyst(two_runs_root, monkeypatch):
    monkeypatch.setenv("AUDIENCES_TABLES", str(two_runs_root))
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "lib"))
    book = nbformat.read(ROOT / "notebooks" / "analyst_questions.ipynb", 4)
    NotebookClient(book, timeout=300, resources={"metadata": {"path": str(ROOT / "notebooks")}}).execute()
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    assert "the best tenth of the customers brings" in "\n".join(str(output.get("text", "")) for output in outputs)
    plots = [output for output in outputs if "application/vnd.plotly.v1+json" in output.get("data", {})]
    assert len(plots) == 6
