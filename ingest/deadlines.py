"""A time limit for a whole exchange: when it is over the connection is shut, however slowly bytes come in.

httpx limits single reads only, so that a server which sends one byte a minute is never too slow for it.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any


class Deadline:
    """A moment, and the connections that end with it."""

    def __init__(self, limit_s: float) -> None:
        self._at = time.monotonic() + limit_s
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []

    @property
    def is_over(self) -> bool:
        """Say whether the moment has passed."""
        return time.monotonic() >= self._at

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Take in one of httpcore's events; those that make a connection tell of its socket."""
        if event not in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            return
        connected = info["return_value"].get_extra_info("socket")
        with self._lock:
            if connected is not None:
                self._sockets.append(connected)
        if self.is_over:
            self.shut()

    def shut(self) -> None:
        """End every connection, so that a thread which waits for its bytes gets none."""
        with self._lock:
            for connected in self._sockets:
                with suppress(OSError):  # it may be closed by now
                    connected.shutdown(socket.SHUT_RDWR)


@contextmanager
def deadline(limit_s: float) -> Iterator[Deadline]:
    """Give a deadline `limit_s` from now; it shuts what is still connected then."""
    running = Deadline(limit_s)
    timer = threading.Timer(limit_s, running.shut)
    timer.daemon = True
    timer.start()
    try:
        yield running
    finally:
        timer.cancel()
