"""`/healthz`, `/readyz`, `/metrics`: for those who run the service."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from app.http.readiness import EncoderState
from app.http.services import Services, ServicesOf
from app.schemas import Output

EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8"

router = APIRouter(tags=["operation"])


class HealthOutput(Output):
    """The process answers."""

    status: Literal["ok"]


class ReadyOutput(Output):
    """Whether questions can be answered now; `reason` says what is missing."""

    status: Literal["ready", "not_ready"]
    encoder: EncoderState
    generation: int
    reason: str


@router.get("/healthz")
async def healthz() -> HealthOutput:
    """Tell that the event loop turns; needs no key and touches nothing."""
    return HealthOutput(status="ok")


@router.get("/readyz", responses={503: {"model": ReadyOutput}})
async def readyz(
    services: ServicesOf,
    response: Response,
    encoder: Annotated[bool, Query(description="Also ask for the encoder's weights to be loaded.")] = False,
) -> ReadyOutput:
    """Tell whether the library can be read and, where the service warms up or the caller asks, the encoder too."""
    generation = await services.reads.run(services.library.generation)
    readiness = services.readiness
    waits_for_encoder = encoder or services.options.warm_encoder
    is_ready = readiness.state is EncoderState.LOADED or not waits_for_encoder
    if not is_ready:
        response.status_code = 503
    return ReadyOutput(
        status="ready" if is_ready else "not_ready",
        encoder=readiness.state,
        generation=generation,
        reason="" if is_ready else readiness.reason or f"the encoder is {readiness.state}",
    )


@router.get("/metrics", response_class=Response, responses={200: {"content": {EXPOSITION_TYPE: {}}}})
async def metrics(services: ServicesOf) -> Response:
    """Return counters, latencies and sizes in Prometheus's text format."""
    return Response(await services.reads.run(lambda: _exposition(services)), media_type=EXPOSITION_TYPE)


def _exposition(services: Services) -> bytes:
    papers, passages = services.sizes.papers_and_passages()
    jobs = {"queued": services.library.jobs.count_waiting(), "running": services.runner.count_running()}
    return services.measures.exposition(papers=papers, passages=passages, jobs=jobs)
