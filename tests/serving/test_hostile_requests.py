"""What a careless or hostile caller may send: refused with few words, never a traceback, never the input again."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from broken_models import linear
from fastapi.testclient import TestClient

from audiences.cli import main
from audiences.config import Serving
from audiences.errors import ConfigError
from audiences.schema.scoring import EARLY_FEATURES
from audiences.scoring import LocalScorer
from audiences.serving import make_app, server
from audiences.serving.guard import Guard

EVENT = {"invoice_id": "1", "ts": "2024-01-01T09:00:00", "quantity": "1", "unit_price": "2.50"}
TOKEN = "a-token-of-the-tests-alone"


def asked(**changed: object) -> str:
    return json.dumps({"as_of": "2024-03-01", "events": [{**EVENT, **changed}]})


@pytest.fixture(scope="module")
def scorer() -> LocalScorer:
    return LocalScorer(linear())


@pytest.fixture
def client(scorer) -> TestClient:
    return TestClient(make_app(scorer, Serving(max_body_bytes=20_000, max_events=50)), raise_server_exceptions=False)


def post(client: TestClient, body: str | bytes, path: str = "/score", **headers: str):
    return client.post(path, content=body, headers={"Content-Type": "application/json", **headers})


@pytest.mark.parametrize(
    ("body", "path"),
    [
        pytest.param(asked().replace('"1", "unit', 'NaN, "unit'), "/score", id="nan-literal"),
        pytest.param('{"customer_id": "secret-\\ud800", ' + asked()[1:], "/score", id="surrogate-in-the-customer"),
        pytest.param(asked(invoice_id="\ud800secret"), "/score", id="surrogate-in-the-invoice"),
        pytest.param(asked(**{"\ud800secret": 1}), "/score", id="surrogate-in-a-name"),
        pytest.param(asked(product_id="x" * 5_000), "/score", id="long-text"),
        pytest.param('{"features": {"orders": NaN}}', "/score/features", id="nan-feature"),
        pytest.param('{"features": {"orders": 1e400}}', "/score/features", id="infinite-feature"),
        pytest.param('{"features": {"\\ud800": 1}}', "/score/features", id="surrogate-feature"),
        pytest.param(json.dumps({"features": {f"f{n}": 1 for n in range(900)}}), "/score/features", id="many-unknown"),
        pytest.param("[" * 9_000, "/score", id="nested"),
        pytest.param('{"as_of": ' + "9" * 9_000 + "}", "/score", id="digits"),
        pytest.param('{"as_of": "secret', "/score", id="cut"),
        pytest.param(b"\xff\xfe", "/score", id="no-utf8"),
        pytest.param('"secret"', "/score", id="no-object"),
        pytest.param(asked(quantity={"secret": ["secret"] * 100}), "/score", id="object-for-a-number"),
    ],
)
def test_what_does_not_fit_is_422_and_is_not_repeated(client, body, path):
    answer = post(client, body, path)
    assert answer.status_code in ({400, 422} if body[:3] in ("[[[", '{"a', b"\xff\xfe") else {422}), answer.text
    assert len(answer.content) < 5_000
    if "surrogate-in-a-name" not in str(body) and "\\ud800secret" not in str(body):
        assert "secret" not in answer.text
    answer.json()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"ts": "0001-01-01T00:00:00+14:00"}, "invalid_date"),
        ({"ts": "9999-12-31T23:59:59-12:00"}, "invalid_date"),
        ({"quantity": "1e24", "unit_price": "1e20"}, "quantity_out_of_range"),
        ({"quantity": "1000000000"}, "quantity_out_of_range"),
        ({"quantity": "-1e400"}, "quantity_out_of_range"),
        ({"unit_price": "1000000000000"}, "amount_out_of_range"),
        ({"quantity": "999999999", "unit_price": "99999999"}, "amount_out_of_range"),
    ],
)
def test_values_that_the_batch_cannot_hold_are_rejected_events(client, changed, reason):
    answer = post(client, asked(**changed))
    assert answer.status_code == 200, answer.text
    assert reason in answer.json()["rejected"][0]


def test_a_window_at_the_end_of_time_is_open_not_a_fault(scorer):
    document = linear()
    document["cleaning"]["max_date"] = "9999-12-31"
    late = {**EVENT, "ts": "9999-12-30T09:00:00"}
    client = TestClient(make_app(LocalScorer(document)), raise_server_exceptions=False)
    answer = post(client, json.dumps({"as_of": "9999-12-31", "events": [late]}))
    assert answer.json()["unscorable"] == "the window is open: its last day is beyond 9999"


def test_large_bodies_and_many_events_are_413(client):
    assert post(client, b"x" * 20_001).status_code == 413
    assert post(client, b"5", **{"Content-Length": "99999999999999999999"}).status_code == 413
    assert post(client, iter([b"x" * 15_000, b"x" * 15_000])).status_code == 413  # no length was announced
    many = post(client, json.dumps({"as_of": "2024-03-01", "events": [EVENT] * 51}))
    assert (many.status_code, "serving.max_events" in many.text) == (413, True)
    assert post(client, json.dumps({"as_of": "2024-03-01", "events": [EVENT] * 50})).status_code == 200
    assert 'audiences_requests_total{path="refused",status="413"} 3.0' in client.get("/metrics").text


def test_many_faults_are_told_as_a_few(scorer):
    client = TestClient(make_app(scorer))
    answer = post(client, json.dumps({"as_of": "2024-03-01", "events": [{**EVENT, "quantity": "secret"}] * 3_000}))
    assert answer.status_code == 422
    assert answer.json()["detail"][-1]["msg"] == "and 2980 more"
    assert "secret" not in answer.text


def test_without_the_token_only_health_answers(scorer):
    client = TestClient(make_app(scorer, token=TOKEN))
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    for path in ("/model", "/metrics", "/docs", "/openapi.json", "/nowhere"):
        assert client.get(path).status_code == 401
        assert client.get(path, headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert client.get(path, headers=bearer).status_code == (404 if path == "/nowhere" else 200)
    assert post(client, asked()).status_code == 401
    assert post(client, asked(), **bearer).status_code == 200
    assert client.get("/health").status_code == 200
    refusal = client.get("/model")
    assert refusal.headers["www-authenticate"] == "Bearer"
    assert TOKEN not in refusal.text


def test_each_answer_has_a_request_id(client):
    assert client.get("/health", headers={"X-Request-ID": "call-17.a"}).headers["x-request-id"] == "call-17.a"
    first, second = (client.get("/health", headers={"X-Request-ID": "a b\t"}).headers["x-request-id"] for _ in "ab")
    assert len(first) == len(second) == 32
    assert first != second
    assert post(client, b"x" * 20_001).headers["x-request-id"]


def guarded(limits: Serving, messages: list[dict], *, wait: asyncio.Event | None = None) -> tuple[Guard, list[int]]:
    """A guard before an application that answers 200, and the statuses that it sends."""
    statuses: list[int] = []

    async def application(scope, receive, send) -> None:
        if wait is not None:
            await wait.wait()
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})

    return Guard(application, limits, token=None, refused=statuses.append), statuses


def test_a_body_that_does_not_come_is_408_and_too_many_at_once_are_503():
    sent: list[tuple[str, int]] = []

    async def send_as(name: str, message) -> None:
        if message["type"] == "http.response.start":
            sent.append((name, message["status"]))

    async def never():
        await asyncio.sleep(60)

    async def at_once():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def scene() -> None:
        scope = {"type": "http", "path": "/score", "headers": []}
        slow, _ = guarded(Serving(receive_seconds=0.05), [])
        await slow(scope, never, lambda message: send_as("slow", message))
        gate = asyncio.Event()
        full, _ = guarded(Serving(max_requests=2), [], wait=gate)
        work = [asyncio.create_task(full(scope, at_once, lambda m, n=n: send_as(f"work {n}", m))) for n in range(2)]
        await asyncio.sleep(0.05)
        await full(scope, at_once, lambda message: send_as("third", message))
        gate.set()
        await asyncio.gather(*work)
        await full(scope, at_once, lambda message: send_as("later", message))

    asyncio.run(scene())
    assert sent == [("slow", 408), ("third", 503), ("work 0", 200), ("work 1", 200), ("later", 200)]


@pytest.fixture
def address(scorer, monkeypatch) -> Iterator[tuple[str, int]]:
    """A service of this process that waits half a second for a request's head."""
    running: list[uvicorn.Server] = []
    monkeypatch.setattr(uvicorn.Server, "run", lambda self: (running.append(self), asyncio.run(self.serve())))
    monkeypatch.setattr(uvicorn.Server, "install_signal_handlers", lambda self: None, raising=False)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = free.getsockname()
    limits = Serving(receive_seconds=0.5)
    thread = threading.Thread(
        target=lambda: server.serve(scorer, limits, host=place[0], port=place[1], token=None), daemon=True
    )
    thread.start()
    until = time.monotonic() + 20
    while not (running and running[0].started) and time.monotonic() < until:
        time.sleep(0.02)
    yield place
    running[0].should_exit = True
    thread.join(20)


