"""Every notebook runs from top to bottom over the tables of a real run."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import newcomers_shop
import pytest
from killed import SMALL
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_there_is_a_notebook_and_none_carries_old_output():
    assert NOTEBOOKS
    for path in NOTEBOOKS:
        for cell in nbformat.read(path, 4).cells:
            assert not cell.get("outputs"), f"{path.name}: clear the outputs before committing"


@pytest.fixture
def executed(monkeypatch):
    """A function: the outputs of a notebook run over the tables of a root."""

    def run(name: str, root: Path) -> list:
        monkeypatch.setenv("AUDIENCES_TABLES", str(root))
        monkeypatch.setenv("PYTHONPATH", str(ROOT / "lib"))
        book = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", 4)
        NotebookClient(book, timeout=300, resources={"metadata": {"path": str(ROOT / "notebooks")}}).execute()
        return [output for cell in book.cells for output in cell.get("outputs", [])]

    return run


def text_of(outputs: list) -> str:
    return "\n".join(str(output.get("text", "")) + str(output.get("data", "")) for output in outputs)


def plots_in(outputs: list) -> int:
    return sum("application/vnd.plotly.v1+json" in output.get("data", {}) for output in outputs)


def test_the_walkthrough_of_segments(small_shop_root, executed):
    text = text_of(executed("segments_walkthrough", small_shop_root))
    assert "raw rows = " in text
    assert "knee of the inertia curve" in text
    assert "a typical customer" in text


@pytest.mark.slow
def test_the_walk_from_activity_to_anomalies(activity_root, executed):
    outputs = executed("users_and_anomalies", activity_root)
    text = text_of(outputs)
    assert "density.eps is null, so the suggestion is taken" in text
    assert "3 of 3 known anomalies are called anomalous" in text
    assert plots_in(outputs) == 2


@pytest.mark.slow
def test_the_questions_of_an_analyst(two_runs_root, executed):
    outputs = executed("analyst_questions", two_runs_root)
    assert "the best tenth of the customers brings" in text_of(outputs)
    assert plots_in(outputs) == 6


@pytest.mark.slow
def test_the_walk_from_texts_to_hybrid_segments(talk_root, executed):
    outputs = executed("what_customers_say", talk_root)
    text = text_of(outputs)
    assert "108 texts were kept, 4 reasons were found to refuse others" in text
    assert "nmf with 2 topics is fixed by the settings" in text
    assert "worst liked: delivery" in text
    assert "hybrid segments of 60 customers" in text
    assert "Promise a date and keep them posted" in text
    assert plots_in(outputs) == 4


@pytest.mark.usefixtures("quick_jvms")
@pytest.mark.slow
def test_the_walk_from_early_days_to_scores(newcomers_root, tmp_path, executed, monkeypatch):
    tables = shutil.copytree(newcomers_root, tmp_path / "tables")
    monkeypatch.setenv("AUDIENCES_AS_OF", newcomers_shop.AS_OF)
    settings = [part for one in (*newcomers_shop.SETTINGS, *SMALL) for part in ("--set", one.replace(" ", ""))]
    monkeypatch.setenv("AUDIENCES_SETTINGS", " ".join(settings))
    outputs = executed("newcomers", tables)
    text = text_of(outputs)
    assert "exit 0 (0: the model may be used" in text
    assert "gate_macro_f1 passed - macro F1" in text
    assert "nearest_centre" in text
    assert "the window is open" in text
    assert " ms" in text
    assert plots_in(outputs) == 2
