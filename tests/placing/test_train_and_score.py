"""audiences train, score and export-model over a published run."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import newcomers_shop
import numpy as np
import pytest
from newcomers_shop import store_of

from audiences import schema
from audiences.cli import main
from audiences.engine.manifest import published
from audiences.features import early_features
from audiences.pipeline.purchases import RFM, TRANSACTIONS, VALUE
from audiences.prediction import newest_model
from audiences.scoring import LocalScorer
from audiences.store.delta import Store

pytestmark = pytest.mark.contract

AS_OF = date.fromisoformat(newcomers_shop.AS_OF)


def call(command: str, folder: Path, *more: str, as_of: str = newcomers_shop.AS_OF) -> int:
    """A command over the store alone: what was trained with and published counts, not the settings in force."""
    return main([command, "--as-of", as_of, "--set", f"store.root={folder / 'tables'}", *more])


def scores(store: Store, method: str, as_of: date = AS_OF) -> dict[str, tuple]:
    head = store.head(schema.scores)
    rows = store.read(schema.scores, head.version, {"as_of": as_of, "method": method}).collect()
    assert len({row["customer_id"] for row in rows}) == len(rows)
    return {row["customer_id"]: tuple(row[name] for name in newcomers_shop.SCORE) for row in rows}


def test_training_writes_features_figures_and_the_model_once(shop, spark, capsys):
    store = store_of(spark, shop)
    made = {
        str(table): store.head(table).version
        for table in (schema.early_features, schema.scoring_metrics, schema.models)
    }
    arguments = newcomers_shop.arguments(shop)
    assert main(["train", "--as-of", newcomers_shop.AS_OF, "--json", *arguments]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["model"] for row in rows} == {"random_forest", "majority", "nearest_centre"}
    found = {
        (row["model"], row["metric"]): row["value"] for row in rows if row["segment"] is None and row["bin"] is None
    }
    assert found["random_forest", "macro_f1"] > max(found["majority", "macro_f1"], found["nearest_centre", "macro_f1"])
    after = {
        str(table): store.head(table).version
        for table in (schema.early_features, schema.scoring_metrics, schema.models)
    }
    assert after == made  # found by its fingerprint, not fitted again
    model = store.read(schema.models, after["models/models"]).where("name = 'early_segment'").first()
    inputs = json.loads(model["inputs"])
    pinned = published(store, AS_OF)
    assert inputs["segments"] == pinned.rows["segments"]["version"]
    assert json.loads(model["settings"])["scoring"]["window_days"] == 20


def test_a_model_that_does_not_beat_the_baselines_ends_in_3_and_is_not_used(shop, spark, capsys):
    arguments = [*newcomers_shop.arguments(shop), "--set", "scoring.gate.macro_f1_gain=0.9", "--set", "scoring.seed=8"]
    assert main(["train", "--as-of", newcomers_shop.AS_OF, *arguments]) == 3
    told = capsys.readouterr().err
    assert "does not beat the baselines" in told
    assert "more than 0.9 is asked" in told
    # the earlier model passed: it still scores
    store = store_of(spark, shop)
    assert newest_model(store, AS_OF).scoring.seed == 7


def test_scores_are_written_once_and_of_newcomers_only(shop, spark):
    store = store_of(spark, shop)
    assert call("score", shop) == 0
    first, version = scores(store, "early"), store.head(schema.scores).version
    assert call("score", shop) == 0
    assert store.head(schema.scores).version == version
    transactions = store.read(schema.transactions, store.head(schema.transactions).version)
    young = AS_OF - timedelta(days=60)
    began = {row[0]: row[1] for row in transactions.groupBy("customer_id").agg({"day": "min"}).collect()}
    assert set(first) == {customer for customer, day in began.items() if day > young}
    for customer, row in first.items():
        is_open = began[customer] + timedelta(days=20) > AS_OF
        assert (row[1] is None) == is_open
        assert is_open == (row[6] is not None)
    planted = {"regular": 0, "one-timer": 2}
    found = {kind: {row[1] for customer, row in first.items() if int(customer) % 3 == rest and row[1]}
             for kind, rest in ((kind, (20_000 + rest) % 3) for kind, rest in planted.items())}  # fmt: skip
    assert all(found.values())
    assert not found["regular"] & found["one-timer"]


def test_new_files_are_landed_and_their_newcomers_scored(shop, spark):
    """Customers first seen after the published run: only the raw files know them."""
    rows = [(f"9000{i}.0", f"2011-12-1{i % 3 + 1} 10:00:00", f"70000{i}", "P1", "3", "25.00") for i in range(6)]
    with (shop / "raw" / "two.csv").open("w", newline="") as file:
        csv.writer(file).writerows(
            [("CustomerID", "InvoiceDate", "InvoiceNo", "StockCode", "Quantity", "UnitPrice"), *rows]
        )
    arguments = newcomers_shop.arguments(shop)
    assert main(["score", "--as-of", "2012-01-15", *arguments]) == 0
    found = scores(store_of(spark, shop), "early", date(2012, 1, 15))
    assert all(found[f"9000{i}"][1] is not None for i in range(6))


def test_by_the_centres_every_customer_keeps_its_published_segment(shop, spark):
    store = store_of(spark, shop)
    assert call("score", shop, "--method", "centres") == 0
    run = published(store, AS_OF)
    expected = {row["customer_id"]: row["name"] for row in run.frame(VALUE).collect()}
    assert {customer: row[1] for customer, row in scores(store, "centres").items()} == expected
    assert len(expected) == run.frame(RFM).count()
    # a later date moves customers on: nobody bought anything since
    assert call("score", shop, "--method", "centres", as_of="2012-03-10") == 0
    later = {customer: row[1] for customer, row in scores(store, "centres", date(2012, 3, 10)).items()}
    assert set(later) == set(expected)
    assert later != expected


def test_what_is_missing_is_told(shop, spark, tmp_path, capsys):
    assert call("score", tmp_path / "nowhere") == 1
    assert "no run has been published at 2011-12-10 or before" in capsys.readouterr().err
    shutil.rmtree(shop / "tables" / "models" / "scoring_metrics")
    assert call("score", shop) == 1
    told = capsys.readouterr().err
    assert "there is no model to score with" in told
    assert "audiences train" in told
    assert call("score", shop, "--stream", "--method", "centres") == 2
    assert call("train", shop, as_of="2011-11-11") == 1
    assert "no run has been published at 2011-11-11" in capsys.readouterr().err


def test_the_exported_model_says_of_raw_events_what_the_batch_says(shop, spark, capsys):
    out = shop / "model.json"
    assert call("export-model", shop, "--out", str(out)) == 0
    assert call("score", shop) == 0
    store = store_of(spark, shop)
    batch = scores(store, "early")
    scorer = LocalScorer.load(out)
    raw: dict[str, list[dict]] = {}
    with (shop / "raw" / "one.csv").open() as file:
        for row in csv.DictReader(file):
            event = {"invoice_id": row["InvoiceNo"], "ts": row["InvoiceDate"], "quantity": row["Quantity"],
                     "unit_price": row["UnitPrice"], "product_id": row["StockCode"]}  # fmt: skip
            raw.setdefault(row["CustomerID"].removesuffix(".0"), []).append(event)
    worst = 0.0
    for customer, row in batch.items():
        score = scorer.score(raw[customer], as_of=AS_OF)
        assert (score.segment, score.runner_up, score.unscorable) == (row[1], row[3], row[6])
        assert list(score.reasons) == row[5]
        if row[2] is not None:
            worst = max(worst, abs(score.probability - row[2]), abs(score.runner_up_probability - row[4]))
    with capsys.disabled():
        print(f"\nraw events, {len(batch)} customers: max difference to the batch {worst:.2e}")
    assert worst < 1e-12
    run = published(store, AS_OF)
    trained = newest_model(store, AS_OF)
    early = early_features(run.frame(TRANSACTIONS), window_days=20, behaviour=trained.behaviour, as_of=AS_OF).first()
    point = [early[name] for name in scorer.model.features]
    assert sum(scorer.score_features(point).probabilities.values()) == pytest.approx(1)
    assert np.isfinite(list(scorer.score_features(point).probabilities.values())).all()
