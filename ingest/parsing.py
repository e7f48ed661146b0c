"""Files to ParsedDocuments, through child processes that are lent, watched and replaced."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from indexes import errors
from indexes.errors import NotFound, ParsingFailed, RonbunError, TooLarge
from indexes.records import SourceKind
from ingest import frames
from ingest.child import Child, ChildEnded, OutOfTime
from ingest.document import ParsedDocument
from ingest.document_json import documents_from_json
from ingest.kinds import kind_of
from ingest.landing import Landing, landing_from_json
from ingest.limits import MEBIBYTE, ParsingLimits
from ingest.line_index import lines_in, read_line

_logger = logging.getLogger(__name__)

FILES_PER_CHILD = 200
"""A child is replaced after so many files, so that what leaks in a parser cannot pile up."""

_RETIRE_AT_SHARE = 0.5
"""A child whose memory has ever passed this share of the limit is replaced, so the next file has the limit whole."""

_CHILD_ERRORS: dict[str, type[RonbunError]] = {
    error.code: error
    for error in (
        errors.BadInput,
        errors.TooLarge,
        errors.UnsupportedSource,
        errors.UnreadableSource,
        errors.EncryptedSource,
        errors.NoTextInSource,
        errors.ParsingFailed,
        errors.NotFound,
    )
}
"""The errors that a child may name; whatever else it says is a ParsingFailed."""


class RecognitionEnded(ParsingFailed):
    """A child ended while it recognised a page; without recognition the file may still be read."""


class Parsers:
    """Up to `jobs` parsing processes, started when first needed and shared by any number of threads."""

    def __init__(self, *, limits: ParsingLimits, jobs: int = 1) -> None:
        self.limits = limits
        self._free = threading.BoundedSemaphore(jobs)
        self._lock = threading.Lock()
        self._idle: list[Child] = []
        self._running: set[Child] = set()
        self._is_closed = False
        self.peak_mb = 0

    def parse(self, path: Path, *, source: str | None = None) -> ParsedDocument:
        """Parse one file as one paper; `source` is its name in messages and in the record.

        Raises:
            UnsupportedSource, UnreadableSource, TooLarge: as its kind's parser says.
            ParsingFailed: the child was ended by a limit or a crash.
        """
        (document,) = self._documents(self._request_for(path, source) | {"is_split": False})
        return document

    def parse_all(self, path: Path, *, source: str | None = None) -> tuple[ParsedDocument, ...]:
        """Parse one file: one paper, or the records of a page of notes about several.

        Raises:
            UnsupportedSource, UnreadableSource, TooLarge, ParsingFailed: as `parse`.
        """
        return self._documents(self._request_for(path, source))

    def parse_line(self, line: bytes, *, source: str) -> ParsedDocument:
        """Parse one line of JSON; `source` names its file and number.

        Raises:
            BadInput: the line is not a paper.
            TooLarge: it is longer than a file may be.
            ParsingFailed: the child was ended by a limit or a crash.
        """
        _check_bytes(len(line), name=source, limits=self.limits)
        (document,) = self._documents({"kind": SourceKind.JSONL, "source": source}, line)
        return document

    def render(self, path: Path, page: int, *, scale: float, max_pixels: int) -> bytes:
        """Return a page of a PDF as PNG.

        Raises:
            NotFound: the paper has no such page.
            UnreadableSource, ParsingFailed: as `parse`.
        """
        check_size(path, limits=self.limits)
        request = {"operation": "render", "path": str(path.resolve()), "page": page}
        return self._ask({**request, "scale": scale, "max_pixels": max_pixels}, b"", name=str(path))

    def landing(self, path: Path) -> Landing | None:
        """Return what an HTML page says of the paper whose PDF it names, or None where it names none.

        Raises:
            UnreadableSource, ParsingFailed: as `parse`.
        """
        check_size(path, limits=self.limits)
        return landing_from_json(self._ask({"operation": "landing", "path": str(path.resolve())}, b"", name=str(path)))

    def close(self) -> None:
        """Kill every child, busy or idle; a thread that waits for one gets ParsingFailed."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
            busy = self._running.difference(idle)
            self._running.clear()
        for child in busy:
            child.kill()
        for child in idle:
            child.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _request_for(self, path: Path, source: str | None) -> frames.Head:
        kind = kind_of(path)
        check_size(path, limits=self.limits)
        return {"kind": kind, "path": str(path.resolve()), "source": str(path) if source is None else source}

    def _documents(self, request: frames.Head, body: bytes = b"") -> tuple[ParsedDocument, ...]:
        request = {"operation": "parse", "max_pages": self.limits.max_pages, "is_split": True, **request}
        try:
            reply = self._ask({**request, "recognition": self._recognition()}, body, name=request["source"])
        except RecognitionEnded as error:  # the rest of the file may be sound
            _logger.warning("parsing again without recognition source=%s reason=%s", request["source"], error.message)
            reply = self._ask({**request, "recognition_ended": error.message}, body, name=request["source"])
        return documents_from_json(reply)

    def _recognition(self) -> frames.Head | None:
        """Return what the child is told of how far it may recognise pages; None where it may not."""
        if not self.limits.ocr_max_pages:
            return None
        return {"max_pages": self.limits.ocr_max_pages, "page_timeout_s": self.limits.ocr_page_timeout_s}

    def _ask(self, request: frames.Head, body: bytes, *, name: str) -> bytes:
        """Ask a child; where one dies that had served other files, ask a fresh one, whose verdict is the file's own."""
        for is_fresh in (False, True):
            try:
                with self._borrowed(is_fresh=is_fresh) as child:
                    was_used = child.answers > 0
                    head, reply = child.ask(request, body, max_reply_bytes=self.limits.max_output_mb * MEBIBYTE)
            except ChildEnded as error:
                if error.recognising is not None and not self._is_closed:
                    message = f"recognising page {error.recognising} ended the parser: {error.message}"
                    raise RecognitionEnded(message, hint=error.hint) from error
                if isinstance(error, OutOfTime) or is_fresh or not was_used or self._is_closed:
                    raise ParsingFailed(f"{name}: {error.message}", hint=error.hint) from error
                continue
            break
        if head.get("ok") is not True:
            raise _told_error(head, name=name)
        return reply

    @contextmanager
    def _borrowed(self, *, is_fresh: bool) -> Iterator[Child]:
        with self._free:
            child = self._take(is_fresh=is_fresh)
            try:
                yield child
            except BaseException:
                self._discard(child)
                raise
            self._give_back(child)

    def _take(self, *, is_fresh: bool) -> Child:
        with self._lock:
            if self._is_closed:
                raise ParsingFailed("parsing was stopped", hint="Run it again to read the rest.")
            if self._idle and not is_fresh:
                return self._idle.pop()
            spare = self._idle.pop() if self._idle else None
            child = Child(self.limits)
            self._running.add(child)
        if spare is not None:
            self._discard(spare)
        return child

    def _give_back(self, child: Child) -> None:
        self.peak_mb = max(self.peak_mb, child.peak_mb)
        if child.answers >= FILES_PER_CHILD or child.peak_mb > self.limits.memory_mb * _RETIRE_AT_SHARE:
            self._discard(child)
            return
        with self._lock:
            if not self._is_closed:
                self._idle.append(child)
                return
        child.close()

    def _discard(self, child: Child) -> None:
        with self._lock:
            self._running.discard(child)
        child.close()


