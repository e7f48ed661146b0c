"""The remote generator against a real local server: what it asks, streams, retries, waits for and gives up on."""

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpx
import pytest
from chat_server import (
    REPLY,
    ChatServer,
    answer,
    begin_stream,
    chunk,
    chunks,
    completion,
    send_chunk,
    serve_chat,
    stream,
)
from factories import make_passage
from prometheus_client import CollectorRegistry
from remote_drafts import KEY, SENTENCES, make_generator, make_request

from app.generators.prompting import RenderedPrompt
from app.generators.protocol import (
    PROGRESS_S,
    DraftProgress,
    DraftSentence,
    Evidence,
    GeneratorIdentity,
    GeneratorKind,
    Stage,
    Usage,
)
from app.generators.remote import RemoteGenerator
from app.generators.remote.breaker import BreakerState, CircuitBreaker
from app.generators.remote.generator import estimate_tokens
from indexes.errors import BadInput, Busy, ModelFailed, ModelMissing, TooLarge

Open = Callable[..., RemoteGenerator]


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with serve_chat() as state:
        yield state


@pytest.fixture
def open_remote(server: ChatServer) -> Iterator[Open]:
    opened: list[RemoteGenerator] = []

    def open_one(**changes: Any) -> RemoteGenerator:
        opened.append(make_generator(**{"url": server.url, **changes}))
        return opened[-1]

    yield open_one
    for generator in opened:
        generator.close()


@pytest.mark.parametrize(("counted", "warnings"), [(0, 0), (1_500, 1), (1_800, 0)])
def test_prompt_that_the_server_seems_to_cut_is_told_in_the_log_once(
    server: ChatServer, open_remote: Open, caplog: pytest.LogCaptureFixture, counted: int, warnings: int
) -> None:
    usage = {"prompt_tokens": counted, "completion_tokens": 45}
    server.answering = lambda handler, count: stream(handler, chunks(REPLY, usage=usage))
    generator = open_remote()
    evidence = tuple(Evidence(number, make_passage(text="crane " * 500), "Cranes", 1.0) for number in (1, 2))
    for _ in range(2):
        generator.draft(make_request(evidence=evidence))
    told = [record.getMessage() for record in caplog.records if "OLLAMA_CONTEXT_LENGTH" in record.getMessage()]
    assert len(told) == warnings
    assert all(f"counts {counted} tokens" in message for message in told)


def test_draft_carries_sentences_usage_prompt_and_timings(server: ChatServer, open_remote: Open) -> None:
    generator = open_remote()
    heard: list[DraftSentence] = []
    draft = generator.draft(make_request(), on_sentence=heard.append)
    assert draft.sentences == tuple(heard) == SENTENCES
    assert draft.usage == Usage(621, 45, 300)
    assert draft.dropped_evidence == ()
    assert draft.prompt_id == "en/answer"
    assert draft.is_cut_off is False
    assert [name for name, _ in draft.timings_ms] == ["queue", "read", "write", "first_token"]
    queue, read, write, first_token = (elapsed for _, elapsed in draft.timings_ms)
    assert min(queue, read, write) >= 0
    assert first_token == pytest.approx(queue + read)
    assert queue + read + write < 5000
    assert generator.identity == GeneratorIdentity(GeneratorKind.REMOTE, "crane-7b", None)


def test_drafts_are_measured_in_the_registry(server: ChatServer, open_remote: Open) -> None:
    registry = CollectorRegistry()
    generator = open_remote(registry=registry)
    generator.draft(make_request(evidence=()))  # the server is not asked
    generator.draft(make_request())
    with pytest.raises(BadInput):
        generator.draft(make_request(citable=()))

    def leave(sentence: DraftSentence) -> None:
        raise KeyError(sentence.text)

    with pytest.raises(KeyError):
        generator.draft(make_request(), on_sentence=leave)
    ends = {
        sample.labels["finished_reason"]: sample.value
        for metric in registry.collect()
        for sample in metric.samples
        if sample.name == "ronbun_request_success_total"
    }
    assert ends == {"stop": 1, "bad_input": 1, "cancelled": 1}
    assert registry.get_sample_value("ronbun_generation_tokens_total", {"model_name": "crane-7b"}) == 45


