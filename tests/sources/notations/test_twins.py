"""One definition, two engines: what Spark reads in a cell is what Python reads, value by value and fault by fault."""

from __future__ import annotations

import random
import unicodedata
from datetime import datetime, timedelta

import pytest
from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences.config.notations import NOBODY
from audiences.sources.notations.currencies import currency_column, currency_of_cell
from audiences.sources.notations.identifiers import composed, identifier_is_lost, identifier_value, read_identifier
from audiences.sources.notations.number_columns import number_fault, number_value
from audiences.sources.notations.numbers import NOTATIONS, read_number
from audiences.sources.notations.placeholders import is_placeholder, placeholder
from audiences.sources.notations.times import TimeForm, read_time, time_value

KIND = T.DecimalType(12, 4)
NUMBERS = [
    "1,369.00", "$12.50", "12,50 €", "1\u00a0234,50", "1'234.50", "1’234.50", "(1)", "6,000", "2,318.00", "−5", "'-12",
    "12.00-", "12,00- EUR", "-$12", "$-12", "($12)", "Rs. 1,200.50", "12,-", "12.--", "15%", "% 15", "1e5", "1E+03",
    "1.5e-3", "1e-999999999", "1e400", "2.5500000000000003", "0.33333333", "99999999.99", "999999999", "1.", "..", ".5",
    "", "  ", "NULL", "1,23,456.78", "12€50", "0,123", "0.123", "1.234", "1.234.567", "1,234,567", "１２３", "١٢٣٫٥",
    "1\t2", "12\n€", "12\r€", "\t12\r", "--5", "(-5)", "5-5", "- 5", "99999999999999999999", "000000000000000000000012",
    "-0.00", "0.00004999999999", "1,5E3", "USD 1,000.00", "CHF 1'234.50", "1.234,50 kr.", "12.5.3", "1,23", "1 23",
    "\ufeff12", "12\u200b", "R$ 1.234,56", "99999999.99995", "0x1A", "1_000", "Infinity", "NaN", "1d", "12L",
]  # fmt: skip
MONEY = [
    "USD 73.72", "EUR 5.97", "€18.43", "$1.99", "-$5", "($5)", "5 kr.", "5.00-€", "$12.00 CAD", "CAD 12$", "US$ 5", "R$5",
    "5", "-5", ".5", "5,-", "EUR", "Total EUR", "5 pieces", "12,50\u00a0€", "'€5", "￥5", "", "NULL", "1.234,50 Kč", "5 Fr.",
]  # fmt: skip
IDS = [
    "17850.0", "1.2346034E7", "1.2352E+07", "1.2352E7", "1.0E7", "1.2346034E+07", "1E+07", "12E4", "1e5", "1.5E0", "9.1E15",
    "1.234567890123456E15", "1.23456789012345E14", "1016\u00a0", "\u200b1016\t", "1016\r", " ", "", "e\u0301", "NULL", "nan",
    "N/A", "Guest", "0", "-1", "\\N", "1,2352E+07", "A.0", "İd", "ßX", "u\u031b\u0309", "Ab C",
]  # fmt: skip

