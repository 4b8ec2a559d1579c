"""The Databricks job of the bundle, written from the tasks: `python -m audiences.orchestration.databricks`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from audiences.orchestration.tasks import Task, tasks

_HEADER = """\
# Written by `make docs` from the tasks in lib/audiences/orchestration/tasks.py; a test keeps it equal to them.
# A task per group of the pipeline, then the whole run: it finds what they made and publishes. A task that is run again
# finds its finished stages, so retries are cheap and safe.
"""

_CLUSTER = {
    "job_cluster_key": "main",
    "new_cluster": {
        "spark_version": "16.4.x-scala2.12",
        "node_type_id": "${var.node_type_id}",
        "data_security_mode": "SINGLE_USER",
        "autoscale": {"min_workers": 1, "max_workers": "${var.workers}"},
    },
}

_SETTINGS = (
    "--as-of", "{{job.parameters.as_of}}", "--config", "{{job.parameters.config}}", "--set", "store.root=${var.root}",
    "--set", "sources.transactions.path=${var.input}",
)  # fmt: skip


def job(of: Sequence[Task]) -> dict[str, Any]:
    """The bundle's resource `jobs.audiences` as a mapping: job parameters, schedule, cluster, one task per `Task`."""
    return {
        "name": "audiences",
        "max_concurrent_runs": 1,
        "parameters": [
            # only events before this day 00:00 count
            {"name": "as_of", "default": "{{job.trigger.time.iso_date}}"},
            {"name": "config", "default": "${var.config}"},
        ],
        "schedule": {"quartz_cron_expression": "0 0 4 ? * MON", "timezone_id": "UTC"},
        "job_clusters": [_CLUSTER],
        "tasks": [_task(task) for task in of],
    }


def _task(task: Task) -> dict[str, Any]:
    after = {"depends_on": [{"task_key": name} for name in task.after]} if task.after else {}
    return {
        "task_key": task.name,
        **after,
        "job_cluster_key": "main",
        "max_retries": task.retries,
        "libraries": [{"whl": "../dist/*.whl"}],
        "python_wheel_task": {
            "package_name": "audiences",
            "entry_point": "audiences",
            "parameters": [*task.command, *_SETTINGS],
        },
    }


def bundle_resource() -> str:
    """The text of `resources/audiences.job.yml`."""
    tree = {"resources": {"jobs": {"audiences": job(tasks())}}}
    return _HEADER + yaml.safe_dump(tree, sort_keys=False, width=120)


if __name__ == "__main__":
    print(bundle_resource(), end="")
