"""The web service: POST /score and /score/features, GET /model, /health, /metrics, and OpenAPI at /docs."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest

import audiences
from audiences.errors import InputError
from audiences.scoring import LocalScorer
from audiences.serving.messages import Answer, Customer, Features, Health, Model

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
"""Upper edges of the latency histogram."""


def make_app(scorer: LocalScorer) -> FastAPI:
    """The service over one model; every app has its own metrics registry.

    Answers 422 for a request that does not fit (which field, and why), and for events that a scorer refuses.
    """
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

    @app.post("/score", summary="A customer's raw events to its likely segment")
    def score(customer: Customer) -> Answer:
        found = scorer.score([event.model_dump() for event in customer.events], as_of=customer.as_of)
        scored.labels(found.segment or "unscorable").inc()
        return Answer.of(found, customer.customer_id, scorer.fingerprint)

    @app.post("/score/features", summary="A ready feature vector to the likely segment")
    def score_features(features: Features) -> Answer:
        names = scorer.model.features
        missing, unknown = set(names) - set(features.features), set(features.features) - set(names)
        if missing or unknown:
            told = {"missing": sorted(missing), "unknown": sorted(unknown), "allowed": list(names)}
            raise HTTPException(422, detail=told)
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

    return app
