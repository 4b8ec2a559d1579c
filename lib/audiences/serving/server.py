"""The service as a process: a server that cuts requests which do not arrive, and stops when told to."""

from __future__ import annotations

import ipaddress
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from audiences.config import Serving
from audiences.config.secret import resolve
from audiences.errors import ConfigError
from audiences.scoring import LocalScorer
from audiences.serving.app import make_app

MIN_TOKEN_LENGTH = 16


def token_of(serving: Serving, *, host: str, is_open: bool) -> str | None:
    """The bearer token that requests need; None where the service was asked to be open, on loopback.

    Raises:
        ConfigError: no token is configured and the service was not asked to be open; or it was, and other machines
            could reach it.
    """
    if is_open and not is_loopback(host):
        raise ConfigError(
            "a service without a token listens on this machine only", where="--no-auth", found=f"--host {host}",
            allowed="127.0.0.1, ::1 or localhost", advice="--set serving.token=env:NAME",
        )  # fmt: skip
    if is_open:
        return None
    if serving.token is None:
        raise ConfigError(
            "the service needs a bearer token", where="serving.token", found="none",
            allowed="env:NAME or file:PATH", advice="--set serving.token=env:NAME; or --no-auth for this machine alone",
        )  # fmt: skip
    return resolve(serving.token, setting="serving.token", min_length=MIN_TOKEN_LENGTH)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def serve(scorer: LocalScorer, serving: Serving, *, host: str, port: int, token: str | None) -> None:
    """Answers until the process is told to stop; requests in work are then finished."""
    config = uvicorn.Config(
        make_app(scorer, serving, token=token), host=host, port=port, log_level="info", http=_cutting(serving),
        ws="none", limit_concurrency=serving.max_connections, timeout_graceful_shutdown=serving.stop_seconds,
        timeout_keep_alive=max(1, int(serving.receive_seconds)), h11_max_incomplete_event_size=16_384,
        server_header=False, proxy_headers=False,
    )  # fmt: skip
    uvicorn.Server(config).run()


def _cutting(serving: Serving) -> type[Any]:
    """uvicorn's protocol with a limit of time for a request's head: else half a request holds a connection for ever."""

    class CuttingProtocol(H11Protocol):  # type: ignore[misc,unused-ignore]
        head_timer: Any = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._start()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.conn.their_state is h11.IDLE and self.conn.our_state is h11.IDLE:
                self._start()  # the beginning of a further request on the same connection
            else:
                self._stop()  # the head is there: the limits of the application hold from here on

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop()
            super().connection_lost(exc)

        def _start(self) -> None:
            if self.head_timer is None:
                self.head_timer = self.loop.call_later(serving.receive_seconds, self.transport.close)

        def _stop(self) -> None:
            if self.head_timer is not None:
                self.head_timer.cancel()
                self.head_timer = None

    return CuttingProtocol