TIMES = {
    "yyyy-MM-dd HH:mm:ss": ["2023-01-03 12:41:00", "2023-02-30 00:00:00", "2023-01-03 24:00:00", "2023-01-03 12:41:60",
                            "0000-00-00 00:00:00", "2023-03-26 02:30:00", "2023-10-29 02:30:00",
                            "2023-01-03\u00a012:41:00", " 2023-01-03 12:41:00\r", "2023-1-3 12:41:00", "NULL", ""],
    "yyyy-M-d": ["2023-1-3", "2023-001-3", "2023-13-1"],
    "d/M/yyyy H:mm": ["3/1/2023 5:41", "31/4/2023 5:41", "03/01/2023 23:59"],
    "dd/MM/yy": ["03/01/99", "03/01/00", "29/02/00", "03/01/68", "03/01/69"],
    "MM/dd/yy": ["12/31/98", "13/31/98"],
    "yyyyMMdd": ["20240131", "20240230", "99991231"],
    "yyyyMMddHHmmss": ["20240131120001"],
    "yyyy-MM-dd HH:mm:ss.SSSSSS": ["2023-01-03 12:41:00.123456", "2023-01-03 12:41:00.1", "2023-01-03 12:41:00.1234567"],
    "yyyy-MM-dd HH:mm[:ss[.SSS]]": ["2023-01-03 12:41", "2023-01-03 12:41:05", "2023-01-03 12:41:05.25"],
    "yyyy-MM-dd hh:mm a": ["2023-01-03 12:41 PM", "2023-01-03 12:41 am", "2023-01-03 01:41 p.m.", "2023-01-03 13:41 PM"],
    "yyyy-MM-dd'T'HH:mm:ssXXX": ["2023-01-03T12:41:00Z", "2023-01-03T12:41:00+01:00", "2023-01-03T12:41:00-18:30",
                                 "2023-01-03T12:41:00+0100"],
    "yyyy-MM-dd'T'HH:mm:ssXX": ["2023-01-03T12:41:00+0100", "2023-01-03T12:41:00Z"],
    "yyyy-MM-dd HH:mm:ss z": ["2023-01-03 12:41:00 UTC", "2023-07-03 12:41:00 EST", "2023-07-03 12:41:00 cest",
                              "2023-07-03 12:41:00 IST", "2023-07-03 12:41:00"],
    "yyyy-MM-dd HH:mm:ssX": ["2023-01-03 12:41:00+02", "2023-01-03 12:41:00-0530", "2023-01-03 12:41:00Z",
                             "2023-01-03 12:41:00+2", "2023-01-03 12:41:00"],
    "yyyy-MM-dd HH:mm:ss VV": ["2023-01-03 12:41:00 Europe/Berlin", "2023-07-03 12:41:00 America/New_York",
                               "2023-03-26 02:30:00 Europe/Berlin", "2023-10-29 02:30:00 europe/berlin",
                               "2023-01-03 12:41:00 Nowhere/Else", "2023-01-03 12:41:00 UTC", "2023-01-03 12:41:00"],
    "d MMM yyyy": ["3 Jan 2023", "3 January 2023", "3 Sept. 2023", "3 März 2023", "3 déc. 2023", "3 xyz 2023", "3 MAI 2023"],
    "E, d MMMM yyyy HH:mm": ["Tue, 3 Jan 2023 12:41", "Mon, 3 Jan 2023 12:41", "dimanche, 3 août 2023 12:41"],
    "MMM d, yyyy": ["Jan 3, 2023", "Dec. 31, 1999"],
    "dd.MM.yyyy HH:mm 'Uhr'": ["03.01.2023 12:41 Uhr", "03.01.2023 12:41"],
}  # fmt: skip
EPOCHS = {
    "seconds": ["1672749660", "1672749660.0", "1672749660.1234567", "-1", "1.67274966E9", "253402300800", "x", ""],
    "milliseconds": ["1672749660000", "1.67274966E+12", "1672749660000.5"],
    "microseconds": ["1672749660000000"],
    "nanoseconds": ["1672749660000000123", "1672749660000000999"],
    "excel_days": [
        "44929.5284722222",
        "44929",
        "60",
        "61",
        "2958465.99999",
        "2958466",
        "45011.1041666667",
        "44929,5284722222",
        "44933 07:43",
        "44933 7:43:05",
        "44933 07:43 PM",
        "44933 13:43 pm",
        "44933 24:00",
        "44933,5 07:43",
        "1.672.749,5",
    ],
}


def generated(seed: int, tables: int, bases: list[str], letters: str) -> list[str]:
    """Cells of so many small tables: known spellings, altered by a few letters, and letters at random."""
    draw = random.Random(seed)
    cells = list(bases)
    for _ in range(tables * 20):
        cell = list(draw.choice(bases)) if draw.random() < 0.7 else draw.choices(letters, k=draw.randrange(1, 9))
        for _ in range(draw.randrange(3)):
            place = draw.randrange(len(cell) + 1)
            cell[place : place + draw.randrange(2)] = draw.choices(letters, k=draw.randrange(2))
        cells.append("".join(cell))
    return cells


def frame(spark, cells: list[str]):
    return spark.createDataFrame([(cell,) for cell in [*cells, None]], "cell string")


def selected(spark, cells: list[str], columns):
    """The cells and the columns; each has a name, for Spark cannot make one of an expression with a bound variable."""
    return frame(spark, cells).select("cell", *(column.alias(f"c{n}") for n, column in enumerate(columns)))


def check_numbers(spark, seed: int, tables: int) -> None:
    cells = generated(seed, tables, NUMBERS, "0123456789" * 3 + ",.' -+()%€$eE\u00a0\u2009\u2212 UKSDr\u0660\n")
    ways = [(style, False, False) for style in NOTATIONS] + [("unambiguous", True, True), ("comma", False, True)]
    columns = [
        column
        for style, rounds, percent in ways
        for column in (
            number_value("cell", KIND, style=style, rounds=rounds, percent=percent),
            number_fault("cell", KIND, style=style, rounds=rounds, percent=percent),
        )
    ]
    rows = selected(spark, cells, columns).collect()
    assert len(rows) == len(cells) + 1
    unlike = []
    for cell, *found in rows:
        for (style, rounds, percent), value, fault in zip(ways, found[::2], found[1::2], strict=True):
            expected = read_number(cell, style=style, precision=12, scale=4, rounds=rounds, percent=percent)
            if (expected.value, expected.fault) != (value, fault):
                unlike.append((cell, style, expected, value, fault))
    assert not unlike, unlike[:5]


def check_ids(spark, seed: int, tables: int) -> None:
    cells = generated(seed, tables, IDS, "0123456789..EEe++ \u00a0\u0301\u0308aeEouAОи\u0306\u200bß")
    suffix = r"\.0+$"
    cell = F.col("cell")
    columns = [identifier_value(cell, case=case, suffix_pattern=suffix) for case in ("keep", "lower", "upper")]
    rows = selected(spark, cells, [*columns, identifier_is_lost(cell), placeholder(cell, NOBODY)]).collect()
    for text, *values, is_lost, is_nobody in rows:
        expected = [read_identifier(text, case=case, suffix_pattern=suffix) for case in ("keep", "lower", "upper")]
        assert [one.value for one in expected] == values, text
        assert (expected[0].is_lost, is_placeholder(text, NOBODY)) == (is_lost, is_nobody), text


