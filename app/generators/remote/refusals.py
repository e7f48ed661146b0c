"""Statuses other than 200 into troubles, with what the server said and how long it asked to be left alone."""

from __future__ import annotations

import contextlib
import email.utils
import json
import math
from collections.abc import Sequence
from datetime import UTC, datetime

from app.generators.remote.reply import error_text
from app.generators.remote.trouble import CHECK_SERVER, Trouble
from indexes.errors import Busy, ModelFailed, ModelMissing, RonbunError, TooLarge

MAX_SAID_CHARS = 300
LONGEST_RETRY_AFTER_S = 86_400
_OVERLOADED = frozenset({429, 503, 529})
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
_UNKNOWN_RETRY_S = 5
_MISSING_WORDS = ("model_not_found", "model not found")
_WINDOW_WORDS = ("context length", "context size", "context_length_exceeded", "context window")


def refusal(status: int, said: str, *, model: str, server: str, retry_after: str = "") -> Trouble:
    """Return the trouble of an answer with `status`, or of an error within one, in the words `said`."""
    said = " ".join(said.split())[:MAX_SAID_CHARS]
    retry_after_s = read_retry_after(retry_after)
    what = f"{server} answered {status} for model {model!r}: {said!r}"
    return Trouble(
        _error(status, said.lower(), what, retry_after_s=retry_after_s),
        is_passing=status in _PASSING,
        is_outage=status >= 500,
        retry_after_s=retry_after_s,
        status=status,
        said=said,
    )


def read_said(content: bytes) -> str:
    """Return the words of an error's body, whatever its shape."""
    text = content.decode("utf-8", errors="replace")
    with contextlib.suppress(ValueError, RecursionError):  # not JSON: the body itself is what was said
        text = error_text(json.loads(text)) or text
    return text


def read_retry_after(value: str) -> float | None:
    """Return the seconds that a Retry-After header names (RFC 9110, 10.2.3: seconds or a date), or None."""
    value = value.strip()[:64]
    if value.isascii() and value.isdigit():
        return float(min(int(value), LONGEST_RETRY_AFTER_S))
    try:
        at = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max((at - datetime.now(UTC)).total_seconds(), 0.0), LONGEST_RETRY_AFTER_S)


def listing_hint(names: Sequence[str]) -> str:
    """Return the hint for a model that the server does not know; `names` are those it lists, if any."""
    shown = f" It lists: {', '.join(names)}." if names else ""
    return f"Check RONBUN_REMOTE_MODEL and that RONBUN_REMOTE_URL ends in /v1.{shown}"


def _error(status: int, said: str, what: str, *, retry_after_s: float | None) -> RonbunError:
    if status in _OVERLOADED:
        seconds = _UNKNOWN_RETRY_S if retry_after_s is None else max(1, math.ceil(retry_after_s))
        return Busy(what, hint="The server is overloaded or starting; try again later.", retry_after_s=seconds)
    if status in (401, 403):
        return ModelFailed(what, hint="Set RONBUN_REMOTE_KEY to a key that the server takes.")
    if status == 404 or any(words in said for words in _MISSING_WORDS):
        return ModelMissing(what, hint=listing_hint(()))
    if status == 413 or any(words in said for words in _WINDOW_WORDS):
        return TooLarge(what, hint="Set RONBUN_CONTEXT_TOKENS to the server's window, or a little below.")
    return ModelFailed(what, hint=CHECK_SERVER)