def test_request_is_openai_shaped_and_bound_to_the_passages(server: ChatServer, open_remote: Open) -> None:
    open_remote().draft(make_request())
    (asked,) = server.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.body["model"] == "crane-7b"
    assert asked.body["temperature"] == 0
    assert asked.body["seed"] == 7
    assert asked.body["stream"] is True
    assert asked.body["stream_options"] == {"include_usage": True}
    assert [message["role"] for message in asked.body["messages"]] == ["system", "user"]
    user = asked.body["messages"][1]["content"]
    assert user.index("<paper") < user.index('<passage number="1"') < user.index("<question>")
    schema = asked.body["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["sentences"]["items"]["properties"]["passages"]["items"]["enum"] == [1, 2]
    assert schema["properties"]["sentences"]["maxItems"] == 2


def test_only_citable_passages_may_be_named(server: ChatServer, open_remote: Open) -> None:
    with pytest.raises(ModelFailed, match="passage 1, which it was not given"):
        open_remote().draft(make_request(citable=(2,)))
    (asked,) = server.asked
    schema = asked.body["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["sentences"]["items"]["properties"]["passages"]["items"]["enum"] == [2]
    assert '<passage number="1"' in asked.body["messages"][1]["content"]


def test_without_anything_to_rest_on_the_server_is_not_asked(server: ChatServer, open_remote: Open) -> None:
    assert open_remote().draft(make_request(evidence=())).sentences == ()
    with pytest.raises(BadInput, match="no passage"):
        open_remote().draft(make_request(citable=()))
    assert server.asked == []


def test_no_key_sends_no_authorization(server: ChatServer, open_remote: Open) -> None:
    open_remote(key="").draft(make_request())
    assert "authorization" not in server.asked[0].headers


# Streaming


def test_first_sentence_is_handed_on_before_the_second_is_written(server: ChatServer, open_remote: Open) -> None:
    has_heard = threading.Event()
    order: list[str] = []

    def hold_back(handler: BaseHTTPRequestHandler, count: int) -> None:
        def events() -> Iterator[object]:
            yield chunk(REPLY[:70])
            assert has_heard.wait(3)
            order.append("rest sent")
            yield from chunks(REPLY[70:])

        stream(handler, events())

    def hear(sentence: DraftSentence) -> None:
        order.append(sentence.text)
        has_heard.set()

    server.answering = hold_back
    assert open_remote().draft(make_request(), on_sentence=hear).sentences == SENTENCES
    assert order == ["The drone counted 412 cranes.", "rest sent", "It flew."]


def test_progress_is_told_while_the_server_is_silent(server: ChatServer, open_remote: Open) -> None:
    def slowly(handler: BaseHTTPRequestHandler, count: int) -> None:
        time.sleep(1.2)
        stream(handler, chunks(REPLY))

    told: list[tuple[float, DraftProgress]] = []
    server.answering = slowly
    open_remote().draft(make_request(), on_progress=lambda progress: told.append((time.monotonic(), progress)))
    assert [told[0][1], told[-1][1]] == [DraftProgress(Stage.READING), DraftProgress(Stage.WRITING)]
    gaps = [later - earlier for (earlier, _), (later, _) in itertools.pairwise(told)]
    assert max(gaps) <= PROGRESS_S
    assert len(told) >= 4


@pytest.mark.parametrize("is_begun", [False, True])
def test_reader_who_left_frees_the_connection_at_once(server: ChatServer, open_remote: Open, is_begun: bool) -> None:
    is_asked, is_gone = threading.Event(), threading.Event()
    left_at = 0.0

    def hang(handler: BaseHTTPRequestHandler, count: int) -> None:
        if is_begun:
            begin_stream(handler)
            send_chunk(handler, b": still reading\n\n")
        is_asked.set()
        assert handler.rfile.read(1) == b""  # the client's end of the connection
        is_gone.set()
        handler.close_connection = True

    def leave(progress: DraftProgress) -> None:
        nonlocal left_at
        if is_asked.is_set():
            left_at = time.monotonic()
            raise KeyError("reader left")

    server.answering = hang
    generator = open_remote()
    with pytest.raises(KeyError, match="reader left"):
        generator.draft(make_request(), on_progress=leave)
    assert is_gone.wait(2)
    assert time.monotonic() - left_at < 1
    assert generator.running == 0
    assert generator.breaker_state is BreakerState.CLOSED


def test_what_on_sentence_raises_is_passed_on_and_ends_the_stream(server: ChatServer, open_remote: Open) -> None:
    def leave(sentence: DraftSentence) -> None:
        raise KeyError("reader left")

    def without_end(handler: BaseHTTPRequestHandler, count: int) -> None:
        def events() -> Iterator[object]:
            yield from (chunk(REPLY[start : start + 5]) for start in range(0, len(REPLY), 5))
            while True:
                time.sleep(0.01)
                yield b": \n\n"

        stream(handler, events())

    server.answering = without_end
    with pytest.raises(KeyError, match="reader left"):
        open_remote().draft(make_request(), on_sentence=leave)
    assert server.left.wait(2)


def test_connections_are_used_again(server: ChatServer, open_remote: Open) -> None:
    generator = open_remote()
    for _ in range(4):
        generator.draft(make_request())
    assert server.connections == 1


def test_reply_cut_at_the_limit_keeps_whole_sentences(server: ChatServer, open_remote: Open) -> None:
    server.answering = lambda handler, count: stream(handler, chunks(REPLY[:-20], ending="length"))
    draft = open_remote().draft(make_request())
    assert (draft.sentences, draft.is_cut_off) == (SENTENCES[:1], True)


def test_reply_cut_before_its_first_sentence_has_none(server: ChatServer, open_remote: Open) -> None:
    server.answering = lambda handler, count: stream(handler, chunks(REPLY[:40], ending="length"))
    draft = open_remote().draft(make_request())
    assert (draft.sentences, draft.is_cut_off) == ((), True)


def test_reply_that_ends_whole_at_the_limit_is_not_cut_off(server: ChatServer, open_remote: Open) -> None:
    server.answering = lambda handler, count: stream(handler, chunks(REPLY, ending="length"))
    draft = open_remote().draft(make_request())
    assert (draft.sentences, draft.is_cut_off) == (SENTENCES, False)


@pytest.mark.parametrize("first", [chunk(reasoning_content="412?"), chunk("<think>412"), chunk(reasoning="Hm. {")])
def test_thinking_is_not_the_answer(server: ChatServer, open_remote: Open, first: object) -> None:
    rest = REPLY if "<think>" not in json.dumps(first) else f" }} so</think>\n\n{REPLY}"
    server.answering = lambda handler, count: stream(handler, [first, *chunks(rest)])
    assert open_remote().draft(make_request()).sentences == SENTENCES


@pytest.mark.parametrize("thought", [chunk(reasoning_content="Let me"), chunk("<think>Let me")])
def test_thinking_to_the_limit_is_told_as_such(server: ChatServer, open_remote: Open, thought: object) -> None:
    server.answering = lambda handler, count: stream(handler, [thought, chunk(ending="length")])
    with pytest.raises(ModelFailed, match="still thinking"):
        open_remote().draft(make_request())


def test_server_that_does_not_stream_is_understood(server: ChatServer, open_remote: Open) -> None:
    server.answering = lambda handler, count: answer(handler, completion(REPLY))
    heard: list[DraftSentence] = []
    draft = open_remote().draft(make_request(), on_sentence=heard.append)
    assert (draft.sentences, draft.usage) == (tuple(heard), Usage(621, 45, 300))
    assert draft.sentences == SENTENCES


def test_stream_without_done_and_without_usage_is_whole(server: ChatServer, open_remote: Open) -> None:
    server.answering = lambda handler, count: stream(handler, chunks(REPLY)[:-1], done=False, ends=count > 1)
    generator = open_remote()
    for _ in range(2):
        draft = generator.draft(make_request())
        assert (draft.sentences, draft.usage) == (SENTENCES, Usage(0, 0))


def test_stream_that_stays_open_after_its_end_is_left(server: ChatServer, open_remote: Open) -> None:
    def linger(handler: BaseHTTPRequestHandler, count: int) -> None:
        def events() -> Iterator[object]:
            yield from chunks(REPLY)
            while True:
                time.sleep(0.05)
                yield b": keep-alive\n\n"

        stream(handler, events())

    server.answering = linger
    started = time.monotonic()
    assert open_remote(timeout_s=30).draft(make_request()).sentences == SENTENCES
    assert time.monotonic() - started < 4


# What a server takes


def test_refused_schema_gives_way_to_the_grammar_from_then_on(
    server: ChatServer, open_remote: Open, caplog: pytest.LogCaptureFixture
) -> None:
    def as_llama_cpp_python(handler: BaseHTTPRequestHandler, count: int) -> None:
        form = server.asked[-1].body.get("response_format", {"type": "text"})
        if form["type"] == "json_schema":
            said = "1 validation error: {'loc': ('body', 'response_format', 'type'), 'msg': 'Input should be ...'}"
            return answer(handler, {"error": {"message": said, "type": "internal_server_error"}}, status=500)
        return stream(handler, chunks(REPLY))

    server.answering = as_llama_cpp_python
    generator = open_remote(breaker=CircuitBreaker(failures_to_open=1))
    assert generator.draft(make_request()).sentences == SENTENCES
    assert generator.draft(make_request()).sentences == SENTENCES
    assert ["grammar" in asked.body for asked in server.asked] == [False, True, True]
    assert server.asked[1].body["grammar"].startswith("root ::=")
    assert "form=grammar status=500" in caplog.text
    assert generator.breaker_state is BreakerState.CLOSED


def test_ignored_grammar_is_found_out_and_given_up(server: ChatServer, open_remote: Open) -> None:
    def as_json_mode_only(handler: BaseHTTPRequestHandler, count: int) -> None:
        form = server.asked[-1].body.get("response_format", {"type": "text"})
        if form["type"] == "json_schema":
            return answer(handler, {"error": "This response_format type is unavailable now"}, status=400)
        return stream(handler, chunks(REPLY if form["type"] == "json_object" else f"Sure! {REPLY}"))

    server.answering = as_json_mode_only
    generator = open_remote()
    assert generator.draft(make_request()).sentences == SENTENCES
    assert generator.draft(make_request()).sentences == SENTENCES
    forms = [asked.body.get("response_format", {"type": "grammar"})["type"] for asked in server.asked]
    assert forms == ["json_schema", "grammar", "json_object", "json_object"]


def test_server_without_any_form_is_left_to_the_prompt(server: ChatServer, open_remote: Open) -> None:
    def refuse_forms(handler: BaseHTTPRequestHandler, count: int) -> None:
        for field in ("response_format", "grammar"):
            if field in server.asked[-1].body:
                return answer(handler, {"detail": [{"loc": ["body", field], "msg": "extra"}]}, status=422)
        return stream(handler, chunks(REPLY))

    server.answering = refuse_forms
    generator = open_remote()
    assert generator.draft(make_request()).sentences == SENTENCES
    assert generator.draft(make_request()).sentences == SENTENCES
    assert len(server.asked) == 5


@pytest.mark.parametrize(
    ("field", "said", "instead"),
    [
        ("stream_options", None, {"stream": True}),
        ("seed", "extra_forbidden: seed", {"temperature": 0}),
        ("temperature", "Only the default temperature is supported", {"seed": 7}),
        ("max_tokens", "Use 'max_completion_tokens' instead", {"max_completion_tokens": 512}),
    ],
)
def test_refused_field_is_left_out_from_then_on(
    server: ChatServer, open_remote: Open, field: str, said: str | None, instead: dict[str, object]
) -> None:
    def refuse_field(handler: BaseHTTPRequestHandler, count: int) -> None:
        if field in server.asked[-1].body:
            return answer(handler, {"error": {"message": said or f"unknown field {field}"}}, status=400)
        return stream(handler, chunks(REPLY))

    server.answering = refuse_field
    generator = open_remote()
    assert generator.draft(make_request()).sentences == SENTENCES
    assert generator.draft(make_request()).sentences == SENTENCES
    assert [field in asked.body for asked in server.asked] == [True, False, False]
    assert "response_format" in server.asked[-1].body
    assert server.asked[-1].body.items() >= instead.items()


def test_refused_streaming_is_left_out(server: ChatServer, open_remote: Open) -> None:
    def refuse_streams(handler: BaseHTTPRequestHandler, count: int) -> None:
        if server.asked[-1].body["stream"]:
            return answer(handler, {"error": {"message": "streaming is not supported"}}, status=400)
        return answer(handler, completion(REPLY))

    server.answering = refuse_streams
    assert open_remote().draft(make_request()).sentences == SENTENCES
    assert "stream_options" not in server.asked[-1].body


def test_bad_request_for_another_reason_is_told(server: ChatServer, open_remote: Open) -> None:
    server.answering = lambda handler, count: answer(handler, {"error": "max_tokens is too large"}, status=400)
    generator = open_remote()
    with pytest.raises(ModelFailed, match=r"answered 400 .*max_tokens is too large"):
        generator.draft(make_request())
    assert len(server.asked) == 2
    server.answering = lambda handler, count: stream(handler, chunks(REPLY))
    generator.draft(make_request())
    assert "response_format" in server.asked[-1].body  # nothing was learnt from a refusal that remained one


def test_window_that_the_server_lacks_is_told_with_its_remedy(server: ChatServer, open_remote: Open) -> None:
    error = {"code": 400, "type": "exceed_context_size_error", "message": "exceeds the available context size"}
    server.answering = lambda handler, count: answer(handler, {"error": error}, status=400)
    with pytest.raises(TooLarge, match="exceeds the available context size") as failure:
        open_remote().draft(make_request())
    assert "RONBUN_CONTEXT_TOKENS" in failure.value.hint
    assert len(server.asked) == 1


def test_wordless_stream_is_asked_for_its_reason(server: ChatServer, open_remote: Open) -> None:
    def as_llama_cpp_python(handler: BaseHTTPRequestHandler, count: int) -> None:
        if server.asked[-1].body["stream"]:
            return stream(handler, [], done=False)
        return answer(handler, {"error": {"message": "maximum context length is 512"}}, status=400)

    server.answering = as_llama_cpp_python
    with pytest.raises(TooLarge, match="maximum context length is 512"):
        open_remote().draft(make_request())
    assert [asked.body["stream"] for asked in server.asked] == [True, False]


# Trouble, pauses and the breaker


@pytest.mark.parametrize("status", [429, 500, 503])
def test_overload_is_asked_again_after_a_growing_pause(server: ChatServer, open_remote: Open, status: int) -> None:
    times: list[float] = []

    def twice(handler: BaseHTTPRequestHandler, count: int) -> None:
        times.append(time.monotonic())
        if count < 3:
            return answer(handler, b"busy", status=status)
        return stream(handler, chunks(REPLY))

    server.answering = twice
    assert open_remote(timeout_s=30).draft(make_request()).sentences == SENTENCES
    first, second = times[1] - times[0], times[2] - times[1]
    assert 0.25 <= first < 1.0  # half a second, less the jitter
    assert 0.5 <= second < 1.5


def test_retry_after_is_obeyed(server: ChatServer, open_remote: Open) -> None:
    times: list[float] = []

    def once(handler: BaseHTTPRequestHandler, count: int) -> None:
        times.append(time.monotonic())
        if count < 2:
            return answer(handler, b"busy", status=429, Retry_After="1")
        return stream(handler, chunks(REPLY))

    server.answering = once
    assert open_remote().draft(make_request()).sentences == SENTENCES
    assert times[1] - times[0] >= 1.0


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("as_date", [False, True])
def test_long_retry_after_is_told_and_not_waited_for(
    server: ChatServer, open_remote: Open, status: int, as_date: bool
) -> None:
    retry_after = formatdate(time.time() + 600, usegmt=True) if as_date else "600"
    server.answering = lambda handler, count: answer(handler, b"busy", status=status, Retry_After=retry_after)
    started = time.monotonic()
    with pytest.raises(Busy, match=f"answered {status}") as failure:
        open_remote(timeout_s=1000).draft(make_request())
    assert 595 <= failure.value.retry_after_s <= 600
    assert time.monotonic() - started < 30  # not the 600 seconds that were asked for
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("status", "error", "hint"),
    [
        (429, Busy, "try again"),
        (503, Busy, "try again"),
        (500, ModelFailed, "RONBUN_REMOTE_URL"),
        (401, ModelFailed, "RONBUN_REMOTE_KEY"),
        (404, ModelMissing, "It lists: crane-8b, other."),
        (302, ModelFailed, "RONBUN_REMOTE_URL"),
    ],
)
def test_refusal_becomes_our_error_and_never_shows_the_key(
    server: ChatServer,
    open_remote: Open,
    caplog: pytest.LogCaptureFixture,
    status: int,
    error: type[Exception],
    hint: str,
) -> None:
    caplog.set_level("DEBUG", logger="app")
    server.models = ("crane-8b", "other")
    server.answering = lambda handler, count: answer(
        handler, f"no: Bearer {KEY}".encode(), status=status, Location="http://127.0.0.1:9/elsewhere"
    )
    with pytest.raises(error, match=f"answered {status}") as failure:
        open_remote().draft(make_request())
    assert hint in failure.value.hint  # type: ignore[attr-defined]
    assert KEY not in str(failure.value) + caplog.text
    assert failure.value.__cause__ is None


def test_error_in_the_stream_is_told_with_its_status(server: ChatServer, open_remote: Open) -> None:
    events = [chunk('{"sent'), {"error": {"code": 503, "message": "the engine died", "type": "unavailable"}}]
    server.answering = lambda handler, count: stream(handler, events, done=False)
    with pytest.raises(Busy, match=r"answered 503 .*the engine died"):
        open_remote().draft(make_request())
    assert len(server.asked) == 3


def test_error_with_status_200_is_an_error(server: ChatServer, open_remote: Open) -> None:
    body = {"object": "error", "message": "the prompt is over the context length", "code": 400}
    server.answering = lambda handler, count: answer(handler, body)
    with pytest.raises(TooLarge, match="over the context length"):
        open_remote().draft(make_request())


@pytest.mark.parametrize("ends", [True, False])
def test_stream_broken_off_before_a_sentence_is_asked_again(server: ChatServer, open_remote: Open, ends: bool) -> None:
    server.answering = lambda handler, count: (
        stream(handler, [chunk(REPLY[:30])], done=False, ends=ends) if count == 1 else stream(handler, chunks(REPLY))
    )
    heard: list[DraftSentence] = []
    assert open_remote().draft(make_request(), on_sentence=heard.append).sentences == SENTENCES
    assert tuple(heard) == SENTENCES
    assert len(server.asked) == 2


def test_stream_broken_off_after_a_sentence_is_not_asked_again(server: ChatServer, open_remote: Open) -> None:
    server.answering = lambda handler, count: stream(handler, [chunk(REPLY[:90])], done=False, ends=False)
    heard: list[DraftSentence] = []
    with pytest.raises(ModelFailed, match="RemoteProtocolError"):
        open_remote().draft(make_request(), on_sentence=heard.append)
    assert tuple(heard) == SENTENCES[:1]
    assert len(server.asked) == 1


def test_unreachable_server_is_named_then_left_alone_and_tried_again(server: ChatServer, open_remote: Open) -> None:
    breaker = CircuitBreaker(failures_to_open=3, pause_s=0.5)
    generator = open_remote(url="http://127.0.0.1:1/v1", breaker=breaker)
    with pytest.raises(ModelFailed, match=r"http://127\.0\.0\.1:1/v1/chat/completions: ConnectError"):
        generator.draft(make_request())
    assert generator.breaker_state is BreakerState.OPEN
    started = time.monotonic()
    with pytest.raises(Busy, match=r"failed 3 times in a row and is asked again in 1 s") as failure:
        generator.draft(make_request())
    assert time.monotonic() - started < 0.2
    assert failure.value.retry_after_s == 1
    time.sleep(0.6)
    assert generator.breaker_state is BreakerState.HALF_OPEN
    with pytest.raises(ModelFailed, match="ConnectError"):
        generator.draft(make_request())
    assert generator.breaker_state is BreakerState.OPEN


def test_open_breaker_refuses_without_a_wait_in_line(server: ChatServer, open_remote: Open) -> None:
    released = threading.Event()
    server.answering = lambda handler, count: (released.wait(5), stream(handler, chunks(REPLY)))[1]
    breaker = CircuitBreaker(failures_to_open=1)
    generator = open_remote(concurrency=1, breaker=breaker)
    assert generator.parallel_drafts == 1
    first = threading.Thread(target=lambda: generator.draft(make_request()))
    first.start()
    while not server.asked:
        time.sleep(0.01)
    breaker.failed(breaker.admit("server"))
    told: list[DraftProgress] = []
    with pytest.raises(Busy, match="failed 1 times in a row"):
        generator.draft(make_request(), on_progress=told.append)
    assert told == []
    released.set()
    first.join()


def test_answer_closes_the_breaker(server: ChatServer, open_remote: Open) -> None:
    generator = open_remote(breaker=CircuitBreaker(failures_to_open=1, pause_s=0.1))
    server.answering = lambda handler, count: answer(handler, b"down", status=502)
    with pytest.raises(ModelFailed, match="answered 502"):
        generator.draft(make_request())
    assert len(server.asked) == 1  # the breaker opened: no further attempt
    time.sleep(0.15)
    server.answering = lambda handler, count: stream(handler, chunks(REPLY))
    assert generator.draft(make_request()).sentences == SENTENCES
    assert generator.breaker_state is BreakerState.CLOSED


def test_unreadable_answers_do_not_open_the_breaker(server: ChatServer, open_remote: Open) -> None:
    generator = open_remote(breaker=CircuitBreaker(failures_to_open=1))
    server.answering = lambda handler, count: stream(handler, chunks("It was 412."))
    with pytest.raises(ModelFailed, match="not the JSON"):
        generator.draft(make_request())
    assert generator.breaker_state is BreakerState.CLOSED


# Many at once


def test_no_more_are_asked_at_once_than_set_and_the_others_know_their_place(
    server: ChatServer, open_remote: Open
) -> None:
    running, most = 0, 0
    lock = threading.Lock()

    def count_running(handler: BaseHTTPRequestHandler, count: int) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.3)
        with lock:
            running -= 1
        stream(handler, chunks(REPLY))

    server.answering = count_running
    generator = open_remote(concurrency=2)
    told: list[DraftProgress] = []
    drafts: list[object] = []

    def ask() -> None:
        drafts.append(generator.draft(make_request(), on_progress=told.append).sentences)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert drafts == [SENTENCES] * 6
    assert most == 2
    assert {one.position for one in told if one.stage is Stage.WAITING} >= {1, 2}
    assert (generator.running, generator.waiting) == (0, 0)


