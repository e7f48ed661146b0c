"""Servers that mean harm: whatever they send, a draft ends in one of our errors, in time and in bounded memory."""

import json
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import psutil
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
from remote_drafts import KEY, SENTENCES, make_generator, make_request

from app.generators.remote import RemoteGenerator
from app.generators.remote.breaker import BreakerState, CircuitBreaker
from app.generators.remote.exchange import MAX_STREAM_BYTES
from app.generators.remote.receiving import MAX_REPLY_BYTES, Patience
from indexes.errors import Busy, ModelFailed

Open = Callable[..., RemoteGenerator]

TIMEOUT_S = 2.0
SLACK_S = 1.5
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
EVENT = b"data: " + json.dumps(chunk(REPLY[:20])).encode() + b"\n\n"


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with serve_chat() as state:
        yield state


@pytest.fixture
def open_remote(server: ChatServer) -> Iterator[Open]:
    opened: list[RemoteGenerator] = []

    def open_one(**changes: Any) -> RemoteGenerator:
        opened.append(make_generator(**{"url": server.url, "timeout_s": TIMEOUT_S, **changes}))
        return opened[-1]

    yield open_one
    for generator in opened:
        generator.close()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>", "did not answer with a chat completion"),
        (b"", "did not answer with a chat completion"),
        (b"\xff\xfe{}", "did not answer with a chat completion"),
        (b"[" * 100_000, "did not answer with a chat completion"),
        (b'{"a":' * 100_000, "did not answer with a chat completion"),
        (b'{"choices": [], "usage": ' + b"9" * 5000 + b"}", "did not answer with a chat completion"),
        ({"choices": []}, "did not answer with a chat completion"),
        (completion(None), "did not answer with a chat completion"),
        (completion(7), "did not answer with a chat completion"),
        ({**completion(REPLY), "usage": {"prompt_tokens": float("nan")}}, "did not answer with a chat completion"),
        ({**completion(REPLY), "usage": {"prompt_tokens": 1e300}}, "did not answer with a chat completion"),
        ({**completion(REPLY), "usage": {"prompt_tokens": -1}}, "did not answer with a chat completion"),
        ({**completion(REPLY), "usage": {"prompt_tokens": "621"}}, "did not answer with a chat completion"),
        ({**completion(REPLY), "created": float("inf")}, "did not answer with a chat completion"),
        (completion("It was 412."), "not the JSON"),
        (completion(REPLY.replace("[1]", "[9]")), "passage 9"),
        (completion(REPLY.replace("[1]", "[NaN]")), "passage nan"),
        (completion(REPLY[:40]), "not the JSON"),
        (completion("It was", ending="length"), "not the JSON"),
        (completion(REPLY.replace("412", "\ud800")), "broken text"),
        ({"choices": [{"message": {"refusal": "I cannot help"}, "index": 0}]}, "refused to answer"),
    ],
)
def test_unreadable_reply_fails_with_what_came(
    server: ChatServer, open_remote: Open, body: object, message: str
) -> None:
    server.answering = lambda handler, count: answer(handler, body)
    with pytest.raises(ModelFailed, match=message) as failure:
        open_remote().draft(make_request())
    assert len(failure.value.message) < 600
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (b"data: {\n\n", "did not answer with a chat completion"),
        (b"data: " + b"[" * 100_000 + b"\n\n", "did not answer with a chat completion"),
        (b'data: {"choices":[{"delta":{"content":"\xff"}}]}\n\n', "not UTF-8"),
        (b'data: {"choices":[{"delta":{"content":[]}}]}\n\n', "did not answer with a chat completion"),
        (b'data: {"choices":[],"usage":{"completion_tokens":NaN}}\n\n', "did not answer with a chat completion"),
        (b"data: " + b"x" * 300_000, "a line of more than"),
        (b"data: x\n" * 100_000, "an event of more than"),
        (b"\n" * 300_000, "lines, which is over the limit"),
        (
            EVENT.replace(b'"delta": {"content": "', b'"delta": {"content": "' + b"x" * 70_000),
            "over the limit of 65536",
        ),
    ],
)
def test_unreadable_event_fails_with_what_came(
    server: ChatServer, open_remote: Open, event: bytes, message: str
) -> None:
    server.answering = lambda handler, count: stream(handler, [event], done=False)
    with pytest.raises(ModelFailed, match=message) as failure:
        open_remote(timeout_s=20).draft(make_request())
    assert len(failure.value.message) < 600
    assert len(server.asked) == 1


