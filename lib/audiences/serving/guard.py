"""What stands before the service: request ids, the bearer token, limits of size, time and number.

One ASGI layer around the application. It decides before the body is parsed, so that a caller who may not ask, or asks
for too much, costs next to nothing. Refusals are small JSON texts that repeat nothing of the request.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import re
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from audiences.config import Serving

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]
Refusals = Callable[[int], None]

OPEN_PATHS = frozenset({"/health"})
"""Answered without a token: a probe of the platform has none."""

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class Guard:
    """The application behind its limits.

    Args:
        application: what answers.
        limits: the settings `serving`.
        token: the bearer token that every request needs; None: no request needs one.
        refused: called with the status of each request that is refused here, for the metrics.
    """

    def __init__(self, application: Application, limits: Serving, *, token: str | None, refused: Refusals) -> None:
        self.application = application
        self.limits = limits
        self._expected = None if token is None else f"Bearer {token}".encode()
        self._refused = refused
        self._in_work = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        identified = _with_request_id(send, headers.get(b"x-request-id", b""))
        if not self._may_ask(scope["path"], headers.get(b"authorization", b"")):
            await self._refuse(identified, 401, "a bearer token is needed", (b"www-authenticate", b"Bearer"))
        elif self._in_work >= self.limits.max_requests and scope["path"] not in OPEN_PATHS:
            await self._refuse(identified, 503, "too many requests in work", (b"retry-after", b"1"))
        else:
            self._in_work += 1
            try:
                await self._answer(scope, receive, identified, headers)
            finally:
                self._in_work -= 1

    def _may_ask(self, path: str, given: bytes) -> bool:
        if self._expected is None or path in OPEN_PATHS:
            return True
        return hmac.compare_digest(given, self._expected)

    async def _answer(
        self, scope: Message, receive: Receive, send: Send, headers: MutableMapping[bytes, bytes]
    ) -> None:
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or len(length) > 12 or int(length) > self.limits.max_body_bytes:
            await self._refuse_size(send)
            return
        try:
            body = await asyncio.wait_for(self._body(receive), self.limits.receive_seconds)
        except asyncio.TimeoutError:
            await self._refuse(send, 408, "the request did not arrive in time", (b"connection", b"close"))
            return
        if body is None:
            return  # the caller has gone
        if len(body) > self.limits.max_body_bytes:
            await self._refuse_size(send)
            return
        await self.application(scope, _received(body, receive), send)

    async def _body(self, receive: Receive) -> bytes | None:
        """The whole body, or as much of it as shows that it is too large; None where the caller went away."""
        parts, size, is_more = [], 0, True
        while is_more and size <= self.limits.max_body_bytes:
            message = await receive()
            if message["type"] != "http.request":
                return None
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            is_more = message.get("more_body", False)
        return b"".join(parts)

    async def _refuse_size(self, send: Send) -> None:
        allowed = f"{self.limits.max_body_bytes:,} bytes or less are allowed (serving.max_body_bytes)"
        await self._refuse(send, 413, f"the request is too large: {allowed}", (b"connection", b"close"))

    async def _refuse(self, send: Send, status: int, detail: str, *headers: tuple[bytes, bytes]) -> None:
        self._refused(status)
        body = json.dumps({"detail": detail}).encode()
        described = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *headers]
        await send({"type": "http.response.start", "status": status, "headers": described})
        await send({"type": "http.response.body", "body": body})


def _with_request_id(send: Send, given: bytes) -> Send:
    """Answers carry the caller's request id where it is a plain word, else a new one."""
    identity = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex.encode()

    async def identified(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), (b"x-request-id", identity)]}
        await send(message)

    return identified


def _received(body: bytes, receive: Receive) -> Receive:
    """The body as one message; after it whatever the server has to say, such as that the caller went away."""
    is_given = False

    async def once() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once
