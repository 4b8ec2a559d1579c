"""Estimates: units, monotonicity, and the same figures in code and documentation. No speed is asserted."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from audiences import sizing

DOC = Path(__file__).resolve().parent.parent / "docs" / "sizing.md"
FIGURES = (
    "core_seconds", "seconds", "shuffle_partitions", "table_bytes", "scratch_bytes", "core_hours", "memory_bytes",
)  # fmt: skip


def test_the_document_holds_the_tables_of_the_code():
    assert sizing.as_markdown() in DOC.read_text(), "run: make docs"


def test_more_rows_never_need_less_and_more_customers_neither():
    by_rows = [sizing.estimate(rows=10**power, cores=8) for power in range(11)]
    by_customers = [sizing.estimate(rows=10**8, customers=10**power, cores=8) for power in range(8)]
    for estimates in (by_rows, by_customers):
        for less, more in pairwise(estimates):
            assert all(getattr(less, name) <= getattr(more, name) for name in FIGURES)
    assert by_rows[10].seconds > by_rows[5].seconds


def test_more_cores_are_never_slower_and_never_cheaper_than_the_work():
    estimates = [sizing.estimate(rows=10**8, cores=cores) for cores in (1, 2, 4, 8, 16, 64)]
    assert all(less.seconds >= more.seconds for less, more in pairwise(estimates))
    assert len({one.core_seconds for one in estimates}) == 1
    assert all(one.cores * one.seconds >= one.core_seconds for one in estimates)


def test_units():
    one = sizing.estimate(rows=4_000_000, customers=50_000, cores=2)
    work = 4 * sizing.CORE_SECONDS_PER_MILLION_ROWS + 0.05 * sizing.CORE_SECONDS_PER_MILLION_CUSTOMERS
    assert one.core_seconds == pytest.approx(sizing.FIXED_CORE_SECONDS + work)
    assert one.seconds == pytest.approx(sizing.FIXED_SECONDS + work / 2)
    assert one.core_hours == pytest.approx(2 * one.seconds / 3600)
    assert one.cost(0.1) == pytest.approx(one.core_hours / 10)
    assert one.memory_bytes == sizing.DRIVER_MEMORY + 2 * sizing.MEMORY_PER_CORE
    partition = one.rows * sizing.SHUFFLE_BYTES_PER_ROW / one.shuffle_partitions
    assert partition <= sizing.SHUFFLE_PARTITION
    assert sizing.estimate(rows=0, cores=3).shuffle_partitions == 3
    assert sizing.estimate(rows=10**9, cores=32).executors == 8


def test_rows_follow_from_bytes_format_and_packing():
    mib = 2**20
    plain = sizing.rows_in([("a.csv", mib), ("b.csv", mib)], "csv")
    assert plain == round(2 * mib / sizing.BYTES_PER_ROW["csv"])
    assert sizing.rows_in([("a.csv.gz", mib)], "csv") > plain / 2
    assert sizing.rows_in([("a.csv", mib), ("b.CSV.GZ", mib)], "csv") == pytest.approx(
        sizing.rows_in([("a.csv", mib)], "csv") + sizing.rows_in([("b.csv.gz", mib)], "csv"), abs=1
    )
    assert sizing.rows_in([("part-0.parquet", mib)], "parquet") == round(mib / sizing.BYTES_PER_ROW["parquet"])
    assert sizing.rows_in([("table", 0)], "delta") is None


@pytest.mark.parametrize("rows", [10**6, 10**8, 10**10])
def test_the_cores_for_a_time_are_enough_and_fewer_are_not(rows):
    cores = sizing.cores_for(rows=rows, seconds=7200)
    assert sizing.estimate(rows=rows, cores=cores).seconds <= 7200
    step = 1 if cores <= sizing.CORES_PER_EXECUTOR else sizing.CORES_PER_EXECUTOR
    if cores > step:
        assert sizing.estimate(rows=rows, cores=cores - step).seconds > 7200
    with pytest.raises(ValueError, match="however many cores"):
        sizing.cores_for(rows=rows, seconds=sizing.FIXED_SECONDS)


def test_words_name_the_setting_and_the_doubt():
    said = sizing.in_words(sizing.estimate(rows=20_000_000, customers=250_000, cores=4))
    assert "about 20,000,000 rows of 250,000 customers" in said
    assert "session.shuffle_partitions=" in said
    assert "an order of magnitude" in said
