"""One event of a streamed completion, or a whole completion, into what it adds; strict about what it reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.generators.protocol import Usage
from app.generators.remote.trouble import Trouble, unreadable

MOST_TOKENS = 10**9
_SHOWN_CHARS = 200
_CHECK_BASE = "Check that RONBUN_REMOTE_URL is the base of an OpenAI-compatible API (it usually ends in /v1)."


@dataclass(frozen=True, slots=True)
class ReplyPiece:
    """What an event adds: text, whether the model thinks aloud, how it ended (None: not yet), its tokens."""

    content: str
    has_reasoning: bool
    ending: str | None
    usage: Usage | None


@dataclass(frozen=True, slots=True)
class ServerError:
    """What a server says instead of an answer, though its status was 200; `status` is None where it gives no code."""

    status: int | None
    said: str


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class _Message(_Strict):
    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None


class _Choice(_Strict):
    index: int = 0
    delta: _Message | None = None
    message: _Message | None = None
    finish_reason: str | None = None


class _PromptDetails(_Strict):
    cached_tokens: int | None = Field(None, ge=0, le=MOST_TOKENS)


class _Usage(_Strict):
    prompt_tokens: int = Field(0, ge=0, le=MOST_TOKENS)
    completion_tokens: int | None = Field(0, ge=0, le=MOST_TOKENS)
    prompt_tokens_details: _PromptDetails | None = None


class _Completion(_Strict):
    choices: list[_Choice]
    usage: _Usage | None = None


def read_reply(text: str, *, server: str, is_whole: bool) -> ReplyPiece | ServerError:
    """Read one event's data, or a whole completion; of several choices the first counts.

    Raises:
        Trouble: it is not one.
    """
    try:
        parsed = json.loads(text, parse_constant=_refuse_constant)
        if (error := _server_error(parsed)) is not None:
            return error
        completion = _Completion.model_validate(parsed)
    except (ValidationError, ValueError, RecursionError) as error:
        raise _not_a_completion(text, server=server) from error
    choice = next((choice for choice in completion.choices if choice.index == 0), None)
    message = None if choice is None else choice.message if is_whole else choice.delta
    if is_whole and (message is None or message.content is None) and not (message and message.refusal):
        raise _not_a_completion(text, server=server)
    if message is not None and message.refusal:
        raise unreadable(f"the model refused to answer: {message.refusal[:_SHOWN_CHARS]!r}", hint="Ask another model.")
    return ReplyPiece(
        content=(message.content if message else None) or "",
        has_reasoning=bool(message and (message.reasoning_content or message.reasoning)),
        ending=choice.finish_reason if choice else None,
        usage=_usage(completion.usage),
    )


def error_text(parsed: object) -> str:
    """Return the words of an error in the shapes of OpenAI, vLLM and FastAPI; "" where there are none."""
    if not isinstance(parsed, Mapping):
        return ""
    error = parsed.get("error", parsed)
    if isinstance(error, str):
        return error
    if not isinstance(error, Mapping):
        return ""
    parts = [str(error[name]) for name in ("message", "param", "code", "detail") if error.get(name)]
    return " · ".join(parts)


def _server_error(parsed: object) -> ServerError | None:
    if not isinstance(parsed, Mapping) or not (parsed.get("error") or parsed.get("object") == "error"):
        return None
    error = parsed.get("error")
    code = (error if isinstance(error, Mapping) else parsed).get("code")
    return ServerError(code if type(code) is int and 400 <= code < 600 else None, error_text(parsed))


def _usage(usage: _Usage | None) -> Usage | None:
    if usage is None:
        return None
    cached = (usage.prompt_tokens_details.cached_tokens if usage.prompt_tokens_details else 0) or 0
    return Usage(usage.prompt_tokens, usage.completion_tokens or 0, min(cached, usage.prompt_tokens))


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _not_a_completion(text: str, *, server: str) -> Trouble:
    return unreadable(f"{server} did not answer with a chat completion: {text[:_SHOWN_CHARS]!r}", hint=_CHECK_BASE)
