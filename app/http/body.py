"""Request bodies: the kinds that are read, and how many bytes of them, counted as they arrive."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.errors import failure_response
from indexes.errors import BadInput, RonbunError, TooLarge, UnsupportedSource

MAX_JSON_BYTES = 1_048_576  # a question, a claim with its passages, a conversation's history
MULTIPART_OVERHEAD_BYTES = 65_536  # boundaries and part headers around the files themselves
MAX_DRAINING_S = 5.0
MAX_DRAINED_BYTES = 8_388_608  # read and thrown away after a refusal, so that the client gets to see it


class BodyRules:
    """Refuses bodies of another kind (415) or over the limit (413), stated or streamed."""

    def __init__(self, app: ASGIApp, *, max_upload_bytes: int) -> None:
        self.app = app
        self.max_upload_bytes = max_upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request's headers, then count its body."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        limit = self._limit(headers)
        refusal = _header_refusal(headers, limit=limit)
        if refusal is not None:
            await _drain(receive)
            await failure_response(scope, refusal)(scope, receive, send)
            return
        await self.app(scope, _counting(receive, limit=limit), send)

    def _limit(self, headers: Headers) -> int:
        if _media_type(headers) == "multipart/form-data":
            return self.max_upload_bytes + MULTIPART_OVERHEAD_BYTES
        return min(MAX_JSON_BYTES, self.max_upload_bytes)


def _media_type(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _header_refusal(headers: Headers, *, limit: int) -> RonbunError | None:
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        return BadInput(f"Content-Length {length[:40]!r} is not a number of bytes", hint="Send the body's length.")
    has_body = int(length) > 0 or "transfer-encoding" in headers
    if int(length) > limit:
        return TooLarge(
            _too_large(limit), hint=f"The body has {length} bytes; split it, or raise RONBUN_MAX_UPLOAD_MB."
        )
    if has_body and _media_type(headers) not in ("application/json", "multipart/form-data"):
        return UnsupportedSource(
            f"a body of type {headers.get('content-type', '')[:80]!r} is not read here",
            hint="Send application/json, or multipart/form-data to POST /v1/papers.",
        )
    return None


def _too_large(limit: int) -> str:
    return f"the body is larger than {limit} bytes, the limit for its kind"


def _counting(receive: Receive, *, limit: int) -> Receive:
    seen = 0

    async def receive_counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            if message.get("more_body", False):
                await _drain(receive)
            raise HTTPException(413, _too_large(limit))
        return message

    return receive_counted


async def _drain(receive: Receive) -> None:
    """Read on for a while: a connection that is closed on a sender resets before the answer is read."""
    drained = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(MAX_DRAINING_S):
            while drained < MAX_DRAINED_BYTES:
                message = await receive()
                drained += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return
