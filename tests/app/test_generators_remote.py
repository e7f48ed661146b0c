"""The remote generator against a real local server that behaves and misbehaves."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from factories import make_paper, make_passage

from app.generators.prompting import RenderedPrompt, load_prompts
from app.generators.protocol import DraftRequest, DraftSentence, Evidence, GeneratorIdentity, GeneratorKind, Task, Usage
from app.generators.remote import MAX_REPLY_BYTES, RemoteGenerator, estimate_tokens
from indexes.errors import BadInput, Busy, ModelFailed, ModelMissing, TooLarge
from indexes.records import Language

REPLY = '{"sentences":[{"text":"The drone counted 412 cranes.","passages":[1]},{"text":"It flew.","passages":[2,1]}]}'
SENTENCES = (DraftSentence("The drone counted 412 cranes.", (1,)), DraftSentence("It flew.", (2, 1)))


@dataclass
class Asked:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


Answering = Callable[[BaseHTTPRequestHandler, int], None]


@dataclass
class Server:
    """Answers the n-th request (from 1) with `answering(handler, n)`, and keeps what it was asked."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    answering: Answering = lambda handler, count: answer(handler, completion(REPLY))


def completion(content: object, *, finish_reason: str = "stop") -> dict[str, object]:
    return {
        "choices": [{"message": {"role": "assistant", "content": content}, "finish_reason": finish_reason}],
        "usage": {"prompt_tokens": 321, "completion_tokens": 45},
    }


