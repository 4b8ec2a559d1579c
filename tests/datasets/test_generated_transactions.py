"""Transactions: the contract, the stated dirt, and value groups that can be found again."""

from __future__ import annotations

import numpy as np
import pytest
from pyspark.sql import functions as F
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import StandardScaler

from audiences.datasets import customers_for, transactions, truth

CUSTOMERS, DAYS = 2000, 365


@pytest.fixture(scope="module")
def lines(_session, tmp_path_factory):
    """Made once and kept as a file, for the session forgets cached frames after each test."""
    path = str(tmp_path_factory.mktemp("generated") / "transactions")
    transactions(_session, customers=CUSTOMERS, days=DAYS, seed=3).write.parquet(path)
    return _session.read.parquet(path)


def test_the_columns_and_types_are_the_canonical_ones(lines) -> None:
    assert lines.dtypes == [
        ("invoice_id", "string"),
        ("product_id", "string"),
        ("description", "string"),
        ("category", "string"),
        ("quantity", "int"),
        ("ts", "timestamp"),
        ("unit_price", "decimal(12,2)"),
        ("customer_id", "string"),
        ("country", "string"),
    ]


def test_each_kind_of_dirt_has_its_stated_rate(lines) -> None:
    extras = F.col("product_id").isin("POST", "M", "D")
    is_product = ~extras & ~F.col("invoice_id").startswith("C")
    orders = lines.groupBy(F.ltrim(F.regexp_replace("invoice_id", "^C", "")).alias("order")).agg(
        F.max(F.col("customer_id").isNull().cast("int")).alias("guest"),
        F.max((F.col("invoice_id").startswith("C") & ~extras).cast("int")).alias("returned"),
        F.max((F.col("product_id") == "POST").cast("int")).alias("postage"),
    )
    of_orders = orders.agg(F.avg("guest"), F.avg("returned"), F.avg("postage")).collect()[0]
    assert list(of_orders) == pytest.approx([0.01, 0.04, 0.02], abs=0.005)

    product_lines = lines.where(is_product)
    count = product_lines.count()
    copies = count - product_lines.distinct().count()
    assert copies / (count - orders.count()) == pytest.approx(0.006 + 0.003, abs=0.0015)
    assert product_lines.where("unit_price = 0").count() / count == pytest.approx(0.002, abs=0.001)


def test_negative_quantities_stand_on_cancellations_only_and_name_their_invoice(lines) -> None:
    assert lines.where("(quantity < 0) <> (invoice_id LIKE 'C%')").isEmpty()
    assert lines.where("quantity = 0 OR unit_price < 0 OR ts IS NULL OR country IS NULL").isEmpty()
    bought = lines.where("quantity > 0").select("invoice_id", "product_id", F.col("quantity").alias("units"))
    returned = lines.where("quantity < 0 AND product_id <> 'D'").select(
        F.substring("invoice_id", 2, 20).alias("invoice_id"), "product_id", (-F.col("quantity")).alias("units")
    )
    assert returned.exceptAll(returned.join(bought.distinct(), bought.columns, "left_semi")).isEmpty()


def test_every_line_falls_into_the_horizon(lines) -> None:
    first, last = lines.agg(F.min(F.to_date("ts")), F.max(F.to_date("ts"))).collect()[0]
    assert first.isoformat() >= "2024-01-01"
    assert last.isoformat() <= "2024-12-30"


def test_the_number_of_customers_for_a_number_of_lines_is_right(lines) -> None:
    assert customers_for(lines.count(), DAYS) == pytest.approx(CUSTOMERS, rel=0.04)


def test_kmeans_finds_the_planted_value_groups(spark, lines) -> None:
    purchases = lines.where("quantity > 0 AND unit_price > 0 AND customer_id IS NOT NULL AND category IS NOT NULL")
    rfm = purchases.groupBy("customer_id").agg(
        F.datediff(F.lit("2024-12-31").cast("date"), F.max(F.to_date("ts"))).alias("recency_days"),
        F.countDistinct("invoice_id").alias("frequency"),
        F.sum(F.col("quantity") * F.col("unit_price")).cast("double").alias("monetary"),
    )
    customers = rfm.join(truth(spark, customers=CUSTOMERS, seed=3), "customer_id").toPandas()
    points = StandardScaler().fit_transform(np.log1p(customers[["recency_days", "frequency", "monetary"]]))
    found = {k: KMeans(k, n_init=5, random_state=0).fit_predict(points) for k in (4, 5, 6)}
    scores = {k: adjusted_rand_score(customers["value_group"], labels) for k, labels in found.items()}
    assert scores[5] > 0.9
    assert max(scores, key=lambda k: scores[k]) == 5
