"""The job runner over a real job store: order, progress, cancelling, stopping and starting again."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from app.jobs.kinds import JobKind, JobStopped, Progress
from app.jobs.runner import JobRunner
from indexes.errors import Busy, Conflict, NoTextInSource, NotFound
from indexes.storage.database import Database
from indexes.storage.jobs import JobRecord, JobState, JobStore

PATIENCE_S = 10.0


class ScriptedHandler:
    """Does what `work` says for each payload and remembers what it was asked."""

    def __init__(self, work: Callable[[str, Progress, threading.Event], str] | None = None) -> None:
        self.work = work or (lambda payload, progress, cancelled: json.dumps({"did": payload}))
        self.ran: list[str] = []
        self.freed: list[str] = []
        self.resumed: list[str] = []

    def run(self, payload: str, *, progress: Progress, cancelled: threading.Event) -> str:
        self.ran.append(payload)
        return self.work(payload, progress, cancelled)

    def ended(self, payload: str) -> None:
        self.freed.append(payload)

    def resume(self, payloads: Sequence[str]) -> None:
        self.resumed.extend(payloads)


class Gate:
    """Work that starts, waits until it is let go or cancelled, and says so."""

    def __init__(self) -> None:
        self.started = threading.Event()
        self.opened = threading.Event()

    def __call__(self, payload: str, progress: Progress, cancelled: threading.Event) -> str:
        self.started.set()
        deadline = time.monotonic() + PATIENCE_S
        while not self.opened.is_set():
            if cancelled.wait(0.01):
                raise JobStopped
            assert time.monotonic() < deadline
        return json.dumps({"did": payload})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[JobStore]:
    database = Database(tmp_path / "library.sqlite3")
    database.upgrade()
    yield JobStore(database)
    database.close()


def ended(store: JobStore, job_id: str) -> JobRecord:
    deadline = time.monotonic() + PATIENCE_S
    while (job := store.get(job_id)).state in (JobState.QUEUED, JobState.RUNNING):
        assert time.monotonic() < deadline, f"still {job.state}"
        time.sleep(0.01)
    return job


def running(store: JobStore, handler: ScriptedHandler, *, max_waiting: int = 8) -> JobRunner:
    runner = JobRunner(store, {JobKind.INGEST: handler}, max_waiting=max_waiting)
    runner.start()
    return runner


def test_jobs_run_in_the_order_of_their_arrival_and_keep_their_reports(store: JobStore) -> None:
    handler = ScriptedHandler()
    runner = running(store, handler)
    jobs = [runner.submit(JobKind.INGEST, f'"{number}"') for number in range(5)]
    reports = [ended(store, job.job_id).report for job in jobs]
    runner.stop(timeout_s=PATIENCE_S)
    assert handler.ran == [f'"{number}"' for number in range(5)]
    assert reports == [json.dumps({"did": f'"{number}"'}) for number in range(5)]
    assert handler.freed == handler.ran


def test_a_failed_job_keeps_code_message_and_hint(store: JobStore) -> None:
    def fail(payload: str, progress: Progress, cancelled: threading.Event) -> str:
        raise NoTextInSource("scan.pdf holds images only", hint="Run OCR on it first.")

    handler = ScriptedHandler(fail)
    runner = running(store, handler)
    job = ended(store, runner.submit(JobKind.INGEST, '"scan"').job_id)
    runner.stop(timeout_s=PATIENCE_S)
    assert job.state is JobState.FAILED
    assert json.loads(job.error or "") == {
        "code": "no_text_in_source",
        "message": "scan.pdf holds images only",
        "hint": "Run OCR on it first.",
    }
    assert handler.freed == ['"scan"']


def test_a_job_that_breaks_fails_alone_without_its_traceback(store: JobStore) -> None:
    def work(payload: str, progress: Progress, cancelled: threading.Event) -> str:
        if payload == '"bad"':
            raise ZeroDivisionError("secret detail")
        return "{}"

    runner = running(store, ScriptedHandler(work))
    bad, good = (runner.submit(JobKind.INGEST, payload) for payload in ('"bad"', '"good"'))
    states = [ended(store, job.job_id).state for job in (bad, good)]
    runner.stop(timeout_s=PATIENCE_S)
    assert states == [JobState.FAILED, JobState.DONE]
    error = json.loads(store.get(bad.job_id).error or "")
    assert error["code"] == "internal_error"
    assert "secret" not in json.dumps(error)


def test_a_full_queue_is_busy_and_says_when_to_come_back(store: JobStore) -> None:
    gate = Gate()
    runner = running(store, ScriptedHandler(gate), max_waiting=2)
    runner.submit(JobKind.INGEST, '"running"')
    assert gate.started.wait(PATIENCE_S)
    for number in range(2):
        runner.submit(JobKind.INGEST, f'"{number}"')
    with pytest.raises(Busy, match="2 jobs are waiting") as caught:
        runner.submit(JobKind.INGEST, '"one too many"')
    runner.stop(timeout_s=PATIENCE_S)
    assert caught.value.retry_after_s > 0
    assert len(store.list()) == 3


def test_cancelling_stops_a_running_job_and_frees_what_it_held(store: JobStore) -> None:
    gate = Gate()
    handler = ScriptedHandler(gate)
    runner = running(store, handler)
    job = runner.submit(JobKind.INGEST, '"long"')
    assert gate.started.wait(PATIENCE_S)
    assert runner.cancel(job.job_id).state is JobState.CANCELLED
    follower = runner.submit(JobKind.INGEST, '"next"')
    gate.opened.set()
    assert ended(store, follower.job_id).state is JobState.DONE
    runner.stop(timeout_s=PATIENCE_S)
    assert store.get(job.job_id).state is JobState.CANCELLED
    assert handler.freed == ['"long"', '"next"']


def test_cancelling_a_waiting_job_keeps_it_from_ever_running(store: JobStore) -> None:
    gate = Gate()
    handler = ScriptedHandler(gate)
    runner = running(store, handler)
    first, waiting = (runner.submit(JobKind.INGEST, payload) for payload in ('"first"', '"waiting"'))
    assert gate.started.wait(PATIENCE_S)
    runner.cancel(waiting.job_id)
    gate.opened.set()
    ended(store, first.job_id)
    runner.stop(timeout_s=PATIENCE_S)
    assert handler.ran == ['"first"']
    assert '"waiting"' in handler.freed


def test_cancelling_what_has_ended_or_never_was_is_refused(store: JobStore) -> None:
    runner = running(store, ScriptedHandler())
    job = ended(store, runner.submit(JobKind.INGEST, '""').job_id)
    with pytest.raises(Conflict):
        runner.cancel(job.job_id)
    with pytest.raises(NotFound):
        runner.cancel("no-such-job")
    runner.stop(timeout_s=PATIENCE_S)


def test_a_stop_puts_unfinished_work_back_and_a_new_runner_finishes_it(store: JobStore) -> None:
    gate = Gate()
    interrupted = ScriptedHandler(gate)
    runner = running(store, interrupted)
    first, second = (runner.submit(JobKind.INGEST, payload) for payload in ('"first"', '"second"'))
    assert gate.started.wait(PATIENCE_S)
    runner.stop(timeout_s=PATIENCE_S)
    assert [store.get(job.job_id).state for job in (first, second)] == [JobState.QUEUED, JobState.QUEUED]
    assert interrupted.freed == []

    handler = ScriptedHandler()
    successor = running(store, handler)
    states = [ended(store, job.job_id).state for job in (first, second)]
    successor.stop(timeout_s=PATIENCE_S)
    assert states == [JobState.DONE, JobState.DONE]
    assert sorted(handler.resumed) == ['"first"', '"second"']
    assert handler.ran == ['"first"', '"second"']


def test_a_job_that_was_running_when_the_process_died_runs_again(store: JobStore) -> None:
    job = store.create(JobKind.INGEST, '"killed"')
    claimed = store.claim_next()
    assert claimed is not None
    assert claimed.state is JobState.RUNNING
    runner = running(store, ScriptedHandler())
    assert ended(store, job.job_id).state is JobState.DONE
    runner.stop(timeout_s=PATIENCE_S)


def test_listeners_hear_of_progress_and_end_and_no_more_after_they_left(store: JobStore) -> None:
    gate = Gate()

    def work(payload: str, progress: Progress, cancelled: threading.Event) -> str:
        gate(payload, progress, cancelled)
        progress(0.5, "half way")
        return "{}"

    runner = running(store, ScriptedHandler(work))
    job = runner.submit(JobKind.INGEST, '""')
    assert gate.started.wait(PATIENCE_S)
    seen: list[tuple[JobState, float, str]] = []

    def listen() -> None:
        now = store.get(job.job_id)
        seen.append((now.state, now.progress, now.message))

    with runner.listening(job.job_id, listen):
        gate.opened.set()
        ended(store, job.job_id)
        runner.stop(timeout_s=PATIENCE_S)
    assert seen[0] == (JobState.RUNNING, 0.5, "half way")
    assert seen[-1][0] is JobState.DONE
    count = len(seen)
    runner._listeners.notify(job.job_id)
    assert len(seen) == count
