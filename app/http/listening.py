"""Takes a port, serves an app on it, and ends cleanly on a signal."""

from __future__ import annotations

import contextlib
import errno
import signal
import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from indexes.errors import BadInput, Busy

SHUTDOWN_S = 10


class _AnnouncedServer(uvicorn.Server):
    """uvicorn's server, which has no hook for "it listens now"; until then a connection would be refused."""

    def __init__(self, config: uvicorn.Config, *, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then announce; signals are uvicorn's by now."""
        await super().startup(sockets=sockets)
        if self.started:
            self._announce()


def run_until_stopped(app: FastAPI, listener: socket.socket, *, announce: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM, then end the requests in flight and return.

    uvicorn raises the signal again after its own shutdown; taken here, the library is closed in either case. Requests
    are not logged one by one: their addresses hold what readers ask. `announce` is called when it listens.
    """
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=SHUTDOWN_S
    )
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            _AnnouncedServer(config, announce=announce).run(sockets=[listener])
    finally:
        signal.signal(signal.SIGTERM, previous)


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
