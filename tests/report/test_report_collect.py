"""Collecting from tables: bounded, deterministic, exact."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from audiences import schema
from audiences.report import collect, render
from audiences.report.collect import scatter

DAY = date(2024, 1, 1)
REASONS = ["missing_customer", "non_product"]


def rfm_row(i, **given):
    row = {
        "as_of": DAY, "customer_id": f"c{i:03d}", "recency_days": i + 1, "frequency": 1 + i % 3,
        "monetary": Decimal(10 * i), "r_score": 1 + i % 2, "f_score": 1, "m_score": 1,
        "segment": "Champions" if i % 4 == 0 else "Lost", "border_distance": 0.1,
    }  # fmt: skip
    return tuple({**row, **given}.values())


@pytest.fixture(scope="module")
def tables(_session):
    """table name -> frame, forty customers in two segments."""

    def frame(table, *rows):
        return _session.createDataFrame(list(rows), table.schema)

    def rejected(source, file, row, reasons, amount=None):
        return (source, file, row, reasons, f'{{"row": {row}}}', amount)

    return {
        "rfm": frame(schema.rfm, *(rfm_row(i) for i in range(40))),
        "value_segments": frame(
            schema.value_segments,
            *((DAY, f"c{i:03d}", i % 2, f"S{i % 2}", 0.1, 1 - i % 2, 0.9, None, None) for i in range(40)),
        ),
        "segment_names": frame(
            schema.segment_names,
            *((DAY, "value", i, i, f"S{i}", "why", 20, [0.5, -0.5, 1.0], ["a", "b", "c"], None, None, None, None) for i in (1, 0)),
        ),
        "category_affinity": frame(
            schema.category_affinity,
            *((DAY, f"c{i:03d}", "Tea", Decimal(2), 1.0, 1, [1.0], ["Tea"]) for i in range(30)),
        ),
        "rejected_rows": frame(
            schema.rejected_rows,
            rejected("transactions", "b.csv", 1, ["non_product"], Decimal("12.5")),
            rejected("transactions", "a.csv", 9, REASONS, Decimal(-4)),
            rejected("transactions", "a.csv", 10, ["missing_customer"]),
            rejected("reviews", "r.csv", None, ["missing_customer"]),
        ),
        "transactions": _session.range(7),
    }  # fmt: skip


@pytest.fixture(scope="module")
def collected(tables):
    """A sample of twelve of the forty."""
    return collect(tables, sample_customers=12, seed=7, as_of=DAY)


def test_the_sample_is_bounded_and_said(collected):
    assert len(collected.scatter) == 12
    assert "A sample of 12 of 40 customers" in render(collected)


def test_a_sample_of_everybody_is_not_called_a_sample(tables, collected):
    everybody = scatter(tables["rfm"], tables["value_segments"], 500, 7)
    assert len(everybody) == 40
    assert "All 40 customers, one point each" in render(replace(collected, scatter=everybody))


def test_the_sample_depends_on_the_seed_and_not_on_partitions(tables, collected):
    segments = tables["value_segments"]
    assert scatter(tables["rfm"].repartition(5), segments, 12, 7) == collected.scatter
    assert scatter(tables["rfm"], segments, 12, 8) != collected.scatter


def test_no_customer_id_is_collected(collected):
    assert "c0" not in repr(collected)


def test_the_grid_and_the_named_segments_count_every_customer(collected):
    grid = [(row["r_score"], row["customers"], row["monetary"]) for row in collected.rfm_grid]
    assert grid == [(1, 20, 190.0), (2, 20, 200.0)]
    named = [(row["segment"], row["customers"], row["monetary"]) for row in collected.rfm_segments]
    assert named == [("Lost", 30, 6000.0), ("Champions", 10, 1800.0)]
    assert collected.customers == 40


def test_rejected_rows_count_once_in_the_total_and_under_each_reason(collected):
    assert collected.rejected.totals == {"reviews": 1, "transactions": 3}
    found = {
        (row["source"], row["reason"]): (row["rows"], row["example"]["file"]) for row in collected.rejected.reasons
    }
    assert found == {
        ("transactions", "missing_customer"): (2, "a.csv"),
        ("transactions", "non_product"): (2, "a.csv"),
        ("reviews", "missing_customer"): (1, "r.csv"),
    }
    money = {(row["source"], row["reason"]): (row["money"], row["credits"]) for row in collected.rejected.reasons}
    assert money == {
        ("transactions", "missing_customer"): (None, -4.0),
        ("transactions", "non_product"): (12.5, -4.0),
        ("reviews", "missing_customer"): (None, None),
    }


def test_the_largest_rejected_rows_come_first_without_those_that_settings_leave_out(spark):
    amounts = [Decimal(text) for text in ("3", "-900", "41.5", "7", "-7", "12", "13", "14", "15", "16", "17")]
    rows = [("transactions", "a.csv", i, REASONS[:1], f'{{"row": {i}}}', amount) for i, amount in enumerate(amounts)]
    rows += [
        ("transactions", "a.csv", 90, ["filtered_out"], "{}", Decimal(5000)),
        ("transactions", "a.csv", 91, REASONS, "{}", None),
    ]
    frame = spark.createDataFrame(rows, schema.rejected_rows.schema).repartition(3)
    found = collect({"rejected_rows": frame}, sample_customers=1, seed=7).rejected.largest
    expected = sorted(rows[: len(amounts)], key=lambda row: (-abs(row[5]), row[2]))[:10]
    assert [(row["amount"], row["file"], row["row_number"], row["reasons"], row["row"]) for row in found] == [
        (float(row[5]), *row[1:5]) for row in expected
    ]


FILES = ("file:/in/a.csv", "file:/in/b.csv", "file:/in/c.csv")


@pytest.fixture
def delivered(spark):
    """Three files of transactions and one of reviews: their landed, clean and rejected rows, and the ledger."""
    a, b, c = FILES
    kept = [(a, "10.0001"), (a, "20"), (a, "-5"), (b, "7"), (None, "100")]
    rejected = [
        ("transactions", a, REASONS, "1"), ("transactions", a, REASONS[:1], None), ("transactions", b, REASONS, "-300.5"),
        ("transactions", b, ["filtered_out"], "9"), ("reviews", "r.csv", ["missing_text"], None),
    ]  # fmt: skip
    landed = [("transactions", "r2", file) for file in [a] * 5 + [b] * 3 + [c]] + [("reviews", "r", "r.csv")] * 3
    ledger = [
        ("transactions", "f1", "file:///in/a.csv", "r2", "open", 7), ("transactions", "f1", "file:///in/a.csv", "r2", "finished", None),
        ("transactions", "f1", a, "r1", "finished", 99), ("transactions", "f2", b, "r2", "finished", 4),
        ("transactions", "f3", b, "r2", "withdrawn", 50),
    ]  # fmt: skip
    return {
        "landed": spark.createDataFrame(landed, "source string, reader string, file string"),
        "transactions": spark.createDataFrame(
            [(file, Decimal(amount)) for file, amount in kept], "file string, amount decimal(18,4)"
        ),
        "rejected_rows": spark.createDataFrame(
            [(source, file, 1, why, "{}", amount and Decimal(amount)) for source, file, why, amount in rejected],
            schema.rejected_rows.schema,
        ),
        "source_files": spark.createDataFrame(
            [(source, "b", status, file, path, 1, "2024", reader, lines, *[None] * 6)
             for source, file, path, reader, status, lines in ledger],
            schema.source_files.schema,
        ),
    }  # fmt: skip


def test_each_delivery_adds_up_in_records_and_in_money(delivered):
    found = collect(delivered, sample_customers=1, seed=7).deliveries
    counts = ("lines", "records", "kept", "left_out", "rejected", "unreadable")
    money = ("kept_money", "kept_credits", "money", "credits")
    a, b, c = FILES
    assert [(row["file"], *(row[name] for name in counts)) for row in found.worst] == [
        (b, 4, 3, 1, 1, 1, 0), (a, 7, 5, 3, 0, 2, 1), ("r.csv", None, 3, 2, 0, 1, 1), (c, None, 1, 1, 0, 0, 0),
    ]  # fmt: skip
    assert [tuple(row[name] for name in money) for row in found.worst] == [
        (7.0, 0.0, 0.0, -300.5), (30.0001, -5.0, 1.0, 0.0), (None,) * 4, (None, None, 0.0, 0.0),
    ]  # fmt: skip
    reviews, lines = found.totals
    assert (reviews["source"], reviews["files"], reviews["records"], reviews["rejected"]) == ("reviews", 1, 3, 1)
    assert (lines["files"], lines["records"], lines["kept"], lines["left_out"], lines["rejected"]) == (3, 9, 5, 1, 3)
    assert (lines["kept_money"], lines["money"], lines["credits"], lines["lines"]) == (None, 1.0, -300.5, None)
    assert all(
        row["records"] == row["kept"] + row["left_out"] + row["rejected"] for row in (*found.worst, *found.totals)
    )


def test_deliveries_are_bounded_and_their_sums_are_not(spark):
    landed = spark.range(30).selectExpr("'transactions' source", "'r' reader", "concat('f', id % 25) file")
    found = collect({"landed": landed}, sample_customers=1, seed=7).deliveries
    assert (len(found.worst), found.totals[0]["files"], found.totals[0]["records"]) == (20, 25, 30)


def test_small_tables_come_whole_in_a_stated_order(collected):
    assert [row["segment_id"] for row in collected.names] == [0, 1]
    spend = [(row["category"], row["segment_id"], row["spend"]) for row in collected.categories]
    assert spend == [("Tea", 0, 30.0), ("Tea", 1, 30.0)]
    assert collected.kept_rows == 7


def test_only_the_asked_date_counts(spark, tables):
    older = spark.createDataFrame([rfm_row(0, as_of=date(2023, 1, 1))], schema.rfm.schema)
    both = {"rfm": tables["rfm"].unionByName(older)}
    assert collect(both, sample_customers=1, seed=7, as_of=DAY).customers == 40


def test_a_slice_read_without_its_columns_is_understood(spark, tables):
    gates = spark.createDataFrame(
        [("min_customers", 40.0, 10.0, True, "40 customers")],
        "name string, found double, required double, passed boolean, detail string",
    )
    frames = {
        "segment_names": tables["segment_names"].drop("as_of", "segmentation"),
        "rejected_rows": tables["rejected_rows"].drop("source"),
        "validation": gates,
    }
    data = collect(frames, sample_customers=1, seed=7, as_of=DAY)
    assert (data.main_segmentation, data.as_of) == ("value", DAY)
    assert data.rejected.totals == {"transactions": 4}
    html = render(data)
    assert "Quality gates" in html
    assert "40 customers" in html


def test_files_are_counted_by_size_and_delta_sources_by_version(spark):
    def file(path, size, modified, status="finished"):
        return ("transactions", "b", status, path, path, size, modified, "r", *[None] * 7)

    files = [
        file("a.csv", 1200, "2024-01-01T00:00:00Z"),
        file("b", 3, "9"),
        file("c.csv", 5, "2024", "open"),
        *(file("d.csv", 7, "2024", status) for status in ("open", "finished", "withdrawn")),
    ]
    data = collect(
        {"source_files": spark.createDataFrame(files, schema.source_files.schema)}, sample_customers=1, seed=7
    )
    assert (data.source_files.files, data.source_files.size) == (2, 1200)
    html = render(data)
    assert "versions 3 to 9" in html
    assert "2 files, 1.20\N{NO-BREAK SPACE}kB in all" in html


def test_missing_tables_are_none_and_empty_ones_are_empty(tables):
    nothing = collect({}, sample_customers=1, seed=7)
    assert nothing.rejected is None
    assert nothing.kept_rows is None
    frames = {name: tables[name].limit(0) for name in ("rejected_rows", "transactions", "rfm", "value_segments")}
    empty = collect(frames, sample_customers=1, seed=7)
    assert len(empty.scatter) == 0
    assert empty.rejected.totals == {}
    assert empty.kept_rows == 0
    assert "No row was rejected." in render(empty)
