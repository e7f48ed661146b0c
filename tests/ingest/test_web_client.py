import gzip
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from web_servers import Told, redirect, web_server

from indexes.errors import BadInput, NotAllowed, RonbunError, TooLarge, UnreadableSource, UnsupportedSource
from ingest.content_encoding import PIECE_BYTES, content_pieces
from ingest.fetch import Fetcher, FetchSettings
from ingest.retrying import asked_wait_s, backoff_s, stated_interval_s
from ingest.turns import Turns
from ingest.web_client import WebClient

PDF = b"%PDF-1.7\nnot much of one"
PUBLIC = "93.184.216.34"


def fetcher(pauses: list[float] | None = None, resolve: Callable[..., Any] | None = None, **changes: Any) -> Fetcher:
    settings = FetchSettings(
        **{"allow_private_addresses": True, "timeout_s": 5.0, "other_interval_s": 0.0, "max_file_mb": 1, **changes}
    )
    slept = [] if pauses is None else pauses
    client = WebClient(settings=settings, sleep=slept.append)
    if resolve is not None:
        client = WebClient(settings=settings, sleep=slept.append, resolve=resolve)
    return Fetcher(client)


def refused(told: Told, folder: Path, **changes: Any) -> RonbunError:
    with web_server({"/x": told}) as server, pytest.raises(RonbunError) as caught:
        fetcher(**changes).fetch(f"{server.base}/x", folder=folder)
    assert list(folder.iterdir()) == []
    return caught.value


def test_busy_servers_are_asked_again_after_the_time_they_ask_for(tmp_path: Path) -> None:
    pauses: list[float] = []
    busy = Told(429, b"Rate exceeded.", "text/plain", {"Retry-After": "7"})
    with web_server({"/x": [busy, Told(503, b"later"), Told(200, PDF)]}) as server:
        fetched = fetcher(pauses).fetch(f"{server.base}/x", folder=tmp_path)
    assert fetched.path.read_bytes() == PDF
    assert server.asked == ["/x"] * 3
    assert pauses[0] == 7.0
    assert 1.0 <= pauses[1] <= 2.0


def test_other_refusals_are_final(tmp_path: Path) -> None:
    with web_server({"/x": Told(403, b"no")}) as server, pytest.raises(UnreadableSource, match="403"):
        fetcher().fetch(f"{server.base}/x", folder=tmp_path)
    assert server.asked == ["/x"]


def test_patience_has_an_end(tmp_path: Path) -> None:
    pauses: list[float] = []
    with web_server({"/x": Told(500)}) as server, pytest.raises(UnreadableSource, match="500"):
        fetcher(pauses).fetch(f"{server.base}/x", folder=tmp_path)
    assert len(server.asked) == 4
    assert [0.5 * 2**n <= pause <= 2**n for n, pause in enumerate(pauses)] == [True] * 3


def test_a_server_that_asks_for_an_hour_is_left_and_its_wish_told(tmp_path: Path) -> None:
    error = refused(Told(503, headers={"Retry-After": "3600"}), tmp_path)
    assert "3600 s" in error.hint


def test_a_server_that_is_not_there_is_tried_four_times(tmp_path: Path) -> None:
    pauses: list[float] = []
    with web_server({}) as server:
        base = server.base
    with pytest.raises(UnreadableSource, match="cannot be downloaded"):
        fetcher(pauses).fetch(f"{base}/x", folder=tmp_path)
    assert len(pauses) == 3


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1:1/x", "http://169.254.169.254/latest", "http://[::1]:1/x", "http://100.64.0.1/x", "//10.0.0.1/"],
)
def test_redirects_inside_are_refused(tmp_path: Path, target: str) -> None:
    """The first hop's name resolves to a public address in the eyes of the check, to the test's server in fact."""
    with web_server({"/x": redirect(target)}) as server:
        port = server.base.rpartition(":")[2]
        client = WebClient(
            settings=FetchSettings(other_interval_s=0.0),
            resolve=lambda host, _: [PUBLIC] if host == "example.org" else [host],
            transport=Rerouted(server.base),
        )
        with pytest.raises(NotAllowed, match="not a public address"):
            Fetcher(client).fetch(f"http://example.org:{port}/x", folder=tmp_path)