def answer(handler: BaseHTTPRequestHandler, body: object, *, status: int = 200, **headers: str) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.asked.append(Asked(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the client has left, as it should
                state.answering(self, len(state.asked))

        def log_message(self, *arguments: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{http.server_address[1]}/v1"
    yield state
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.fixture
def open_remote(server: Server) -> Iterator[Callable[..., RemoteGenerator]]:
    opened: list[RemoteGenerator] = []

    def open_one(**changes: Any) -> RemoteGenerator:
        options: dict[str, Any] = {
            "url": server.url,
            "model": "crane-7b",
            "key": "sk-secret",
            "timeout_s": 5.0,
            "context_tokens": 4096,
            "prompts": load_prompts(),
            "sleep": lambda seconds: None,
        }
        opened.append(RemoteGenerator(**{**options, **changes}))
        return opened[-1]

    yield open_one
    for generator in opened:
        generator.close()


def make_request(**changes: Any) -> DraftRequest:
    evidence = tuple(Evidence(number, make_passage(ordinal=number), "Cranes", 1 / number) for number in (1, 2))
    options: dict[str, Any] = {
        "task": Task.ANSWER,
        "question": "How many cranes?",
        "language": Language.ENGLISH,
        "evidence": evidence,
        "paper": make_paper(),
        "max_sentences": 2,
        "seed": 7,
    }
    return DraftRequest(**{**options, **changes})


def test_draft_carries_sentences_usage_and_prompt(server: Server, open_remote: Callable[..., RemoteGenerator]) -> None:
    generator = open_remote()
    heard: list[DraftSentence] = []
    draft = generator.draft(make_request(), on_sentence=heard.append)
    assert draft.sentences == tuple(heard) == SENTENCES
    assert draft.usage == Usage(321, 45)
    assert draft.dropped_evidence == ()
    assert draft.prompt_id == "en/answer"
    assert generator.identity == GeneratorIdentity(GeneratorKind.REMOTE, "crane-7b", None)


def test_request_is_openai_shaped_and_bound_to_the_passages(
    server: Server, open_remote: Callable[..., RemoteGenerator]
) -> None:
    open_remote().draft(make_request())
    (asked,) = server.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == "Bearer sk-secret"
    assert asked.body["model"] == "crane-7b"
    assert asked.body["temperature"] == 0
    assert asked.body["seed"] == 7
    assert [message["role"] for message in asked.body["messages"]] == ["system", "user"]
    user = asked.body["messages"][1]["content"]
    assert user.index("<paper") < user.index('<passage number="1"') < user.index("<question>")
    schema = asked.body["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["sentences"]["items"]["properties"]["passages"]["items"]["enum"] == [1, 2]
    assert schema["properties"]["sentences"]["maxItems"] == 2


def test_no_key_sends_no_authorization(server: Server, open_remote: Callable[..., RemoteGenerator]) -> None:
    open_remote(key="").draft(make_request())
    assert "authorization" not in server.asked[0].headers


def test_without_evidence_the_server_is_not_asked(server: Server, open_remote: Callable[..., RemoteGenerator]) -> None:
    assert open_remote().draft(make_request(evidence=())).sentences == ()
    assert server.asked == []


def test_refused_response_format_is_left_out_from_then_on(
    server: Server, open_remote: Callable[..., RemoteGenerator], caplog: pytest.LogCaptureFixture
) -> None:
    def refuse_format(handler: BaseHTTPRequestHandler, count: int) -> None:
        if "response_format" in server.asked[-1].body:
            return answer(handler, {"error": "response_format is not supported"}, status=400)
        return answer(handler, completion(REPLY))

    server.answering = refuse_format
    generator = open_remote()
    assert generator.draft(make_request()).sentences == SENTENCES
    assert generator.draft(make_request()).sentences == SENTENCES
    assert ["response_format" in asked.body for asked in server.asked] == [True, False, False]
    assert "refused response_format" in caplog.text


def test_bad_request_for_another_reason_is_told(server: Server, open_remote: Callable[..., RemoteGenerator]) -> None:
    server.answering = lambda handler, count: answer(handler, {"error": "max_tokens is too large"}, status=400)
    with pytest.raises(ModelFailed, match=r"answered 400 .*max_tokens is too large"):
        open_remote().draft(make_request())
    assert len(server.asked) == 2


@pytest.mark.parametrize("status", [429, 500, 503])
def test_overload_is_asked_again_after_a_growing_pause(
    server: Server, open_remote: Callable[..., RemoteGenerator], status: int
) -> None:
    pauses: list[float] = []
    server.answering = lambda handler, count: (
        answer(handler, b"busy", status=status) if count < 3 else answer(handler, completion(REPLY))
    )
    assert open_remote(sleep=pauses.append, timeout_s=30).draft(make_request()).sentences == SENTENCES
    assert pauses == [0.5, 1.0]


def test_retry_after_is_obeyed_within_bounds(server: Server, open_remote: Callable[..., RemoteGenerator]) -> None:
    pauses: list[float] = []
    waits = ["3", "86400"]
    server.answering = lambda handler, count: (
        answer(handler, b"busy", status=429, Retry_After=waits[count - 1])
        if count < 3
        else answer(handler, completion(REPLY))
    )
    open_remote(sleep=pauses.append, timeout_s=60).draft(make_request())
    assert pauses == [3.0, 10.0]


@pytest.mark.parametrize(
    ("status", "error", "hint"),
    [
        (429, Busy, "try again"),
        (500, ModelFailed, "RONBUN_REMOTE_URL"),
        (401, ModelFailed, "RONBUN_REMOTE_KEY"),
        (404, ModelMissing, "RONBUN_REMOTE_MODEL"),
        (302, ModelFailed, "RONBUN_REMOTE_URL"),
    ],
)
def test_refusal_becomes_our_error_and_never_shows_the_key(
    server: Server, open_remote: Callable[..., RemoteGenerator], status: int, error: type[Exception], hint: str
) -> None:
    server.answering = lambda handler, count: answer(
        handler, b"no: Bearer sk-secret", status=status, Location="http://127.0.0.1:9/elsewhere"
    )
    with pytest.raises(error, match=f"answered {status}") as failure:
        open_remote().draft(make_request())
    assert hint in failure.value.hint  # type: ignore[attr-defined]
    assert "sk-secret" not in str(failure.value)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>", "did not answer with a chat completion"),
        (b"", "did not answer with a chat completion"),
        (b"\xff\xfe{}", "did not answer with a chat completion"),
        (b"[" * 100_000, "did not answer with a chat completion"),
        ({"choices": []}, "did not answer with a chat completion"),
        (completion(None), "did not answer with a chat completion"),
        (completion("It was 412."), "not the JSON"),
        (completion(REPLY.replace("[1]", "[9]")), "passage 9"),
        (completion(REPLY[:40], finish_reason="length"), "cut off"),
    ],
)
def test_unreadable_reply_fails_with_what_came(
    server: Server, open_remote: Callable[..., RemoteGenerator], body: object, message: str
) -> None:
    server.answering = lambda handler, count: answer(handler, body)
    with pytest.raises(ModelFailed, match=message) as failure:
        open_remote().draft(make_request())
    assert len(failure.value.message) < 600
    assert len(server.asked) == 1


def test_reply_cut_at_the_limit_keeps_whole_sentences(
    server: Server, open_remote: Callable[..., RemoteGenerator]
) -> None:
    server.answering = lambda handler, count: answer(handler, completion(REPLY[:-20], finish_reason="length"))
    assert open_remote().draft(make_request()).sentences == SENTENCES[:1]


def test_hanging_server_is_left_after_the_timeout(server: Server, open_remote: Callable[..., RemoteGenerator]) -> None:
    released = threading.Event()

    def hang(handler: BaseHTTPRequestHandler, count: int) -> None:
        released.wait(10)

    server.answering = hang
    started = time.monotonic()
    with pytest.raises(ModelFailed, match="ReadTimeout"):
        open_remote(timeout_s=0.3).draft(make_request())
    released.set()
    assert time.monotonic() - started < 3


def test_dripping_server_is_left_after_the_timeout(server: Server, open_remote: Callable[..., RemoteGenerator]) -> None:
    def drip(handler: BaseHTTPRequestHandler, count: int) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b" ")
            time.sleep(0.1)

    server.answering = drip
    started = time.monotonic()
    with pytest.raises(ModelFailed, match=r"more than 0\.5 s"):
        open_remote(timeout_s=0.5).draft(make_request())
    assert time.monotonic() - started < 3


def test_huge_reply_is_left_at_the_limit(server: Server, open_remote: Callable[..., RemoteGenerator]) -> None:
    sent = 0

    def flood(handler: BaseHTTPRequestHandler, count: int) -> None:
        nonlocal sent
        handler.send_response(200)
        handler.end_headers()
        for _ in range(2000):
            handler.wfile.write(b" " * 65536)
            sent += 65536

    server.answering = flood
    with pytest.raises(ModelFailed, match=f"over the limit of {MAX_REPLY_BYTES} bytes"):
        open_remote().draft(make_request())
    assert sent < 2000 * 65536


def test_unreachable_server_is_named(open_remote: Callable[..., RemoteGenerator]) -> None:
    with pytest.raises(ModelFailed, match=r"http://127\.0\.0\.1:1/v1/chat/completions: ConnectError"):
        open_remote(url="http://127.0.0.1:1/v1").draft(make_request())


@pytest.mark.parametrize("url", ["", "127.0.0.1:8080", "ftp://host/v1", "http://", "http://[::1", "http://a\nb/"])
def test_bad_address_is_refused_at_once(open_remote: Callable[..., RemoteGenerator], url: str) -> None:
    with pytest.raises(BadInput, match="RONBUN_REMOTE_URL"):
        open_remote(url=url)


def test_key_that_no_header_can_hold_is_refused_unseen(open_remote: Callable[..., RemoteGenerator]) -> None:
    with pytest.raises(BadInput, match="RONBUN_REMOTE_KEY") as failure:
        open_remote(key="sk-\nsecret")
    assert "secret" not in failure.value.message


def test_local_server_is_never_reached_through_a_proxy(
    server: Server, open_remote: Callable[..., RemoteGenerator], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert open_remote().draft(make_request()).sentences == SENTENCES


def test_what_on_sentence_raises_is_passed_on(server: Server, open_remote: Callable[..., RemoteGenerator]) -> None:
    def leave(sentence: DraftSentence) -> None:
        raise KeyError("reader left")

    with pytest.raises(KeyError, match="reader left"):
        open_remote().draft(make_request(), on_sentence=leave)


def test_small_window_drops_evidence_and_a_long_question_is_refused(
    server: Server, open_remote: Callable[..., RemoteGenerator]
) -> None:
    evidence = tuple(
        Evidence(number, make_passage(ordinal=number, text="word " * 200), "T", 1.0) for number in range(1, 9)
    )
    draft = open_remote(context_tokens=2048).draft(make_request(evidence=evidence))
    assert draft.dropped_evidence
    assert f'number="{draft.dropped_evidence[0]}"' not in server.asked[0].body["messages"][1]["content"]
    with pytest.raises(TooLarge):
        open_remote(context_tokens=2048).draft(make_request(question="why " * 3000))
    assert len(server.asked) == 1


def test_transport_can_be_given() -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=completion(REPLY)))
    generator = RemoteGenerator(
        url="https://models.example/v1",
        model="m",
        key="",
        timeout_s=1,
        context_tokens=4096,
        prompts=load_prompts(),
        transport=transport,
    )
    assert generator.draft(make_request()).sentences == SENTENCES
    generator.close()


def test_estimate_is_above_what_tokenizers_count() -> None:
    english = RenderedPrompt("", "", "The drone counted cranes over the northern roost. " * 50, "", "")
    japanese = RenderedPrompt("", "", "ドローンは北のねぐらでツルを数えました。" * 50, "", "")
    assert estimate_tokens(english) > 50 * 10
    assert estimate_tokens(japanese) > 50 * 20
