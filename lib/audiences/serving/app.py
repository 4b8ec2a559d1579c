"""The web service: POST /score and /score/features, GET /model, /health, /metrics, and OpenAPI at /docs."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest

import audiences
from audiences.config import Serving
from audiences.errors import InputError
from audiences.scoring import LocalScorer
from audiences.serving.guard import Guard
from audiences.serving.messages import Answer, Customer, Features, Health, Model

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
"""Upper edges of the latency histogram."""


_SHOWN = 20
"""Faults, and names of features, that a refusal tells at the most."""


def make_app(scorer: LocalScorer, limits: Serving | None = None, *, token: str | None = None) -> FastAPI:
    """The service over one model; every app has its own metrics registry.

    Answers 422 for a request that does not fit (which field, and why; never its value), and for events that a scorer
    refuses; 401, 408, 413 and 503 as `guard.Guard` says.

    Args:
        scorer: the model.
        limits: the settings `serving`.
        token: the bearer token that every request but GET /health needs; None: no request needs one.
    """
    limits = limits or Serving()
    app = FastAPI(
        title="audiences", version=audiences.__version__, description="Places one customer by its early behaviour."
    )
    registry = CollectorRegistry()
    requests = Counter("audiences_requests", "Requests by path and status.", ("path", "status"), registry=registry)
    latency = Histogram(
        "audiences_request_seconds", "Seconds per request.", ("path",), buckets=SECONDS, registry=registry
    )
    scored = Counter("audiences_scores", "Scores by segment; unscorable ones too.", ("segment",), registry=registry)

    @app.middleware("http")
    async def measured(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        started = time.perf_counter()
        response = await call_next(request)
        route = request.scope.get("route")
        path = getattr(route, "path", "unknown")  # the route's, not the caller's: no caller may make new series
        latency.labels(path).observe(time.perf_counter() - started)
        requests.labels(path, response.status_code).inc()
        return response

    @app.exception_handler(InputError)
    async def refused(_: Request, fault: InputError) -> JSONResponse:
        return JSONResponse({"detail": fault.what, **fault.details}, status_code=422)

    @app.exception_handler(RequestValidationError)
    async def misfit(_: Request, fault: RequestValidationError) -> JSONResponse:
        is_too_long = any(part["type"] == "too_long" and part["loc"][-1:] == ("events",) for part in fault.errors())
        return JSONResponse({"detail": _faults(fault)}, status_code=413 if is_too_long else 422)

    @app.post("/score", summary="A customer's raw events to its likely segment")
    def score(customer: Customer) -> Answer:
        if len(customer.events) > limits.max_events:
            raise HTTPException(413, detail=f"more than {limits.max_events:,} events (serving.max_events)")
        found = scorer.score([event.model_dump() for event in customer.events], as_of=customer.as_of)
        scored.labels(found.segment or "unscorable").inc()
        return Answer.of(found, customer.customer_id, scorer.fingerprint)

    @app.post("/score/features", summary="A ready feature vector to the likely segment")
    def score_features(features: Features) -> Answer:
        names = scorer.model.features
        missing, unknown = set(names) - set(features.features), set(features.features) - set(names)
        if missing or unknown:
            detail = {
                "missing": sorted(missing),
                "unknown": [_shortened(name) for name in sorted(unknown)[:_SHOWN]],
                "allowed": list(names),
            }
            raise HTTPException(422, detail=detail)
        found = scorer.score_features([features.features[name] for name in names])
        scored.labels(found.segment or "unscorable").inc()
        return Answer.of(found, features.customer_id, scorer.fingerprint)

    @app.get("/model", summary="Which model answers")
    def model() -> Model:
        return Model(
            fingerprint=scorer.fingerprint, as_of=scorer.as_of, kind=scorer.model.kind,
            segments=list(scorer.model.segments), features=list(scorer.model.features), window_days=scorer.window_days,
            time_zone=scorer.time_zone,
        )  # fmt: skip

    @app.get("/health", summary="Whether a score can be computed")
    def health() -> Health:
        scorer.score_features([0.0] * len(scorer.model.features))
        return Health(status="ok", model=scorer.fingerprint)

    @app.get("/metrics", summary="Prometheus text", response_class=Response)
    def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    app.add_middleware(
        Guard, limits=limits, token=token, refused=lambda status: requests.labels("refused", status).inc()
    )
    return app


def _faults(fault: RequestValidationError) -> list[dict[str, Any]]:
    """Which fields, and why; the values are left out: they may be personal, large, or no JSON."""
    parts = [
        {"loc": [place if isinstance(place, int) else _shortened(place) for place in part["loc"]], "msg": part["msg"],
         "type": part["type"]}
        for part in fault.errors()[:_SHOWN]
    ]  # fmt: skip
    more = len(fault.errors()) - len(parts)
    return [*parts, {"loc": [], "msg": f"and {more} more", "type": "more"}] if more else parts


def _shortened(name: object) -> str:
    """A name that the caller chose, of a length and with characters that any answer can hold."""
    return str(name)[:64].encode("utf-8", "backslashreplace").decode("utf-8")
