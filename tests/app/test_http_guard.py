"""Who may ask: keys, the Host header, foreign pages, and the refusal to start in the open."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from service import OPTIONS, QuotingGenerator, filled_library, service
from starlette.datastructures import Headers

from app.http.guard import Guard
from app.http.options import check_exposure, is_loopback
from indexes.errors import BadInput
from indexes.library import Library

KEY, OTHER_KEY = "k" * 24, "o" * 24


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with filled_library(tmp_path_factory.mktemp("guard")) as library:
        yield library


@pytest.fixture(scope="module")
def locked(library: Library) -> Iterator[TestClient]:
    app = service(library, QuotingGenerator(), host="0.0.0.0", api_keys=(OTHER_KEY, KEY))
    with TestClient(app, base_url="http://papers.example") as client:
        yield client


@pytest.fixture(scope="module")
def local(library: Library) -> Iterator[TestClient]:
    with TestClient(service(library, QuotingGenerator()), base_url="http://127.0.0.1:8321") as client:
        yield client


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("localhost", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.4", False),
        ("localhost.example", False),
        ("", False),
    ],
)
def test_loopback_is_told_from_everything_else(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "papers.example", ""])
def test_the_service_does_not_start_in_the_open_without_keys(library: Library, host: str) -> None:
    with pytest.raises(BadInput, match="no API key"):
        service(library, QuotingGenerator(), host=host)


def test_a_short_key_is_no_key() -> None:
    with pytest.raises(BadInput, match="5 characters"):
        check_exposure(replace(OPTIONS, api_keys=("short",)))


@pytest.mark.parametrize("path", ["/v1/papers", "/metrics", "/openapi.json", "/readyz", "/v1/nothing", "/docs"])
def test_everything_but_the_page_and_healthz_needs_a_key(locked: TestClient, path: str) -> None:
    refused = locked.get(path)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    assert refused.json()["error"]["code"] == "not_allowed"
    assert locked.get(path, headers={"Authorization": f"Bearer {KEY}"}).status_code != 401


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", f"Basic {KEY}", f"Bearer {KEY}x", f"Bearer {KEY[:-1]}", f"bearer{KEY}", "Bearer ké"],
)
def test_wrong_keys_are_refused(locked: TestClient, authorization: str) -> None:
    assert locked.get("/v1/papers", headers={"Authorization": authorization.encode()}).status_code == 401


@pytest.mark.parametrize("authorization", [f"Bearer {KEY}", f"bearer {OTHER_KEY}", f"BEARER   {KEY} "])
def test_any_of_the_keys_opens(locked: TestClient, authorization: str) -> None:
    assert locked.get("/v1/papers", headers={"Authorization": authorization}).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/", "/static/index.html"])
def test_the_page_and_healthz_are_open(locked: TestClient, path: str) -> None:
    assert locked.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/static/../v1/papers", "//v1/papers", "/static/%2e%2e/v1/papers", "/%76%31/papers"])
def test_no_spelling_of_a_path_gets_around_the_key(locked: TestClient, path: str) -> None:
    response = locked.get(path)
    assert response.status_code in (401, 404)
    assert "papers" not in response.text or "error" in response.json()


@pytest.mark.parametrize("host", ["127.0.0.1:8321", "localhost:8321", "LOCALHOST", "[::1]:8321", "127.0.0.1"])
def test_this_machines_names_are_let_in(local: TestClient, host: str) -> None:
    assert local.get("/v1/papers", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "127.0.0.1:80:80", "", "127.0.0.1 evil", "0"],
)
def test_foreign_names_are_refused_on_loopback(local: TestClient, host: str) -> None:
    refused = local.get("/v1/papers", headers={"Host": host})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
    assert local.get("/", headers={"Host": host}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://127.0.0.1:8321", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_foreign_pages_may_neither_change_nor_read(local: TestClient, headers: dict[str, str]) -> None:
    refused = local.post("/v1/search", json={"query": "cranes"}, headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
    assert local.get("/v1/papers", headers=headers).status_code == 403
    assert local.get("/", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "http://127.0.0.1:8321", "Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}]
)
def test_the_own_page_and_programs_are_let_in(local: TestClient, headers: dict[str, str]) -> None:
    assert local.post("/v1/search", json={"query": "cranes"}, headers=headers).status_code == 200


def test_no_other_origin_is_ever_allowed_to_read(local: TestClient) -> None:
    preflight = local.options(
        "/v1/ask", headers={"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    )
    assert preflight.status_code in (403, 405)
    answered = [preflight, local.get("/healthz", headers={"Origin": "http://evil.example"})]
    assert [name for response in answered for name in response.headers if name.startswith("access-control")] == []


def test_keys_on_loopback_are_required_too_and_free_the_host_name() -> None:
    guard = Guard(lambda *_: None, options=replace(OPTIONS, api_keys=(KEY,)))  # type: ignore[arg-type, return-value]
    named = {"host": "papers.example"}
    assert guard.refusal("GET", "/v1/papers", Headers(named)) is not None
    assert guard.refusal("GET", "/v1/papers", Headers({**named, "authorization": f"Bearer {KEY}"})) is None
