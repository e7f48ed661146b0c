"""The models that a server lists: what it serves may not be what is asked for."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence

import httpx
from pydantic import BaseModel, Field, ValidationError

from app.generators.protocol import PROGRESS_S
from app.generators.remote.exchange import Exchange, Head, LoopClient
from app.generators.remote.refusals import listing_hint
from app.generators.remote.trouble import Trouble, unreadable
from indexes.errors import ModelMissing, RonbunError

logger = logging.getLogger(__name__)

MAX_LISTING_BYTES = 1 << 20
_SHOWN_NAMES = 12
_SHOWN_NAME_CHARS = 120
_LISTING_S = PROGRESS_S  # nobody is told of anything meanwhile
_DEFAULT_TAG = ":latest"  # Ollama's, which a request may leave out


class _Model(BaseModel):
    id: str


class _Listing(BaseModel):
    data: list[_Model] = Field(max_length=10_000)


class ServedModels:
    """Asks a server what it lists where that matters: after the first draft, and where it does not know the model."""

    def __init__(self, client: LoopClient, *, url: str, model: str) -> None:
        self._client = client
        self._url = url
        self._model = model
        self._is_checked = False

    def check_once(self) -> None:
        """Warn once if the server lists other models: some answer to any name, and it would stand in the provenance."""
        if self._is_checked:
            return
        self._is_checked = True
        names = self._names()
        if names and not _is_listed(self._model, names):
            logger.warning("the server lists other models model=%s listed=%s", self._model, _shown_names(names))

    def with_listing(self, error: RonbunError) -> RonbunError:
        """Return the error, with the models that there are where one is missing and the server tells."""
        if isinstance(error, ModelMissing):
            error.hint = listing_hint(_shown_names(self._names()))
        return error

    def _names(self) -> tuple[str, ...]:
        try:
            return _list_models(self._client, url=self._url, wait_s=_LISTING_S)
        except (Trouble, RonbunError) as failure:  # the list only helps: not having it never fails a draft
            logger.debug("models are not listed: %s", failure)
            return ()


def _list_models(client: LoopClient, *, url: str, wait_s: float) -> tuple[str, ...]:
    """Return the names that the server lists.

    Raises:
        Trouble: it lists none, or not within `wait_s`.
        ModelFailed: the client is closed.
    """
    exchange = Exchange(client, method="GET", url=url, body=None)
    try:
        content = _receive(exchange, url=url, ends_at=time.monotonic() + wait_s)
        return tuple(model.id for model in _Listing.model_validate(json.loads(content)).data)
    except (ValidationError, ValueError, RecursionError) as error:
        raise unreadable(f"{url} did not answer with a list of models") from error
    finally:
        exchange.close()


def _is_listed(model: str, names: Sequence[str]) -> bool:
    """Tell whether a request for `model` means one of `names`."""
    return model in names or f"{model}{_DEFAULT_TAG}" in names


def _shown_names(names: Sequence[str]) -> tuple[str, ...]:
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
