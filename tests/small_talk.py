"""Texts of the small shop's customers: two of each but every tenth, on one of two themes; some rows are dirty."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path

AS_OF = "2011-12-10"
SAID = {
    "delivery": ["the courier was late again", "package arrived late, tracking was wrong", "slow shipping and a late courier",
                 "delivery took weeks, the package was lost by the courier"],
    "price": ["great price and worth the money", "too expensive, not worth the money", "a bargain price with the discount",
              "the discount made the price a bargain"],
}  # fmt: skip
HEADER = ("customer_id", "ts", "text", "rating", "product_id")
TEXT = ["text.preprocessing.engine=spark-ml", "text.topics.method=nmf", "text.topics.topics=2", "hybrid.k_max=6",
        "text.vocabulary.min_documents=2", "hybrid.min_share=0.05", "text.sentiment.themes=all"]  # fmt: skip


def texts(customers: int = 60) -> list[tuple]:
    """The rows; the last four are a copy, one without a customer, one without a text and a short one."""
    rows = []
    for number in range(customers):
        theme = SAID["delivery" if number % 2 else "price"]
        for i in range(2 if number % 10 else 0):
            when = datetime(2011, 10, 1) + timedelta(days=number % 50, hours=i)
            text = theme[(number + i) % 4] + ("<br />really" if i else "")
            rows.append((f"{10_000 + number}.0", f"{when:%Y-%m-%d %H:%M:%S}", text, 1 + number % 5, f"P{number % 7}"))
    rows += [rows[0], ("", *rows[1][1:]), (*rows[1][:2], "", *rows[1][3:]), (*rows[1][:2], "ok", *rows[1][3:])]
    return rows


def write_texts(path: Path) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([HEADER, *texts()])
    return path


def arguments(root: Path, *settings: str) -> list[str]:
    """Of `audiences run`: the tables' root and the settings that fit so few texts."""
    return [part for one in (f"store.root={root}", *TEXT, *settings) for part in ("--set", one)]


def beside_the_shop(folder: Path) -> tuple[str, ...]:
    """The settings of a run of the shop's purchases and its customers' texts, as `talk_root` has them in its folder."""
    return (f"sources.transactions.path={folder / 'raw.csv'}", f"sources.reviews.path={folder / 'said.csv'}",
            "value_segments.k_max=4", "value_segments.starts=2")  # fmt: skip