@pytest.mark.parametrize("kind", ["text/html", "application/octet-stream", "text/event-stream-not", "x" * 1000])
def test_wrong_content_type_is_named(server: ChatServer, open_remote: Open, kind: str) -> None:
    server.answering = lambda handler, count: answer(handler, completion(REPLY), Content_Type=kind)
    with pytest.raises(ModelFailed, match="instead of a completion") as failure:
        open_remote().draft(make_request())
    assert len(failure.value.message) < 300


@pytest.mark.parametrize(
    "head",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Bomb: " + b"x" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Bomb: x\r\n" * 50_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + EVENT,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 100 + b"\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;" + b"x" * 200_000,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X-Trailer: x\r\n" * 50_000,
        HEAD + b"Transfer-Encoding: gzip\r\n\r\n" + EVENT,
        HEAD + b"Content-Length: 1000\r\n\r\n" + EVENT,
        b"",
    ],
)
def test_broken_http_is_an_outage(server: ChatServer, open_remote: Open, head: bytes) -> None:
    def send(handler: Any, count: int) -> None:
        handler.close_connection = True
        handler.wfile.write(head)

    server.answering = send
    generator = open_remote()
    started = time.monotonic()
    with pytest.raises(ModelFailed):
        generator.draft(make_request())
    assert time.monotonic() - started < TIMEOUT_S + SLACK_S
    assert generator.running == 0


def test_compressed_answer_is_refused_unread(server: ChatServer, open_remote: Open) -> None:
    server.answering = lambda handler, count: answer(handler, b"\x1f\x8b", Content_Encoding="gzip")
    with pytest.raises(ModelFailed, match="compressed its answer"):
        open_remote().draft(make_request())


def test_endless_informational_responses_end_in_time(server: ChatServer, open_remote: Open) -> None:
    def inform(handler: Any, count: int) -> None:
        handler.close_connection = True
        while True:
            handler.wfile.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")

    server.answering = inform
    assert_ends_in_time(server, open_remote, match=rf"more than {TIMEOUT_S:g} s")


def test_hanging_server_is_left_after_the_timeout(server: ChatServer, open_remote: Open) -> None:
    released = threading.Event()
    server.answering = lambda handler, count: (released.wait(10), None)[1]
    assert_ends_in_time(server, open_remote, match=rf"more than {TIMEOUT_S:g} s")
    released.set()


@pytest.mark.parametrize("drip", [b" ", b": ping\n\n", EVENT, b"data: {}\n\n"])
def test_dripping_stream_is_left_after_the_timeout(server: ChatServer, open_remote: Open, drip: bytes) -> None:
    def send(handler: Any, count: int) -> None:
        begin_stream(handler)
        while True:
            send_chunk(handler, drip)
            time.sleep(0.05)

    server.answering = send
    assert_ends_in_time(server, open_remote)
    assert server.left.wait(1)


@pytest.mark.parametrize("status", [200, 500])
def test_dripping_body_is_left_after_the_timeout(server: ChatServer, open_remote: Open, status: int) -> None:
    def send(handler: Any, count: int) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        while True:
            handler.wfile.write(b" ")
            time.sleep(0.05)

    server.answering = send
    assert_ends_in_time(server, open_remote, match=rf"more than {TIMEOUT_S:g} s")


