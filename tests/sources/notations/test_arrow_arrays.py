"""Columns without Spark: each cell of an Arrow array is read as the functions for single cells read it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pyarrow

from audiences.sources.notations.arrow_arrays import identifier_array, number_array, time_array
from audiences.sources.notations.times import TimeForm


def test_numbers_stay_exact_and_faults_stand_beside_them():
    values, faults = number_array(pyarrow.array(["2,318.00", None, "x", "2,318.00", "(0.1)"]), precision=12, scale=4)
    assert values.type == pyarrow.decimal128(12, 4)
    assert values.to_pylist() == [Decimal("2318.0000"), None, None, Decimal("2318.0000"), Decimal("-0.1000")]
    assert faults.to_pylist() == [None, None, "no_number", None, None]


def test_chunks_are_one_column():
    cells = pyarrow.chunked_array([["1"], ["2", "1"]])
    assert number_array(cells, precision=3, scale=0)[0].to_pylist() == [Decimal(1), Decimal(2), Decimal(1)]


def test_times_are_in_utc():
    found = time_array(pyarrow.array(["2023-01-03 12:41", "NULL", None]), TimeForm("yyyy-MM-dd HH:mm", "Europe/Berlin"))
    assert found.to_pylist() == [datetime(2023, 1, 3, 11, 41), None, None]


def test_ids_that_are_nobodys_or_lost_are_null():
    ids, lost = identifier_array(
        pyarrow.array(["17850.0", "NULL", "1.2352E+07", None, "1.2346034E7"]), suffix_pattern=r"\.0+$"
    )
    assert ids.to_pylist() == ["17850", None, None, None, "12346034"]
    assert lost.to_pylist() == [False, False, True, False, False]


def test_an_empty_column_stays_empty():
    assert len(number_array(pyarrow.array([], pyarrow.string()), precision=3, scale=0)[0]) == 0
