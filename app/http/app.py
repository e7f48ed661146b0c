"""Puts the service together: routes, layers around them, pools, and the job runner's life."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from app.answering.provenance import installed_version
from app.generators.protocol import Generator
from app.http import (
    ask,
    chat_completions,
    digests,
    files,
    health,
    jobs,
    papers,
    search,
    sheets,
    upload,
    verify,
)
from app.http.body import BodyRules
from app.http.context import RequestContext
from app.http.errors import install_error_handlers
from app.http.guard import Guard
from app.http.library_sizes import LibrarySizes
from app.http.measures import Measures
from app.http.options import ServiceOptions, check_exposure
from app.http.page import install_page
from app.http.page_images import PageImages
from app.http.pools import Pool
from app.http.readiness import Readiness
from app.http.services import ReadDocument, RenderPage, Services
from app.jobs.handlers import job_handlers
from app.jobs.runner import JobRunner
from app.jobs.uploads import Uploads
from indexes.library import Library
from ingest.fetch import FetchSettings
from ingest.limits import ParsingLimits

MAX_WAITING_READS = 256  # short calls of milliseconds each; more than this means that the disk has stopped
JOB_STOP_TIMEOUT_S = 10.0  # a paper's parsing may go on longer; the job then starts again next time

ROUTERS = (
    papers.router,
    upload.router,
    files.router,
    sheets.router,
    jobs.router,
    search.router,
    ask.router,
    verify.router,
    digests.router,
    chat_completions.router,
    health.router,
)


def build_app(
    *,
    library: Library,
    generator: Generator,
    options: ServiceOptions,
    limits: ParsingLimits,
    fetching: FetchSettings,
    read_document: ReadDocument,
    render_page: RenderPage,
    registry: CollectorRegistry | None = None,
) -> FastAPI:
    """Return the service over an open library; jobs run while the app's lifespan is open.

    Args:
        library: open while the app is in use; the caller closes it afterwards.
        generator: likewise.
        options: addresses, keys and bounds of the service itself.
        limits: of every file that a job parses.
        fetching: rules for addresses that a job fetches.
        read_document: turns a stored document into the record.
        render_page: draws a page of a PDF.
        registry: what `/metrics` shows beside the service's own figures, such as the generator's.

    Raises:
        BadInput: the options would let other machines in without a key.
    """
    check_exposure(options)
    uploads = Uploads(library.path)
    handlers = job_handlers(library=library, generator=generator, uploads=uploads, limits=limits, fetching=fetching)
    services = Services(
        library=library,
        generator=generator,
        runner=JobRunner(library.jobs, handlers, max_waiting=options.max_queue),
        uploads=uploads,
        read_document=read_document,
        render_page=render_page,
        images=PageImages(),
        sizes=LibrarySizes(library),
        asks=_asks(options, generator),
        reads=Pool("read", workers=options.read_workers, max_waiting=MAX_WAITING_READS),
        renders=Pool("render", workers=options.render_workers, max_waiting=options.max_queue),
        measures=Measures(registry),
        readiness=Readiness(library.encoder),
        options=options,
    )
    app = FastAPI(title="Ronbun", version=installed_version(), lifespan=_lifespan, docs_url=None, redoc_url=None)
    app.state.services = services
    install_error_handlers(app)
    for router in ROUTERS:
        app.include_router(router)
    install_page(app)
    # The last one added is the outermost.
    app.add_middleware(BodyRules, max_upload_bytes=options.max_upload_bytes)
    app.add_middleware(Guard, options=options)
    app.add_middleware(RequestContext, measures=services.measures)
    return app


def _asks(options: ServiceOptions, generator: Generator) -> Pool:
    """Return the pool of questions; where a generator has a line of its own, all that it takes stand in that one.

    There readers take turns; a pool's line would serve whoever came first.
    """
    if generator.parallel_drafts == 1:
        return Pool("ask", workers=options.ask_workers, max_waiting=options.max_queue)
    return Pool("ask", workers=generator.parallel_drafts + options.max_queue, max_waiting=options.max_queue)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    services: Services = app.state.services
    await asyncio.to_thread(services.runner.start)
    if services.options.warm_encoder:
        services.readiness.warm_up()
    try:
        yield
    finally:
        for pool in (services.asks, services.renders):
            pool.close()
        await asyncio.to_thread(services.runner.stop, timeout_s=JOB_STOP_TIMEOUT_S)
        services.reads.close()
