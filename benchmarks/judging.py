"""What judging raw rows costs beside reading them: seconds with interpreted and with compiled plans, and calls into the JVM.

.venv-3.5/bin/python benchmarks/judging.py FILE [--config conf/online_retail.yaml] [--rounds 2]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from typing import Any

from py4j.clientserver import ClientServerConnection
from pyspark.sql import DataFrame

from audiences.config import load
from audiences.sources import transactions
from audiences.sources.connectors.files import raw_rows
from audiences.sources.deliveries import figures
from audiences.spark.session import compiled, get_spark


def calls_of(work: Callable[[], Any]) -> int:
    """How often Python calls into the JVM while it works."""
    plain, counted = ClientServerConnection.send_command, [0]

    def counting(self: Any, *given: Any, **named: Any) -> Any:
        counted[0] += 1
        return plain(self, *given, **named)

    ClientServerConnection.send_command = counting
    try:
        work()
    finally:
        ClientServerConnection.send_command = plain
    return counted[0]


def seconds_of(frame: Callable[[], DataFrame], rounds: int) -> str:
    """Of writing the frame nowhere, round by round."""
    taken = []
    for _ in range(rounds):
        started = time.monotonic()
        frame().write.format("noop").mode("overwrite").save()
        taken.append(f"{time.monotonic() - started:.1f}")
    return ", ".join(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--config", default="conf/online_retail.yaml")
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args()
    settings = load([given.config], [f"sources.transactions.path={given.file}"], {})
    spark, source = get_spark(settings.session), settings.sources.transactions
    raw = raw_rows(spark, [given.file], source, setting="sources.transactions")
    rules: dict[str, Any] = {
        "source": source, "cleaning": settings.cleaning, "time_zone": settings.time_zone, "currency": settings.currency,
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        raw.write.mode("overwrite").parquet(f"{folder}/landed")
        landed = spark.read.parquet(f"{folder}/landed").repartition(2).cache()
        print(f"{landed.count():,} rows")
        for time_of in ("first", "second"):
            print(
                f"calls into the JVM of judge, {time_of} time:", calls_of(lambda: transactions.judge(landed, **rules))
            )
        for is_compiled in (False, True):
            with compiled(spark, is_worth_it=is_compiled):
                print("compiled" if is_compiled else "as the session has it")
                print("  read the files       ", seconds_of(lambda: raw, given.rounds))
                alone = lambda: transactions.judge(landed, **rules, among_others=False).select("reasons", "amount")  # noqa: E731
                print("  judge alone          ", seconds_of(alone, given.rounds))
                print("  judge among others   ", seconds_of(lambda: transactions.judge(landed, **rules), given.rounds))
                started = time.monotonic()
                figures(raw, source="transactions", settings=settings)
                print(f"  judge a delivery      {time.monotonic() - started:.1f}")


if __name__ == "__main__":
    main()
