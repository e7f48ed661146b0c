"""Health, readiness, metrics, the page's files, and the list of routes."""

import threading
from collections.abc import Iterator

import pytest
from fake_encoder import FakeEncoder
from fastapi.testclient import TestClient
from service import CRANES_ID, QuotingGenerator, filled_library, service

from app.http.page_images import PageImages
from app.http.readiness import EncoderState, Readiness
from app.http.sse import sse_frame
from indexes.errors import ModelMissing
from indexes.library import Library

ROUTES = {
    ("DELETE", "/v1/jobs/{job_id}"),
    ("DELETE", "/v1/papers/{paper_id}"),
    ("GET", "/healthz"),
    ("GET", "/metrics"),
    ("GET", "/readyz"),
    ("GET", "/v1/digests"),
    ("GET", "/v1/feed.atom"),
    ("GET", "/v1/jobs"),
    ("GET", "/v1/jobs/{job_id}"),
    ("GET", "/v1/jobs/{job_id}/events"),
    ("GET", "/v1/models"),
    ("GET", "/v1/papers"),
    ("GET", "/v1/papers/{paper_id}"),
    ("GET", "/v1/papers/{paper_id}/file"),
    ("GET", "/v1/papers/{paper_id}/pages/{page}.png"),
    ("GET", "/v1/papers/{paper_id}/pages/{page}/blocks"),
    ("GET", "/v1/papers/{paper_id}/sheet"),
    ("POST", "/v1/ask"),
    ("POST", "/v1/chat/completions"),
    ("POST", "/v1/papers"),
    ("POST", "/v1/papers/{paper_id}/sheet"),
    ("POST", "/v1/search"),
    ("POST", "/v1/verify"),
}
"""Every route there is; a new one is added here together with its test."""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with filled_library(tmp_path_factory.mktemp("operation")) as library:
        yield library


@pytest.fixture
def client(library: Library) -> Iterator[TestClient]:
    with TestClient(service(library, QuotingGenerator()), base_url="http://127.0.0.1") as client:
        yield client


class HeldEncoder(FakeEncoder):
    """Loads when it is let go, or fails to."""

    def __init__(self, *, missing: bool = False) -> None:
        super().__init__()
        self.opened = threading.Event()
        self.missing = missing

    def encode_queries(self, texts):  # type: ignore[no-untyped-def]
        assert self.opened.wait(20)
        if self.missing:
            raise ModelMissing("no weights at /models/x", hint="Put them there.")
        return super().encode_queries(texts)


def test_the_schema_lists_exactly_these_routes(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    listed = {(method.upper(), path) for path, methods in schema["paths"].items() for method in methods}
    assert listed == ROUTES


def test_health_and_readiness_say_how_it_stands(client: TestClient, library: Library) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {
        "status": "ready",
        "encoder": "untried",
        "generation": library.generation(),
        "reason": "",
    }
    assert client.get("/readyz?encoder=true").status_code == 503


def test_a_service_that_warms_up_is_ready_once_the_encoder_is_loaded(library: Library) -> None:
    encoder = HeldEncoder()
    app = service(library, QuotingGenerator(), warm_encoder=True)
    readiness = Readiness(encoder)
    object.__setattr__(app.state.services, "readiness", readiness)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        loading = client.get("/readyz")
        encoder.opened.set()
        while readiness.state is EncoderState.LOADING:
            threading.Event().wait(0.01)
        loaded = client.get("/readyz")
    assert (loading.status_code, loading.json()["encoder"]) == (503, "loading")
    assert (loaded.status_code, loaded.json()["encoder"]) == (200, "loaded")


def test_an_encoder_that_cannot_load_is_named_by_readyz() -> None:
    encoder = HeldEncoder(missing=True)
    readiness = Readiness(encoder)
    encoder.opened.set()
    readiness.warm_up().join()
    assert (readiness.state, readiness.reason) == (EncoderState.FAILED, "no weights at /models/x")


def test_metrics_count_requests_by_route_questions_and_sizes(client: TestClient) -> None:
    client.get(f"/v1/papers/{CRANES_ID}")
    client.get("/v1/papers/ffff")
    client.get("/v1/nothing")
    client.post("/v1/ask", json={"question": "How many cranes did the drone count?"})
    client.post("/v1/ask", json={"question": "Which protein binds the viral spike?"})
    text = client.get("/metrics").text
    for line in (
        'ronbun_requests_total{method="GET",route="/v1/papers/{paper_id}",status="200"} 1.0',
        'ronbun_requests_total{method="GET",route="/v1/papers/{paper_id}",status="404"} 1.0',
        'ronbun_requests_total{method="GET",route="unmatched",status="404"} 1.0',
        'ronbun_questions_total{status="answered"} 1.0',
        'ronbun_questions_total{status="not_in_paper"} 1.0',
        'ronbun_jobs{state="queued"} 0.0',
        'ronbun_jobs{state="running"} 0.0',
        "ronbun_papers 3.0",
        "ronbun_passages 4.0",
        'ronbun_request_seconds_count{route="/v1/ask"} 2.0',
    ):
        assert line in text.splitlines(), line
    assert CRANES_ID not in text


def test_two_apps_count_apart(library: Library) -> None:
    first, second = (service(library, QuotingGenerator()) for _ in range(2))
    with TestClient(first, base_url="http://127.0.0.1") as client:
        client.get("/healthz")
    with TestClient(second, base_url="http://127.0.0.1") as client:
        assert 'route="/healthz"' not in client.get("/metrics").text


def test_the_pages_files_are_served_and_nothing_beside_them(client: TestClient) -> None:
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert client.get("/static/js/main.js").headers["content-type"].startswith("text/javascript")
    for path in ("/static/../../http/app.py", "/static/%2e%2e/%2e%2e/http/app.py", "/static/", "/static/nothing.js"):
        response = client.get(path)
        assert response.status_code == 404
        assert response.json()["error"]["code"] == "not_found"


def test_an_event_with_line_breaks_keeps_its_frame() -> None:
    assert sse_frame("a\nb\r\nc\rd", event="claim") == b"event: claim\ndata: a\ndata: b\ndata: c\ndata: d\n\n"
    assert sse_frame("") == b"data: \n\n"


def test_kept_images_stay_under_their_bound_and_the_oldest_go_first() -> None:
    drawn: list[int] = []

    def image(images: PageImages, page: int) -> bytes:
        def draw() -> bytes:
            drawn.append(page)
            return bytes([page]) * 40

        return images.get_or_draw(("sha", page, 1.0), draw)

    images = PageImages(max_bytes=100)
    for page in (1, 2, 1, 3, 1, 2):
        assert image(images, page) == bytes([page]) * 40
    assert drawn == [1, 2, 3, 2]
    assert PageImages(max_bytes=10).get_or_draw(("sha", 1, 1.0), lambda: b"x" * 11) == b"x" * 11