def test_full_line_and_passed_deadline_are_busy(server: ChatServer, open_remote: Open) -> None:
    released = threading.Event()
    server.answering = lambda handler, count: (released.wait(5), stream(handler, chunks(REPLY)))[1]
    generator = open_remote(concurrency=1, max_waiting=1)
    first = threading.Thread(target=lambda: generator.draft(make_request()))
    first.start()
    while generator.running < 1:
        time.sleep(0.01)
    started = time.monotonic()
    with pytest.raises(Busy, match=r"within the 0\.3 s"):
        generator.draft(make_request(deadline_s=0.3))
    assert time.monotonic() - started < 30  # not the 600 seconds that were asked for
    second = threading.Thread(target=lambda: generator.draft(make_request()))
    second.start()
    while generator.waiting < 1:
        time.sleep(0.01)
    with pytest.raises(Busy, match="wait for the model already"):
        generator.draft(make_request())
    released.set()
    first.join()
    second.join()
    assert len(server.asked) == 2


def test_deadline_of_a_reader_ends_a_draft_under_way(server: ChatServer, open_remote: Open) -> None:
    released = threading.Event()
    server.answering = lambda handler, count: (released.wait(5), None)[1]
    generator = open_remote(breaker=CircuitBreaker(failures_to_open=1))
    with pytest.raises(Busy, match=r"within the 0\.4 s"):
        generator.draft(make_request(deadline_s=0.4))
    released.set()
    assert generator.breaker_state is BreakerState.CLOSED