@pytest.mark.parametrize(
    ("target", "error"),
    [
        ("file:///etc/passwd", NotAllowed),
        ("ftp://example.org/x", NotAllowed),
        ("http://a:b@example.org/x", BadInput),
        ("javascript:alert(1)", UnreadableSource),
    ],
)
def test_redirects_to_other_schemes_and_passwords_are_refused(
    tmp_path: Path, target: str, error: type[RonbunError]
) -> None:
    assert isinstance(refused(redirect(target), tmp_path), error)


def test_a_redirect_loop_ends(tmp_path: Path) -> None:
    assert "more than 5 redirects" in refused(redirect("/x"), tmp_path).message


def test_a_name_that_resolves_inside_is_refused_before_it_is_asked(tmp_path: Path) -> None:
    with web_server({"/x": Told(200, PDF)}) as server:
        port = server.base.rpartition(":")[2]
        inside = fetcher(resolve=lambda host, _: ["127.0.0.1"], allow_private_addresses=False)
        with pytest.raises(NotAllowed, match=r"papers\.example is at 127\.0\.0\.1"):
            inside.fetch(f"http://papers.example:{port}/x", folder=tmp_path)
    assert server.asked == []


def test_a_slow_body_ends_with_the_time(tmp_path: Path) -> None:
    started = time.monotonic()
    error = refused(Told(200, pieces=[b"%PDF-"] * 200, pause_s=0.1), tmp_path, timeout_s=0.5)
    assert "within 0.5 s" in error.message
    assert time.monotonic() - started < 3


def test_headers_that_never_end_do_so_with_the_time(tmp_path: Path) -> None:
    started = time.monotonic()
    error = refused(Told(200, is_slow_to_begin=True), tmp_path, timeout_s=0.5)
    assert "within 0.5 s" in error.message
    assert time.monotonic() - started < 3


def test_a_body_that_is_cut_off_is_no_file(tmp_path: Path) -> None:
    assert isinstance(refused(Told(200, PDF, length=10_000), tmp_path), UnreadableSource)


def test_a_gzip_bomb_is_cut_at_the_limit(tmp_path: Path) -> None:
    bomb = gzip.compress(b"%PDF-" + b"\0" * (200 << 20))
    assert len(bomb) < 300_000
    error = refused(Told(200, bomb, headers={"Content-Encoding": "gzip"}), tmp_path)
    assert isinstance(error, TooLarge)


def test_compressed_content_is_read(tmp_path: Path) -> None:
    for encoding, body in (("gzip", gzip.compress(PDF)), ("deflate", zlib.compress(PDF))):
        with web_server({"/x": Told(200, body, headers={"Content-Encoding": encoding})}) as server:
            assert fetcher().fetch(f"{server.base}/x", folder=tmp_path).path.read_bytes() == PDF


@pytest.mark.parametrize(
    ("encoding", "body", "error"),
    [
        ("br", b"x", UnsupportedSource),
        ("gzip, gzip", gzip.compress(gzip.compress(PDF)), UnsupportedSource),
        ("gzip", b"this is no gzip", UnreadableSource),
        ("gzip", gzip.compress(PDF)[:-6], UnreadableSource),
        ("gzip", gzip.compress(PDF) + gzip.compress(PDF), UnreadableSource),
    ],
)
def test_other_compressions_are_refused(tmp_path: Path, encoding: str, body: bytes, error: type[RonbunError]) -> None:
    assert type(refused(Told(200, body, headers={"Content-Encoding": encoding}), tmp_path)) is error


def test_decompressed_pieces_are_bounded() -> None:
    pieces = list(content_pieces([gzip.compress(b"\0" * (5 << 20))], "gzip", url="x"))
    assert sum(map(len, pieces)) == 5 << 20
    assert max(map(len, pieces)) <= PIECE_BYTES


