"""`ronbun serve`: the HTTP service and the page, until interrupted."""

from __future__ import annotations

import functools

import click
from prometheus_client import CollectorRegistry

from app.commands.session import library_option, model_option, open_session, settings_for
from app.commands.source_rules import fetch_settings, parsing_limits
from app.commands.writer import open_writer
from app.http.app import build_app
from app.http.listening import bind, run_until_stopped
from app.http.options import ServiceOptions
from app.settings import Settings
from ingest.document_json import document_from_json
from ingest.parsing import Parsers
from ingest.rendering import render_page_with

BYTES_IN_MB = 1024 * 1024


@click.command()
@click.option("--host", default=None, help="Address to listen on; anything but loopback needs RONBUN_API_KEYS.")
@click.option("--port", type=int, default=None, help="Port to listen on; 0 takes a free one.")
@model_option
@library_option
def command(host: str | None, port: int | None, model: str | None, library: str | None) -> None:
    """Serve the HTTP API and the page until Ctrl-C. The library is made if it is not there."""
    settings = settings_for(library=library, generator=model, host=host, port=port)
    limits = parsing_limits(settings)
    registry = CollectorRegistry()
    with (
        open_session(settings, create=True) as session,
        open_writer(session, registry=registry) as generator,
        Parsers(limits=limits) as renderers,
    ):
        app = build_app(
            library=session.library,
            generator=generator,
            options=service_options(settings),
            registry=registry,
            limits=limits,
            fetching=fetch_settings(settings),
            read_document=document_from_json,
            render_page=functools.partial(render_page_with, renderers),
        )
        listener = bind(settings.host, settings.port)
        shown = f"[{settings.host}]" if ":" in settings.host else settings.host
        greeting = f"Ronbun on http://{shown}:{listener.getsockname()[1]} (Ctrl-C stops it)"
        run_until_stopped(app, listener, announce=functools.partial(click.echo, greeting, err=True))


def service_options(settings: Settings) -> ServiceOptions:
    """Return the service's limits and addresses."""
    return ServiceOptions(
        host=settings.host,
        api_keys=settings.api_keys,
        max_upload_bytes=settings.max_upload_mb * BYTES_IN_MB,
        max_queue=settings.max_queue,
        ask_workers=settings.ask_workers,
        evidence_passages=settings.evidence_passages,
        answer_timeout_s=settings.answer_timeout_s or None,
        warm_encoder=True,
    )
