"""`POST /v1/ask`: one grounded answer, whole or as a stream of events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import assert_never

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from app.answering.answer import AnswerEvent, Claimed, Done, Retrieved
from app.answering.records import Progressed
from app.http.asking import AnswerStream, answer_options, answer_until
from app.http.errors import request_id_of, stream_failure
from app.http.guard import reader_of
from app.http.papers_named import PaperNames, resolve_papers
from app.http.pools import run_while_read
from app.http.services import ServicesOf
from app.http.sse import HEARTBEAT, sse_frame, sse_response
from app.http.texts import Text
from app.schemas import AnswerOutput, ClaimOutput, HitOutput
from indexes.records import Language

router = APIRouter(tags=["ask"])


class AskRequest(BaseModel):
    """A question, the papers to answer from (by id, prefix, arXiv id or DOI; all where absent), and how to answer."""

    model_config = ConfigDict(extra="forbid")

    question: Text
    paper_ids: PaperNames | None = None
    language: Language | None = Field(None, description="The answer's language; the question's own where absent.")
    stream: bool = False


@router.post("/v1/ask", response_model=AnswerOutput, responses={200: {"content": {"text/event-stream": {}}}})
async def ask(asked: AskRequest, request: Request, services: ServicesOf) -> AnswerOutput | StreamingResponse:
    """Answer a question with quotes and pages; with `stream`, as events: `retrieved`, `progress`, `claim`, `done`."""
    paper_ids = await services.reads.run(lambda: resolve_papers(services.library, asked.paper_ids))
    options = answer_options(services, paper_ids=paper_ids, language=asked.language, reader=reader_of(request.scope))
    if asked.stream:
        stream = AnswerStream(asked.question, services=services, options=options)
        return sse_response(_frames(stream, request_id=request_id_of(request.scope)))
    return await run_while_read(
        request,
        services.asks,
        lambda left: AnswerOutput.of(answer_until(left, asked.question, services=services, options=options)),
    )


async def _frames(stream: AnswerStream, *, request_id: str | None) -> AsyncIterator[bytes]:
    try:
        async for event in stream.events():
            if event is None:
                yield HEARTBEAT
            else:
                yield _frame(event)
    except Exception as error:
        yield sse_frame(json.dumps(stream_failure(error, request_id=request_id), ensure_ascii=False), event="error")


def _frame(event: AnswerEvent) -> bytes:
    match event:
        case Retrieved(hits=hits, titles=titles):
            outputs = [HitOutput.of(hit, title=titles[hit.passage.paper_id]).model_dump() for hit in hits]
            return sse_frame(json.dumps({"hits": outputs}, ensure_ascii=False), event="retrieved")
        case Progressed(progress=progress):
            return sse_frame(json.dumps(asdict(progress)), event="progress")
        case Claimed(claim=claim):
            return sse_frame(ClaimOutput.of(claim).model_dump_json(), event="claim")
        case Done(answer=answer):
            return sse_frame(AnswerOutput.of(answer).model_dump_json(), event="done")
        case _:
            assert_never(event)
