"""`audiences doctor`: what this machine has, line by line: ok, or what to do."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import pyspark

from audiences import jars
from audiences.config import Settings
from audiences.errors import AudiencesError, MachineError
from audiences.root import check_local_root


def examine(settings: Settings) -> list[dict[str, Any]]:
    """One row per check: check, status (ok or fault), detail."""
    checks: dict[str, Callable[[], str]] = {
        "Python": lambda: sys.version.split()[0],
        "Java": jars.check_java,
        "Spark": _spark,
        "Delta JARs": lambda: f"{len(jars.jars())} in {jars.jar_folder()}",
        "table root": lambda: _root(settings.store.root),
        "memory": lambda: _memory(settings.session.driver_memory),
        "cores": lambda: str(os.cpu_count()),
    }
    return [_examined(name, check) for name, check in checks.items()]


def _examined(name: str, check: Callable[[], str]) -> dict[str, Any]:
    try:
        return {"check": name, "status": "ok", "detail": check()}
    except AudiencesError as fault:
        return {"check": name, "status": "fault", "detail": " ".join(str(fault).split())}


def _spark() -> str:
    if jars.line() not in jars.LINES:
        raise MachineError(
            "this Spark line is not known here", found=pyspark.__version__, allowed=", ".join(jars.LINES)
        )
    return f"{pyspark.__version__} (line {jars.line()})"


def _root(root: str) -> str:
    check_local_root(root)
    return root


def _memory(heap: str) -> str:
    """The heap that the settings ask for must fit into what is free."""
    try:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return f"{heap} for the driver; free memory is not known on this system"
    asked = int(heap[:-1]) * {"k": 2**10, "m": 2**20, "g": 2**30}[heap[-1].lower()]
    if asked > free:
        raise MachineError(
            "the driver's heap does not fit", found=f"{free / 2**30:.1f} GiB free", allowed=heap,
            advice="--set session.driver_memory=1g",
        )  # fmt: skip
    return f"{heap} for the driver of {free / 2**30:.1f} GiB free"
