"""A shop whose customers show in their first days what becomes of them: regulars, now-and-thens, and one-timers."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

import small_shop

from audiences.config import load
from audiences.store.delta import Store

SCORE = (
    "customer_id",
    "segment",
    "probability",
    "runner_up",
    "runner_up_probability",
    "reasons",
    "unscorable",
    "first_day",
)
"""The columns of a score that do not name what it was made with."""
END = datetime(2011, 12, 9)
AS_OF = "2011-12-10"
SETTINGS = (
    "value_segments.choose=fixed", "value_segments.k=3", "value_segments.starts=2", "scoring.window_days=20",
    "scoring.mature_days=60", "scoring.min_customers=20", "scoring.grid={trees: [15], depth: [3, 4]}",
)  # fmt: skip


def lines(customers: int = 180, seed: int = 5) -> list[tuple]:
    """A third each; the days of acquisition are spread over 300 days, the last ones too young to be settled."""
    draw = random.Random(seed)
    rows, invoice = [], 600_000
    for number in range(customers):
        first = END - timedelta(days=2 + (number * 37) % 300, minutes=draw.randrange(600))
        every, price, most = ((9, 40, 3), (45, 15, 2), (999, 6, 1))[number % 3]
        when = first
        while when < END:
            invoice += 1
            for _ in range(draw.randrange(1, most + 1)):
                rows.append((f"{20_000 + number}.0", f"{when:%Y-%m-%d %H:%M:%S}", str(invoice), f"P{draw.randrange(30)}",
                             str(draw.randrange(1, 6)), f"{price * draw.uniform(0.3, 1.2):.2f}"))  # fmt: skip
            when += timedelta(days=every * draw.uniform(0.6, 1.4))
    return rows


def arguments(folder: Path, *more: str) -> list[str]:
    """--set of a store and a raw file under the folder."""
    settings = [f"store.root={folder / 'tables'}", f"sources.transactions.path={folder / 'raw'}", *SETTINGS, *more]
    return [part for one in settings for part in ("--set", one)]


def deliver(folder: Path) -> None:
    small_shop.write(folder / "raw" / "one.csv", lines())


def store_of(spark, folder: Path) -> Store:
    return Store(spark, load([], [f"store.root={folder / 'tables'}"], {}).store)
