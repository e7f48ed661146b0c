"""Server-sent events: framing (WHATWG HTML, section 9.2) and the response that carries them."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi.responses import StreamingResponse

HEARTBEAT = b": keep-alive\n\n"  # a comment; keeps proxies from closing a quiet stream


def sse_frame(data: str, *, event: str | None = None) -> bytes:
    """Return one event; `data` may hold line breaks, which become data lines of their own."""
    name = [] if event is None else [f"event: {event}"]
    lines = data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return ("\n".join([*name, *(f"data: {line}" for line in lines)]) + "\n\n").encode()


def sse_response(frames: AsyncIterator[bytes]) -> StreamingResponse:
    """Return a stream that no cache or proxy holds back."""
    return StreamingResponse(
        frames, media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
