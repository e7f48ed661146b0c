"""Files to ParsedDocuments, through child processes that are lent, watched and replaced."""

from __future__ import annotations

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
from ingest.document_json import document_from_json
from ingest.kinds import kind_of
from ingest.limits import MEBIBYTE, ParsingLimits
from ingest.line_index import lines_in, read_line

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
        """Parse one file that holds one paper; `source` is its name in messages and in the record.

        Raises:
            UnsupportedSource, UnreadableSource, TooLarge: as its kind's parser says.
            ParsingFailed: the child was ended by a limit or a crash.
        """
        kind = kind_of(path)
        check_size(path, limits=self.limits)
        source = str(path) if source is None else source
        return self._document({"kind": kind, "path": str(path.resolve()), "source": source})

    def parse_line(self, line: bytes, *, source: str) -> ParsedDocument:
        """Parse one line of JSON; `source` names its file and number.

        Raises:
            BadInput: the line is not a paper.
            TooLarge: it is longer than a file may be.
            ParsingFailed: the child was ended by a limit or a crash.
        """
        _check_bytes(len(line), name=source, limits=self.limits)
        return self._document({"kind": SourceKind.JSONL, "source": source}, line)

    def render(self, path: Path, page: int, *, scale: float, max_pixels: int) -> bytes:
        """Return a page of a PDF as PNG.

        Raises:
            NotFound: the paper has no such page.
            UnreadableSource, ParsingFailed: as `parse`.
        """
        check_size(path, limits=self.limits)
        request = {"operation": "render", "path": str(path.resolve()), "page": page}
        return self._ask({**request, "scale": scale, "max_pixels": max_pixels}, b"", name=str(path))

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

    def _document(self, request: frames.Head, body: bytes = b"") -> ParsedDocument:
        request = {"operation": "parse", "max_pages": self.limits.max_pages, **request}
        return document_from_json(self._ask(request, body, name=request["source"]))

    def _ask(self, request: frames.Head, body: bytes, *, name: str) -> bytes:
        """Ask a child; where one dies that had served other files, ask a fresh one, whose verdict is the file's own."""
        for is_fresh in (False, True):
            try:
                with self._borrowed(is_fresh=is_fresh) as child:
                    was_used = child.answers > 0
                    head, reply = child.ask(request, body, max_reply_bytes=self.limits.max_output_mb * MEBIBYTE)
            except ChildEnded as error:
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
    """Parse one file in a process of its own: one document, or one a line of JSON Lines.

    Raises:
        UnsupportedSource, UnreadableSource, TooLarge, ParsingFailed: as `Parsers.parse`; of JSON Lines, the first line
            that fails.
    """
    with Parsers(limits=limits) as parsers:
        if kind_of(path) is not SourceKind.JSONL:
            return (parsers.parse(path),)
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
