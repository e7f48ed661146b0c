"""Blocking calls off the event loop: bounded thread pools with bounded lines, given up when the reader leaves."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from fastapi import Request
from starlette.requests import ClientDisconnect

from indexes.errors import Busy

Returned = TypeVar("Returned")


class ReaderLeft(Exception):  # not an error: the work is stopped because nobody waits for it
    """Raised inside work whose reader has left."""


class Pool:
    """Runs `workers` calls at once and lets `max_waiting` more wait; a further one is refused with `Busy`."""

    def __init__(self, name: str, *, workers: int, max_waiting: int) -> None:
        self.name = name
        self.capacity = workers + max_waiting
        self._executor = ThreadPoolExecutor(max_workers=workers, thread_name_prefix=f"ronbun-{name}")
        self._lock = threading.Lock()
        self._unfinished = 0

    def submit(self, call: Callable[[], Returned]) -> asyncio.Future[Returned]:
        """Put `call` in line now; cancelling what is returned takes it out again while it still waits.

        Raises:
            Busy: the line is full.
        """
        with self._lock:
            if self._unfinished >= self.capacity:
                raise Busy(
                    f"{self._unfinished} calls of kind {self.name!r} are running or waiting, the most that may",
                    hint="Try again in a few seconds, or raise RONBUN_MAX_QUEUE.",
                )
            self._unfinished += 1
        future = self._executor.submit(call)
        future.add_done_callback(self._leave)
        return asyncio.wrap_future(future)

    async def run(self, call: Callable[[], Returned]) -> Returned:
        """Run `call` in the pool and wait for it."""
        return await self.submit(call)

    def close(self) -> None:
        """Take nothing new and forget what still waits; a running call ends by itself."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _leave(self, _future: Future[Returned]) -> None:
        with self._lock:
            self._unfinished -= 1


async def run_while_read(request: Request, pool: Pool, work: Callable[[threading.Event], Returned]) -> Returned:
    """Run `work(left)` in the pool; when the client disconnects, `left` is set and the work's end is not awaited.

    Raises:
        ClientDisconnect: the reader left first.
    """
    left = threading.Event()
    working = pool.submit(lambda: work(left))
    leaving = asyncio.ensure_future(_disconnected(request))
    waited: list[asyncio.Future[Any]] = [working, leaving]
    try:
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise ClientDisconnect
    finally:
        left.set()
        for future in waited:
            future.cancel()
        await asyncio.gather(*waited, return_exceptions=True)


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
