"""A small shop's lines with their sum, to be written in the layouts that people have."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from audiences import config
from audiences.scaffold.draft import Draft, draft
from audiences.scaffold.preview import Preview, preview


class Line(NamedTuple):
    """One line of an order."""

    order: int
    customer: int
    when: datetime
    product: int
    quantity: int
    price: Decimal

    @property
    def amount(self) -> Decimal:
        return self.quantity * self.price


def shop_lines(customers: int = 30, seed: int = 5) -> list[Line]:
    """Lines of a year, sorted by time: each customer orders two to five times; a product has one price."""
    draw = random.Random(seed)
    orders = []
    for customer in range(customers):
        for _ in range(draw.randrange(2, 6)):
            orders.append((datetime(2023, 1, 3, 8) + timedelta(minutes=draw.randrange(500_000)), customer))
    lines = []
    for number, (when, customer) in enumerate(sorted(orders)):
        for product in draw.sample(range(25), draw.randrange(1, 4)):
            price = Decimal(199 + 137 * product) / 100
            lines.append(Line(10_000 + number, 1000 + customer, when, product, draw.randrange(1, 7), price))
    return lines


def write_table(
    path: Path,
    header: Sequence[str],
    cells: Callable[[Line], Sequence[object]],
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
    above: str = "",
    lines: Sequence[Line] | None = None,
) -> Path:
    """A file of the shop's lines; `above` stands before the header as it is."""
    rows = [header, *(cells(line) for line in (shop_lines() if lines is None else lines))]
    text = above + "".join(delimiter.join(map(str, row)) + "\n" for row in rows)
    path.write_bytes(text.encode(encoding))
    return path


PLAIN_HEADER = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)


def plain_cells(line: Line) -> tuple[object, ...]:
    return (line.order, f"SKU{line.product:03}", f"ITEM {line.product}", line.quantity, f"{line.when:%Y-%m-%d %H:%M:%S}",
            line.price, line.customer, "Germany")  # fmt: skip


def total(lines: Sequence[Line] | None = None) -> Decimal:
    return sum((line.amount for line in (shop_lines() if lines is None else lines)), Decimal(0))


def settings_of(drafted: Draft, folder: Path) -> config.Settings:
    file = folder / "drafted.yaml"
    file.write_text(drafted.text, encoding="utf-8")
    return config.load([file], environment={})


def drafted_and_previewed(
    file: Path, folder: Path, assignments: Sequence[str] = ("currency=EUR",)
) -> tuple[Draft, config.Settings, Preview]:
    """What init makes of a file, its settings, and what a run would keep of it."""
    drafted = draft([file], assignments)
    settings = settings_of(drafted, folder)
    return drafted, settings, preview(settings)
