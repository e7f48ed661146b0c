"""HTTP with a way out: requests run in an event loop of their own, so that whoever waits can leave at any moment.

A thread that blocks in a socket cannot be called back; a task can be cancelled while it resolves, connects, sends or
reads, and its connection is closed at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import queue
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import Any

import httpx

from app.generators.remote.trouble import outage, unreadable
from indexes.errors import ModelFailed

MAX_STREAM_BYTES = 16 << 20  # 64 thousand events of a token each
MAX_PIECES = 1 << 17  # two an event: a server that sends byte by byte is left after some seconds
_CLOSING_S = 5.0


@dataclass(frozen=True, slots=True)
class Head:
    """How an answer begins."""

    status: int
    headers: httpx.Headers


class _End:
    """Stands in the queue when a request is over, well or badly."""


class Exchange:
    """One request and its answer, read by one thread while the loop's thread receives."""

    def __init__(self, client: LoopClient, *, method: str, url: str, body: object) -> None:
        self._url = url
        self._arrived: queue.SimpleQueue[Head | bytes | _End] = queue.SimpleQueue()
        self._future = client.start(self._run(client.http, method, body))
        self._future.add_done_callback(lambda _: self._arrived.put(_End()))

    def receive(self, *, wait_s: float) -> Head | bytes | None:
        """Return the answer's head, then its bytes piece by piece, then b"" at the end; None if nothing came in time.

        Raises:
            Trouble: the connection failed or a limit was passed.
        """
        try:
            arrived = self._arrived.get(timeout=wait_s)
        except queue.Empty:
            return None
        if not isinstance(arrived, _End):
            return arrived
        self._arrived.put(arrived)
        self._raise_failure()
        return b""

    def close(self) -> None:
        """Leave: what still runs is cancelled and its connection closed."""
        self._future.cancel()

    async def _run(self, http: httpx.AsyncClient, method: str, body: object) -> None:
        received = 0
        content = None if body is None else json.dumps(body).encode("ascii")
        headers = None if body is None else {"Content-Type": "application/json"}
        async with http.stream(method, self._url, content=content, headers=headers) as response:
            self._arrived.put(Head(response.status_code, response.headers))
            pieces = 0
            async for piece in response.aiter_raw():
                received, pieces = received + len(piece), pieces + 1
                if received > MAX_STREAM_BYTES or pieces > MAX_PIECES:
                    raise unreadable(f"{self._url} sent an answer over the limit of {MAX_STREAM_BYTES} bytes")
                if piece:  # an empty one would read as the end
                    self._arrived.put(piece)

    def _raise_failure(self) -> None:
        try:
            self._future.result()
        except CancelledError as error:
            raise unreadable(f"{self._url}: the generator was closed meanwhile") from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
            raise outage(f"{self._url}: {type(error).__name__}: {error}") from error


class LoopClient:
    """An HTTP client in an event loop in a thread, begun with the first request. Thread-safe."""

    def __init__(
        self,
        *,
        headers: dict[str, str],
        connect_s: float,
        connections: int,
        uses_proxies: bool,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        # Reading has no limit here: whoever waits counts the time, and leaves.
        self.http = httpx.AsyncClient(
            headers=headers,
            timeout=httpx.Timeout(None, connect=connect_s, write=connect_s),
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            follow_redirects=False,
            transport=transport,
            trust_env=uses_proxies,
        )
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def start(self, work: Coroutine[Any, Any, None]) -> Future[None]:
        """Run `work` in the loop.

        Raises:
            ModelFailed: the client is closed.
        """
        with self._lock:
            if self._is_closed:
                work.close()
                raise ModelFailed("the remote generator is closed", hint="Open it again.")
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="remote-generator", daemon=True)
                self._thread.start()
            return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        """Cancel what runs, close the connections and end the thread."""
        with self._lock:
            self._is_closed = True
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is None or thread is None:
            return
        with contextlib.suppress(TimeoutError):  # a connection that does not close goes with its thread
            asyncio.run_coroutine_threadsafe(self._finish(), loop).result(_CLOSING_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_CLOSING_S)
        if not thread.is_alive():
            loop.close()

    async def _finish(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self.http.aclose()
