"""Who may ask: bearer keys where there are any; on loopback without keys, only this machine's own pages and programs.

Without keys a browser is the danger: a foreign page may point its own name at 127.0.0.1 (DNS rebinding), so the Host
header must name this machine; or send requests across origins, so one that changes anything, or asks for data (which
may be costly to make), must come from the page's own origin or from no page at all.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.http.errors import failure_response
from app.http.options import ServiceOptions
from indexes.errors import Forbidden, NotAllowed, RonbunError

OPEN_PATHS = frozenset({"/", "/healthz", "/favicon.ico"})
OPEN_PREFIX = "/static/"
DATA_PREFIX = "/v1/"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HOST_HEADER = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")


class Guard:
    """Lets a request through or answers 401 or 403."""

    def __init__(self, app: ASGIApp, *, options: ServiceOptions) -> None:
        self.app = app
        self.key_digests = tuple(_digest(key) for key in options.api_keys)
        own = options.host if options.host.startswith("[") or ":" not in options.host else f"[{options.host}]"
        self.own_names = frozenset({"localhost", "127.0.0.1", "[::1]", own.lower()})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request."""
        if scope["type"] == "http":
            refusal = self.refusal(scope["method"], scope["path"], Headers(scope=scope))
            if refusal is not None:
                await failure_response(scope, refusal)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def refusal(self, method: str, path: str, headers: Headers) -> RonbunError | None:
        """Return why the request is refused, or None."""
        if not self.key_digests:
            return self._foreign_host(headers) or _foreign_page(method, path, headers)
        if path in OPEN_PATHS or path.startswith(OPEN_PREFIX):
            return None
        return self._wrong_key(headers)

    def _wrong_key(self, headers: Headers) -> RonbunError | None:
        scheme, _, key = headers.get("authorization", "").partition(" ")
        given = _digest(key.strip())
        matches = [hmac.compare_digest(given, digest) for digest in self.key_digests]
        if scheme.lower() == "bearer" and any(matches):
            return None
        reason = "the API key is not one of this service's" if key else "this service needs an API key"
        return NotAllowed(reason, hint="Send the header `Authorization: Bearer <key>`.")

    def _foreign_host(self, headers: Headers) -> RonbunError | None:
        given = headers.get("host", "")
        parsed = HOST_HEADER.fullmatch(given)
        if parsed is not None and parsed[1].lower() in self.own_names:
            return None
        return Forbidden(
            f"the Host header {given[:100]!r} does not name this machine",
            hint="Use http://127.0.0.1 or http://localhost, or set RONBUN_API_KEYS to serve under other names.",
        )


def reader_of(scope: Scope) -> str:
    """Return a name for whoever asks, so that readers can take turns: by key where one is given, else by address."""
    scheme, _, key = Headers(scope=scope).get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        return f"key:{_digest(key.strip()).hex()[:16]}"
    client = scope.get("client")
    return f"address:{client[0]}" if client else ""


def _foreign_page(method: str, path: str, headers: Headers) -> RonbunError | None:
    """Refuse what a page of another origin asks for, save the page itself; programs send neither of the two headers."""
    if method in SAFE_METHODS and not path.startswith(DATA_PREFIX):
        return None
    origin = headers.get("origin")
    is_own = origin is None or urlsplit(origin).netloc.lower() == headers.get("host", "").lower()
    if is_own and headers.get("sec-fetch-site", "none") in ("none", "same-origin"):
        return None
    return Forbidden(
        f"a page of another origin ({(origin or 'unnamed')[:100]!r}) may not use this library",
        hint="Use the page that this service serves, or a program, or set RONBUN_API_KEYS.",
    )


def _digest(key: str) -> bytes:
    """Digests have one length, so comparing them tells nothing about the key's."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
