"""Listens on a port and runs an app on it until it is told to stop."""

from __future__ import annotations

import errno
import signal
import socket
from contextlib import suppress

import uvicorn
from fastapi import FastAPI

from indexes.errors import BadInput, Busy

BACKLOG = 128
GRACEFUL_STOP_S = 5  # then open streams are cut; a stopped service must not wait for readers


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one (`getsockname` tells which).

    Raises:
        Busy: the port is taken.
        BadInput: the host is not an address of this machine, or the port may not be used.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        server = socket.socket(family, kind)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    except OSError as error:
        raise BadInput(
            f"host {host!r} is not an address: {error}", hint="Use 127.0.0.1, or set RONBUN_HOST."
        ) from error
    try:
        server.bind(address)
        server.listen(BACKLOG)
    except OSError as error:
        server.close()
        if error.errno == errno.EADDRINUSE:
            raise Busy(
                f"port {port} on {host} is in use", hint="Stop what listens there, or choose another with --port."
            ) from error
        raise BadInput(
            f"cannot listen on {host} port {port}: {error.strerror}", hint="Choose another host or port."
        ) from error
    return server


def run_app(app: FastAPI, server_socket: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM, then return; call it from the main thread."""
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=GRACEFUL_STOP_S
    )
    # uvicorn stops by itself and then raises the signal again; as an interrupt, both kinds end here.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[server_socket])


def address_of(server_socket: socket.socket) -> str:
    """Return the URL of a listening socket."""
    host, port = server_socket.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
