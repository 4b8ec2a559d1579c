"""Settings of the web service and of SQL queries: who may ask, and how much."""

from __future__ import annotations

from pydantic import Field

from audiences.config.secret import SecretReference
from audiences.config.section import Section


class Serving(Section):
    """Limits of audiences serve."""

    token: SecretReference | None = Field(
        None, description="where the bearer token is: env:NAME or file:PATH; null: only with --no-auth, on loopback"
    )
    max_body_bytes: int = Field(2_000_000, ge=1_000, le=100_000_000, description="a larger request is answered 413")
    max_events: int = Field(10_000, ge=1, le=100_000, description="of one customer; more are answered 413")
    receive_seconds: float = Field(
        10, gt=0, le=600, description="a request that has not arrived whole by then is answered 408 or cut"
    )
    max_requests: int = Field(64, ge=1, le=10_000, description="requests in work at once; others are answered 503")
    max_connections: int = Field(512, ge=1, le=100_000, description="open connections; others are answered 503")
    stop_seconds: int = Field(10, ge=0, le=600, description="when told to stop, requests in work get so long to end")


class Query(Section):
    """Limits of audiences query."""

    max_rows: int = Field(1_000_000, ge=1, description="an answer of more rows is refused")
    timeout_seconds: float = Field(300, gt=0, description="a query that takes longer is ended")
    memory_gb: float = Field(4, gt=0, description="memory that DuckDB may take; nothing is written to disk")
