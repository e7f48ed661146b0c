"""A local server of chat completions, with real sockets, that answers as each test tells it to."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REPLY = '{"sentences":[{"text":"The drone counted 412 cranes.","passages":[1]},{"text":"It flew.","passages":[2,1]}]}'
USAGE = {"prompt_tokens": 621, "completion_tokens": 45, "prompt_tokens_details": {"cached_tokens": 300}}


@dataclass
class Asked:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


Answering = Callable[[BaseHTTPRequestHandler, int], None]


@dataclass
class ChatServer:
    """Answers the n-th question (from 1) with `answering(handler, n)`, and keeps what it was asked.

    `models` are the names it lists; `left` is set when a client has closed its connection while it was answered, and
    `connections` counts those that were opened.
    """

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    answering: Answering = lambda handler, count: stream(handler, chunks(REPLY))
    models: tuple[str, ...] = ("crane-7b",)
    left: threading.Event = field(default_factory=threading.Event)
    connections: int = 0


def chunk(content: str | None = None, *, ending: str | None = None, **delta: object) -> dict[str, object]:
    words = {"content": content} if content is not None else {}
    return {
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": {**words, **delta}, "finish_reason": ending}],
    }


def chunks(reply: str, *, size: int = 7, ending: str = "stop", usage: object = USAGE) -> list[object]:
    pieces = [chunk(reply[start : start + size]) for start in range(0, len(reply), size)]
    return [chunk(role="assistant"), *pieces, chunk(ending=ending), {"choices": [], "usage": usage}]


def completion(content: object, *, ending: str = "stop") -> dict[str, object]:
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": ending}
    return {"choices": [choice], "usage": USAGE}


def answer(handler: BaseHTTPRequestHandler, body: object, *, status: int = 200, **headers: str) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    handler.send_response(status)
    for name, value in {"Content_Type": "application/json", **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


def stream(handler: BaseHTTPRequestHandler, events: Iterable[object], *, done: bool = True, ends: bool = True) -> None:
    """Send events in chunks as they are made; bytes are sent as they stand. `ends` closes the body properly."""
    begin_stream(handler)
    for event in events:
        send_chunk(handler, event if isinstance(event, bytes) else b"data: " + json.dumps(event).encode() + b"\n\n")
    if done:
        send_chunk(handler, b"data: [DONE]\n\n")
    if ends:
        handler.wfile.write(b"0\r\n\r\n")
    else:
        handler.close_connection = True


def begin_stream(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream; charset=utf-8")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()


def send_chunk(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    handler.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")


@contextlib.contextmanager
def serve_chat() -> Iterator[ChatServer]:
    state = ChatServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            state.connections += 1

        def do_GET(self) -> None:
            answer(self, {"object": "list", "data": [{"id": name} for name in state.models]})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.asked.append(Asked(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            try:
                state.answering(self, len(state.asked))
            except (BrokenPipeError, ConnectionResetError):  # the client has left, as it should
                self.close_connection = True
                state.left.set()

        def log_message(self, *arguments: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            state.left.set()  # the client left between two requests

    http = Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{http.server_address[1]}/v1"
    try:
        yield state
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
