"""OpenAI's shapes over the same answers: `/v1/chat/completions` and `/v1/models`.

A model is `library` or `paper:<id>`. The last user message is the question, understood from those before it; sampling
parameters are accepted and mean nothing here. Citations stand beside the message, as fields that OpenAI's clients pass
through.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from app.answering.answer import Claimed, Done
from app.answering.claims import answer_text
from app.answering.records import Claim, Verdict
from app.http.asking import AnswerStream, answer_options, answer_until
from app.http.chat_history import question_of
from app.http.chat_shapes import (
    ChatChoice,
    ChatMessage,
    ChatOutput,
    ChatRequest,
    ChatUsage,
    ModelEntry,
    ModelsList,
    PromptTokensDetails,
)
from app.http.errors import request_id_of, stream_failure
from app.http.guard import reader_of
from app.http.pools import run_while_read
from app.http.services import ServicesOf
from app.http.sse import HEARTBEAT, sse_frame, sse_response
from app.schemas import AnswerOutput
from indexes.errors import NotFound
from indexes.library import Library

LIBRARY_MODEL = "library"
PAPER_MODEL_PREFIX = "paper:"
MAX_MODELS = 1000

router = APIRouter(tags=["openai"])


@router.get("/v1/models")
async def list_models(
    services: ServicesOf, limit: Annotated[int, Query(ge=1, le=MAX_MODELS)] = MAX_MODELS
) -> ModelsList:
    """List the models: the library, then its papers, newest first, as far as `limit` goes."""
    papers = await services.reads.run(lambda: services.library.papers.listed(limit=limit - 1))
    entries = [ModelEntry(id=PAPER_MODEL_PREFIX + stored.paper.paper_id, name=stored.paper.title) for stored in papers]
    return ModelsList(data=[ModelEntry(id=LIBRARY_MODEL, name="Every paper of the library"), *entries])


@router.post("/v1/chat/completions", response_model=ChatOutput, responses={200: {"content": {"text/event-stream": {}}}})
async def chat_completions(
    asked: ChatRequest, request: Request, services: ServicesOf
) -> ChatOutput | StreamingResponse:
    """Answer the last user message from the library or from one paper."""
    question = question_of(asked.messages)
    paper_ids = await services.reads.run(lambda: papers_of_model(services.library, asked.model))
    options = answer_options(services, paper_ids=paper_ids, language=None, reader=reader_of(request.scope))
    if asked.stream:
        stream = AnswerStream(question, services=services, options=options)
        return sse_response(_frames(stream, asked, request_id=request_id_of(request.scope)))
    answer = await run_while_read(
        request,
        services.asks,
        lambda left: AnswerOutput.of(answer_until(left, question, services=services, options=options)),
    )
    return ChatOutput(
        id=_completion_id(),
        created=int(time.time()),
        model=asked.model,
        choices=[ChatChoice(message=_message(answer), finish_reason=_finish_reason(answer))],
        usage=_usage(answer),
        status=answer.status,
    )


def papers_of_model(library: Library, model: str) -> tuple[str, ...] | None:
    """Return the papers that a model's name stands for; None means all.

    Raises:
        NotFound: there is no such model.
    """
    if model == LIBRARY_MODEL:
        return None
    if model.startswith(PAPER_MODEL_PREFIX):
        return (library.papers.resolve(model.removeprefix(PAPER_MODEL_PREFIX)),)
    raise NotFound(f"model {model!r} is not there", hint="Use `library` or `paper:<id>`; GET /v1/models lists them.")


def _completion_id() -> str:
    return f"chatcmpl-{uuid.uuid4().hex}"


def _message(answer: AnswerOutput) -> ChatMessage:
    return ChatMessage(content=answer.text, citations=answer.citations)


def _finish_reason(answer: AnswerOutput) -> Literal["stop", "length"]:
    return "length" if answer.provenance.is_cut_off else "stop"


def _usage(answer: AnswerOutput) -> ChatUsage:
    usage = answer.provenance.usage
    return ChatUsage(
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        total_tokens=usage.prompt_tokens + usage.completion_tokens,
        prompt_tokens_details=PromptTokensDetails(cached_tokens=usage.cached_tokens),
    )


async def _frames(stream: AnswerStream, asked: ChatRequest, *, request_id: str | None) -> AsyncIterator[bytes]:
    """Send the role at once, each supported claim as it is checked, then citations and the end."""
    head = {"id": _completion_id(), "created": int(time.time()), "model": asked.model}
    shown: Claim | None = None
    try:
        yield _chunk(head, {"role": "assistant", "content": ""})
        async for event in stream.events():
            if event is None:
                yield HEARTBEAT
            elif isinstance(event, Claimed) and event.claim.verdict is Verdict.SUPPORTED:
                yield _chunk(head, {"content": _joiner(shown) + answer_text((event.claim,))})
                shown = event.claim
            elif isinstance(event, Done):
                answer = AnswerOutput.of(event.answer)
                for frame in _last_chunks(head, asked, answer, is_text_sent=shown is not None):
                    yield frame
    except Exception as error:
        yield sse_frame(json.dumps(stream_failure(error, request_id=request_id), ensure_ascii=False))
    yield sse_frame("[DONE]")


def _joiner(before: Claim | None) -> str:
    return "" if before is None or before.text.endswith("。") else " "


def _last_chunks(
    head: dict[str, Any], asked: ChatRequest, answer: AnswerOutput, *, is_text_sent: bool
) -> Iterator[bytes]:
    """Yield the text where no claim was shown (an abstention), the citations, and the usage if it is asked for."""
    if not is_text_sent:
        yield _chunk(head, {"content": answer.text})
    citations = [citation.model_dump() for citation in answer.citations]
    yield _chunk(head, {"citations": citations}, finish_reason=_finish_reason(answer), status=answer.status)
    if asked.stream_options is not None and asked.stream_options.include_usage:
        usage = {"choices": [], "usage": _usage(answer).model_dump()}
        yield sse_frame(json.dumps({**head, "object": "chat.completion.chunk", **usage}))


def _chunk(
    head: dict[str, Any], delta: dict[str, Any], *, finish_reason: str | None = None, status: str | None = None
) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    chunk = {**head, "object": "chat.completion.chunk", "choices": [choice]}
    return sse_frame(json.dumps(chunk if status is None else {**chunk, "status": status}, ensure_ascii=False))
