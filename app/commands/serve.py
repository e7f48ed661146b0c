"""`ronbun serve`: the HTTP service and the page, until interrupted."""

from __future__ import annotations

import errno
import functools
import socket

import click
import uvicorn

from app.commands.session import (
    fetch_settings,
    library_option,
    model_option,
    open_session,
    open_writer,
    parsing_limits,
    settings_for,
)
from app.http.app import build_app
from app.http.options import ServiceOptions
from app.settings import Settings
from indexes.errors import BadInput, Busy
from ingest.document_json import document_from_json
from ingest.rendering import render_page_in_child

BYTES_IN_MB = 1024 * 1024
SHUTDOWN_S = 10


@click.command()
@click.option("--host", default=None, help="Address to listen on; anything but loopback needs RONBUN_API_KEYS.")
@click.option("--port", type=int, default=None, help="Port to listen on; 0 takes a free one.")
@model_option
@library_option
def command(host: str | None, port: int | None, model: str | None, library: str | None) -> None:
    """Serve the HTTP API and the page until Ctrl-C. The library is made if it is not there."""
    settings = settings_for(library=library, generator=model, host=host, port=port)
    with open_session(settings, create=True) as session, open_writer(session) as generator:
        app = build_app(
            library=session.library,
            generator=generator,
            options=service_options(settings),
            limits=parsing_limits(settings),
            fetching=fetch_settings(settings),
            read_document=document_from_json,
            render_page=functools.partial(render_page_in_child, limits=parsing_limits(settings)),
        )
        listener = bind(settings.host, settings.port)
        shown = f"[{settings.host}]" if ":" in settings.host else settings.host
        click.echo(f"Ronbun on http://{shown}:{listener.getsockname()[1]} (Ctrl-C stops it)", err=True)
        config = uvicorn.Config(
            app, log_level=settings.log_level.lower(), server_header=False, timeout_graceful_shutdown=SHUTDOWN_S
        )
        uvicorn.Server(config).run(sockets=[listener])


def service_options(settings: Settings) -> ServiceOptions:
    """Return the service's limits and addresses."""
    return ServiceOptions(
        host=settings.host,
        api_keys=settings.api_keys,
        max_upload_bytes=settings.max_upload_mb * BYTES_IN_MB,
        max_queue=settings.max_queue,
        ask_workers=settings.ask_workers,
        evidence_passages=settings.evidence_passages,
        warm_encoder=True,
    )


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket, so that a taken port is known before anything starts.

    Raises:
        Busy: the port is in use.
        BadInput: the address is not one of this machine, or the port needs rights.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise Busy(
                f"port {port} on {host} is in use", hint="Stop what uses it, or choose another with --port (0: any)."
            ) from error
        raise BadInput(
            f"cannot listen on {host}:{port}: {error.strerror or error}", hint="Choose another --host or --port."
        ) from error
    return listener
