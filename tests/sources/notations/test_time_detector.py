"""The notation of a column's times is told by all of its cells; the few that do not fit are named."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from audiences.sources.notations.time_detector import detect_time_notation

TIMES = [datetime(2023, 1, 3, 9, 5) + timedelta(hours=31 * step, minutes=7 * step) for step in range(60)]


@pytest.mark.parametrize(
    ("written", "pattern", "epoch"),
    [
        ("%Y-%m-%d %H:%M:%S", "yyyy-M-d H:mm:ss", None),
        ("%Y-%m-%d %H:%M:%S UTC", "yyyy-M-d H:mm:ss z", None),
        ("%Y-%m-%dT%H:%M:%SZ", "yyyy-M-d'T'H:mm:ssXXX", None),
        ("%Y-%m-%dT%H:%M:%S+0100", "yyyy-M-d'T'H:mm:ssXX", None),
        ("%d.%m.%Y %H:%M", "d.M.yyyy H:mm", None),
        ("%m/%d/%Y %I:%M %p", "M/d/yyyy h:mm a", None),
        ("%d %b %Y", "d MMM yyyy", None),
        ("%B %d, %Y", "MMM d, yyyy", None),
        ("%a, %d %b %Y %H:%M:%S GMT", "E, d MMM yyyy H:mm:ss z", None),
        ("%Y%m%d", "yyyyMMdd", None),
        ("%Y%m%d%H%M%S", "yyyyMMddHHmmss", None),
    ],
)
def test_the_pattern_that_reads_all_is_found(written, pattern, epoch):
    found = detect_time_notation([f"{time:{written}}" for time in TIMES])
    best = found.fits[0]
    assert (best.form.pattern, best.form.epoch, best.share) == (pattern, epoch, 1)
    assert not found.is_ambiguous
    assert best.first.date() == TIMES[0].date()


@pytest.mark.parametrize(
    ("epoch", "per_second"), [("seconds", 1), ("milliseconds", 1000), ("microseconds", 10**6), ("nanoseconds", 10**9)]
)
def test_numbers_since_1970_are_found_by_their_size(epoch, per_second):
    seconds = [int((time - datetime(1970, 1, 1)).total_seconds()) for time in TIMES]
    (found,) = detect_time_notation([str(number * per_second) for number in seconds]).fits
    assert (found.form.epoch, found.first, found.last) == (epoch, TIMES[0], TIMES[-1])


def test_serial_numbers_of_a_spreadsheet_are_found():
    (found,) = detect_time_notation([f"{44929 + step / 7:.10f}" for step in range(50)]).fits
    assert (found.form.epoch, found.first) == ("excel_days", datetime(2023, 1, 3))


def test_one_null_among_many_refuses_nothing():
    cells = [f"{time:%Y-%m-%d %H:%M:%S}" for time in TIMES]
    found = detect_time_notation([*cells, "NULL", "0000-00-00 00:00:00", "", "soon"])
    assert (found.cells, found.placeholders) == (61, 2)
    assert (found.fits[0].misfits, found.fits[0].examples) == (1, ("soon",))


def test_two_digit_years_follow_the_range_of_the_data():
    for begin, first_year in ((1998, 1969), (2023, 1969), (1991, 1969), (1963, 1963)):
        days = [datetime(begin, 1, 4) + timedelta(days=17 * step) for step in range(60)]
        found = detect_time_notation([f"{day:%d/%m/%y}" for day in days], latest=date(2026, 11, 27))
        assert (found.fits[0].form.pattern, found.fits[0].form.first_year) == ("d/M/yy", first_year)
        assert (found.fits[0].first, found.fits[0].last) == (days[0], days[-1])


def test_a_two_digit_year_is_not_in_the_future():
    cells = [f"{day:02}/01/27" for day in range(13, 29)]
    for latest, year in ((date(2027, 1, 28), 2027), (date(2027, 1, 27), 1927)):
        (found,) = [fit for fit in detect_time_notation(cells, latest=latest).fits if fit.order == "dMy"]
        assert (found.first, found.last) == (datetime(year, 1, 13), datetime(year, 1, 28))
    slip = detect_time_notation(
        [*[f"{day % 28 + 1:02}/01/23" for day in range(200)], "13/01/32"], latest=date(2026, 1, 1)
    )
    assert slip.fits[0].first.year == 2023


def test_day_and_month_that_could_be_swapped_are_told():
    found = detect_time_notation([f"0{day}/0{month}/2023" for day in range(1, 9) for month in range(1, 9)])
    assert found.is_ambiguous
    assert {fit.order for fit in found.fits} == {"dMy", "Mdy"}


def test_a_part_that_may_be_missing_stands_in_brackets():
    cells = [f"{time:%Y-%m-%d %H:%M:%S}" if place % 2 else f"{time:%Y-%m-%d}" for place, time in enumerate(TIMES)]
    assert detect_time_notation(cells).fits[0].form.pattern == "yyyy-M-d[ H:mm:ss]"


def test_names_are_no_times():
    assert not detect_time_notation(["RED BOX 5", "BLUE BOX", "1-2-3 BOX"]).fits
