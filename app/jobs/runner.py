"""Runs the jobs that the library's store holds: one after another on a worker thread, across restarts.

The store is the truth. A job that was running when the process ended is queued again at the next start; a reader's
cancellation and the service's own stop both set the job's `cancelled` event, and differ only in what follows.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from app.failures import error_body
from app.jobs.kinds import JobHandler, JobKind, JobStopped, Progress
from app.jobs.listeners import Listener, Listeners
from indexes.errors import Busy, RonbunError
from indexes.storage.jobs import JobRecord, JobState, JobStore

logger = logging.getLogger(__name__)

PROGRESS_INTERVAL_S = 0.2  # between two writes of a job's progress
MAX_RESUMED = 100_000  # waiting jobs; far above what any queue limit lets in
IDLE_CHECK_S = 5.0  # for jobs that another process put into the store


@dataclass(slots=True)
class _Running:
    """A job that a thread is working on."""

    job: JobRecord
    cancelled: threading.Event = field(default_factory=threading.Event)
    by_reader: bool = False


class JobRunner:
    """Holds the worker threads and the line of jobs in front of them."""

    def __init__(
        self, store: JobStore, handlers: Mapping[JobKind, JobHandler], *, max_waiting: int, workers: int = 1
    ) -> None:
        self._store = store
        self._handlers = handlers
        self._max_waiting = max_waiting
        self._listeners = Listeners()
        self._wake = threading.Condition()
        self._running: dict[str, _Running] = {}
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._work, name=f"ronbun-job-{number}", daemon=True) for number in range(workers)
        ]

    def start(self) -> None:
        """Queue again what was interrupted, free what no job refers to, and begin to work."""
        self._store.requeue_running()
        waiting = self._store.list(state=JobState.QUEUED, limit=MAX_RESUMED)
        for kind, handler in self._handlers.items():
            handler.resume([job.payload for job in waiting if job.kind == kind])
        for thread in self._threads:
            thread.start()

    def stop(self, *, timeout_s: float) -> None:
        """Stop working; a job that is not finished goes back to the queue, for the next start."""
        with self._wake:
            self._stopping = True
            for running in self._running.values():
                running.cancelled.set()
            self._wake.notify_all()
        deadline = time.monotonic() + timeout_s
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, deadline - time.monotonic()))
        self._store.requeue_running()

    def submit(self, kind: JobKind, payload: str) -> JobRecord:
        """Queue a job.

        Raises:
            Busy: as many jobs wait as may.
        """
        with self._wake:
            waiting = self._store.count_waiting()
            if waiting >= self._max_waiting:
                raise Busy(
                    f"{waiting} jobs are waiting, the most that may (RONBUN_MAX_QUEUE is {self._max_waiting})",
                    hint="Try again when some have ended.",
                    retry_after_s=30,
                )
            job = self._store.create(kind, payload)
            self._wake.notify()
        logger.info("job queued job_id=%s kind=%s", job.job_id, kind)
        return job

    def cancel(self, job_id: str) -> JobRecord:
        """Cancel a job; its state says so at once, and work that has begun stops at its next step.

        Raises:
            NotFound: there is no such job.
            Conflict: it has ended.
        """
        with self._wake:
            job = self._store.cancel(job_id)
            running = self._running.get(job_id)
            if running is not None:
                running.by_reader = True
                running.cancelled.set()
            else:
                self._handlers[JobKind(job.kind)].ended(job.payload)
        self._listeners.notify(job_id)
        return job

    def count_running(self) -> int:
        """Return how many jobs the threads are working on."""
        with self._wake:
            return len(self._running)

    def listening(self, job_id: str, listener: Listener) -> AbstractContextManager[None]:
        """Call `listener`, from a worker's thread, whenever the job changes while the context is open."""
        return self._listeners.listening(job_id, listener)

    def _work(self) -> None:
        while (running := self._claim()) is not None:
            try:
                self._run(running)
            except RonbunError as error:
                logger.error("job left as it was job_id=%s reason=%s", running.job.job_id, error.message)
            finally:
                with self._wake:
                    self._running.pop(running.job.job_id, None)
                self._listeners.notify(running.job.job_id)

    def _claim(self) -> _Running | None:
        """Wait for a job and take it; None when the runner stops."""
        with self._wake:
            while not self._stopping:
                job = self._claim_from_store()
                if job is not None:
                    self._running[job.job_id] = _Running(job)
                    return self._running[job.job_id]
                self._wake.wait(IDLE_CHECK_S)
        return None

    def _claim_from_store(self) -> JobRecord | None:
        try:
            return self._store.claim_next()
        except RonbunError as error:
            logger.error("no job could be claimed reason=%s", error.message)
            return None

    def _run(self, running: _Running) -> None:
        job, handler = running.job, self._handlers[JobKind(running.job.kind)]
        self._listeners.notify(job.job_id)
        started = time.perf_counter()
        try:
            report = handler.run(job.payload, progress=self._progress_of(running), cancelled=running.cancelled)
        except JobStopped:
            if not running.by_reader:
                return
        except RonbunError as error:
            self._fail(job.job_id, code=error.code, message=error.message, hint=error.hint)
        except Exception:
            logger.exception("job broke job_id=%s kind=%s", job.job_id, job.kind)
            self._fail(
                job.job_id,
                code="internal_error",
                message="the job failed for a reason that it did not expect",
                hint=f"The server's log has the cause under job_id={job.job_id}.",
            )
        else:
            self._store.finish(job.job_id, report)
        handler.ended(job.payload)
        logger.info("job ended job_id=%s elapsed_ms=%d", job.job_id, (time.perf_counter() - started) * 1000)

    def _fail(self, job_id: str, *, code: str, message: str, hint: str) -> None:
        error = {
            key: value for key, value in error_body(code, message, hint=hint)["error"].items() if value is not None
        }
        self._store.fail(job_id, json.dumps(error, ensure_ascii=False))

    def _progress_of(self, running: _Running) -> Progress:
        """Return what a handler reports to; writes are at least `PROGRESS_INTERVAL_S` apart."""
        job_id, written_at = running.job.job_id, float("-inf")

        def report(fraction: float, message: str) -> None:
            nonlocal written_at
            now = time.monotonic()
            if now - written_at >= PROGRESS_INTERVAL_S:
                written_at = now
                if not self._store.update_progress(job_id, fraction, message):
                    running.by_reader = True  # cancelled in the store, by another process
                    running.cancelled.set()
                self._listeners.notify(job_id)

        return report