def test_closing_ends_drafts_under_way(server: ChatServer, open_remote: Open) -> None:
    released = threading.Event()
    server.answering = lambda handler, count: (released.wait(5), None)[1]
    generator = open_remote()
    failures: list[Exception] = []

    def ask() -> None:
        try:
            generator.draft(make_request())
        except ModelFailed as error:
            failures.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    while not server.asked:
        time.sleep(0.01)
    generator.close()
    thread.join(3)
    released.set()
    assert "was closed" in str(failures[0])
    with pytest.raises(ModelFailed, match="is closed"):
        generator.draft(make_request())
    assert not [one for one in threading.enumerate() if one.name == "remote-generator"]


def test_draft_that_came_whole_is_given_though_the_generator_is_closed(server: ChatServer, open_remote: Open) -> None:
    server.answering = lambda handler, count: answer(handler, completion(REPLY))
    generator = open_remote()
    assert generator.draft(make_request(), on_sentence=lambda _: generator.close()).sentences == SENTENCES


# Names, addresses and keys


def test_list_of_models_holds_no_place(open_remote: Open) -> None:
    running: list[int] = []

    def respond(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            running.append(generator.running)
        answered = {"data": []} if request.method == "GET" else completion(REPLY)
        return httpx.Response(200, stream=httpx.ByteStream(json.dumps(answered).encode()))

    generator = open_remote(transport=httpx.MockTransport(respond))
    generator.draft(make_request())
    assert running == [0]


def test_server_that_lists_other_models_is_warned_of_once(
    server: ChatServer, open_remote: Open, caplog: pytest.LogCaptureFixture
) -> None:
    server.models = ("heron-2b\n", "heron-2b")
    generator = open_remote()
    generator.draft(make_request())
    generator.draft(make_request())
    assert caplog.text.count("lists other models model=crane-7b listed=('heron-2b',)") == 1


def test_ollamas_default_tag_is_the_model(
    server: ChatServer, open_remote: Open, caplog: pytest.LogCaptureFixture
) -> None:
    server.models = ("crane-7b:latest",)
    open_remote().draft(make_request())
    assert caplog.text == ""


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8080",
        "ftp://host/v1",
        "http://",
        "http://[::1",
        "http://a\nb/",
        "http://me:secret@host/v1",
        "http://host/v1?key=secret",
        "http://host/v1#secret",
    ],
)
def test_bad_address_is_refused_at_once(open_remote: Open, url: str) -> None:
    with pytest.raises(BadInput, match="RONBUN_REMOTE_URL") as failure:
        open_remote(url=url)
    assert "me:secret" not in failure.value.message


