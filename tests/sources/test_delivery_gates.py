"""The gates of a delivery, from figures that are stated here: no Spark."""

from __future__ import annotations

from decimal import Decimal

import pytest

from audiences.config import load
from audiences.errors import QualityGateError
from audiences.sources.deliveries import Figures
from audiences.sources.delivery_gates import check

SETTINGS = load([], [], {})


def figures(*rows: tuple) -> Figures:
    """(reasons, rows, money, credit) of rows that have the same reasons."""
    found = Figures()
    for reasons, count, money, credit in rows:
        found.add(reasons, count, Decimal(money), Decimal(credit), "{}" if reasons else None)
    return found


def fault(**files: Figures) -> str:
    with pytest.raises(QualityGateError) as raised:
        check(files, source="transactions", settings=SETTINGS)
    return " ".join(str(raised.value).split())


def test_figures_add_up_and_rows_that_were_left_out_are_neither_kept_nor_rejected():
    found = figures(([], 90, 900, -10), (["missing_customer"], 5, 40, -2), (["filtered_out"], 7, 70, 0))
    assert (found.rows, found.kept, found.rejected, found.filtered) == (102, 90, 5, 7)
    assert (found.money_kept, found.credit_kept) == (900, -10)
    assert (found.money_rejected, found.credit_rejected) == (40, -2)
    check({"a": found}, source="transactions", settings=SETTINGS)


def test_one_file_beyond_a_gate_is_named_and_the_good_ones_are_not():
    said = fault(good=figures(([], 900, 900, 0)), bad=figures(([], 28, 300, 0), (["invalid_date"], 54, 500, 0)))
    assert "bad: 54 of 82 rows rejected: invalid_date 54" in said
    assert (said.count("invalid_date 54"), said.count("for example")) == (1, 1)
    assert "gates.max_rejected_share" in said
    assert "good" not in said


@pytest.mark.parametrize(
    ("rows", "gate", "words"),
    [
        pytest.param([([], 80, 1, 0), (["invalid_price"], 20, 0, 0)], "max_unreadable_share",
                     "20 of 100 rows cannot be read", id="unreadable"),
        pytest.param([([], 90, 100, -1), (["missing_customer"], 10, 150, -49)], "max_rejected_money_share",
                     "199.00 of 300.00 EUR rejected (150.00 of purchases, -49.00 of returns)", id="money"),
        pytest.param([([], 99, 100, 0), (["undecodable_text"], 1, 1, 0)], "max_undecodable_share",
                     "set sources.transactions.encoding", id="encoding"),
        pytest.param([([], 99, 100, 0), (["other_currency"], 1, 0, 0)], "currency", "is never added", id="currency"),
        pytest.param([(["missing_customer"], 3, 5, 0)], "max_rejected_share", "3 of 3 rows rejected", id="all"),
    ],
)  # fmt: skip
def test_each_gate_says_what_was_found(rows, gate, words):
    said = fault(file=figures(*rows))
    assert words in said
    assert gate in said


def test_an_amount_out_of_range_is_not_weighed_as_money():
    check(
        {"a": figures(([], 99, 1_000, 0), (["amount_out_of_range"], 1, 10**13, 0))},
        source="transactions", settings=SETTINGS,
    )  # fmt: skip


def test_files_of_few_rows_are_judged_as_one():
    three = figures((["missing_customer"], 3, 5, 0))
    check({"small": three, "other": figures(([], 9, 50, 0))}, source="transactions", settings=SETTINGS)
    assert "small, other (together): 3 of 4 rows rejected" in fault(small=three, other=figures(([], 1, 1, 0)))
