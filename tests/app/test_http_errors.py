"""Every failure in one shape with the right status; limits on bodies; inputs that mean harm."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from service import OPTIONS, QuotingGenerator, filled_library, service

from app.failures import FAILURES
from app.http.errors import failure_response
from indexes import errors
from indexes.library import Library

JSON = {"Content-Type": "application/json"}
POSTS = ("/v1/ask", "/v1/search", "/v1/verify", "/v1/chat/completions", "/v1/papers")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with filled_library(tmp_path_factory.mktemp("errors")) as library:
        yield library


@pytest.fixture(scope="module")
def client(library: Library) -> Iterator[TestClient]:
    with TestClient(service(library, QuotingGenerator()), base_url="http://127.0.0.1") as client:
        yield client


def assert_error(response: Any, status: int, code: str | None = None) -> dict[str, Any]:
    assert response.status_code == status, response.text
    body = response.json()
    assert set(body) == {"error"}
    error = body["error"]
    assert set(error) == {"code", "message", "hint", "request_id"}
    assert error["request_id"] == response.headers["x-request-id"]
    assert error["message"]
    assert error["hint"]
    assert "Traceback" not in response.text
    if code is not None:
        assert error["code"] == code
    return error


def all_errors(kind: type[errors.RonbunError]) -> Iterator[type[errors.RonbunError]]:
    yield kind
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from all_errors(child)


@pytest.mark.parametrize("kind", list(all_errors(errors.RonbunError)))
def test_every_error_has_a_status_and_its_own_code(kind: type[errors.RonbunError]) -> None:
    response = failure_response({"type": "http"}, kind("what is wrong", hint="what to do"))
    assert 400 <= response.status_code <= 503
    assert response.status_code in {row.status for row in FAILURES.values()}
    error = json.loads(response.body)["error"]
    assert (error["code"], error["message"], error["hint"]) == (kind.code, "what is wrong", "what to do")


def test_unknown_routes_and_wrong_methods_have_the_same_shape(client: TestClient) -> None:
    assert "/v1/nothing" in assert_error(client.get("/v1/nothing"), 404, "not_found")["message"]
    response = client.put("/v1/papers")
    assert_error(response, 405, "method_not_allowed")
    assert "GET" in response.headers["allow"]
    assert_error(client.get("/docs"), 404)


def test_request_ids_are_kept_if_harmless_and_made_otherwise(client: TestClient) -> None:
    assert client.get("/healthz", headers={"X-Request-Id": "abc-1.2_3"}).headers["x-request-id"] == "abc-1.2_3"
    for given_id in ("a b", "x" * 65, "", 'a"b', "<script>"):
        made = client.get("/healthz", headers={"X-Request-Id": given_id}).headers["x-request-id"]
        assert len(made) == 32
        assert made != given_id


def test_every_response_carries_the_security_headers(client: TestClient) -> None:
    for response in (client.get("/"), client.get("/v1/papers"), client.get("/v1/nothing"), client.put("/healthz")):
        policy = response.headers["content-security-policy"]
        assert policy.startswith("default-src 'self'; img-src 'self' blob: data:; object-src 'none'")
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "no-referrer"
    assert client.get("/v1/papers").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "body", [b"{", b"", b"\xff\xfe", b'{"question": "a"', b"[" * 100_000, b'{"a":' * 5_000, b"nul"]
)
def test_malformed_json_is_422(client: TestClient, path: str, body: bytes) -> None:
    assert_error(client.post(path, content=body, headers=JSON), 422, "bad_input")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"[" * 200_000, "the body is JSON nested too deep to be read: 200000 bytes from b'[[[[[[[["),
        (b'{"question": "\xe9"}', "the body is not UTF-8: invalid continuation byte at byte 14 (given there: b'\\xe9"),
        ('{"question": "a"}'.encode("utf-16")[:-1], "the body is not UTF-16"),
        (b"[]", "body: must be a JSON object (given: [])"),
        (b"[" * 500 + b"]" * 500, "body: must be a JSON object (given: [[[[["),
        (b'{"question": ["' + b"x" * 100_000 + b'"]}', "body.question: Input should be a valid string (given: ['xxx"),
        (b"{}", "body.question: is missing"),
        (b'{"question" 1}', "the body is not JSON: Expecting ':' delimiter at character 12 (given there: '1}')"),
    ],
    ids=["deep", "latin-1", "utf-16", "list", "lists", "long", "missing", "no colon"],
)
def test_a_body_that_cannot_be_used_is_named_with_its_place(client: TestClient, body: bytes, said: str) -> None:
    message = assert_error(client.post("/v1/ask", content=body, headers=JSON), 422, "bad_input")["message"]
    assert message.startswith(said)
    assert len(message) < 300


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""])
def test_other_kinds_of_body_are_415(client: TestClient, path: str, media_type: str) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    assert_error(client.post(path, content=b'{"question": "a"}', headers=headers), 415, "unsupported_source")


@pytest.mark.parametrize("path", POSTS)
def test_json_over_the_limit_is_413_stated_or_streamed(client: TestClient, path: str) -> None:
    stated = client.post(path, content=b" " * 1_100_000, headers=JSON)
    assert "1048576" in assert_error(stated, 413, "too_large")["message"]
    streamed = client.post(path, content=iter([b" " * 100_000] * 11), headers=JSON)
    assert_error(streamed, 413, "too_large")


def test_a_form_over_the_limit_is_413_and_a_file_over_it_too(client: TestClient) -> None:
    over = OPTIONS.max_upload_bytes + 1
    response = client.post("/v1/papers", files={"file": ("big.txt", b"x" * over)})
    assert "big.txt" in assert_error(response, 413, "too_large")["message"]
    response = client.post("/v1/papers", files={"file": ("big.txt", b"x" * (over + 100_000))})
    assert_error(response, 413, "too_large")
    assert client.get("/v1/jobs").json()["jobs"] == []


@pytest.mark.parametrize("length", ["-1", "1e3", "٣", "abc"])
def test_a_content_length_that_is_no_number_is_refused(client: TestClient, length: str) -> None:
    headers = {**JSON, "Content-Length": length.encode()}
    assert client.post("/v1/ask", content=b"{}", headers=headers).status_code in (400, 422)


@pytest.mark.parametrize(
    "name",
    ["..", "%2e%2e%2f%2e%2e", "a%00b", "%ff%fe", "x" * 201, "'; DROP TABLE papers; --", "%", "_", "\u202egnp"],
)
@pytest.mark.parametrize("route", ["/v1/papers/{}", "/v1/papers/{}/file", "/v1/papers/{}/sheet", "/v1/jobs/{}"])
def test_names_that_mean_harm_are_not_found(client: TestClient, route: str, name: str) -> None:
    response = client.get(route.format(name))
    assert response.status_code in (404, 422), response.text
    assert_error(response, response.status_code)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
field_names = st.sampled_from(
    ["question", "query", "paper_ids", "k", "filters", "claim", "passages", "model", "messages", "stream", "source"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(POSTS), body=json_values | st.dictionaries(field_names, json_values, max_size=4))
def test_any_json_gets_an_answer_or_our_error(client: TestClient, path: str, body: Any) -> None:
    response = client.post(path, content=json.dumps(body), headers=JSON)
    assert response.status_code in (200, 202, 404, 413, 422), (body, response.text)
    if response.status_code >= 400:
        assert_error(response, response.status_code)
