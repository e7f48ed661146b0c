"""The service under a real uvicorn: an unblocked loop, streams as they come, readers who leave, raw requests."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import uvicorn
from service import CRANES_ID, QuotingGenerator, filled_library, service

from indexes.library import Library

COUNT = "How many cranes did the drone count over the wetland?"
PATIENCE_S = 20
HEALTH_LIMIT_S = 0.1


@dataclass
class Live:
    """A running service: its address, its generator, and its app."""

    url: str
    port: int
    generator: QuotingGenerator
    app: Any


@contextmanager
def running(library: Library, **changes: Any) -> Iterator[Live]:
    generator = QuotingGenerator()
    app = service(library, generator, **changes)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=2, lifespan="on")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    port = listener.getsockname()[1]
    try:
        yield Live(f"http://127.0.0.1:{port}", port, generator, app)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with filled_library(tmp_path_factory.mktemp("live")) as library:
        yield library


@pytest.fixture
def live(library: Library) -> Iterator[Live]:
    with running(library) as live:
        yield live


def until(condition: Any) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_slow_questions_do_not_hold_up_the_loop(live: Live) -> None:
    opened = threading.Event()
    live.generator.before = lambda request: _hold(opened)
    answers: list[int] = []

    def ask() -> None:
        response = httpx.post(f"{live.url}/v1/ask", json={"question": COUNT}, timeout=PATIENCE_S)
        answers.append(response.status_code)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    until(lambda: len(live.generator.requests) == 2)
    with httpx.Client() as client:
        client.get(f"{live.url}/healthz")
        elapsed = []
        for path in ["/healthz"] * 5 + ["/v1/papers"] * 2:
            begun = time.perf_counter()
            assert client.get(live.url + path).status_code == 200
            elapsed.append(time.perf_counter() - begun)
    opened.set()
    for thread in threads:
        thread.join()
    assert min(elapsed[:5]) < HEALTH_LIMIT_S
    assert sorted(elapsed[:5])[2] < HEALTH_LIMIT_S
    assert answers == [200] * 4


def test_a_stream_arrives_before_the_answer_is_done(live: Live) -> None:
    opened = threading.Event()
    live.generator.before = lambda request: _hold(opened)
    asked = {"question": COUNT, "stream": True}
    with httpx.stream("POST", f"{live.url}/v1/ask", json=asked, timeout=PATIENCE_S) as response:
        lines = response.iter_lines()
        assert next(lines) == "event: retrieved"
        opened.set()
        names = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    assert names[-1] == "done"
    assert "claim" in names


@pytest.mark.parametrize("stream", [False, True])
def test_a_reader_who_leaves_stops_the_work(live: Live, stream: bool) -> None:
    opened = threading.Event()
    live.generator.before = lambda request: _hold(opened)
    body = json.dumps({"question": COUNT, "stream": stream}).encode()
    with socket.create_connection(("127.0.0.1", live.port)) as connection:
        connection.sendall(_post("/v1/ask", live.port, body))
        until(lambda: live.generator.requests)
    left = 'ronbun_questions_total{status="left"} 1.0'
    time.sleep(0.3)
    opened.set()
    until(lambda: left in httpx.get(f"{live.url}/metrics").text)


def test_a_question_whose_reader_left_while_it_waited_is_never_asked(library: Library) -> None:
    with running(library, ask_workers=1) as live:
        opened = threading.Event()
        live.generator.before = lambda request: _hold(opened)
        first = threading.Thread(target=lambda: httpx.post(f"{live.url}/v1/ask", json={"question": COUNT}, timeout=60))
        first.start()
        until(lambda: live.generator.requests)
        asks = live.app.state.services.asks
        with socket.create_connection(("127.0.0.1", live.port)) as connection:
            connection.sendall(_post("/v1/ask", live.port, json.dumps({"question": "Where is the fog?"}).encode()))
            until(lambda: asks._unfinished == 2)
        until(lambda: asks._unfinished == 1)
        opened.set()
        first.join()
    assert [request.question for request in live.generator.requests] == [COUNT]


def test_job_events_arrive_as_they_happen(live: Live) -> None:
    opened = threading.Event()
    live.generator.before = lambda request: _hold(opened)
    job = httpx.post(f"{live.url}/v1/papers/{CRANES_ID}/sheet").json()
    until(lambda: live.generator.requests)
    with httpx.stream("GET", f"{live.url}/v1/jobs/{job['job_id']}/events", timeout=PATIENCE_S) as response:
        lines = response.iter_lines()
        assert next(lines) == "event: progress"
        opened.set()
        assert [line for line in lines if line.startswith("event: ")][-1] == "event: done"


def test_a_body_over_the_limit_gets_its_answer_although_it_is_still_being_sent(live: Live) -> None:
    response = httpx.post(f"{live.url}/v1/papers", files={"file": ("big.pdf", b"x" * 6_000_000)}, timeout=PATIENCE_S)
    assert (response.status_code, response.json()["error"]["code"]) == (413, "too_large")
    chunks = (b" " * 100_000 for _ in range(30))
    streamed = httpx.post(
        f"{live.url}/v1/ask", content=chunks, headers={"Content-Type": "application/json"}, timeout=PATIENCE_S
    )
    assert streamed.status_code == 413


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /v1/papers HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n",
        b"GET /v1/papers HTTP/1.1\r\n\r\n",
        b"GET /v1/papers HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"GET /v1/papers HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n",
        b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"GET /v1/papers HTTP/1.0\r\n\r\n",
        b"GET http://evil.example/v1/papers HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ],
)
def test_requests_that_smuggle_or_name_no_host_are_refused(live: Live, request_bytes: bytes) -> None:
    with socket.create_connection(("127.0.0.1", live.port), timeout=PATIENCE_S) as connection:
        connection.sendall(request_bytes)
        status_line = connection.makefile("rb").readline()
    assert status_line.split()[1] in (b"400", b"403", b"404", b"431", b"501"), status_line
    assert httpx.get(f"{live.url}/healthz").status_code == 200


def _hold(opened: threading.Event) -> None:
    assert opened.wait(PATIENCE_S)


def _post(path: str, port: int, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