def parse_in_child(path: Path, *, limits: ParsingLimits) -> tuple[ParsedDocument, ...]:
    """Parse one file in a process of its own: one document, or one a line of JSON Lines, or one an entry of notes.

    Raises:
        UnsupportedSource, UnreadableSource, TooLarge, ParsingFailed: as `Parsers.parse`; of JSON Lines, the first line
            that fails.
    """
    with Parsers(limits=limits) as parsers:
        if kind_of(path) is not SourceKind.JSONL:
            return parsers.parse_all(path)
        return tuple(
            parsers.parse_line(read_line(path, line), source=f"{path}:{line.number}") for line in lines_in(path)
        )


def check_size(path: Path, *, limits: ParsingLimits) -> None:
    """Refuse a file that is absent, empty or over the limit, before any process is asked to read it.

    Raises:
        NotFound, UnreadableSource, TooLarge: what the file is.
    """
    try:
        size_bytes = path.stat().st_size
    except FileNotFoundError as error:
        raise NotFound(f"{path} is not there", hint="Check the path.") from error
    _check_bytes(size_bytes, name=str(path), limits=limits)


def _check_bytes(size_bytes: int, *, name: str, limits: ParsingLimits) -> None:
    if size_bytes == 0:
        raise errors.UnreadableSource(f"{name} is empty (0 bytes)", hint="Copy or download it again.")
    if size_bytes > limits.max_file_mb * MEBIBYTE:
        raise TooLarge(
            f"{name} has {size_bytes / MEBIBYTE:.1f} MiB, the limit is {limits.max_file_mb} MiB",
            hint="Raise RONBUN_MAX_UPLOAD_MB, or split the file.",
        )


def _told_error(head: frames.Head, *, name: str) -> RonbunError:
    """Return the error that the child names, if it may name it."""
    code, message, hint = (str(head.get(key, "")) for key in ("code", "message", "hint"))
    make: Callable[..., RonbunError] = _CHILD_ERRORS.get(code, ParsingFailed)
    if Path(name).name not in message:
        message = f"{name}: {message}"
    return make(message, hint=hint or "The file may be damaged.")
