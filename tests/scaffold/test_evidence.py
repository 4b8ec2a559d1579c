"""What the values of a file say of its currency, its centuries, its ids and its blank rows: exact rows and money."""

from __future__ import annotations

import os
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from raw_shop import PLAIN_HEADER, drafted_and_previewed, plain_cells, settings_of, shop_lines, total, write_table

from audiences.errors import InputError
from audiences.scaffold.draft import draft
from audiences.scaffold.preview import preview
from audiences.scaffold.preview_text import preview_lines

AMOUNTS = ("customer", "date", "amount")


def with_changed(**cells):
    """The plain cells of a line, with some of them made anew."""

    def changed(line):
        values = dict(zip(PLAIN_HEADER, plain_cells(line), strict=True))
        return tuple({**values, **{name: make(line) for name, make in cells.items()}}.values())

    return changed


@pytest.mark.parametrize(("us", "euro"), [("USD ", "EUR "), ("$", "€"), ("US$ ", "€ ")])
def test_money_of_several_currencies_is_never_added(tmp_path, us, euro):
    cells = lambda line: (line.customer, f"{line.when:%Y-%m-%d}", f"{us if line.customer % 3 else euro}{line.amount}")  # noqa: E731
    file = write_table(tmp_path / "amounts.csv", AMOUNTS, cells)
    in_euro = [line for line in shop_lines() if line.customer % 3 == 0]
    asked = draft([file])
    assert any("choose currency" in message and "EUR" in message for message in asked.messages)
    _, _, found = drafted_and_previewed(file, tmp_path)
    assert (found.tally.kept.rows, found.tally.kept.money) == (len(in_euro), total(in_euro))
    assert found.tally.reasons["other_currency"].rows == len(shop_lines()) - len(in_euro)
    assert "money of several currencies is never added" in str(found.fault)


def test_a_sign_of_several_currencies_is_the_configured_one_if_it_can_be(tmp_path):
    file = write_table(tmp_path / "dollars.csv", PLAIN_HEADER, with_changed(UnitPrice=lambda line: f"${line.price}"))
    asked = draft([file])
    assert (asked.likely_currency, "currency: CHOOSE" in asked.text) == ("USD", True)
    for code, rows in (("USD", len(shop_lines())), ("CAD", len(shop_lines())), ("EUR", 0)):
        _, _, found = drafted_and_previewed(file, tmp_path, (f"currency={code}",))
        assert found.tally.kept.rows == rows, code


def test_a_later_delivery_in_another_currency_does_not_pass(tmp_path):
    first = write_table(tmp_path / "first.csv", PLAIN_HEADER, plain_cells)
    settings = settings_of(draft([first], ("currency=EUR",)), tmp_path)
    write_table(first, PLAIN_HEADER, with_changed(UnitPrice=lambda line: f"${line.price}"))
    found = preview(settings)
    assert (found.tally.kept.rows, found.tally.reasons["other_currency"].rows) == (0, len(shop_lines()))


@pytest.mark.parametrize("begin", [1991, 2021])
@pytest.mark.parametrize("written", ["%m/%d/%y %H:%M", "%d.%m.%y %H:%M", "%d-%b-%y"])
def test_two_digit_years_are_laid_before_the_day_of_the_file(tmp_path, begin, written):
    moved = [line._replace(when=line.when.replace(year=begin)) for line in shop_lines()]
    cells = with_changed(InvoiceDate=lambda line: f"{line.when:{written}}")
    file = write_table(tmp_path / "short.csv", PLAIN_HEADER, cells, lines=moved)
    day = datetime(2024, 1, 5, tzinfo=timezone.utc).timestamp()
    os.utime(file, (day, day))
    drafted, _, found = drafted_and_previewed(file, tmp_path)
    assert drafted.options == ()
    assert (found.tally.kept.rows, found.tally.kept.money) == (len(moved), total())
    assert (found.tally.first, found.tally.last) == (moved[0].when.date(), moved[-1].when.date())


