"""Questions over HTTP: answers, streams, search, claim checks, and OpenAI's shapes."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from service import CRANES_ID, FROGS_ID, QuotingGenerator, filled_library, service

from app.generators.protocol import DraftProgress, Priority, Stage
from indexes.errors import Busy, ModelFailed
from indexes.library import Library

COUNT = "How many cranes did the drone count over the wetland?"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with filled_library(tmp_path_factory.mktemp("ask")) as library:
        yield library


@pytest.fixture
def generator() -> QuotingGenerator:
    return QuotingGenerator()


@pytest.fixture
def client(library: Library, generator: QuotingGenerator) -> Iterator[TestClient]:
    with TestClient(service(library, generator), base_url="http://127.0.0.1") as client:
        yield client


def hold(opened: threading.Event) -> None:
    assert opened.wait(20)


def events(text: str) -> list[tuple[str, Any]]:
    """Read a stream as the WHATWG standard says, comments aside."""
    assert text.endswith("\n\n")
    found = []
    for block in text.split("\n\n")[:-1]:
        lines = block.split("\n")
        name = next((line.removeprefix("event: ") for line in lines if line.startswith("event: ")), "message")
        lines_of_data = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
        if lines_of_data:
            found.append((name, "\n".join(lines_of_data)))
    return [(name, data if data == "[DONE]" else json.loads(data)) for name, data in found]


def test_an_answer_quotes_and_every_marker_resolves(client: TestClient) -> None:
    answer = client.post("/v1/ask", json={"question": COUNT, "paper_ids": [CRANES_ID[:6]]}).json()
    assert (answer["schema"], answer["status"], answer["language"]) == ("ronbun.answer/1", "answered", "en")
    assert "412 cranes" in answer["citations"][0]["quote"]
    assert all(f"[{citation['marker']}]" in answer["text"] for citation in answer["citations"])
    assert {hit["paper_id"] for hit in answer["hits"]} == {CRANES_ID}
    assert answer["hits"][0]["title"] == "Counting Cranes from Quiet Drones"


def test_a_stream_tells_the_same_answer_in_order(client: TestClient) -> None:
    whole = client.post("/v1/ask", json={"question": COUNT}).json()
    response = client.post("/v1/ask", json={"question": COUNT, "stream": True})
    assert response.headers["content-type"].startswith("text/event-stream")
    told = events(response.text)
    names = [name for name, _ in told]
    assert names[0] == "retrieved"
    assert names[-1] == "done"
    assert set(names[1:-1]) == {"claim"}
    assert told[0][1]["hits"] == whole["hits"]
    assert [claim for name, claim in told if name == "claim"] == whole["claims"]
    for answer in (whole, told[-1][1]):
        answer["provenance"]["timings_ms"] = {}
    assert told[-1][1] == whole


def test_a_question_that_nothing_answers_is_a_result_not_an_error(client: TestClient) -> None:
    response = client.post("/v1/ask", json={"question": "Which protein binds the viral spike?"})
    assert (response.status_code, response.json()["status"]) == (200, "not_in_paper")


def test_the_answers_language_can_be_chosen(client: TestClient) -> None:
    asked = {"question": "Which protein binds the viral spike?", "language": "ja"}
    assert client.post("/v1/ask", json=asked).json()["text"] == "本文に記載なし"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"question": ""}, 422, "bad_input"),
        ({"question": "  \n "}, 422, "bad_input"),
        ({"question": "x" * 100_000}, 413, "too_large"),
        ({}, 422, "bad_input"),
        ({"question": ["a"]}, 422, "bad_input"),
        ({"question": COUNT, "paper_ids": ["ffff"]}, 404, "not_found"),
        ({"question": COUNT, "paper_ids": []}, 422, "bad_input"),
        ({"question": COUNT, "language": "fr"}, 422, "bad_input"),
        ({"question": COUNT, "nonsense": 1}, 422, "bad_input"),
        ({"question": "\ud800"}, 422, "bad_input"),
    ],
)
def test_questions_of_no_use_are_refused(client: TestClient, body: dict[str, Any], status: int, code: str) -> None:
    response = client.post("/v1/ask", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert response.json()["error"]["hint"]


def test_an_unknown_paper_is_404_before_any_stream_begins(client: TestClient) -> None:
    response = client.post("/v1/ask", json={"question": COUNT, "paper_ids": ["ffff"], "stream": True})
    assert response.status_code == 404


def test_a_broken_model_is_503_and_an_error_event_in_a_stream(client: TestClient, generator: QuotingGenerator) -> None:
    def fail(request: object) -> None:
        raise ModelFailed("the model gave up", hint="Start it again.")

    generator.before = fail
    whole = client.post("/v1/ask", json={"question": COUNT})
    assert (whole.status_code, whole.json()["error"]["code"]) == (503, "model_failed")
    name, last = events(client.post("/v1/ask", json={"question": COUNT, "stream": True}).text)[-1]
    assert name == "error"
    assert (last["error"]["code"], last["error"]["hint"]) == ("model_failed", "Start it again.")
    assert last["error"]["request_id"]


def test_a_busy_model_is_429_with_retry_after(client: TestClient, generator: QuotingGenerator) -> None:
    def refuse(request: object) -> None:
        raise Busy("the model is full", hint="Wait.", retry_after_s=9)

    generator.before = refuse
    response = client.post("/v1/ask", json={"question": COUNT})
    assert (response.status_code, response.headers["retry-after"]) == (429, "9")


def test_an_unexpected_fault_is_500_without_its_text(
    client: TestClient, generator: QuotingGenerator, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(request: object) -> None:
        raise ZeroDivisionError("secret detail")

    generator.before = break_down
    response = client.post("/v1/ask", json={"question": COUNT}, headers={"X-Request-Id": "find-me"})
    assert (response.status_code, response.json()["error"]["code"]) == (500, "internal_error")
    assert "secret" not in response.text
    assert response.json()["error"]["request_id"] == "find-me"
    assert any("find-me" in record.getMessage() and record.exc_info for record in caplog.records)
    name, last = events(client.post("/v1/ask", json={"question": COUNT, "stream": True}).text)[-1]
    assert (name, last["error"]["code"]) == ("error", "internal_error")
    assert "secret" not in json.dumps(last)


def test_more_questions_than_may_wait_are_429(library: Library, generator: QuotingGenerator) -> None:
    opened = threading.Event()
    generator.before = lambda request: hold(opened)
    app = service(library, generator, ask_workers=1, max_queue=1)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        statuses: list[int] = []

        def ask() -> None:
            statuses.append(client.post("/v1/ask", json={"question": COUNT}).status_code)

        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        while app.state.services.asks._unfinished < 2:
            threading.Event().wait(0.01)
        refused = client.post("/v1/ask", json={"question": COUNT})
        streamed = client.post("/v1/ask", json={"question": COUNT, "stream": True})
        opened.set()
        for thread in threads:
            thread.join()
    assert (refused.status_code, streamed.status_code) == (429, 429)
    assert int(refused.headers["retry-after"]) > 0
    assert statuses == [200, 200]


def test_a_generator_with_a_line_of_its_own_is_given_all_who_wait(
    library: Library, generator: QuotingGenerator
) -> None:
    opened = threading.Event()
    generator.before, generator.parallel_drafts = lambda request: hold(opened), 2
    with TestClient(service(library, generator, ask_workers=1, max_queue=4), base_url="http://127.0.0.1") as client:
        threads = [threading.Thread(target=lambda: client.post("/v1/ask", json={"question": COUNT})) for _ in range(6)]
        for thread in threads:
            thread.start()
        while len(generator.requests) < 6:  # two seats and four in line: turns are the generator's to give
            threading.Event().wait(0.01)
        opened.set()
        for thread in threads:
            thread.join()


def test_a_quiet_stream_sends_heartbeats(client: TestClient, generator: QuotingGenerator) -> None:
    generator.before = lambda request: threading.Event().wait(0.7)  # type: ignore[assignment, return-value]
    text = client.post("/v1/ask", json={"question": COUNT, "stream": True}).text
    assert text.count(": keep-alive\n\n") >= 2
    assert events(text)[-1][0] == "done"


def test_search_ranks_and_filters(client: TestClient) -> None:
    hits = client.post("/v1/search", json={"query": "frogs near the pond", "k": 2}).json()["hits"]
    assert [hit["rank"] for hit in hits] == list(range(1, len(hits) + 1))
    assert hits[0]["paper_id"] == FROGS_ID
    assert hits[0]["title"] == "Listening to Frogs at Night"
    only = client.post("/v1/search", json={"query": "frogs near the pond", "paper_ids": [CRANES_ID]}).json()
    assert {hit["paper_id"] for hit in only["hits"]} <= {CRANES_ID}
    since = {"query": "frogs near the pond", "filters": {"published_from": "2024"}}
    assert {hit["paper_id"] for hit in client.post("/v1/search", json=since).json()["hits"]} <= {CRANES_ID}
    none = {"query": "frogs", "filters": {"language": "ja"}}
    assert client.post("/v1/search", json=none).json()["hits"] == []
    crossed = {"query": "frogs", "paper_ids": [FROGS_ID], "filters": {"published_from": "2024"}}
    assert client.post("/v1/search", json=crossed).json()["hits"] == []


@pytest.mark.parametrize("body", [{"query": ""}, {"query": "a", "k": 0}, {"query": "a", "k": 101}, {"query": None}])
def test_search_refuses_what_it_cannot_do(client: TestClient, body: dict[str, Any]) -> None:
    assert client.post("/v1/search", json=body).status_code == 422


def test_verify_tells_a_kept_number_from_a_changed_one(client: TestClient) -> None:
    passages = ["The drone counted 412 cranes over the wetland."]
    kept = client.post("/v1/verify", json={"claim": "The drone counted 412 cranes.", "passages": passages}).json()
    changed = client.post("/v1/verify", json={"claim": "The drone counted 421 cranes.", "passages": passages}).json()
    assert kept["verdict"] == "supported"
    assert changed["verdict"] != "supported"
    assert any(not check["passed"] for check in changed["checks"])
    assert client.post("/v1/verify", json={"claim": "", "passages": passages}).status_code == 422
    assert client.post("/v1/verify", json={"claim": "a"}).status_code == 422


def test_models_are_the_library_and_its_papers(client: TestClient) -> None:
    models = client.get("/v1/models").json()
    assert models["object"] == "list"
    assert models["data"][0]["id"] == "library"
    assert {model["id"] for model in models["data"]} >= {f"paper:{CRANES_ID}", f"paper:{FROGS_ID}"}
    assert [model["id"] for model in client.get("/v1/models?limit=1").json()["data"]] == ["library"]


def chat(**changes: Any) -> dict[str, Any]:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": [{"type": "text", "text": COUNT}]},
    ]
    return {"model": f"paper:{CRANES_ID}", "messages": messages, "temperature": 0.2, "user": "me", **changes}


def test_a_chat_completion_answers_the_last_user_message(client: TestClient, generator: QuotingGenerator) -> None:
    completion = client.post("/v1/chat/completions", json=chat()).json()
    assert generator.requests[-1].question == COUNT
    (choice,) = completion["choices"]
    assert (completion["object"], choice["finish_reason"], choice["message"]["role"]) == (
        "chat.completion",
        "stop",
        "assistant",
    )
    assert "412 cranes" in choice["message"]["content"]
    assert "[1]" in choice["message"]["content"]
    assert choice["message"]["citations"][0]["marker"] == 1
    assert completion["usage"] == {
        "prompt_tokens": 11,
        "completion_tokens": 7,
        "total_tokens": 18,
        "prompt_tokens_details": {"cached_tokens": 5},
    }


def test_a_completion_that_was_cut_off_says_so(client: TestClient, generator: QuotingGenerator) -> None:
    generator.is_cut_off = True
    (choice,) = client.post("/v1/chat/completions", json=chat()).json()["choices"]
    assert choice["finish_reason"] == "length"


def test_a_stream_tells_each_new_place_in_line_once(client: TestClient, generator: QuotingGenerator) -> None:
    second = DraftProgress(Stage.WAITING, position=2, wait_s=3.5)
    generator.progress = [second, second, DraftProgress(Stage.WRITING)]
    response = client.post("/v1/ask", json={"question": COUNT, "stream": True})
    told = [data for name, data in events(response.text) if name == "progress"]
    assert told == [
        {"stage": "waiting", "position": 2, "wait_s": 3.5},
        {"stage": "writing", "position": None, "wait_s": None},
    ]


def test_answers_have_the_services_time_and_no_more(library: Library, generator: QuotingGenerator) -> None:
    app = service(library, generator, answer_timeout_s=3.0)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        client.post("/v1/ask", json={"question": COUNT})
        body = {"model": f"paper:{CRANES_ID}", "messages": [{"role": "user", "content": COUNT}]}
        client.post("/v1/chat/completions", json=body)
    assert [request.deadline_s for request in generator.requests] == [3.0, 3.0]


def test_readers_are_told_apart_by_address(client: TestClient, generator: QuotingGenerator) -> None:
    client.post("/v1/ask", json={"question": COUNT})
    assert generator.requests[0].reader == "address:testclient"
    assert generator.requests[0].priority is Priority.INTERACTIVE


def test_a_streamed_completion_adds_up_to_the_whole_one_and_ends_with_done(client: TestClient) -> None:
    whole = client.post("/v1/chat/completions", json=chat()).json()
    asked = chat(stream=True, stream_options={"include_usage": True})
    told = events(client.post("/v1/chat/completions", json=asked).text)
    assert told[-1] == ("message", "[DONE]")
    chunks = [chunk for _, chunk in told[:-1]]
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in chunks}) == 1
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]
    assert "".join(delta.get("content", "") for delta in deltas) == whole["choices"][0]["message"]["content"]
    assert deltas[-1]["citations"] == whole["choices"][0]["message"]["citations"]
    reasons = [chunk["choices"][0]["finish_reason"] for chunk in chunks if chunk["choices"]]
    assert reasons[-1] == "stop"
    assert set(reasons[:-1]) == {None}
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["total_tokens"] == 18


def test_a_streamed_abstention_says_so_in_words(client: TestClient) -> None:
    asked = chat(stream=True, messages=[{"role": "user", "content": "Which protein binds the viral spike?"}])
    told = events(client.post("/v1/chat/completions", json=asked).text)
    content = "".join(chunk["choices"][0]["delta"].get("content", "") for _, chunk in told[:-1] if chunk["choices"])
    assert content == "Not stated in the paper."
    assert told[-2][1]["status"] == "not_in_paper"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"model": "gpt-4"}, 404),
        ({"model": "paper:ffff"}, 404),
        ({"messages": []}, 422),
        ({"messages": [{"role": "assistant", "content": "Hello."}]}, 422),
        ({"messages": [{"role": "user", "content": None}]}, 422),
        ({"messages": [{"role": "wizard", "content": "a"}]}, 422),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}, 422),
        ({"n": 2}, 422),
        ({"model": 7}, 422),
    ],
)
def test_completions_that_cannot_be_made_are_refused(client: TestClient, changes: dict[str, Any], status: int) -> None:
    response = client.post("/v1/chat/completions", json=chat(**changes))
    assert response.status_code == status
    assert set(response.json()["error"]) == {"code", "message", "hint", "request_id"}


def test_a_failing_stream_of_chunks_still_ends_with_done(client: TestClient, generator: QuotingGenerator) -> None:
    def fail(request: object) -> None:
        raise ModelFailed("the model gave up", hint="Start it again.")

    generator.before = fail
    told = events(client.post("/v1/chat/completions", json=chat(stream=True)).text)
    assert told[-1] == ("message", "[DONE]")
    assert told[-2][1]["error"]["message"] == "the model gave up"
