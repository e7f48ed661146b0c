"""The JSON of OpenAI's chat completions and models, as far as it is read and written here."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.http.texts import Text
from app.schemas import CitationOutput, Output

MAX_MESSAGES = 200


class TextPart(BaseModel):
    """A part of a message; only text is read."""

    type: Literal["text"]
    text: Text


class Message(BaseModel):
    """One message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Text | list[TextPart] | None = None


class StreamOptions(BaseModel):
    """What a stream carries besides its text."""

    include_usage: bool = False


class ChatRequest(BaseModel):
    """A chat completion as OpenAI's clients ask for it."""

    model_config = ConfigDict(extra="ignore")

    model: Text = Field(min_length=1, max_length=300)
    messages: list[Message] = Field(min_length=1, max_length=MAX_MESSAGES)
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: Literal[1] = 1


class ChatMessage(Output):
    """The answer's text, with markers, and the citations that they point to."""

    role: Literal["assistant"] = "assistant"
    content: str
    citations: list[CitationOutput]


class ChatChoice(Output):
    """The one choice."""

    index: Literal[0] = 0
    message: ChatMessage
    finish_reason: Literal["stop", "length"] = "stop"


class PromptTokensDetails(Output):
    """How many of the prompt's tokens the model had read before."""

    cached_tokens: int


class ChatUsage(Output):
    """Tokens read and written; 0 for a generator without a model."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: PromptTokensDetails


class ChatOutput(Output):
    """A chat completion; `status` is the answer's own."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[ChatChoice]
    usage: ChatUsage
    status: str


class ModelEntry(Output):
    """One model: the whole library, or one paper, whose title is in `name`."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: Literal["ronbun"] = "ronbun"
    name: str


class ModelsList(Output):
    """The models that can be asked."""

    object: Literal["list"] = "list"
    data: list[ModelEntry]