def check_currencies(spark, seed: int, tables: int) -> None:
    cells = generated(seed, tables, MONEY, "0123456789.,-() '$€£krKčUSDEURCA\u00a0")
    rows = selected(spark, cells, [currency_column("cell", own) for own in ("USD", "EUR", None)]).collect()
    for text, *found in rows:
        assert [currency_of_cell(text, own) for own in ("USD", "EUR", None)] == found, text


@pytest.mark.parametrize("ansi", ["true", "false"])
def test_numbers_and_ids_are_read_alike(spark, ansi):
    spark.conf.set("spark.sql.ansi.enabled", ansi)
    check_numbers(spark, 1, 50)
    check_ids(spark, 2, 50)
    check_currencies(spark, 3, 50)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3, 7))
def test_many_numbers_and_ids_are_read_alike(spark, seed):
    check_numbers(spark, seed, 500)
    check_ids(spark, seed, 500)


def test_accents_are_joined_as_unicode_says():
    draw = random.Random(5)
    words = ["".join(draw.choices("éüñçąřőĐйёώặệÅhello", k=6)) for _ in range(500)]
    assert all(composed(unicodedata.normalize("NFD", word)) == unicodedata.normalize("NFC", word) for word in words)


def test_times_are_read_alike(spark):
    draw = random.Random(6)
    forms = [TimeForm(pattern, "Europe/Berlin") for pattern in TIMES]
    forms += [TimeForm("", "Europe/Berlin", epoch=epoch) for epoch in EPOCHS]
    for form in forms:
        bases = EPOCHS[form.epoch] if form.epoch else TIMES[form.pattern]
        altered = []
        for _ in range(60):
            cell = list(draw.choice(bases))
            place = draw.randrange(len(cell) + 1)
            cell[place : place + 1] = draw.choices("0123456789-/: ", k=draw.randrange(2))
            altered.append("".join(cell))
        rows = selected(spark, [*bases, *altered], [F.unix_micros(time_value("cell", form))]).collect()
        unlike = [
            (cell, read_time(cell, form), found) for cell, found in rows if micros(read_time(cell, form)) != found
        ]
        assert not unlike, (form, unlike[:5])


def micros(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - datetime(1970, 1, 1)) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("cell", "form", "expected"),
    [
        ("2023-01-03 12:41:00 UTC", TimeForm("yyyy-MM-dd HH:mm:ss z", "Europe/Berlin"), datetime(2023, 1, 3, 12, 41)),
        ("2023-01-03 12:41:00", TimeForm("yyyy-MM-dd HH:mm:ss", "Europe/Berlin"), datetime(2023, 1, 3, 11, 41)),
        ("06/01/98", TimeForm("dd/MM/yy", "UTC"), datetime(1998, 1, 6)),
        ("06/01/02", TimeForm("dd/MM/yy", "UTC"), datetime(2002, 1, 6)),
        ("1672749660000", TimeForm("", "UTC", epoch="milliseconds"), datetime(2023, 1, 3, 12, 41)),
        ("44929.5284722222", TimeForm("", "UTC", epoch="excel_days"), datetime(2023, 1, 3, 12, 41)),
        ("3. März 2023", TimeForm("d. MMMM yyyy", "UTC"), datetime(2023, 3, 3)),
        ("44933,5", TimeForm("", "UTC", epoch="excel_days"), datetime(2023, 1, 7, 12)),
        ("44933 7:43 PM", TimeForm("", "Europe/Berlin", epoch="excel_days"), datetime(2023, 1, 7, 18, 43)),
        ("2023-01-03 12:41:00+02", TimeForm("yyyy-MM-dd HH:mm:ssX", "UTC"), datetime(2023, 1, 3, 10, 41)),
        ("2023-07-03 12:41 Europe/Berlin", TimeForm("yyyy-MM-dd HH:mm VV", "UTC"), datetime(2023, 7, 3, 10, 41)),
        ("NULL", TimeForm("yyyy-MM-dd", "UTC"), None),
        ("0000-00-00", TimeForm("yyyy-MM-dd", "UTC"), None),
    ],
)
def test_a_time_means_what_people_mean(cell, form, expected):
    assert read_time(cell, form) == expected


@pytest.mark.parametrize(
    ("cell", "own", "expected"),
    [
        ("€18.43", "EUR", "EUR"), ("$1.99", "EUR", "$"), ("$1.99", "CAD", "CAD"), ("USD 73.72", "EUR", "USD"),
        ("$12.00 CAD", "USD", "CAD"), ("5 kr", "DKK", "DKK"), ("¥5", "EUR", "¥"), ("5", "EUR", None),
        ("Total EUR", "USD", None), (None, "USD", None),
    ],
)  # fmt: skip
def test_a_currency_beside_a_number_is_that_of_the_row(cell, own, expected):
    assert currency_of_cell(cell, own) == expected
