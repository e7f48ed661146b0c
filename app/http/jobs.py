"""`/v1/jobs`: what is queued, running and done; progress as it happens; cancellation."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import Field

from app.http.errors import request_id_of, stream_failure
from app.http.services import Services, ServicesOf
from app.http.sse import HEARTBEAT, sse_frame, sse_response
from app.schemas import Output
from app.schemas_library import JobOutput
from indexes.storage.jobs import JobRecord, JobState

MAX_LISTED = 200
ENDED = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})

router = APIRouter(tags=["jobs"])

JobInPath = Annotated[str, Path(min_length=1, max_length=100)]


class JobsOutput(Output):
    """Jobs, newest first."""

    schema_: Literal["ronbun.jobs/1"] = Field(default="ronbun.jobs/1", alias="schema")
    jobs: list[JobOutput]


@router.get("/v1/jobs")
async def list_jobs(
    services: ServicesOf,
    state: JobState | None = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LISTED)] = 50,
) -> JobsOutput:
    """List jobs, newest first."""
    jobs = await services.reads.run(lambda: services.library.jobs.list(state=state, limit=limit))
    return JobsOutput(jobs=[JobOutput.of(job) for job in jobs])


@router.get("/v1/jobs/{job_id}")
async def show_job(job_id: JobInPath, services: ServicesOf) -> JobOutput:
    """Return a job's state, and its report or error once it has ended."""
    return JobOutput.of(await services.reads.run(lambda: services.library.jobs.get(job_id)))


@router.delete("/v1/jobs/{job_id}", status_code=202)
async def cancel_job(job_id: JobInPath, services: ServicesOf) -> JobOutput:
    """Cancel a job: at once where it waits, before its next step where it runs."""
    return JobOutput.of(await services.reads.run(lambda: services.runner.cancel(job_id)))


@router.get(
    "/v1/jobs/{job_id}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def job_events(job_id: JobInPath, request: Request, services: ServicesOf) -> StreamingResponse:
    """Send the job whenever it changes: `progress` events, then one named like the state that it ends in."""
    await services.reads.run(lambda: services.library.jobs.get(job_id))
    return sse_response(_frames(job_id, services=services, request_id=request_id_of(request.scope)))


async def _frames(job_id: str, *, services: Services, request_id: str | None) -> AsyncIterator[bytes]:
    """Read the stored state again after every notice, and after a heartbeat without one."""
    changed = asyncio.Event()
    loop = asyncio.get_running_loop()
    seen: JobRecord | None = None
    try:
        with services.runner.listening(job_id, lambda: loop.call_soon_threadsafe(changed.set)):
            while seen is None or seen.state not in ENDED:
                changed.clear()
                job = await services.reads.run(lambda: services.library.jobs.get(job_id))
                yield HEARTBEAT if job == seen else _frame(job)
                seen = job
                if job.state not in ENDED:
                    await _wait(changed, timeout_s=services.options.heartbeat_s)
    except Exception as error:
        yield sse_frame(json.dumps(stream_failure(error, request_id=request_id), ensure_ascii=False), event="error")


async def _wait(changed: asyncio.Event, *, timeout_s: float) -> None:
    try:
        async with asyncio.timeout(timeout_s):
            await changed.wait()
    except TimeoutError:
        return


def _frame(job: JobRecord) -> bytes:
    event = str(job.state) if job.state in ENDED else "progress"
    return sse_frame(JobOutput.of(job).model_dump_json(), event=event)
