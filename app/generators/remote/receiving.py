"""One exchange into a reply: how it begins, then its events or its body, with a limit on every wait."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

import httpx

from app.generators.protocol import Stage
from app.generators.remote.collector import Collector, Reply
from app.generators.remote.exchange import Exchange, Head
from app.generators.remote.progress import POLL_S, Progress
from app.generators.remote.refusals import read_said, refusal
from app.generators.remote.reply import ServerError, read_reply
from app.generators.remote.sse import EventStream
from app.generators.remote.trouble import Trouble, outage, unreadable

MAX_REPLY_BYTES = 1 << 20  # of a whole answer, which is a few kB
MAX_REFUSAL_BYTES = 1 << 16
_DONE = "[DONE]"
_AFTER_ENDING_S = 2.0  # what follows the last word: its usage and [DONE]
_AFTER_DONE_S = 0.2  # the end of the body, without which the connection cannot be used again
_CHECK_BASE = "Check that RONBUN_REMOTE_URL is the base of an OpenAI-compatible API (it usually ends in /v1)."


@dataclass(frozen=True, slots=True)
class Patience:
    """Longest waits, in seconds: to connect, for the first event (a long prompt is read first), between two events."""

    connect_s: float = 5.0
    first_event_s: float = 600.0
    between_events_s: float = 30.0  # a model on a slow processor writes a token in a second or two


class Reception:
    """Receives one reply from `server` by `model`; `first_token_ms` is set when the first word comes."""

    def __init__(self, exchange: Exchange, *, progress: Progress, patience: Patience, server: str, model: str) -> None:
        self._exchange = exchange
        self._progress = progress
        self._patience = patience
        self._server = server
        self._model = model
        self._since = time.monotonic()
        self._longest_s = patience.first_event_s
        self._ended_at: float | None = None
        self._has_events = False
        self.first_token_ms: float | None = None

    def head(self) -> Head:
        """Wait for the answer's status and headers; a status other than 200 is a trouble.

        Raises:
            Trouble: the server refuses, or does not answer.
        """
        head = self._next()
        if not isinstance(head, Head):
            raise outage(f"{self._server} ended the connection without an answer")
        if head.status != httpx.codes.OK:
            content = self._body(MAX_REFUSAL_BYTES, is_cut=True)
            raise self._refusal(head.status, read_said(content), retry_after=head.headers.get("retry-after", ""))
        if head.headers.get("content-encoding", "identity").lower() != "identity":
            raise unreadable(f"{self._server} compressed its answer though it was asked not to")
        return head

    def read(self, head: Head, collector: Collector) -> Reply:
        """Read the answer into `collector`.

        Raises:
            Trouble: the server broke off, fell silent, or gave what is no completion.
            ModelFailed: the model's reply is not in the form.
        """
        kind = head.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
        if kind == "text/event-stream":
            try:
                self._read_events(collector)
            except Trouble as trouble:
                trouble.is_wordless = not self._has_events
                raise
        elif kind == "application/json":
            self._take(self._text(self._body(MAX_REPLY_BYTES)), collector, is_whole=True)
        else:
            raise unreadable(f"{self._server} answered with {kind[:80]!r} instead of a completion", hint=_CHECK_BASE)
        return collector.finish()

    def _read_events(self, collector: Collector) -> None:
        stream = EventStream(self._server)
        is_done = False
        while not is_done and (piece := self._next_of_stream()):
            is_done = self._take_events(stream.feed(piece), collector)
        if is_done:
            self._drain()
        else:
            self._take_events(stream.finish(), collector)
        if not self._has_events:
            raise outage(f"{self._server} ended its answer without a word")

    def _take_events(self, events: Iterable[str], collector: Collector) -> bool:
        """Take events up to the one that says that it was the last; tell whether it came."""
        for event in events:
            if event.strip() == _DONE:
                return True
            self._take(event, collector, is_whole=False)
        return False

    def _take(self, text: str, collector: Collector, *, is_whole: bool) -> None:
        piece = read_reply(text, server=self._server, is_whole=is_whole)
        if isinstance(piece, ServerError):
            raise self._refusal(piece.status or 500, piece.said)
        self._has_events = True
        self._since, self._longest_s = time.monotonic(), self._patience.between_events_s
        if (piece.content or piece.has_reasoning) and self.first_token_ms is None:
            self.first_token_ms = self._progress.elapsed_ms
            self._progress.at(Stage.WRITING)
        collector.take(piece)
        if collector.ending is not None and self._ended_at is None:
            self._ended_at = self._since

    def _body(self, limit: int, *, is_cut: bool = False) -> bytes:
        content = bytearray()
        while piece := self._next():
            if isinstance(piece, bytes):
                content += piece
            if len(content) > limit and is_cut:
                break
            if len(content) > limit:
                raise unreadable(f"{self._server}: the reply is over the limit of {limit} bytes")
        return bytes(content[:limit])

    def _text(self, content: bytes) -> str:
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise unreadable(
                f"{self._server} did not answer with a chat completion: {content[:80]!r}", hint=_CHECK_BASE
            ) from error

    def _next(self) -> Head | bytes:
        """Wait for what comes next, telling the caller that it is waited for."""
        while True:
            arrived = self._exchange.receive(wait_s=max(0.0, min(POLL_S, self._progress.left_s)))
            self._progress.check()
            if arrived is not None and (isinstance(arrived, Head) or arrived == b""):
                return arrived
            if time.monotonic() - self._since > self._longest_s:
                raise outage(f"{self._server} was silent for {self._longest_s:g} s")
            if arrived is not None:
                return arrived

    def _next_of_stream(self) -> bytes:
        """Wait likewise, b"" at the end; once the model has ended, the stream may end in any way, and soon does."""
        if self._ended_at is not None:
            return self._last_words(self._ended_at + _AFTER_ENDING_S)
        arrived = self._next()
        return arrived if isinstance(arrived, bytes) else b""

    def _last_words(self, ends_at: float) -> bytes:
        """Return what comes until then, b"" where nothing does; the answer is whole, so that no limit fails it."""
        while (left := min(ends_at - time.monotonic(), self._progress.left_s)) > 0:
            self._progress.repeat()
            try:
                arrived = self._exchange.receive(wait_s=min(left, POLL_S))
            except Trouble:
                return b""
            if arrived is not None:
                return arrived if isinstance(arrived, bytes) else b""
        return b""

    def _drain(self) -> None:
        ends_at = time.monotonic() + _AFTER_DONE_S
        while self._last_words(ends_at):
            pass

    def _refusal(self, status: int, said: str, *, retry_after: str = "") -> Trouble:
        return refusal(status, said, model=self._model, server=self._server, retry_after=retry_after)
