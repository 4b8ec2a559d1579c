"""Online Retail, the real files: RFM of every customer to the cent, and KMeans beside scikit-learn."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pytest
from card_sentences import check_cards
from sklearn.cluster import KMeans

from audiences.cli import main
from audiences.config import load
from audiences.engine import manifest
from audiences.pipeline import purchases
from audiences.published.snapshot import published_runs
from audiences.store.delta import Store

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "conf" / "online_retail.yaml"
NO_PRODUCTS = load([CONFIG], [], {}).cleaning.non_product_codes


def independent_rfm(files: list[tuple[Path, str, str, str]], as_of: date) -> dict[str, tuple[int, int, Decimal]]:
    """customer -> (recency, frequency, monetary), by DuckDB, from the raw text of (file, invoice, price, customer)."""
    raw = " UNION ALL ".join(
        f"""SELECT "{invoice}" AS invoice, StockCode AS product, Description AS text, Quantity AS quantity,
            InvoiceDate AS ts, "{price}" AS price, "{customer}" AS customer, Country AS country
        FROM read_csv('{file}', all_varchar = true, header = true, quote = '"', escape = '"')"""
        for file, invoice, price, customer in files
    )
    sql = f"""
    WITH raw AS (SELECT DISTINCT trim(invoice) AS invoice, trim(product) AS product, trim(text) AS text,
            quantity::DECIMAL(12,3) AS quantity, ts::TIMESTAMP AS ts, price::DECIMAL(12,4) AS price,
            regexp_replace(trim(customer), '\\.0$', '') AS customer, trim(country) AS country FROM ({raw})),
    kept AS (
        SELECT *, round(quantity * price, 4) AS amount, quantity < 0 AS is_return FROM raw
        WHERE coalesce(customer, '') <> '' AND price > 0 AND (NOT list_contains($codes, coalesce(product, '')) OR quantity < 0)
          AND invoice NOT LIKE 'A%' AND (quantity > 0 OR invoice LIKE 'C%') AND quantity <> 0 AND ts < $as_of
          AND NOT (quantity > 0 AND invoice LIKE 'C%' AND false)
    )
    SELECT customer, date_diff('day', max(ts::DATE) FILTER (NOT is_return), $as_of),
           count(DISTINCT invoice) FILTER (NOT is_return), round(sum(amount), 2)::DECIMAL(18,2)
    FROM kept GROUP BY customer HAVING count(*) FILTER (NOT is_return) > 0
    """
    found = duckdb.connect().execute(sql, {"codes": list(NO_PRODUCTS), "as_of": as_of}).fetchall()
    return {customer: (recency, frequency, money) for customer, recency, frequency, money in found}


def rfm_of(store: Store, as_of: date) -> dict[str, tuple[int, int, Decimal]]:
    rows = store.read(purchases.RFM.makes, store.head(purchases.RFM.makes).version, {"as_of": as_of}).collect()
    return {row["customer_id"]: (row["recency_days"], row["frequency"], row["monetary"]) for row in rows}


def run(root: Path, paths: list[Path], as_of: str, *stages: str) -> int:
    quoted = json.dumps([str(path) for path in paths])
    return main(["run", *stages, "--as-of", as_of, "--config", str(CONFIG), "--json",
                 "--set", f"store.root={root}", "--set", f"sources.transactions.path={quoted}"])  # fmt: skip


@pytest.fixture
def compiled(_session) -> Iterator[None]:
    """The session interprets plans, which is right for few rows; with half a million, compiling them takes less time."""
    settings = {"spark.sql.codegen.wholeStage": "true", "spark.sql.codegen.factoryMode": "FALLBACK"}
    before = {name: _session.conf.get(name) for name in settings}
    for name, value in settings.items():
        _session.conf.set(name, value)
    yield
    for name, value in before.items():
        _session.conf.set(name, value)


@pytest.mark.slow
def test_the_whole_year_end_to_end(spark, compiled, tmp_path, shared_data, capsys):
    raw = shared_data("online_retail.csv.gz")
    root, as_of = tmp_path / "tables", date(2011, 12, 10)
    assert run(root, [raw], str(as_of)) == 0
    stages = {stage["stage"]: stage for stage in json.loads(capsys.readouterr().out)[0]["stages"]}
    rows = {name: stage["rows"] for name, stage in stages.items()}
    assert rows["landed_transactions"] == 541_909 == rows["transactions"] + rows["rejected_transactions"]

    store = Store(spark, load([], [f"store.root={root}"], {}).store)
    expected = independent_rfm([(raw, "InvoiceNo", "UnitPrice", "CustomerID")], as_of)
    assert rfm_of(store, as_of) == expected
    assert len(expected) > 4_000
    # 60 x 649.50, typed by mistake and credited three minutes later under a code that is no product
    assert expected["15098"][2] == Decimal("649.50")

    # what the cards say is true of these customers, and of each other
    pinned = published_runs(str(root))[0]
    with capsys.disabled():
        print("\nnames:", ", ".join(check_cards(pinned)))
    customers = pinned.dataset("published_customers").to_table().to_pylist()
    silent = next(row for row in customers if row["customer_id"] == "17850")
    assert (silent["recency_days"], silent["own_name"]) == (373, "At-risk")
    assert silent["value_segment"].startswith("At-risk") or not silent["fits_name"]

    # Spark's inertia beside the best of scikit-learn's ten starts, on the very same scaled features
    published = manifest.published(store)
    wanted = load([CONFIG], [], {}).value_segments.features
    scaled = published.frame(purchases.SCALED).collect()
    places = [scaled[0]["feature_names"].index(name) for name in wanted]
    points = np.array([[row["features"][place] for place in places] for row in scaled])
    members = {row["customer_id"]: row["segment_id"] for row in published.frame(purchases.VALUE).collect()}
    labels = np.array([members[row["customer_id"]] for row in scaled])
    k = labels.max() + 1
    inertia = sum(((points[labels == i] - points[labels == i].mean(0)) ** 2).sum() for i in range(k))
    best = KMeans(k, n_init=10, random_state=0).fit(points).inertia_
    with capsys.disabled():
        print(f"\ninertia {inertia:.2f}, scikit-learn's best of 10 {best:.2f}, ratio {inertia / best:.5f}")
    assert inertia <= 1.01 * best

    assert run(root, [raw], str(as_of)) == 0
    again = json.loads(capsys.readouterr().out)[0]["stages"]
    assert {stage["status"] for stage in again} == {"reused", "absent"}  # the other branches have no source
    assert {stage["stage"]: stage["version"] for stage in again} == {n: s["version"] for n, s in stages.items()}


@pytest.mark.slow
def test_the_year_before_and_then_both_as_one_history(spark, compiled, tmp_path, shared_data):
    """The second file is landed on top of the first; 1 to 9 December 2010 is in both and counts once."""
    before, after = shared_data("online_retail_2009_2010.csv.gz"), shared_data("online_retail.csv.gz")
    old = (before, "Invoice", "Price", "Customer ID")
    store = Store(spark, load([], [f"store.root={tmp_path}"], {}).store)
    as_of = date(2010, 12, 10)
    assert run(tmp_path, [before], str(as_of), "rfm") == 0
    assert rfm_of(store, as_of) == independent_rfm([old], as_of)
    as_of = date(2011, 12, 10)
    assert run(tmp_path, [before, after], str(as_of), "rfm") == 0
    both = independent_rfm([old, (after, "InvoiceNo", "UnitPrice", "CustomerID")], as_of)
    assert rfm_of(store, as_of) == both
    assert len(both) > 5_000


def test_the_first_10_000_lines_with_six_columns_and_the_default_settings(spark, tmp_path, shared_data, capsys):
    columns = ("CustomerID", "InvoiceDate", "InvoiceNo", "StockCode", "Quantity", "UnitPrice")
    with gzip.open(shared_data("online_retail.csv.gz"), "rt", newline="") as whole, (
        tmp_path / "six.csv"
    ).open("w", newline="") as six:  # fmt: skip
        writer = csv.writer(six)
        writer.writerow(columns)
        for _, row in zip(range(10_000), csv.DictReader(whole), strict=False):
            writer.writerow([row[name] for name in columns])
    arguments = [
        "--set",
        f"sources.transactions.path={tmp_path / 'six.csv'}",
        "--set",
        f"store.root={tmp_path / 'tables'}",
    ]
    assert main(["run", "--as-of", "2010-12-10", "--json", *arguments]) == 0
    told = json.loads(capsys.readouterr().out)[0]
    stages = {stage["stage"]: stage for stage in told["stages"]}
    assert stages["transactions"]["rows"] + stages["rejected_transactions"]["rows"] == 10_000
    assert stages["category_affinity"]["note"].startswith("left out: the source has no category")
    assert sum(row["customers"] for row in told["segments"]) == stages["rfm"]["rows"] > 100
