"""The Databricks bundle, checked offline: fields by databricks-bundles, the task graph against the pipeline."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from audiences.cli.app import app
from audiences.config import load
from audiences.engine.stage import stage_of
from audiences.orchestration.databricks import bundle_resource
from audiences.orchestration.tasks import tasks
from audiences.pipeline.stages import GROUPS, STAGES

ROOT = Path(__file__).resolve().parent.parent
BUNDLE = yaml.safe_load((ROOT / "databricks.yml").read_text())
JOB = yaml.safe_load((ROOT / "resources" / "audiences.job.yml").read_text())["resources"]["jobs"]["audiences"]
TASKS = {task["task_key"]: task for task in JOB["tasks"]}


def groups_of(key: str) -> list[str]:
    """The groups that a task runs: what stands before the first option, after `run`."""
    words = TASKS[key]["python_wheel_task"]["parameters"]
    return list(words[1 : words.index("--as-of")])


def before(key: str) -> set[str]:
    above = {one["task_key"] for one in TASKS[key].get("depends_on", [])}
    return above | {task for one in above for task in before(one)}


def test_every_field_is_one_that_databricks_knows():
    jobs = pytest.importorskip("databricks.bundles.jobs", reason="databricks-bundles is not installed")
    job = jobs.Job.from_dict(JOB)
    assert [task.task_key for task in job.tasks] == list(TASKS)
    with pytest.raises((TypeError, ValueError)):
        jobs.Job.from_dict({**JOB, "no_such_field": 1})


def test_the_committed_job_is_the_one_that_the_tasks_give():
    assert (ROOT / "resources" / "audiences.job.yml").read_text() == bundle_resource(), "make docs writes it anew"


def test_without_texts_and_activity_their_tasks_are_not_there():
    settings = load([], ["sources.transactions.path=x"])
    assert [task.name for task in tasks(settings)] == ["ingest", "features", "segments", "publish"]
    assert {task.name: task.after for task in tasks(settings)} == {
        "ingest": (), "features": ("ingest",), "segments": ("features",), "publish": ("segments",),
    }  # fmt: skip
    assert [task.name for task in tasks(load([], ["sources.reviews.path=x"]))] == [
        "ingest",
        "text",
        "segments",
        "publish",
    ]


def test_the_tasks_are_the_groups_and_then_the_whole_run():
    assert [groups_of(key) for key in TASKS] == [*([group] for group in GROUPS), []]
    assert list(TASKS) == [*GROUPS, "publish"]


def test_a_task_comes_after_the_tasks_whose_tables_it_reads():
    made_by = {stage.name: group for group, stages in GROUPS.items() for stage in stages}
    for key in TASKS:
        stages = STAGES if key == "publish" else GROUPS[key]
        needed = {made_by[stage_of(need).name] for stage in stages for need in stage.needs.values()
                  if stage_of(need).name in made_by}  # fmt: skip
        assert needed - {key} <= before(key), key
    assert before("publish") == set(GROUPS)


def test_the_parameters_are_options_of_the_command_line():
    shown = CliRunner().invoke(app, ["run", "--help"]).output
    for task in JOB["tasks"]:
        for word in task["python_wheel_task"]["parameters"]:
            assert not word.startswith("--") or word in shown, word
    assert {one["name"] for one in JOB["parameters"]} == {"as_of", "config"}


def test_variables_are_declared_and_nothing_is_secret():
    text = "\n".join((ROOT / name).read_text() for name in ("databricks.yml", "resources/audiences.job.yml"))
    assert set(re.findall(r"\$\{var\.(\w+)\}", text)) == set(BUNDLE["variables"])
    assert not re.search(r"(?i)\b(token|password|secret|host|dapi\w+)\s*:", text)
    assert BUNDLE["targets"]["dev"]["default"] is True
    assert BUNDLE["targets"]["prod"]["mode"] == "production"
    assert 'entry_points={"console_scripts": ["audiences=' in (ROOT / "setup.py").read_text()
