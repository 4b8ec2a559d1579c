"""A file of which a part has day and month the other way round is told by its own dates, and refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from audiences import schema
from audiences.config import load
from audiences.errors import QualityGateError
from audiences.scaffold.day_order import DayOrder
from audiences.sources.deliveries import figures
from audiences.sources.delivery_gates import check
from audiences.sources.swapped_dates import swapped_pattern

SETTINGS = load([], ["sources.transactions.timestamp_format=dd/MM/yyyy"], {})
GERMAN, AMERICAN = "%d/%m/%Y", "%m/%d/%Y"


def days(first: date, number: int, step: int = 1) -> list[date]:
    return [first + timedelta(days=step * place) for place in range(number)]


def figures_of(spark, files: dict[str, Sequence[str]]):
    body = [column for column in schema.landed_transactions.columns if column.name != "reader"]
    values = {"customer_id": "7", "line_amount": "2.50"}
    rows = [
        tuple({**values, "file": file, "position": place, "ts": cell}.get(column.name) for column in body)
        for file, cells in files.items()
        for place, cell in enumerate(cells)
    ]
    kind = type(schema.landed_transactions.schema)([column.field() for column in body])
    return figures(spark.createDataFrame(rows, kind), source="transactions", settings=SETTINGS)


def test_each_file_tells_its_order_by_itself(spark):
    january, year = date(2024, 1, 1), days(date(2023, 1, 1), 365)
    files = {
        # 20 days of March in the other order: those above 12 cannot be read, the others become days of other months
        "part": [f"{day:{GERMAN}}" for day in year] + [f"{day:{AMERICAN}}" for day in days(date(2024, 3, 1), 20)],
        # only days up to 12, so that every row can be read: they jump out of the range of the others
        "jumps": [f"{day:{GERMAN}}" for day in days(january, 40)]
        + [f"{day:{AMERICAN}}" for day in days(date(2024, 2, 3), 9)],
        "whole": [f"{day:{AMERICAN}}" for day in days(january, 60)],
        "right": [f"{day:{GERMAN}}" for day in year],
        "slip": [f"{day:{GERMAN}}" for day in year] + ["05/23/2023"],
        # a payment on the third of each month, and a few others in May
        "monthly": [f"03/{month:02}/2023" for month in range(1, 13)] + ["20/05/2023", "21/05/2023"],
    }
    found = figures_of(spark, files)
    by_hand = {
        "part": 8,  # the 13th to the 20th
        # 3 to 11 February become 2 March to 2 November; those after 9 February + 31 days = 11 March are far
        "jumps": 8,
        "whole": 60 - 12 * 2,  # days above 12 of January and of February up to the 29th
        "right": 0, "slip": 1, "monthly": 0,
    }  # fmt: skip
    assert {file: one.swapped for file, one in found.items()} == by_hand
    without_spark = DayOrder(SETTINGS.sources.transactions)
    for file, cells in files.items():
        for cell in cells:
            without_spark.add(cell, is_out_of_range=False)
        assert without_spark.evidence()[0] == by_hand[file], file
    with pytest.raises(QualityGateError) as fault:
        check(found, source="transactions", settings=SETTINGS)
    said = " ".join(str(fault.value).split())
    assert "part: 8 of 385 rows, such as 03/13/2024, 03/20/2024, tell that" in said
    assert "set timestamp_format to MM/dd/yyyy if all of it is written so" in said
    assert "gates.max_swapped_dates" in said
    assert not any(f"{file}: " in said for file in ("right", "slip", "monthly"))


@pytest.mark.parametrize(
    ("pattern", "swapped"),
    [
        ("dd/MM/yyyy", "MM/dd/yyyy"), ("M/d/yyyy H:mm", "d/M/yyyy H:mm"), ("d.M.yy", "M.d.yy"),
        ("yyyy-MM-dd HH:mm:ss", None), ("d MMM yyyy", None), ("yyyyMMdd", None), ("dd/MM/yyyy[ HH:mm]", "MM/dd/yyyy[ HH:mm]"),
    ],
)  # fmt: skip
def test_patterns_that_people_write_in_two_orders(pattern, swapped):
    assert swapped_pattern(pattern) == swapped
