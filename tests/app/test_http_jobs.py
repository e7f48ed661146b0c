"""Jobs over HTTP: their events, cancelling, a full queue, and what a restart keeps."""

import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from service import CRANES_ID, QuotingGenerator, filled_library, service

from indexes.library import Library
from indexes.storage.jobs import JobState

PATIENCE_S = 30


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with filled_library(tmp_path) as library:
        yield library


class HeldGenerator(QuotingGenerator):
    """Waits at its first draft until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.opened = threading.Event(), threading.Event()
        self.before = self._wait

    def _wait(self, request: object) -> None:
        self.reached.set()
        assert self.opened.wait(PATIENCE_S)


def open_when_stopping(app: FastAPI, generator: HeldGenerator) -> None:
    while not app.state.services.runner._stopping:
        threading.Event().wait(0.01)
    generator.opened.set()


def jobs_told(text: str) -> list[tuple[str, dict[str, Any]]]:
    frames = [frame.split("\n") for frame in text.split("\n\n") if frame.startswith("event: ")]
    return [(lines[0].removeprefix("event: "), json.loads(lines[1].removeprefix("data: "))) for lines in frames]


def test_events_follow_a_sheet_from_waiting_to_done(library: Library) -> None:
    generator = HeldGenerator()
    with TestClient(service(library, generator), base_url="http://127.0.0.1") as client:
        job = client.post(f"/v1/papers/{CRANES_ID[:6]}/sheet?lang=ja").json()
        assert (job["kind"], job["report"], job["error"]) == ("sheet", None, None)
        assert generator.reached.wait(PATIENCE_S)
        threading.Timer(0.5, generator.opened.set).start()
        response = client.get(f"/v1/jobs/{job['job_id']}/events")
    assert response.headers["content-type"].startswith("text/event-stream")
    told = jobs_told(response.text)
    assert told[0][0] == "progress"
    assert told[0][1]["state"] == "running"
    assert told[-1][0] == "done"
    assert told[-1][1]["report"]["paper_id"] == CRANES_ID
    assert told[-1][1]["progress"] == 1.0
    assert [state for state, _ in told[:-1]] == ["progress"] * (len(told) - 1)
    fractions = [told_job["progress"] for _, told_job in told]
    assert fractions == sorted(fractions)
    assert ": keep-alive" in response.text


def test_events_of_an_ended_job_are_its_end_alone(library: Library) -> None:
    with TestClient(service(library, QuotingGenerator()), base_url="http://127.0.0.1") as client:
        job = client.post("/v1/papers", json={"source": "http://127.0.0.1:9/a.pdf"}).json()
        first = client.get(f"/v1/jobs/{job['job_id']}/events")
        again = client.get(f"/v1/jobs/{job['job_id']}/events")
        assert client.get("/v1/jobs/nothing/events").status_code == 404
    assert jobs_told(first.text)[-1][0] == "failed"
    assert jobs_told(again.text) == jobs_told(first.text)[-1:]


def test_a_running_job_is_cancelled_once(library: Library) -> None:
    generator = HeldGenerator()
    with TestClient(service(library, generator), base_url="http://127.0.0.1") as client:
        job = client.post(f"/v1/papers/{CRANES_ID}/sheet").json()
        assert generator.reached.wait(PATIENCE_S)
        cancelled = client.delete(f"/v1/jobs/{job['job_id']}")
        again = client.delete(f"/v1/jobs/{job['job_id']}")
        generator.opened.set()
        events = jobs_told(client.get(f"/v1/jobs/{job['job_id']}/events").text)
        missing = client.delete("/v1/jobs/nothing")
    assert (cancelled.status_code, cancelled.json()["state"]) == (202, "cancelled")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "conflict")
    assert [name for name, _ in events] == ["cancelled"]
    assert missing.status_code == 404
    assert library.jobs.get(job["job_id"]).report is None


def test_a_full_queue_refuses_and_keeps_no_upload(library: Library) -> None:
    generator = HeldGenerator()
    app = service(library, generator, max_queue=1)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        client.post(f"/v1/papers/{CRANES_ID}/sheet")
        assert generator.reached.wait(PATIENCE_S)
        assert client.post(f"/v1/papers/{CRANES_ID}/sheet").status_code == 202
        refused = client.post("/v1/papers", files={"file": ("a.txt", io.BytesIO(b"text"))})
        assert list((library.path / "uploads").iterdir()) == []
        generator.opened.set()
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0


def test_uploads_that_wait_survive_a_restart(library: Library) -> None:
    generator = HeldGenerator()
    app = service(library, generator)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        sheet = client.post(f"/v1/papers/{CRANES_ID}/sheet").json()
        assert generator.reached.wait(PATIENCE_S)
        text = b"# Storks\n\n## Abstract\n\nThe storks came back in March. We counted 19 nests.\n"
        upload = client.post("/v1/papers", files={"file": ("storks.md", io.BytesIO(text))}).json()
        threading.Thread(target=open_when_stopping, args=(app, generator)).start()
    states = [library.jobs.get(job["job_id"]).state for job in (sheet, upload)]
    assert states == [JobState.QUEUED, JobState.QUEUED]
    (kept,) = (library.path / "uploads").rglob("storks.md")
    assert kept.read_bytes() == text

    with TestClient(service(library, QuotingGenerator()), base_url="http://127.0.0.1") as client:
        ends = [jobs_told(client.get(f"/v1/jobs/{job['job_id']}/events").text)[-1] for job in (sheet, upload)]
    assert [name for name, _ in ends] == ["done", "done"]
    assert [added["title"] for added in ends[1][1]["report"]["added"]] == ["Storks"]
    assert list((library.path / "uploads").iterdir()) == []


def test_jobs_are_listed_newest_first_and_by_state(library: Library) -> None:
    with TestClient(service(library, QuotingGenerator()), base_url="http://127.0.0.1") as client:
        ids = [client.post("/v1/papers", json={"source": "http://127.0.0.1:9/a"}).json()["job_id"] for _ in range(2)]
        client.get(f"/v1/jobs/{ids[1]}/events")
        assert [job["job_id"] for job in client.get("/v1/jobs").json()["jobs"]] == ids[::-1]
        assert [job["job_id"] for job in client.get("/v1/jobs?limit=1&state=failed").json()["jobs"]] == ids[1:]
        assert client.get("/v1/jobs?state=done").json()["jobs"] == []
        assert client.get("/v1/jobs?state=asleep").status_code == 422
