"""Who wants to hear when a job changes. A call carries no state: the store has it."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Listener = Callable[[], object]


class Listeners:
    """Callbacks by job. They are called from the worker's thread and must return at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_job: defaultdict[str, list[Listener]] = defaultdict(list)

    @contextmanager
    def listening(self, job_id: str, listener: Listener) -> Iterator[None]:
        """Call `listener` at every change of the job while the context is open."""
        with self._lock:
            self._by_job[job_id].append(listener)
        try:
            yield
        finally:
            with self._lock:
                self._by_job[job_id].remove(listener)
                if not self._by_job[job_id]:
                    del self._by_job[job_id]

    def notify(self, job_id: str) -> None:
        """Tell everybody who listens to the job."""
        with self._lock:
            listeners = tuple(self._by_job.get(job_id, ()))
        for listener in listeners:
            listener()
