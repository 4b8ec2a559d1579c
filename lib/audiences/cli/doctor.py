"""`audiences doctor`: what this machine has, line by line: ok, or what to do."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import pyspark

from audiences.config import Preprocessing, Settings
from audiences.config.compute import compute
from audiences.errors import AudiencesError, MachineError
from audiences.spark import jars
from audiences.store.address import check_local_root


def examine(settings: Settings) -> list[dict[str, Any]]:
    """One row per check: check, status (ok or fault), detail."""
    # over Connect, Java and JARs are the other side's
    of_a_jvm: dict[str, Callable[[], str]] = {
        "Java": jars.check_java,
        "Delta JARs": lambda: f"{len(jars.jars())} in {jars.jar_folder()}",
    }
    checks: dict[str, Callable[[], str]] = {
        "Python": lambda: sys.version.split()[0],
        "Spark": _spark,
        "compute": _compute,
        **(of_a_jvm if compute() == "classic" else {}),
        "words": lambda: _words(settings.text.preprocessing),
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


def _compute() -> str:
    """Where Spark runs, and what cannot run there."""
    kind = compute()
    if kind == "classic":
        return "classic: all of Spark runs here"
    if jars.line() == "3.5":
        raise MachineError(
            "pyspark.ml does not run over Spark Connect on this line", found=f"{kind}, pyspark {pyspark.__version__}",
            allowed="Spark 4, or classic compute (on Databricks: dedicated)",
        )  # fmt: skip
    if kind == "serverless":
        raise MachineError(
            "serverless compute refuses cached frames, which the fits of segments, topics and DBSCAN keep",
            found=kind, allowed="classic compute (on Databricks: dedicated)",
        )  # fmt: skip
    return "Spark Connect: no JAR of one's own (Spark NLP's, Comet's), no RDDs, no progress of tasks"


def _words(preprocessing: Preprocessing) -> str:
    """Which engine makes tokens of texts."""
    engine, kind = preprocessing.chosen_engine, compute()
    if kind == "classic":
        return f"{engine} ({preprocessing.engine})"
    if engine == "spark-nlp":
        raise MachineError(
            "Spark NLP's JAR cannot be run over Spark Connect", where="text.preprocessing.engine",
            found=f"{engine}, {kind}", allowed="auto or spark-ml: its twin of pyspark.ml's parts",
        )  # fmt: skip
    return f"{engine} ({preprocessing.engine}): Spark NLP's JAR cannot be run over Spark Connect, its twin is taken"


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