def test_key_that_no_header_can_hold_is_refused_unseen(open_remote: Open) -> None:
    with pytest.raises(BadInput, match="RONBUN_REMOTE_KEY") as failure:
        open_remote(key="sk-\nsecret")
    assert "secret" not in failure.value.message


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_local_server_is_never_reached_through_a_proxy(
    server: ChatServer, open_remote: Open, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    url = server.url.replace("127.0.0.1", host)
    assert open_remote(url=url).draft(make_request()).sentences == SENTENCES


def test_small_window_drops_evidence_and_a_long_question_is_refused(server: ChatServer, open_remote: Open) -> None:
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
    body = json.dumps(completion(REPLY)).encode()
    transport = httpx.MockTransport(lambda request: httpx.Response(200, stream=httpx.ByteStream(body)))
    generator = make_generator("https://models.example/v1", transport=transport)
    assert generator.draft(make_request()).sentences == SENTENCES
    generator.close()


def test_estimate_is_above_what_tokenizers_count() -> None:
    english = RenderedPrompt("", "", "The drone counted cranes over the northern roost. " * 50, "", "")
    japanese = RenderedPrompt("", "", "ドローンは北のねぐらでツルを数えました。" * 50, "", "")
    assert estimate_tokens(english) > 50 * 10
    assert estimate_tokens(japanese) > 50 * 20
