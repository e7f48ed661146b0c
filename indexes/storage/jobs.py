"""Jobs: what is to be done, who has it, how it ended. Knows nothing of what a job does."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Connection, Row

from indexes.errors import Conflict, NotFound
from indexes.storage.database import Database
from indexes.storage.tables import JOBS


class JobState(StrEnum):
    """Where a job stands. It goes queued → running → done or failed; cancelled from either of the first two."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class JobRecord:
    """One job. `payload`, `report` and `error` are JSON written by whoever runs it; `progress` is 0..1."""

    job_id: str
    kind: str
    payload: str
    state: JobState
    progress: float
    message: str
    report: str | None
    error: str | None
    created_at: str
    updated_at: str


class JobStore:
    """The jobs of one library. Several threads and processes may claim from it; no job is claimed twice."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, kind: str, payload: str) -> JobRecord:
        """Queue a job and return it."""
        now = _now()
        record = JobRecord(secrets.token_hex(8), kind, payload, JobState.QUEUED, 0.0, "", None, None, now, now)
        with self._database.write() as connection:
            connection.execute(insert(JOBS), {name: getattr(record, name) for name in JobRecord.__slots__})
        return record

    def get(self, job_id: str) -> JobRecord:
        """Return a job.

        Raises:
            NotFound: there is none with this id.
        """
        with self._database.read() as connection:
            return _get(connection, job_id)

    def list(self, *, state: JobState | None = None, limit: int = 100, offset: int = 0) -> tuple[JobRecord, ...]:
        """Return jobs, newest first."""
        statement = select(JOBS).order_by(JOBS.c.number.desc()).limit(limit).offset(offset)
        if state is not None:
            statement = statement.where(JOBS.c.state == state.value)
        with self._database.read() as connection:
            return tuple(_record(row) for row in connection.execute(statement))

    def claim_next(self) -> JobRecord | None:
        """Take the job that has waited longest and mark it as running; None when none waits."""
        oldest = select(func.min(JOBS.c.number)).where(JOBS.c.state == JobState.QUEUED.value).scalar_subquery()
        statement = update(JOBS).where(JOBS.c.number == oldest).returning(*JOBS.c)
        with self._database.write() as connection:
            row = connection.execute(statement.values(state=JobState.RUNNING.value, updated_at=_now())).first()
            return None if row is None else _record(row)

    def update_progress(self, job_id: str, progress: float, message: str) -> bool:
        """Note how far a running job is; False says that it runs no more (it was cancelled), so stop."""
        return self._change_running(job_id, progress=min(max(progress, 0.0), 1.0), message=message)

    def finish(self, job_id: str, report: str) -> bool:
        """End a running job well; False says that it was cancelled before, and stays so."""
        return self._change_running(job_id, state=JobState.DONE.value, progress=1.0, report=report)

    def fail(self, job_id: str, error: str) -> bool:
        """End a running job badly; False says that it was cancelled before, and stays so."""
        return self._change_running(job_id, state=JobState.FAILED.value, error=error)

    def cancel(self, job_id: str) -> JobRecord:
        """Cancel a job that waits or runs and return it; whoever runs it learns so from `update_progress`.

        Raises:
            NotFound: there is none with this id.
            Conflict: it has ended.
        """
        with self._database.write() as connection:
            record = _get(connection, job_id)
            if record.state not in (JobState.QUEUED, JobState.RUNNING):
                raise Conflict(f"job {job_id} has ended ({record.state})", hint="There is nothing left to cancel.")
            values = {"state": JobState.CANCELLED.value, "updated_at": _now()}
            connection.execute(update(JOBS).where(JOBS.c.job_id == job_id).values(**values))
            return _get(connection, job_id)

    def requeue_running(self) -> int:
        """Queue again what was running when the process before this one ended, and return how many those are.

        Call it at start, before the first claim, and only in the one process that runs jobs.
        """
        values = {"state": JobState.QUEUED.value, "progress": 0.0, "message": "", "updated_at": _now()}
        with self._database.write() as connection:
            running = update(JOBS).where(JOBS.c.state == JobState.RUNNING.value)
            return int(connection.execute(running.values(**values)).rowcount)

    def count_waiting(self) -> int:
        """Return how many jobs are queued."""
        statement = select(func.count()).select_from(JOBS).where(JOBS.c.state == JobState.QUEUED.value)
        with self._database.read() as connection:
            return int(connection.execute(statement).scalar_one())

    def _change_running(self, job_id: str, **values: Any) -> bool:
        condition = (JOBS.c.job_id == job_id) & (JOBS.c.state == JobState.RUNNING.value)
        with self._database.write() as connection:
            changed = connection.execute(update(JOBS).where(condition).values(updated_at=_now(), **values)).rowcount
            if not changed:
                _get(connection, job_id)
        return bool(changed)


def _get(connection: Connection, job_id: str) -> JobRecord:
    row = connection.execute(select(JOBS).where(JOBS.c.job_id == job_id)).first()
    if row is None:
        raise NotFound(f"job {job_id!r} is not there", hint="Jobs are named by the answer that queued them.")
    return _record(row)


def _record(row: Row[Any]) -> JobRecord:
    values = {name: getattr(row, name) for name in JobRecord.__slots__}
    return JobRecord(**values | {"state": JobState(row.state), "progress": float(row.progress)})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
