"""Columns that say what became of a row: returns, no sales and steps before a purchase, with exact money."""

from __future__ import annotations

from decimal import Decimal

import pytest
from raw_shop import PLAIN_HEADER, Line, drafted_and_previewed, plain_cells, shop_lines, total, write_table

LINES = shop_lines()
MARKED = {place for place in range(len(LINES)) if place % 9 == 4}
BACK = sum((LINES[place].amount for place in MARKED), Decimal(0))
PLACE = {id(line): place for place, line in enumerate(LINES)}


def is_marked(line: Line) -> bool:
    return PLACE[id(line)] in MARKED


@pytest.mark.parametrize(
    ("column", "marked", "plain"),
    [
        pytest.param("Status", "Refunded", "Completed", id="status"),
        pytest.param("type", "Return", "Sale", id="type"),
        pytest.param("Vorgang", "Gutschrift", "Verkauf", id="german"),
        pytest.param("Tipo", "Nota di credito", "Vendita", id="italian"),
        pytest.param("returned", "yes", "no", id="flag"),
    ],
)
def test_a_column_that_marks_returns_makes_their_money_go_back(tmp_path, column, marked, plain):
    file = write_table(
        tmp_path / "shop.csv", (*PLAIN_HEADER, column),
        lambda line: (*plain_cells(line), marked if is_marked(line) else plain), lines=LINES,
    )  # fmt: skip
    drafted, settings, found = drafted_and_previewed(file, tmp_path)
    (rule,) = settings.sources.transactions.returns
    assert (rule.column, rule.any_of) == (column, (marked,))
    assert (found.tally.kept.rows, found.tally.kept.money) == (len(LINES), total(LINES) - 2 * BACK)
    assert any(f"{len(MARKED):,} rows, {BACK:,.2f}" in message for message in drafted.messages)


@pytest.mark.parametrize(
    ("column", "marked", "plain"),
    [
        pytest.param("Order Status", "Cancelled", "Completed", id="cancelled"),
        pytest.param("status", "failed", "paid", id="failed"),
        pytest.param("Status", "storniert", "bezahlt", id="german"),
        pytest.param("is_cancelled", "true", "false", id="flag"),
    ],
)
def test_rows_that_are_no_sales_are_left_out(tmp_path, column, marked, plain):
    file = write_table(
        tmp_path / "shop.csv", (*PLAIN_HEADER, column),
        lambda line: (*plain_cells(line), marked if is_marked(line) else plain), lines=LINES,
    )  # fmt: skip
    _, settings, found = drafted_and_previewed(file, tmp_path)
    (rule,) = settings.sources.transactions.where
    assert (rule.column, rule.none_of) == (column, (marked,))
    assert (found.tally.filtered.rows, found.tally.kept.money) == (len(MARKED), total(LINES) - BACK)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        pytest.param("Fulfillment Status", ("pending", "fulfilled"), id="sent-later-is-sold"),
        pytest.param("payment", ("credit", "cash"), id="a-way-to-pay"),
        pytest.param("Channel", ("web", "shop"), id="something-else"),
    ],
)
def test_what_only_sounds_like_it_leaves_every_row_a_sale(tmp_path, column, values):
    file = write_table(
        tmp_path / "shop.csv",
        (*PLAIN_HEADER, column),
        lambda line: (*plain_cells(line), values[line.order % 2]),
        lines=LINES,
    )
    _, settings, found = drafted_and_previewed(file, tmp_path)
    assert settings.sources.transactions.where == settings.sources.transactions.returns == ()
    assert (found.tally.kept.rows, found.tally.kept.money) == (len(LINES), total(LINES))


def test_a_prefix_of_credit_notes_makes_their_money_go_back(tmp_path):
    file = write_table(
        tmp_path / "shop.csv", PLAIN_HEADER,
        lambda line: (f"{'CN' if is_marked(line) else 'RE'}{line.order}", *plain_cells(line)[1:]), lines=LINES,
    )  # fmt: skip
    drafted, settings, found = drafted_and_previewed(file, tmp_path)
    assert settings.cleaning.cancellation_pattern == "^CN"
    assert found.tally.kept.money == total(LINES) - 2 * BACK
    assert any("credit notes" in message for message in drafted.messages)


def test_of_a_log_of_events_only_purchases_are_sales(tmp_path):
    header = ("event_time", "event_type", "product_id", "price", "user_id", "user_session")
    file = write_table(
        tmp_path / "events.csv", header,
        lambda line: (f"{line.when:%Y-%m-%d %H:%M:%S}", ("purchase", "view", "cart")[PLACE[id(line)] % 3], line.product,
                      line.price, line.customer, f"s{line.order}"), lines=LINES,
    )  # fmt: skip
    _, settings, found = drafted_and_previewed(file, tmp_path)
    (rule,) = settings.sources.transactions.where
    assert (rule.column, rule.any_of) == ("event_type", ("purchase",))
    bought = [line for line in LINES if PLACE[id(line)] % 3 == 0]
    assert (found.tally.kept.rows, found.tally.kept.money) == (len(bought), sum(line.price for line in bought))
    assert len(found.tally.spend) == len({line.customer for line in bought})
