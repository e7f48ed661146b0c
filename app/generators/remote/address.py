"""The setting `remote_url` into the addresses that are asked, and the key into headers; what cannot be is refused."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

import httpx

from indexes.errors import BadInput

_EXAMPLE = "Give the base URL of an OpenAI-compatible server, such as http://127.0.0.1:8080/v1."


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server answers; `is_local` says that it is this machine, so that no proxy may stand between."""

    completions: str
    models: str
    is_local: bool


def read_address(url: str) -> Address:
    """Read a base URL.

    Raises:
        BadInput: it is not an http(s) address, or holds a password, a query or a fragment.
    """
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError) as error:
        raise BadInput(f"RONBUN_REMOTE_URL is not an address: {url!r}", hint=_EXAMPLE) from error
    if parsed.userinfo:  # it would stand in every message and log line
        raise BadInput(
            "RONBUN_REMOTE_URL holds a user name or password", hint="Give the key as RONBUN_REMOTE_KEY, and only there."
        )
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise BadInput(f"RONBUN_REMOTE_URL is not an http(s) address: {url!r}", hint=_EXAMPLE)
    if parsed.query or parsed.fragment:
        raise BadInput(f"RONBUN_REMOTE_URL holds more than a base address: {url!r}", hint=_EXAMPLE)
    base = url.rstrip("/")
    return Address(f"{base}/chat/completions", f"{base}/models", _is_loopback(parsed.host))


def request_headers(key: str) -> dict[str, str]:
    """Return the headers of every request; compression is not asked for, so that a limit on bytes is one on memory.

    Raises:
        BadInput: the key cannot stand in a header.
    """
    if not key.isascii() or not key.isprintable():
        raise BadInput("RONBUN_REMOTE_KEY holds characters that a header cannot", hint="Copy the key again.")
    plain = {"Accept-Encoding": "identity", "Accept": "text/event-stream, application/json"}
    return {**plain, "Authorization": f"Bearer {key}"} if key else plain


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return address.is_loopback or (mapped is not None and mapped.is_loopback)
