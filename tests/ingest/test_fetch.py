import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from indexes.errors import BadInput, NotAllowed, NotFound, RonbunError, TooLarge, UnreadableSource, UnsupportedSource
from ingest.addresses import is_public
from ingest.fetch import Fetcher, FetchSettings, fetcher_for
from ingest.web_client import WebClient

PDF = b"%PDF-1.7\nnot much of one"


def fetcher(
    handler: Callable[[httpx.Request], httpx.Response], addresses: dict[str, list[str]] | None = None, **settings: Any
) -> Fetcher:
    known = addresses or {}
    client = WebClient(
        settings=FetchSettings(**{"other_interval_s": 0.0, "arxiv_interval_s": 0.0, **settings}),
        transport=httpx.MockTransport(lambda request: streamed(handler(request))),
        resolve=lambda host, port: known.get(host, ["93.184.216.34"]),
        sleep=lambda seconds: None,
    )
    return Fetcher(client)


def streamed(response: httpx.Response) -> httpx.Response:
    """Return a response as a server gives it: with its body still to be read."""
    if not response.is_stream_consumed:
        return response
    stream = httpx.ByteStream(response.content)
    return httpx.Response(response.status_code, headers=response.headers, stream=stream)


def respond(
    content: bytes = PDF, content_type: str = "application/pdf", status: int = 200
) -> Callable[..., httpx.Response]:
    return lambda request: httpx.Response(status, content=content, headers={"content-type": content_type})


@pytest.mark.parametrize(
    ("url", "content", "content_type", "suffix"),
    [
        ("https://example.org/x", PDF, "application/octet-stream", ".pdf"),
        ("https://example.org/x.pdf", b"<!DOCTYPE html><p>No paper here", "text/html", ".html"),
        ("https://example.org/x", b"One came.", "text/plain; charset=utf-8", ".txt"),
        ("https://example.org/x.md", b"# Cranes", "text/plain", ".md"),
        ("https://example.org/x.jsonl", b'{"text": "x"}', "application/octet-stream", ".jsonl"),
        ("https://example.org/x", b'{"text": "x"}', "application/x-ndjson", ".jsonl"),
    ],
)
def test_content_decides_the_suffix(tmp_path: Path, url: str, content: bytes, content_type: str, suffix: str) -> None:
    fetched = fetcher(respond(content, content_type)).fetch(url, folder=tmp_path)
    assert (fetched.path.suffix, fetched.path.read_bytes(), fetched.url) == (suffix, content, url)
    assert list(tmp_path.iterdir()) == [fetched.path]


@pytest.mark.parametrize(
    ("handler", "error", "reason"),
    [
        (respond(status=404), NotFound, "404"),
        (respond(status=503), UnreadableSource, "503"),
        (respond(b""), UnreadableSource, "empty"),
        (respond(b"\x00\x01zip", "application/zip"), UnsupportedSource, "application/zip"),
        (respond(b"not a pdf \x00", "application/pdf"), UnsupportedSource, "application/pdf"),
        (respond(b"%PDF-" + b"x" * (1 << 20)), TooLarge, "limit of 1 MiB"),
    ],
)
def test_a_bad_answer_is_our_own_error_and_leaves_no_file(
    tmp_path: Path, handler: Callable[..., httpx.Response], error: type[RonbunError], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        fetcher(handler, max_file_mb=1).fetch("https://example.org/x", folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_stated_length_over_the_limit_is_refused_before_the_body(tmp_path: Path) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-length": "9999999999"}, stream=NeverRead())

    class NeverRead(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            raise AssertionError("the body was read")

    with pytest.raises(TooLarge):
        fetcher(handler).fetch("https://example.org/x", folder=tmp_path)


def test_a_body_of_unstated_length_is_cut_off_at_the_limit(tmp_path: Path) -> None:
    sent: list[bytes] = []

    class Endless(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            while len(sent) < 100:
                sent.append(b"%PDF-" + b"x" * 100_000)
                yield sent[-1]

    with pytest.raises(TooLarge, match="limit of 1 MiB"):
        fetcher(lambda request: httpx.Response(200, stream=Endless()), max_file_mb=1).fetch(
            "https://example.org/x", folder=tmp_path
        )
    assert len(sent) < 15
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("file:///etc/passwd", NotAllowed),
        ("ftp://example.org/x.pdf", NotAllowed),
        ("https://user:secret@example.org/x", BadInput),
        ("https:///x", BadInput),
        ("http://exa mple.org:port/", BadInput),
    ],
)
def test_other_schemes_and_passwords_are_refused(tmp_path: Path, url: str, error: type[RonbunError]) -> None:
    with pytest.raises(error):
        fetcher(respond()).fetch(url, folder=tmp_path)


def test_every_hop_is_checked(tmp_path: Path) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"location": "http://inside.example/secret"})

    with pytest.raises(NotAllowed, match=r"inside\.example is at 10\.0\.0\.7"):
        fetcher(handler, {"inside.example": ["10.0.0.7"]}).fetch("https://example.org/x", folder=tmp_path)


