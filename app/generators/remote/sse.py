"""Bytes of a server-sent event stream into the data of its events, within limits.

After https://html.spec.whatwg.org/multipage/server-sent-events.html, less lone carriage returns as line ends, which no
server writes. Comments and keep-alives are skipped; the field `error`, which older llama-servers write, is data too.
"""

from __future__ import annotations

import json

from app.generators.remote.trouble import unreadable

MAX_EVENT_BYTES = 256 * 1024  # a token's event is about 250 bytes; a whole answer sent as one event still fits
MAX_EVENTS = 1 << 16  # more tokens than any answer with its thinking
MAX_LINES = 1 << 18  # four a event: data, blank, and what else a server may write
END = b"[DONE]"
_DATA_FIELDS = (b"data", b"error")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class EventStream:
    """Takes bytes as they arrive and gives each event's data when the event is whole."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._rest = bytearray()
        self._searched = 0
        self._lines = 0
        self._events = 0
        self._data: list[bytes] = []
        self._data_bytes = 0

    def feed(self, piece: bytes) -> list[str]:
        """Take the next bytes and return the data of the events that they complete.

        Raises:
            Trouble: a limit is passed, or an event is not UTF-8.
        """
        self._rest += piece
        complete: list[str] = []
        while (end := self._rest.find(b"\n", self._searched)) >= 0:
            line = bytes(self._rest[:end])
            del self._rest[: end + 1]
            self._searched = 0
            complete += self._take_line(line.removesuffix(b"\r"))
        self._searched = len(self._rest)
        if self._searched > MAX_EVENT_BYTES:
            raise self._over(f"a line of more than {MAX_EVENT_BYTES} bytes")
        return complete

    def finish(self) -> list[str]:
        """Say that nothing more comes; an event counts where its end is missing alone, not where its line was cut."""
        rest = bytes(self._rest)
        self._rest.clear()
        if rest and not _is_whole(rest):
            self._data.clear()
            return []
        complete = self._take_line(rest) if rest else []
        return [*complete, *self._dispatch()]

    def _take_line(self, line: bytes) -> list[str]:
        self._lines += 1
        if self._lines == 1:
            line = line.removeprefix(_BYTE_ORDER_MARK)
        if self._lines > MAX_LINES:
            raise self._over(f"more than {MAX_LINES} lines")
        if not line:
            return self._dispatch()
        field, _, value = line.partition(b":")
        if field in _DATA_FIELDS:
            self._data.append(value.removeprefix(b" "))
            self._data_bytes += len(value) + 1
        if self._data_bytes > MAX_EVENT_BYTES:
            raise self._over(f"an event of more than {MAX_EVENT_BYTES} bytes")
        return []

    def _dispatch(self) -> list[str]:
        if not self._data:
            return []
        self._events += 1
        if self._events > MAX_EVENTS:
            raise self._over(f"more than {MAX_EVENTS} events")
        content = b"\n".join(self._data)
        self._data, self._data_bytes = [], 0
        try:
            return [content.decode("utf-8")]
        except UnicodeDecodeError as error:
            raise unreadable(f"{self._server} sent an event that is not UTF-8: {error}") from error

    def _over(self, what: str) -> Exception:
        return unreadable(f"{self._server} sent {what}, which is over the limit")


def _is_whole(line: bytes) -> bool:
    """Return whether a line that no end of line follows is all of it: its value is JSON, or the word for the end."""
    _, _, value = line.partition(b":")
    if value.strip() == END:
        return True
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return False
    return True
