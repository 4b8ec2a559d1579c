"""What a file says of a whole order: its total on each line, a discount or a state on the first, shares of lines."""

from __future__ import annotations

from decimal import Decimal

import pytest
from raw_shop import Line, drafted_and_previewed, settings_of, shop_lines, total, write_table

from audiences.errors import ConfigError
from audiences.scaffold.draft import draft
from audiences.scaffold.preview import preview

LINES = shop_lines()
SUMS: dict[int, Decimal] = {}
FIRST: dict[int, int] = {}
for _line in LINES:
    SUMS[_line.order] = SUMS.get(_line.order, Decimal(0)) + _line.amount
    FIRST.setdefault(_line.order, id(_line))
SHOPIFY = ("Name", "Email", "Financial Status", "Currency", "Discount Amount", "Refunded Amount", "Created at",
           "Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem sku")  # fmt: skip


def shopify(line: Line) -> tuple[object, ...]:
    """Voided where the order's number ends with 3, ten percent off with 5, refunded with shipping with 7."""
    is_first, kind = FIRST[line.order] == id(line), line.order % 10
    off = (SUMS[line.order] / 10).quantize(Decimal("0.01")) if kind == 5 else 0
    back = SUMS[line.order] + Decimal("4.90") if kind == 7 else 0
    of_order = ("voided" if kind == 3 else "paid", "EUR", off, back) if is_first else ("", "", "", "")
    return (f"#{line.order}", f"c{line.customer}@example.org", *of_order, f"{line.when:%Y-%m-%d %H:%M:%S} +0000",
            line.quantity, f"Item {line.product}", line.price, f"S{line.product}")  # fmt: skip


def test_states_discounts_and_refunds_of_shopify_hold_for_all_lines_of_an_order(tmp_path):
    file = write_table(tmp_path / "orders.csv", SHOPIFY, shopify, lines=LINES)
    _, settings, found = drafted_and_previewed(file, tmp_path, ())
    expected = Decimal(0)
    for order, money in SUMS.items():
        off = (money / 10).quantize(Decimal("0.01")) if order % 10 == 5 else 0
        expected += 0 if order % 10 in (3, 7) else money - off
    voided = [line for line in LINES if line.order % 10 == 3]
    assert settings.sources.transactions.order_deductions == ("Discount Amount", "Refunded Amount")
    assert (found.tally.filtered.rows, found.tally.rejected.rows) == (len(voided), 0)
    assert found.tally.kept.money == expected
    assert len(found.tally.spend) == len({line.customer for line in LINES if line.order % 10 != 3})


@pytest.mark.parametrize("has_lines", [False, True], ids=["bare", "with-products"])
def test_the_total_of_an_order_on_each_of_its_lines_counts_once(tmp_path, has_lines):
    more = ("sku", "qty") if has_lines else ()
    file = write_table(
        tmp_path / "orders.csv", ("order_id", "customer_id", "order_date", *more, "order_total"),
        lambda line: (line.order, line.customer, f"{line.when:%Y-%m-%d}",
                      *((f"S{line.product}", line.quantity) if has_lines else ()), SUMS[line.order]), lines=LINES,
    )  # fmt: skip
    _, settings, found = drafted_and_previewed(file, tmp_path)
    assert settings.sources.transactions.grain == "order"
    assert (found.tally.kept.rows, found.tally.kept.money) == (len(SUMS), total(LINES))
    assert (found.tally.repeated.rows, found.tally.rejected.rows) == (len(LINES) - len(SUMS), 0)
    assert found.fault is None
    assert not found.failed


def percent_file(tmp_path, discount):
    return write_table(
        tmp_path / "shop.csv", ("order_id", "customer_id", "date", "sku", "quantity", "unit_price", "discount"),
        lambda line: (line.order, line.customer, f"{line.when:%Y-%m-%d}", f"S{line.product}", line.quantity, line.price,
                      discount(line)), lines=LINES,
    )  # fmt: skip


def test_a_discount_in_percent_that_prices_do_not_follow_is_a_share_of_the_line(tmp_path):
    file = percent_file(tmp_path, lambda line: f"{line.order % 4 * 5}%")
    _, settings, found = drafted_and_previewed(file, tmp_path)
    assert settings.sources.transactions.columns.discount == ("discount",)
    assert found.tally.kept.money == sum(line.amount * (100 - line.order % 4 * 5) / 100 for line in LINES)


def test_a_discount_of_which_nothing_tells_whether_it_counts_yet_is_left_to_choose(tmp_path):
    drafted = draft([percent_file(tmp_path, lambda line: "10%")], ["currency=EUR"])
    assert [words for words, _ in drafted.options] == ["discount discount", "discount none"]
    with pytest.raises(ConfigError, match="still to be chosen"):
        settings_of(drafted, tmp_path)
    chosen = drafted.text.replace("      discount: CHOOSE\n", "      discount: [discount]\n")
    file = tmp_path / "chosen.yaml"
    file.write_text(chosen)
    from audiences import config

    money = preview(config.load([file], environment={})).tally.kept.money
    assert money == sum((line.amount * 9 / 10).quantize(Decimal("0.0001")) for line in LINES)


@pytest.mark.parametrize("is_apart", [True, False], ids=["apart", "within-the-order's"])
def test_discounts_of_single_lines_count_where_the_subtotals_say_so(tmp_path, is_apart):
    def cells(line: Line) -> tuple[object, ...]:
        off = line.order % 2  # one unit of money for each line of every second order
        lines = sum(one.order == line.order for one in LINES)
        whole = 0 if is_apart else off * lines
        is_first = FIRST[line.order] == id(line)
        return (*shopify(line)[:4], *((whole, 0) if is_first else ("", "")), *shopify(line)[6:], off,
                SUMS[line.order] - off * lines if is_first else "")  # fmt: skip

    lines = [line for line in LINES if line.order % 10 != 3 and line.amount > 1]
    lines = [line for line in lines if all(one in lines for one in LINES if one.order == line.order)]
    file = write_table(tmp_path / "orders.csv", (*SHOPIFY, "Lineitem discount", "Subtotal"), cells, lines=lines)
    _, settings, found = drafted_and_previewed(file, tmp_path, ())
    assert settings.sources.transactions.columns.discount == (("Lineitem discount",) if is_apart else ())
    assert found.tally.kept.money == total(lines) - sum(line.order % 2 for line in lines)
