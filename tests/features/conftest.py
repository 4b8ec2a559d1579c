"""Tiny transactions for the tests of the features."""

from __future__ import annotations

import pytest

from audiences import schema
from audiences.config import Behaviour
from audiences.features import customer_days, orders


@pytest.fixture
def transactions(spark):
    """transactions(line(…), …) -> the clean frame."""
    return lambda *lines: spark.createDataFrame(list(lines), schema.transactions.schema)


@pytest.fixture
def days(transactions):
    """days(line(…), …) -> customer_days of these lines."""

    def make(*lines, behaviour=None):
        frame = transactions(*lines)
        return customer_days(frame, orders=orders(frame), behaviour=behaviour or Behaviour())

    return make


@pytest.fixture
def body():
    """Checks names and types against the declared table, then gives the rows, sorted by key."""

    def check(frame, table):
        found = [(field.name, field.dataType.simpleString()) for field in frame.schema.fields]
        assert found == [(column.name, column.type.simpleString()) for column in table.body]
        order = [name for name in table.key if name in frame.columns] or ["customer_id"]
        return frame.orderBy(*order).collect()

    return check
