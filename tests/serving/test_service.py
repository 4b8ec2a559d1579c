"""The web service over an exported model: answers, refusals, metrics, and as a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import asdict
from datetime import date
from pathlib import Path

import pytest
from examples import run_examples
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from audiences.cli import main
from audiences.config import Behaviour, Cleaning
from audiences.schema.scoring import EARLY_FEATURES
from audiences.scoring import LocalScorer
from audiences.scoring.portable import Linear, PortableModel, dumps
from audiences.serving import make_app

TOKEN = "a-token-of-the-tests-alone"
ROOT = Path(__file__).resolve().parents[2]
EVENTS = [
    {"invoice_id": "1", "ts": "2024-01-01T09:00:00", "quantity": "2", "unit_price": "2.50", "product_id": "P1"},
    {"invoice_id": "2", "ts": "2024-01-05T10:00:00", "quantity": 1, "unit_price": "4.00"},
    {"invoice_id": "3", "ts": "2024-01-05T10:00:00", "quantity": 1, "unit_price": "-4.00"},
]


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> Path:
    """Two segments told apart by the orders alone."""
    size = len(EARLY_FEATURES)
    slope = [0.5, *[0.0] * (size - 1)]
    linear = Linear([0.0] * size, [1.0] * size, [slope, [-part for part in slope]], [-1.5, 1.5])
    model = PortableModel("logistic_regression", ["Regular", "Seldom"], EARLY_FEATURES, linear=linear)
    path = tmp_path_factory.mktemp("served") / "model.json"
    path.write_text(
        dumps(model, fingerprint="f1", as_of="2024-01-01", window_days=14, reasons=2, time_zone="Europe/London",
              behaviour=Behaviour().model_dump(mode="json"), cleaning=Cleaning(rules={"non_positive_price": True}).model_dump(mode="json"))
    )  # fmt: skip
    return path


@pytest.fixture
def client(exported):
    return TestClient(make_app(LocalScorer.load(exported)))


def test_the_example_of_the_scorer(exported):
    run_examples(LocalScorer, LocalScorer=LocalScorer, exported=exported, date=date)


def test_the_answer_is_the_scorer_s(client, exported):
    answer = client.post("/score", json={"customer_id": "c1", "as_of": "2024-03-01", "events": EVENTS}).json()
    score = LocalScorer.load(exported).score(EVENTS, as_of=date(2024, 3, 1))
    assert score.rejected == [("non_positive_price",)]
    told = json.loads(json.dumps(asdict(score)))
    assert {name: answer[name] for name in told} == told
    assert (answer["customer_id"], answer["model"]) == ("c1", "f1")
    named = dict.fromkeys(EARLY_FEATURES, 0.0) | {"orders": 6.0}
    answer = client.post("/score/features", json={"features": named}).json()
    assert answer["segment"] == "Regular"
    assert answer["probability"] == pytest.approx(1 / (1 + 2.718281828459045**-3))


def test_an_open_window_has_a_reason_and_no_segment(client):
    answer = client.post("/score", json={"as_of": "2024-01-10", "events": EVENTS})
    assert answer.status_code == 200
    assert answer.json()["segment"] is None
    assert answer.json()["unscorable"] == "the window is open: its last day is 2024-01-14"


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"as_of": "2024-01-10", "events": []}, "events"),
        ({"as_of": "soon", "events": EVENTS}, "as_of"),
        ({"events": EVENTS}, "as_of"),
        ({"as_of": "2024-01-10", "events": [{**EVENTS[0], "quantity": "many"}]}, "quantity"),
        ({"as_of": "2024-01-10", "events": [{**EVENTS[0], "unit_price": "NaN"}]}, "unit_price"),
        ({"as_of": "2024-01-10", "events": [{**EVENTS[0], "sku": "P1"}]}, "sku"),
        ({"as_of": "2024-01-10", "events": [{"invoice_id": "1"}]}, "ts"),
    ],
)
def test_a_request_that_does_not_fit_is_told_which_field(client, body, where):
    answer = client.post("/score", json=body)
    assert answer.status_code == 422
    assert where in {str(part) for fault in answer.json()["detail"] for part in fault["loc"]}


def test_features_that_are_missing_or_unknown_are_named(client):
    named = dict.fromkeys(EARLY_FEATURES[1:], 0.0) | {"colour": 1.0}
    answer = client.post("/score/features", json={"features": named})
    assert answer.status_code == 422
    assert answer.json()["detail"]["missing"] == ["orders"]
    assert answer.json()["detail"]["unknown"] == ["colour"]


def test_metrics_count_requests_scores_and_seconds_by_route(client):
    client.post("/score", json={"as_of": "2024-03-01", "events": EVENTS})
    client.post("/score", json={"as_of": "2024-01-10", "events": EVENTS})
    client.post("/score", json={})
    client.get("/nowhere/17850")
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
    }
    assert found["audiences_requests_total", "/score", "200"] == 2
    assert found["audiences_requests_total", "/score", "422"] == 1
    assert found["audiences_requests_total", "404", "unknown"] == 1  # no series per path that a caller makes up
    assert found["audiences_scores_total", "unscorable"] == 1
    assert found["audiences_scores_total", "Seldom"] == 1
    assert found["audiences_request_seconds_count", "/score"] == 3


def test_health_model_and_openapi_say_what_answers(client):
    assert client.get("/health").json() == {"status": "ok", "model": "f1"}
    assert client.get("/model").json()["segments"] == ["Regular", "Seldom"]
    described = client.get("/openapi.json").json()
    assert set(described["paths"]) == {"/score", "/score/features", "/model", "/health", "/metrics"}
    assert "422" in described["paths"]["/score"]["post"]["responses"]


def test_serve_listens_and_answers_as_a_process(exported):
    command = [sys.executable, "-c", "import sys; from audiences.cli import main; sys.exit(main())", "serve",
               str(exported), "--port", "0", "--set", "serving.token=env:SCORING_TOKEN"]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "lib"), "SCORING_TOKEN": TOKEN}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as server:
        try:
            said = iter(server.stderr)
            address = next(found[0] for line in said if (found := re.search(r"http://[\d.]+:\d+", line)))
            body = json.dumps({"as_of": "2024-03-01", "events": EVENTS}).encode()
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}
            asked = urllib.request.Request(f"{address}/score", body, headers)
            with urllib.request.urlopen(asked, timeout=30) as answer:
                assert json.load(answer)["segment"] == "Seldom"
            with pytest.raises(urllib.error.HTTPError, match="401"):
                urllib.request.urlopen(urllib.request.Request(f"{address}/model"), timeout=30)
            server.terminate()
            assert server.wait(timeout=30) in (0, -signal.SIGTERM)  # it stopped by itself, soon after it was told to
            assert "Finished server process" in server.stderr.read()
        finally:
            server.kill()


def test_a_file_that_is_no_model_is_told(tmp_path, capsys):
    assert main(["serve", str(tmp_path / "none.json")]) == 1
    assert "there is no exported model" in capsys.readouterr().err