def test_the_contact_is_told_only_where_asked() -> None:
    with web_server({"/x": Told(200, b"{}", "application/json")}) as server:
        given = fetcher()
        given.ask(f"{server.base}/x", accept="*/*", max_bytes=100, mailto="me@example.org")
        given.ask(f"{server.base}/x", accept="*/*", max_bytes=100)
    assert server.agents == ["ronbun (mailto:me@example.org)", "ronbun"]


def test_a_huge_answer_is_refused() -> None:
    with web_server({"/x": Told(200, b"[" * 5000, "application/json")}) as server, pytest.raises(TooLarge):
        fetcher().ask(f"{server.base}/x", accept="*/*", max_bytes=1000)


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        ("12", 12.0),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 60.0),
        ("Wed, 21 Oct 2026 07:26:00 GMT", 0.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("9" * 400, 999999999.0),
        ("Wed, 99 Foo 2026", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(stated: str, seconds: float | None) -> None:
    now = datetime(2026, 10, 21, 7, 27, tzinfo=UTC)
    assert asked_wait_s({"retry-after": stated}, now=now) == seconds


def test_waits_double_and_end() -> None:
    waits = [backoff_s(attempt) for attempt in (1, 2, 3, 4)]
    assert [wait is not None and 2 ** (n - 1) <= wait <= 2**n for n, wait in enumerate(waits[:3])] == [True] * 3
    assert waits[3] is None
    assert backoff_s(1, asked_s=30.0) == 30.0
    assert backoff_s(1, asked_s=61.0) is None


@pytest.mark.parametrize(
    ("limit", "interval", "seconds"),
    [("50", "1s", 0.02), ("1", "5s", 5.0), ("0", "1s", None), ("x", "1s", None), ("5", "", None), ("1", "9999s", 60.0)],
)
def test_a_stated_rate_becomes_a_pause(limit: str, interval: str, seconds: float | None) -> None:
    assert stated_interval_s({"x-rate-limit-limit": limit, "x-rate-limit-interval": interval}) == seconds


@pytest.mark.parametrize("is_shared", [False, True])
def test_turns_keep_their_distance(tmp_path: Path, is_shared: bool) -> None:
    now, slept = [1000.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    folder = tmp_path / "cache" if is_shared else None
    turns = Turns(folder=folder, clock=lambda: now[0], sleep=sleep)
    for wait_s in (0.0, 1.0, 10.0):
        now[0] += wait_s
        again = Turns(folder=folder, clock=lambda: now[0], sleep=sleep) if is_shared else turns
        with again.taken("arXiv", interval_s=3.0):
            pass
    with turns.taken("elsewhere", interval_s=3.0):
        pass
    assert slept == [2.0]


def test_a_server_may_ask_for_longer_pauses(tmp_path: Path) -> None:
    now, slept = [1000.0], list[float]()
    turns = Turns(folder=tmp_path, clock=lambda: now[0], sleep=slept.append)
    with turns.taken("x", interval_s=0.1) as turn:
        turn.interval_s = 5.0
    with turns.taken("x", interval_s=0.1):
        pass
    assert slept == [5.0]


def test_a_clock_that_goes_back_costs_one_pause(tmp_path: Path) -> None:
    slept: list[float] = []
    with Turns(folder=tmp_path, clock=lambda: 9e9, sleep=slept.append).taken("x", interval_s=3.0):
        pass
    with Turns(folder=tmp_path, clock=lambda: 1.0, sleep=slept.append).taken("x", interval_s=3.0):
        pass
    assert slept == [3.0]


def test_a_cache_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with (
        pytest.raises(BadInput, match="cache folder"),
        Turns(folder=tmp_path / "file" / "cache").taken("x", interval_s=0.0),
    ):
        pass


class Rerouted:
    """A transport that sends what is meant for a public address to the test's server."""

    def __new__(cls, base: str) -> Any:
        import httpx

        real = httpx.HTTPTransport()

        class Transport(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                if request.url.host == PUBLIC:
                    request.url = request.url.copy_with(host="127.0.0.1")
                return real.handle_request(request)

            def close(self) -> None:
                real.close()

        return Transport()
