"""One part of a task beside another: half of a query on a thread of its own while its caller works on the rest."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Begun(Generic[Result]):
    """A call that a helper may have begun."""

    def __init__(self, call: Callable[[], Result], future: Future[Result] | None) -> None:
        """Use `Helpers.begin`."""
        self._call = call
        self._future = future

    def result(self) -> Result:
        """Return what the call returns, making it here where no helper was free; raises what it raises."""
        if self._future is None or self._future.cancel():
            return self._call()
        return self._future.result()


class Helpers:
    """Threads that take calls while they are free, one for each processor but the caller's own."""

    def __init__(self, *, threads: int | None = None) -> None:
        """Start nothing yet; `threads` is 0 on one processor, where every call is made by who wants its result."""
        count = (os.cpu_count() or 1) - 1 if threads is None else threads
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="beside") if count > 0 else None

    def begin(self, call: Callable[[], Result]) -> Begun[Result]:
        """Offer the call to the helpers; whoever drops it unasked drops its errors too."""
        if self._pool is None:
            return Begun(call, None)
        try:
            return Begun(call, self._pool.submit(call))
        except RuntimeError:  # closed meanwhile
            return Begun(call, None)

    def close(self) -> None:
        """Wait for the calls that are under way; those not begun are left to who asks for their results."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
