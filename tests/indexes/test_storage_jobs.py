import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexes.errors import Conflict, NotFound
from indexes.storage.database import Database
from indexes.storage.jobs import JobState, JobStore


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[JobStore]:
    database = Database(tmp_path / "l.sqlite3")
    database.upgrade()
    yield JobStore(database)
    database.close()


def test_job_goes_from_queue_to_end(jobs: JobStore) -> None:
    job = jobs.create("ingest", '{"source": "x"}')
    assert (job.state, job.progress, jobs.count_waiting()) == (JobState.QUEUED, 0.0, 1)
    assert jobs.get(job.job_id) == job
    claimed = jobs.claim_next()
    assert claimed is not None
    assert (claimed.job_id, claimed.state, jobs.count_waiting()) == (job.job_id, JobState.RUNNING, 0)
    assert jobs.update_progress(job.job_id, 0.5, "half")
    assert (jobs.get(job.job_id).progress, jobs.get(job.job_id).message) == (0.5, "half")
    assert jobs.finish(job.job_id, '{"added": 1}')
    ended = jobs.get(job.job_id)
    assert (ended.state, ended.progress, ended.report, ended.error) == (JobState.DONE, 1.0, '{"added": 1}', None)
    assert ended.created_at <= ended.updated_at


def test_oldest_is_claimed_first_and_none_twice(jobs: JobStore) -> None:
    wanted = [jobs.create("k", str(number)).job_id for number in range(20)]
    claimed: list[str] = []

    def work() -> None:
        while (job := jobs.claim_next()) is not None:
            claimed.append(job.job_id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == sorted(wanted)
    jobs.create("k", "a")
    assert jobs.create("k", "b").payload == "b"
    first = jobs.claim_next()
    assert first is not None
    assert first.payload == "a"


def test_cancelled_job_stays_cancelled(jobs: JobStore) -> None:
    job = jobs.create("k", "{}")
    jobs.claim_next()
    assert jobs.cancel(job.job_id).state is JobState.CANCELLED
    assert not jobs.update_progress(job.job_id, 0.9, "too late")
    assert not jobs.finish(job.job_id, "{}")
    assert not jobs.fail(job.job_id, "{}")
    assert jobs.get(job.job_id).state is JobState.CANCELLED
    with pytest.raises(Conflict, match="cancelled"):
        jobs.cancel(job.job_id)


def test_queued_job_that_is_cancelled_is_not_claimed(jobs: JobStore) -> None:
    jobs.cancel(jobs.create("k", "{}").job_id)
    assert jobs.claim_next() is None


def test_running_jobs_are_queued_again_at_start(jobs: JobStore) -> None:
    job, done = jobs.create("k", "{}"), jobs.create("k", "{}")
    jobs.claim_next()
    jobs.claim_next()
    jobs.update_progress(job.job_id, 0.4, "…")
    jobs.fail(done.job_id, '{"code": "x"}')
    assert jobs.requeue_running() == 1
    assert (jobs.get(job.job_id).state, jobs.get(job.job_id).progress) == (JobState.QUEUED, 0.0)
    assert (jobs.get(done.job_id).state, jobs.get(done.job_id).error) == (JobState.FAILED, '{"code": "x"}')


def test_jobs_are_listed_newest_first(jobs: JobStore) -> None:
    made = [jobs.create("k", str(number)) for number in range(3)]
    jobs.claim_next()
    assert [job.job_id for job in jobs.list(limit=2)] == [made[2].job_id, made[1].job_id]
    assert [job.job_id for job in jobs.list(state=JobState.RUNNING)] == [made[0].job_id]


def test_unknown_job_is_not_found(jobs: JobStore) -> None:
    for ask in (jobs.get, jobs.cancel, lambda job_id: jobs.finish(job_id, "{}")):
        with pytest.raises(NotFound, match="nobody"):
            ask("nobody")
