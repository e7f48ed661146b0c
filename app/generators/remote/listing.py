"""The models that a server lists, for messages: what it serves may not be what is asked for."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

import httpx
from pydantic import BaseModel, Field, ValidationError

from app.generators.remote.exchange import Exchange, Head, LoopClient
from app.generators.remote.trouble import unreadable

MAX_LISTING_BYTES = 1 << 20
_SHOWN_NAMES = 12
_SHOWN_NAME_CHARS = 120
_DEFAULT_TAG = ":latest"  # Ollama's, which a request may leave out


class _Model(BaseModel):
    id: str


class _Listing(BaseModel):
    data: list[_Model] = Field(max_length=10_000)


def list_models(client: LoopClient, *, url: str, wait_s: float) -> tuple[str, ...]:
    """Return the names that the server lists.

    Raises:
        Trouble: it lists none, or not within `wait_s`.
    """
    exchange = Exchange(client, method="GET", url=url, body=None)
    try:
        content = _receive(exchange, url=url, ends_at=time.monotonic() + wait_s)
        return tuple(model.id for model in _Listing.model_validate(json.loads(content)).data)
    except (ValidationError, ValueError, RecursionError) as error:
        raise unreadable(f"{url} did not answer with a list of models") from error
    finally:
        exchange.close()


def is_listed(model: str, names: Sequence[str]) -> bool:
    """Tell whether a request for `model` means one of `names`."""
    return model in names or f"{model}{_DEFAULT_TAG}" in names


def shown_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return the first names, fit for a message."""
    fit = (name for name in names if name.isprintable())
    return tuple(name[:_SHOWN_NAME_CHARS] for name, _ in zip(fit, range(_SHOWN_NAMES), strict=False))


def _receive(exchange: Exchange, *, url: str, ends_at: float) -> bytes:
    content = bytearray()
    while (left := ends_at - time.monotonic()) > 0:
        arrived = exchange.receive(wait_s=left)
        if isinstance(arrived, Head) and arrived.status != httpx.codes.OK:
            raise unreadable(f"{url} answered {arrived.status}")
        if isinstance(arrived, bytes):
            content += arrived
        if arrived == b"":
            return bytes(content)
        if len(content) > MAX_LISTING_BYTES:
            raise unreadable(f"{url} sent a list over the limit of {MAX_LISTING_BYTES} bytes")
    raise unreadable(f"{url} did not list its models in time")
