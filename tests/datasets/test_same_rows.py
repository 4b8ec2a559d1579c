"""The rows depend on the arguments and on nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from audiences.datasets import activity, attributes, reviews, transactions, truth
from audiences.errors import ConfigError

Make = Callable[..., DataFrame]


def _transactions(spark, **changes):
    return transactions(spark, **{"customers": 150, "days": 90, "seed": 7, **changes})


def _activity(spark, **changes):
    return activity(spark, **{"customers": 150, "days": 14, "seed": 7, **changes})


def _reviews(spark, **changes):
    return reviews(spark, **{"customers": 150, "days": 90, "seed": 7, **changes})


def _truth(spark, **changes):
    return truth(spark, **{"customers": 150, "seed": 7, **changes})


def _attributes(spark, **changes):
    return attributes(spark, **{"customers": 150, "seed": 7, **changes})


EVERY_SET = pytest.mark.parametrize(
    "make",
    [_transactions, _activity, _reviews, _attributes, _truth],
    ids=["transactions", "activity", "reviews", "customers", "truth"],
)


def _fingerprint(rows: DataFrame) -> tuple[int, int]:
    """Rows and the sum of their hashes: the same for the same rows in any order, copies counted."""
    hashes = rows.select(F.xxhash64(*rows.columns).cast("decimal(38,0)").alias("hash"))
    count, total = hashes.agg(F.count("*"), F.sum("hash")).collect()[0]
    return int(count), int(total)


@EVERY_SET
def test_the_rows_do_not_depend_on_the_number_of_partitions(spark, make: Make) -> None:
    in_many = make(spark, partitions=7)
    assert in_many.select(F.spark_partition_id()).distinct().count() > 1
    assert _fingerprint(make(spark, partitions=1)) == _fingerprint(in_many)


@EVERY_SET
def test_the_same_seed_makes_the_same_rows_and_another_seed_others(spark, make: Make) -> None:
    rows = _fingerprint(make(spark))
    assert _fingerprint(make(spark)) == rows
    assert _fingerprint(make(spark, seed=8)) != rows


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        pytest.param(_transactions, (1592, -163044121189744355943), id="transactions"),
        pytest.param(_activity, (6228, 160249780988252695819), id="activity"),
        pytest.param(_reviews, (464, -91807731695363766643), id="reviews"),
        pytest.param(_truth, (150, 70057930102400728587), id="truth"),
    ],
)
def test_the_rows_are_the_stated_ones_on_every_spark_line(spark, make: Make, expected: tuple[int, int]) -> None:
    """Other figures here mean other data for everybody: raise `REVISION` in audiences.datasets.write with them."""
    assert _fingerprint(make(spark)) == expected


def test_a_customer_is_the_same_among_more_customers(spark) -> None:
    few, many = _transactions(spark, customers=20), _transactions(spark, customers=150)
    assert few.exceptAll(many).isEmpty()


def test_another_start_moves_the_rows_in_time(spark) -> None:
    rows = _activity(spark).agg(F.min("ts"), F.max("ts")).collect()[0]
    moved = _activity(spark, start=date(2024, 1, 8)).agg(F.min("ts"), F.max("ts")).collect()[0]
    assert [(after - before).days for before, after in zip(rows, moved, strict=True)] == [7, 7]


@pytest.mark.parametrize("make", [_transactions, _activity, _reviews], ids=["transactions", "activity", "reviews"])
def test_no_days_and_no_customers_are_refused(spark, make: Make) -> None:
    with pytest.raises(ConfigError, match="days"):
        make(spark, days=0)
    with pytest.raises(ConfigError, match="customers"):
        make(spark, customers=0)