def test_half_a_request_is_cut_and_a_whole_one_is_answered(address):
    with socket.create_connection(address, timeout=10) as half, socket.create_connection(address, timeout=10) as whole:
        half.sendall(b"POST /score HTTP/1.1\r\nHost: x\r\n")
        whole.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert whole.recv(65_536).startswith(b"HTTP/1.1 200")
        started = time.monotonic()
        assert half.recv(10) == b""  # closed
        assert time.monotonic() - started < 5


def test_a_service_without_a_token_is_for_this_machine_alone(tmp_path, monkeypatch, capsys):
    model = tmp_path / "model.json"
    model.write_text(json.dumps(linear()))
    monkeypatch.delenv("SCORING_TOKEN", raising=False)
    for arguments, said in (
        ((), "the service needs a bearer token"),
        (("--no-auth", "--host", "0.0.0.0"), "listens on this machine only"),
        (("--no-auth", "--host", "example.org"), "listens on this machine only"),
        (("--set", "serving.token=env:SCORING_TOKEN"), "no variable for env:SCORING_TOKEN"),
        (("--set", "serving.token=plain-text-of-a-token"), "serving.token"),
        (("--set", f"serving.token=file:{tmp_path / 'none'}"), "the secret is missing"),
    ):
        assert main(["serve", str(model), *arguments]) == 2
        assert said in capsys.readouterr().err
    monkeypatch.setenv("SCORING_TOKEN", "too short")
    assert main(["serve", str(model), "--set", "serving.token=env:SCORING_TOKEN"]) == 2
    told = capsys.readouterr().err
    assert "16 or more" in told
    assert "too short" not in told.replace("the secret is too short", "")
    for host in ("127.0.0.1", "::1", "localhost", "127.5.5.5"):
        assert server.token_of(Serving(), host=host, is_open=True) is None
    (tmp_path / "token").write_text(f"{TOKEN}\nsecond line\n")
    assert server.token_of(Serving(token=f"file:{tmp_path / 'token'}"), host="0.0.0.0", is_open=False) == TOKEN
    with pytest.raises(ConfigError):
        server.token_of(Serving(), host="127.0.0.1", is_open=False)


def test_features_too_large_for_a_probability_are_422():
    document = linear()
    document["model"]["linear"]["coefficients"] = [[1e12] * len(EARLY_FEATURES), [-1e12] * len(EARLY_FEATURES)]
    client = TestClient(make_app(LocalScorer(document)), raise_server_exceptions=False)
    answer = client.post("/score/features", json={"features": dict.fromkeys(EARLY_FEATURES, 1e300)})
    assert (answer.status_code, answer.json()["detail"]) == (
        422,
        "a feature is too large: no probability can be computed",
    )
