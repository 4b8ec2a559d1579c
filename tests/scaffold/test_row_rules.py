"""The rules in plain Python are those of Spark: the same reasons and money for every row of odd files."""

from __future__ import annotations

import random
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from pyspark.sql import functions as F

from audiences.config import Settings
from audiences.scaffold.preview import preview
from audiences.scaffold.raw_rows import Lines, raw_rows
from audiences.scaffold.row_rules import TransactionRules
from audiences.sources import transactions
from audiences.sources.connectors import files

_NUMBERS = ("1", "3", "-2", "0", "", "x", "2.5", "1e3", "12345678901", "0.00005", " 4 ", "1,5", "999999999999", "-0.01",
            "$3", "€2.5", "EUR 4", "3 kr.", "(€1)", "$2 CAD", "Total EUR")  # fmt: skip
_IDS = ("17850.0", "17851", "", " 17852 ", "A-1", "a-1", "17850")
_INVOICES = ("C100", "100", "A7", "", "101", "102")
_TIMES = ("2023-01-03 12:41:00", "2023-12-31 23:30:00", "1980-01-01 00:00:00", "", "soon", "2023-02-30 10:00:00")
_CODES = ("POST", "P1", "", "P2")
_STATES = ("paid", "void", "refunded", "", "Paid ")
_COLUMNS = ("customer_id", "invoice_id", "ts", "quantity", "unit_price", "line_amount", "order_amount", "product_id",
            "discount", "tax", "currency", "State", "order off", "order refund", "order state")  # fmt: skip


def _file(path: Path, seed: int) -> Path:
    draw = random.Random(seed)
    choices = (_IDS, _INVOICES, _TIMES, _NUMBERS, _NUMBERS, (*_NUMBERS, *[""] * 30), (*_NUMBERS, *[""] * 30), _CODES,
               ("", "", "0.5", "x", "10%", "12.5 %"), ("", "", "1"), ("EUR", "eur", "", "USD"), _STATES,
               ("", "", "", "1.3333", "2", "x"), ("", "", "", "0.7", "90000"), ("", "", "", "paid", "lost"))  # fmt: skip
    rows = [[draw.choice(values) for values in choices] for _ in range(150)]
    rows += [draw.choice(rows) for _ in range(30)]
    rows += [[""] * len(_COLUMNS)] * 2
    text = "\n".join(",".join(f'"{cell}"' for cell in row) for row in [_COLUMNS, *rows])
    path.write_text(text + "\n" + "," * (len(_COLUMNS) - 1) + "\nshort,row\n", encoding="utf-8")
    return path


def _settings(folder: Path, grain: str, *, knows_orders: bool = False, **cleaning: object) -> Settings:
    of_order = {
        "where": [{"column": "order state", "none_of": ["lost"], "of_order": True}],
        "returns": [{"column": "State", "any_of": ["refunded"], "of_order": True}],
        "order_deductions": ["order off", "order refund"],
    }
    return Settings.model_validate({
        "currency": "EUR", "time_zone": "Europe/Berlin",
        "sources": {"transactions": {
            "path": [str(folder)], "grain": grain, "where": [{"column": "State", "none_of": ["void"]}],
            "returns": [{"column": "State", "any_of": ["refunded"]}],
            "columns": {"discount": ["discount"], "tax": ["tax"]}, **(of_order if knows_orders else {}),
        }},
        "cleaning": {"cancellation_pattern": "^C", "bad_debt_pattern": "^A", "non_product_codes": ["POST"], **cleaning},
    })  # fmt: skip


_STRICT = {"id_case": "lower", "rules": {"non_positive_price": True, "negative_quantity": True, "missing_invoice": True,
                     "exact_duplicate": True}}  # fmt: skip


@pytest.mark.parametrize(
    ("grain", "cleaning"), [("line", {}), ("order", {}), ("line", _STRICT), ("line", {"knows_orders": True})]
)
def test_reasons_and_money_of_each_row_are_those_of_spark(spark, tmp_path, grain, cleaning):
    for name, seed in (("a.csv", 1), ("b.csv", 2)):
        _file(tmp_path / name, seed)
    lines = (tmp_path / "a.csv").read_text().splitlines()
    (tmp_path / "b.csv").write_text((tmp_path / "b.csv").read_text() + "\n".join(lines[1:40]) + "\n")
    settings = _settings(tmp_path, grain, **cleaning)
    source = settings.sources.transactions
    paths = sorted(str(path) for path in tmp_path.glob("*.csv"))
    landed = files.raw_rows(spark, [f"file:{path}" for path in paths], source, setting="sources.transactions")
    judged = transactions.judge(
        landed, source=source, cleaning=settings.cleaning, time_zone=settings.time_zone, currency=settings.currency
    ).select("file", "position", "reasons", F.col("amount").cast("string").alias("amount"))
    by_spark = [
        (row["reasons"], row["amount"])
        for row in sorted(judged.collect(), key=lambda row: (row["file"], row["position"]))
    ]
    rules, by_python = TransactionRules(settings), []
    for path in paths:
        read = partial(raw_rows, Path(path), source, setting="sources.transactions")
        rules.begin_file(lambda read=read: read(lines=Lines()))
        for row in read(lines=Lines()):
            one = rules.judge(row)
            by_python.append((list(one.reasons), None if one.amount is None else str(one.amount)))
    assert len(by_python) == len(by_spark) > 350
    for number, (expected, found) in enumerate(zip(by_spark, by_python, strict=True)):
        assert found[0] == expected[0], (number, expected, found)
        if expected[1] is not None and found[1] is not None:
            assert Decimal(found[1]) == Decimal(expected[1]), (number, expected, found)


def test_the_preview_counts_what_the_rules_say(tmp_path):
    file = _file(tmp_path / "a.csv", 3)
    settings = _settings(file, "line")
    found = preview(settings)
    rows = list(raw_rows(file, settings.sources.transactions, setting="", lines=Lines()))
    rules = TransactionRules(settings)
    reasons = [rules.judge(row).reasons for row in rows]
    assert found.tally.kept.rows == sum(not one for one in reasons)
    assert found.tally.filtered.rows == sum(one == ("filtered_out",) for one in reasons)
    assert found.tally.blank == sum(one == ("blank_row",) for one in reasons) == 3
    counted = found.tally.kept.rows + found.tally.rejected.rows + found.tally.filtered.rows + found.tally.blank
    assert counted == len(rows) == 184