@pytest.mark.parametrize(
    "spelt",
    [
        pytest.param(lambda line: f"\u200b{line.customer}" if line.product % 2 else f"{line.customer}\u00a0", id="zero-width"),
        pytest.param(lambda line: f"Zoe\u0301{line.customer}" if line.product % 2 else f"Zo\u00e9{line.customer}", id="accents"),
        pytest.param(lambda line: f"{line.customer}.0" if line.product % 2 else line.customer, id="suffix"),
        pytest.param(lambda line: f"{'C' if line.product % 2 else 'c'}{line.customer}@Example.org", id="e-mail"),
    ],
)  # fmt: skip
def test_ids_are_compared_in_the_spelling_of_the_run(tmp_path, spelt):
    file = write_table(tmp_path / "ids.csv", PLAIN_HEADER, with_changed(CustomerID=spelt))
    drafted, settings, found = drafted_and_previewed(file, tmp_path)
    assert (len(found.tally.spend), found.tally.kept.money) == (30, total())
    assert settings.cleaning.id_case == ("lower" if "@" in str(spelt(shop_lines()[0])) else "keep")
    assert "spellings of 30 ids" in drafted.text


@pytest.mark.parametrize(
    ("written", "delimiter"),
    [
        (lambda when: f"{when:%Y-%m-%d %H:%M:%S} Europe/Berlin", ","), (lambda when: f"{when:%Y-%m-%d %H:%M:%S}+02", ","),
        (lambda when: f"{(when - datetime(1899, 12, 30)) / timedelta(days=1):.6f}".replace(".", ","), ";"),
    ],
    ids=["zone-id", "short-offset", "serial-with-comma"],
)  # fmt: skip
def test_times_that_people_have_are_read(tmp_path, written, delimiter):
    cells = with_changed(InvoiceDate=lambda line: written(line.when))
    file = write_table(tmp_path / "times.csv", PLAIN_HEADER, cells, delimiter=delimiter)
    _, _, found = drafted_and_previewed(file, tmp_path)
    assert (found.tally.kept.money, found.tally.first) == (total(), shop_lines()[0].when.date())


def test_a_serial_number_of_a_day_beside_a_time_of_day_is_one_time(tmp_path):
    header = ("order", "customer", "date", "time", "amount")

    def cells(line):
        day = (line.when - datetime(1899, 12, 30)).days
        return line.order, line.customer, day, f"{line.when:%H:%M}", line.amount

    drafted, settings, found = drafted_and_previewed(write_table(tmp_path / "days.csv", header, cells), tmp_path)
    assert (settings.sources.transactions.epoch, settings.sources.transactions.time_column) == ("excel_days", "time")
    assert (found.tally.kept.money, found.tally.first) == (total(), date(2023, 1, 3)), drafted.text


def test_rows_of_delimiters_alone_are_no_records(tmp_path):
    file = write_table(tmp_path / "blank.csv", PLAIN_HEADER, plain_cells)
    file.write_text(file.read_text() + "," * (len(PLAIN_HEADER) - 1) + "\n" + 60 * (",  ,,,,,,\n"))
    drafted, _, found = drafted_and_previewed(file, tmp_path)
    assert (found.tally.blank, found.tally.rejected.rows, found.fault) == (61, 0, None)
    assert found.tally.kept.money == total() > Decimal(0)
    assert any("61 rows of delimiters alone" in line for line in preview_lines(found, "EUR"))
    assert "exact_duplicate" not in drafted.text


def test_words_name_the_column_the_rows_and_an_id_of_somebody(tmp_path):
    cells = with_changed(
        UnitPrice=lambda line: "on request" if line.order % 40 == 0 else line.price,
        CustomerID=lambda line: "NULL" if line.order == 10_000 else line.customer,
    )
    drafted, _, found = drafted_and_previewed(write_table(tmp_path / "odd.csv", PLAIN_HEADER, cells), tmp_path)
    misfits = sum(line.order % 40 == 0 for line in shop_lines())
    assert f"{misfits} cells of UnitPrice are none, such as on request" in drafted.text
    assert f"# {len(shop_lines())} rows: a short run" in drafted.text
    assert "ids are written like 10" in drafted.text
    assert found.tally.reasons["invalid_price"].rows == misfits


def test_times_in_two_orders_are_told_as_that(tmp_path):
    written = lambda line: f"{line.when:%d/%m/%Y %H:%M}" if line.order % 2 else f"{line.when:%m/%d/%Y %H:%M}"  # noqa: E731
    file = write_table(tmp_path / "swapped.csv", PLAIN_HEADER, with_changed(InvoiceDate=written))
    with pytest.raises(InputError, match="InvoiceDate, its times are written in two orders"):
        draft([file])
