"""Addresses as people and servers write them, to addresses that may be asked: http or https, a host, no password."""

from __future__ import annotations

import httpx

from indexes.errors import BadInput, NotAllowed

_MAX_SHOWN = 200
_HINT = "Give http://… or https://…, without a password."


def checked_url(address: str) -> httpx.URL:
    """Return the parsed address.

    Raises:
        BadInput: it is no address, has no host, or carries a user name or password.
        NotAllowed: its scheme is neither http nor https.
    """
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise BadInput(f"{address[:_MAX_SHOWN]!r} is no address: {error}", hint=_HINT) from error
    if url.scheme not in ("http", "https"):
        raise NotAllowed(
            f"{address[:_MAX_SHOWN]}: {url.scheme or 'no'} addresses are not read", hint="Only http and https are."
        )
    if url.userinfo:
        raise BadInput(f"the address at {url.host} carries a user name or password", hint=_HINT)
    if not url.host:
        raise BadInput(f"{address[:_MAX_SHOWN]} has no host", hint=_HINT)
    return url


def joined_url(base: str, reference: str) -> str:
    """Return where a reference (a redirect's, a page's) leads from `base`.

    Raises:
        BadInput: it leads nowhere.
    """
    try:
        return str(httpx.URL(base).join(reference))
    except (httpx.InvalidURL, ValueError) as error:
        raise BadInput(f"{base} leads to {reference[:_MAX_SHOWN]!r}: {error}", hint=_HINT) from error