def test_one_private_address_among_public_ones_is_refused(tmp_path: Path) -> None:
    mixed = {"example.org": ["93.184.216.34", "127.0.0.1"]}
    with pytest.raises(NotAllowed):
        fetcher(respond(), mixed).fetch("https://example.org/x", folder=tmp_path)


def test_the_connection_goes_to_the_checked_address(tmp_path: Path) -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=PDF)

    fetcher(handler).fetch("https://example.org:8443/x?y=1", folder=tmp_path)
    (request,) = seen
    assert str(request.url) == "https://93.184.216.34:8443/x?y=1"
    assert request.headers["host"] == "example.org:8443"
    assert request.extensions["sni_hostname"] == "example.org"


def test_the_next_address_is_tried_when_one_does_not_answer(tmp_path: Path) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host == "93.184.216.34":
            raise httpx.ConnectError("refused")
        return httpx.Response(200, content=PDF)

    two = {"example.org": ["93.184.216.34", "93.184.216.35"]}
    assert fetcher(handler, two).fetch("https://example.org/x", folder=tmp_path).path.suffix == ".pdf"


def test_redirects_end(tmp_path: Path) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"location": "/again"})

    with pytest.raises(UnreadableSource, match="more than 5 redirects"):
        fetcher(handler).fetch("https://example.org/x", folder=tmp_path)


def test_a_server_that_never_ends_is_left(tmp_path: Path) -> None:
    class Slow(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            while True:
                threading.Event().wait(0.05)
                yield b"%PDF-"

    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Slow())

    with pytest.raises(UnreadableSource, match=r"within 0\.3 s"):
        fetcher(handler, timeout_s=0.3).fetch("https://example.org/x", folder=tmp_path)


def test_arxiv_papers_come_from_the_set_address(tmp_path: Path) -> None:
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(f"{request.headers['host']}{request.url.path}")
        return httpx.Response(200, content=PDF)

    fetcher(handler, arxiv_base_url="https://mirror.example/").fetch_arxiv("2310.10631v2", folder=tmp_path)
    assert seen == ["mirror.example/pdf/2310.10631v2"]


@contextmanager
def serving(content: bytes) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/pdf")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}/paper"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_real_server_on_loopback_needs_permission(tmp_path: Path) -> None:
    with serving(PDF) as url:
        with pytest.raises(NotAllowed, match="not a public address"):
            fetcher_for(FetchSettings()).fetch(url, folder=tmp_path)
        fetched = fetcher_for(FetchSettings(allow_private_addresses=True)).fetch(url, folder=tmp_path)
    assert fetched.path.read_bytes() == PDF


def test_a_host_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match=r"no\.such\.host\.invalid"):
        fetcher_for(FetchSettings()).fetch("http://no.such.host.invalid/x", folder=tmp_path)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.5.5", "169.254.169.254", "0.0.0.0", "224.0.0.1", "100.64.0.1",
        "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1",
        "2002:7f00:1::", "::ffff:169.254.169.254", "fec0::1", "64:ff9b:1::7f00:1",
        "::127.0.0.1", "3fff::1", "5f00::1",
        "2606:2800::5efe:7f00:1", "2001:0:7f00:1::", "198.18.0.1",
    ],
)  # fmt: skip
def test_addresses_inside_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
)
def test_addresses_outside_are_public(address: str) -> None:
    assert is_public(address)
