"""Files of one shop that belong together: lines that name an order, the orders, and perhaps the people behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from audiences.errors import InputError
from audiences.scaffold.cells import Cells
from audiences.scaffold.names import NONE, rank
from audiences.scaffold.sample import Sample

JOINED = "orders_with_lines.csv"
_MONEY = ("unit_price", "line_amount")
_NEARLY_UNIQUE = 0.95
_KNOWN_SHARE = 0.5


@dataclass(frozen=True)
class Shop:
    """Which file is which.

    Args:
        lines, orders: lines with money and an order's number; orders with a customer and a time.
        order: the column of the order's number, in both.
        people: a file that leads from the orders' customer to a person, where there is one.
        customer, person: the column of the customer in `orders` and `people`, and that of the person in `people`.
        repeated: order numbers of the sample that stand in more than one row of `orders`.
    """

    lines: Sample
    orders: Sample
    order: str
    people: Sample | None = None
    customer: str | None = None
    person: str | None = None
    repeated: int = 0


def check_is_one_file(samples: Sequence[Sample]) -> None:
    """Raises InputError where the files are lines and orders of one shop; it says how they become one file."""
    shop = shop_of(samples)
    if shop is None:
        return
    files = [sample.path for sample in (shop.lines, shop.orders, shop.people) if sample is not None]
    raise InputError(
        "these files are the lines and the orders of one shop: purchases are read from one file that holds both",
        where=", ".join(files), found="; ".join(_found(shop)),
        advice=f"join them, then draft from the result: {join_command(shop)} && audiences init {JOINED}",
    )  # fmt: skip


def shop_of(samples: Sequence[Sample]) -> Shop | None:
    """The files by what they hold; None where they are no lines and orders."""
    if len(samples) < 2:
        return None
    tables = {sample.path: [Cells(name, sample.column(place)) for place, name in enumerate(sample.header)]
              for sample in samples}  # fmt: skip
    orders = [one for one in samples if _named(tables[one.path], "customer_id") and _has_time(tables[one.path])]
    lines = [
        one for one in samples
        if not _named(tables[one.path], "customer_id") and any(_named(tables[one.path], name) for name in _MONEY)
    ]  # fmt: skip
    for of_lines in lines:
        for of_orders in orders:
            key = _key(of_lines, of_orders, tables)
            if key is not None:
                repeated = sum(times > 1 for times in key.counted.values())
                people = _people(of_orders, samples, tables)
                return Shop(of_lines, of_orders, key.name, *people, repeated=repeated)
    return None


def join_command(shop: Shop) -> str:
    """A line for the shell that writes the joined file; every cell stays as it is written."""
    joined = f"read({shop.lines.path!r}).join(read({shop.orders.path!r}).distinct(), {shop.order!r}, how='left')"
    if shop.people is not None:
        joined += f".join(read({shop.people.path!r}).distinct(), {shop.customer!r}, how='left')"
    return (
        'python -c "import duckdb; read = lambda file: duckdb.read_csv(file, all_varchar=True); '
        f'{joined}.write_csv({JOINED!r})"'
    )


def _found(shop: Shop) -> Iterator[str]:
    yield f"{Path(shop.orders.path).name} has one row for each {shop.order}, {Path(shop.lines.path).name} names it"
    if shop.person is not None:
        yield f"{shop.customer} is another one for every order: {shop.person} is the person"
    if shop.repeated:
        yield f"{shop.repeated:,} orders of the sample stand more than once: where such rows differ, their lines double"


def _named(columns: Sequence[Cells], canonical: str) -> list[Cells]:
    return [column for column in columns if rank(column.name, canonical)[0] != NONE]


def _has_time(columns: Sequence[Cells]) -> bool:
    return any(column.readings for column in _named(columns, "ts"))


def _key(lines: Sample, orders: Sample, tables: dict[str, list[Cells]]) -> Cells | None:
    """The column of the orders that the lines name; its values differ from row to row there."""
    of_lines = {column.name: column for column in tables[lines.path]}
    for column in _named(tables[orders.path], "invoice_id"):
        other = of_lines.get(column.name)
        if other is None or not column.filled or column.distinct < _NEARLY_UNIQUE * len(column.filled):
            continue
        known = other.share(lambda cell: cell in column.counted)  # noqa: B023 - called at once
        if known >= _KNOWN_SHARE or not (lines.is_whole and orders.is_whole):
            return column
    return None


def _people(
    orders: Sample, samples: Sequence[Sample], tables: dict[str, list[Cells]]
) -> tuple[Sample | None, str | None, str | None]:
    """The file in which several of the orders' customers are one person, with both columns."""
    for customer in _named(tables[orders.path], "customer_id"):
        for sample in samples:
            names = [column.name for column in tables[sample.path]]
            if sample is orders or customer.name not in names:
                continue
            persons = [one for one in _named(tables[sample.path], "customer_id") if one.name != customer.name]
            if persons:
                return sample, customer.name, persons[0].name
    return None, None, None
