"""The body of a chat completion into its text, how it ended, and its usage; strict about the parts it reads."""

from __future__ import annotations

import json
from dataclasses import dataclass

from pydantic import BaseModel, Field, ValidationError

from app.generators.protocol import Usage
from indexes.errors import ModelFailed


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What the model wrote; `is_cut_off` says that it ended at the token limit."""

    content: str
    is_cut_off: bool
    usage: Usage


class _Message(BaseModel):
    content: str


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int = Field(0, ge=0)
    completion_tokens: int = Field(0, ge=0)


class _Completion(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None


def read_chat_reply(body: bytes, *, url: str) -> ChatReply:
    """Read a chat completion's body; of several choices the first counts.

    Raises:
        ModelFailed: the body is not one.
    """
    try:
        completion = _Completion.model_validate(json.loads(body))
    except (ValidationError, ValueError, RecursionError) as error:
        shown = body[:200].decode("utf-8", errors="replace")
        raise ModelFailed(
            f"{url} did not answer with a chat completion: {shown!r}",
            hint="Check that RONBUN_REMOTE_URL is the base of an OpenAI-compatible API (it usually ends in /v1).",
        ) from error
    choice, usage = completion.choices[0], completion.usage or _Usage(prompt_tokens=0, completion_tokens=0)
    return ChatReply(
        content=choice.message.content,
        is_cut_off=choice.finish_reason == "length",
        usage=Usage(usage.prompt_tokens, usage.completion_tokens),
    )
