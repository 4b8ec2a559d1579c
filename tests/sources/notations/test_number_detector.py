"""The notation of a file's numbers is told by all of them, and what does not fit is named."""

from __future__ import annotations

import pytest

from audiences.sources.notations.number_detector import detect_number_notation

PRICES = [f"{number}.{number % 90 + 10}" for number in range(95)]


@pytest.mark.parametrize(
    ("cells", "style"),
    [
        pytest.param(PRICES, "plain", id="plain"),
        pytest.param([*PRICES, "2,318.00"], "unambiguous", id="a-few-thousands"),
        pytest.param([*PRICES, "6,000"], "point", id="quantities-beside-prices"),
        pytest.param(["$12.50", "$1,234.50", "(3)"], "unambiguous", id="currency"),
        pytest.param(["12,50", "1.234,50", "3"], "comma", id="comma"),
        pytest.param(["1\u00a0234,50", "12,50"], "comma", id="no-break-space"),
        pytest.param(["1'234.50", "12.50"], "unambiguous", id="apostrophe"),
    ],
)
def test_the_notation_that_reads_all_is_found(cells, style):
    found = detect_number_notation(cells)
    assert (found.best.style, found.best.share, found.rivals) == (style, 1, ())


def test_what_does_not_fit_is_named():
    found = detect_number_notation([*PRICES, "see note", "see note", "12,5 kg", "NULL", ""])
    assert found.best.misfits == 3
    assert found.best.examples == ("see note", "12,5 kg")
    assert found.best.share == pytest.approx(95 / 98)
    assert (found.cells, found.placeholders) == (98, 1)


def test_either_reading_is_told_as_two():
    found = detect_number_notation(["1,234", "2,500", "7"])
    assert {found.best.style, *(fit.style for fit in found.rivals)} == {"point", "comma"}
    assert found.undecided == ("1,234", "2,500")


def test_several_currencies_are_counted():
    assert detect_number_notation(["$12.00", "12.00 EUR", "$3", "7"]).currencies == {"$": 2, "EUR": 1}


def test_nothing_is_no_evidence():
    assert detect_number_notation(["", " "]).best is None
