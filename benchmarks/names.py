"""What writing down a plan costs: milliseconds per call of Spark's Python functions, with names looked up once and not.

    python benchmarks/names.py

Two processes, each with a session of its own: one as `get_spark` leaves it, one (plain) without its looking up of names and
with Spark 4's noting of the Python line of each column, which 3.5 does not know.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable

CALLS = 300


def measured() -> dict[str, float]:
    """Milliseconds per call, after as many calls to warm up."""
    from pyspark.ml.feature import StandardScaler
    from pyspark.sql import functions as F

    column = F.col("a")
    some: dict[str, Callable[[], object]] = {
        "column + 1": lambda: column + 1,
        "F.col": lambda: F.col("a"),
        "F.sum": lambda: F.sum("a"),
        "F.when": lambda: F.when(F.col("a") > 1, 2).otherwise(3),
        "F.transform": lambda: F.transform("a", lambda x: x + 1),
        "StandardScaler": StandardScaler,
    }
    found = {}
    for name, call in some.items():
        for _ in range(CALLS):
            call()
        started = time.perf_counter()
        for _ in range(CALLS):
            call()
        found[name] = (time.perf_counter() - started) / CALLS * 1000
    return found


def child(*, is_plain: bool) -> None:
    from audiences.config import Session
    from audiences.spark import session

    options = {}
    if is_plain:
        session._NAMES = ()
        options = {"spark.python.sql.dataFrameDebugging.enabled": "true"}
    spark = session.get_spark(Session(is_short=True, options=options))
    print(json.dumps(measured()))
    spark.stop()


def main() -> None:
    if len(sys.argv) > 1:
        child(is_plain=sys.argv[1] == "plain")
        return
    plain, once = (
        json.loads(
            subprocess.run([sys.executable, __file__, how], stdout=subprocess.PIPE, text=True, check=True).stdout
        )
        for how in ("plain", "once")
    )
    print(f"{'call':<16} {'plain, ms':>10} {'once, ms':>10} {'ratio':>6}")
    for name, milliseconds in plain.items():
        print(f"{name:<16} {milliseconds:>10.3f} {once[name]:>10.3f} {milliseconds / once[name]:>6.1f}")


if __name__ == "__main__":
    main()
