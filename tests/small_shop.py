"""A small shop's raw file: six columns, sixty customers of three kinds, seeded."""

from __future__ import annotations

import csv
import random
from datetime import datetime, timedelta
from pathlib import Path

HEADER = ("CustomerID", "InvoiceDate", "InvoiceNo", "StockCode", "Quantity", "UnitPrice")
END = datetime(2011, 12, 9)


def lines(customers: int = 60, seed: int = 1, first_invoice: int = 500_000) -> list[tuple]:
    """Purchase lines: big and frequent, middling, and long gone customers in turn."""
    draw = random.Random(seed)
    rows = []
    invoice = first_invoice
    for number in range(customers):
        orders, spend, gone = ((12, 60, 10), (4, 20, 60), (1, 8, 300))[number % 3]
        for _ in range(orders + draw.randrange(2)):
            invoice += 1
            when = END - timedelta(days=gone + draw.randrange(60), minutes=draw.randrange(600))
            for _ in range(draw.randrange(1, 4)):
                price = f"{spend * draw.uniform(0.05, 0.3):.2f}"
                rows.append((f"{10_000 + number}.0", f"{when:%Y-%m-%d %H:%M:%S}", str(invoice),
                             f"P{draw.randrange(40)}", str(draw.randrange(1, 9)), price))  # fmt: skip
    return rows


def write(path: Path, rows: list[tuple], header: tuple[str, ...] = HEADER, encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file).writerows([header, *rows])
    return path