def test_dripping_head_is_left_after_the_timeout(server: ChatServer, open_remote: Open) -> None:
    def send(handler: Any, count: int) -> None:
        handler.close_connection = True
        for byte in HEAD + b"X-Slow: " + b"x" * 10_000:
            handler.wfile.write(bytes([byte]))
            time.sleep(0.05)

    server.answering = send
    assert_ends_in_time(server, open_remote, match=rf"more than {TIMEOUT_S:g} s")


@pytest.mark.parametrize(
    ("patience", "sent"),
    [(Patience(first_event_s=0.4), [b": ping\n\n"]), (Patience(between_events_s=0.4), [chunk('{"sen'), b": ping\n\n"])],
)
def test_silence_is_an_outage(server: ChatServer, open_remote: Open, patience: Patience, sent: list[object]) -> None:
    def fall_silent(handler: Any, count: int) -> None:
        def events() -> Iterator[object]:
            yield from sent
            while True:
                time.sleep(0.05)
                yield b": ping\n\n"

        stream(handler, events())

    server.answering = fall_silent
    with pytest.raises(ModelFailed, match=r"was silent for 0\.4 s"):
        open_remote(timeout_s=20, patience=patience).draft(make_request())
    assert len(server.asked) == 3


@pytest.mark.parametrize("is_stream", [False, True])
def test_flood_is_left_at_the_limit_in_bounded_memory(server: ChatServer, open_remote: Open, is_stream: bool) -> None:
    sent = 0

    def flood(handler: Any, count: int) -> None:
        nonlocal sent
        handler.close_connection = True
        handler.wfile.write(HEAD if is_stream else b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
        handler.wfile.write(b"\r\n")
        piece = (b": " + b"x" * 1021 + b"\n") * 64 if is_stream else b" " * 65536
        for _ in range(20_000):
            handler.wfile.write(piece)
            sent += len(piece)

    server.answering = flood
    limit = MAX_STREAM_BYTES if is_stream else MAX_REPLY_BYTES
    before = psutil.Process().memory_info().rss
    with pytest.raises(ModelFailed, match=f"over the limit of {limit} bytes"):
        open_remote(timeout_s=20).draft(make_request())
    assert server.left.wait(2)
    assert sent < 100 << 20
    assert psutil.Process().memory_info().rss - before < 64 << 20


def test_flood_of_single_bytes_is_left_in_time(server: ChatServer, open_remote: Open) -> None:
    def flood(handler: Any, count: int) -> None:
        begin_stream(handler)
        while True:
            handler.wfile.write(b"1\r\n:\r\n" * 4096)

    server.answering = flood
    assert_ends_in_time(server, open_remote)
    assert server.left.wait(2)


def test_answer_that_repeats_the_key_is_refused_and_not_shown(server: ChatServer, open_remote: Open) -> None:
    reply = REPLY.replace("412", KEY)
    server.answering = lambda handler, count: stream(handler, chunks(reply))
    heard: list[object] = []
    with pytest.raises(ModelFailed, match="repeats RONBUN_REMOTE_KEY") as failure:
        open_remote().draft(make_request(), on_sentence=heard.append)
    assert heard == []
    assert KEY not in failure.value.message


def test_placeholder_key_may_stand_in_an_answer(server: ChatServer, open_remote: Open) -> None:
    server.answering = lambda handler, count: stream(handler, chunks(REPLY.replace("drone", "ollama")))
    assert "ollama" in open_remote(key="ollama").draft(make_request()).sentences[0].text


@pytest.mark.parametrize(
    "retry_after", ["-1", "soon", "Thu, 99 Foo", "\u00b2", "", "1e9", "Thu, 01 Jan 1970 00:00:00 GMT"]
)
def test_odd_retry_after_is_no_reason_to_wait(server: ChatServer, open_remote: Open, retry_after: str) -> None:
    server.answering = lambda handler, count: (
        answer(handler, b"busy", status=503, Retry_After=retry_after) if count < 2 else stream(handler, chunks(REPLY))
    )
    assert open_remote().draft(make_request()).sentences == SENTENCES


@pytest.mark.parametrize("retry_after", ["9" * 5000, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_endless_retry_after_is_told_as_a_day(server: ChatServer, open_remote: Open, retry_after: str) -> None:
    server.answering = lambda handler, count: answer(handler, b"busy", status=503, Retry_After=retry_after)
    with pytest.raises(Busy) as failure:
        open_remote().draft(make_request())
    assert failure.value.retry_after_s == 86_400


def test_hostile_list_of_models_does_no_harm(server: ChatServer, open_remote: Open) -> None:
    server.models = ("\x1b[2J", "x" * 100_000, *(f"m{number}" for number in range(20_000)))
    assert open_remote().draft(make_request()).sentences == SENTENCES


def test_refused_connection_in_the_middle_of_tls_is_an_outage(open_remote: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer_plainly() -> None:
            for _ in range(3):
                connection, _ = listening.accept()
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                connection.close()

        thread = threading.Thread(target=answer_plainly)
        thread.start()
        generator = open_remote(url=f"https://127.0.0.1:{listening.getsockname()[1]}/v1", timeout_s=5)
        with pytest.raises(ModelFailed, match="ConnectError"):
            generator.draft(make_request())
        thread.join()


def test_many_readers_of_a_moody_server_leave_nothing_behind(server: ChatServer, open_remote: Open) -> None:
    moods: list[Callable[[Any, int], None]] = [
        lambda handler, count: stream(handler, chunks(REPLY)),
        lambda handler, count: stream(handler, chunks(REPLY, size=1)),
        lambda handler, count: answer(handler, completion(REPLY)),
        lambda handler, count: answer(handler, b"busy", status=429),
        lambda handler, count: answer(handler, b"down", status=502),
        lambda handler, count: stream(handler, [chunk(REPLY[:30])], done=False, ends=False),
        lambda handler, count: stream(handler, [chunk(REPLY[:90])], done=False),
        lambda handler, count: stream(handler, [b"data: \xff\n\n"]),
        lambda handler, count: (time.sleep(0.5), stream(handler, chunks(REPLY)))[1],
    ]
    mood = random.Random(7)
    server.answering = lambda handler, count: mood.choice(moods)(handler, count)
    generator = open_remote(concurrency=8, timeout_s=20, breaker=CircuitBreaker(failures_to_open=10_000))
    ends: Counter[str] = Counter()
    lock = threading.Lock()

    def leave(progress: object) -> None:
        raise KeyError("reader left")

    def read(reader: int) -> None:
        for turn in range(4):
            on_progress = leave if (reader + turn) % 5 == 0 else None
            try:
                draft = generator.draft(make_request(reader=str(reader)), on_progress=on_progress)
                end = "written" if draft.sentences == SENTENCES else "odd"
            except (ModelFailed, Busy, KeyError) as error:
                end = type(error).__name__
            with lock:
                ends[end] += 1

    readers = [threading.Thread(target=read, args=(reader,)) for reader in range(16)]
    for one in readers:
        one.start()
    for one in readers:
        one.join()
    assert ends.total() == 16 * 4
    assert set(ends) <= {"written", "ModelFailed", "Busy", "KeyError"}
    assert ends["written"] > 16
    assert ends["KeyError"] > 4
    assert (generator.running, generator.waiting) == (0, 0)


def assert_ends_in_time(server: ChatServer, open_remote: Open, *, match: str = ".") -> None:
    generator = open_remote()
    started = time.monotonic()
    with pytest.raises(ModelFailed, match=match):
        generator.draft(make_request())
    assert time.monotonic() - started < TIMEOUT_S + SLACK_S
    assert generator.running == 0
    assert generator.breaker_state is BreakerState.CLOSED
