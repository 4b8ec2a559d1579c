"""Audience segmentation on Spark and Delta Lake.

`audiences.run(...)` and the other functions of `audiences.api` are found here too. They are imported when first
used, so that `import audiences` starts nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audiences.api import (
        Plan,
        RunResult,
        Training,
        check,
        check_training,
        deliveries,
        experiment_power,
        explain,
        export,
        export_arm,
        export_model,
        generate,
        history,
        load_settings,
        maintain,
        plan,
        query,
        read_experiment,
        run,
        running_experiments,
        runs,
        score,
        start_experiment,
        train,
        verify,
        withdraw,
        write_report,
    )

__version__ = "0.1.0"

__all__ = [
    "Plan",
    "RunResult",
    "Training",
    "check",
    "check_training",
    "deliveries",
    "experiment_power",
    "explain",
    "export",
    "export_arm",
    "export_model",
    "generate",
    "history",
    "load_settings",
    "maintain",
    "plan",
    "query",
    "read_experiment",
    "run",
    "running_experiments",
    "runs",
    "score",
    "start_experiment",
    "train",
    "verify",
    "withdraw",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from audiences import api

    return getattr(api, name)
