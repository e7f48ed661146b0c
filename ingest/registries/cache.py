"""Registries' answers on disk: one file an address, believed only as far as it can be checked.

A file is a line of JSON (what it is, of which address, from when, with which hash) and the answer's bytes. One that is
too old, damaged, of another address or of another version is as good as none, and goes. What the answer says is not
checked here: it is parsed as strictly as if it had just come.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ingest.fetch import Reply

VERSION = 1
KEPT_S = 7 * 86_400.0
"""arXiv changes its records once a day, Crossref when a publisher does; a week spares them nearly every repetition."""
MAX_BYTES = 64 << 20
"""About 10,000 records of a few kilobytes each."""
_MAX_HEAD_BYTES = 8192
_MAX_ENTRY_BYTES = 8 << 20
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCache:
    """Answers in one folder, at most `max_bytes` of them, none older than `kept_s`; the clock is a seam for tests."""

    folder: Path
    max_bytes: int = MAX_BYTES
    kept_s: float = KEPT_S
    clock: Callable[[], float] = time.time

    def get(self, url: str) -> Reply | None:
        """Return the answer that was kept for this address, or None where none can be believed."""
        path = self._path(url)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as stream:
                head, body = stream.readline(_MAX_HEAD_BYTES), stream.read(_MAX_ENTRY_BYTES + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            _logger.warning("answer not read file=%s reason=%s", path.name, error.strerror)
            return None
        reply = self._believed(head, body, url)
        if reply is None:
            _logger.info("answer dropped file=%s", path.name)
            path.unlink(missing_ok=True)
        return reply

    def put(self, url: str, reply: Reply) -> None:
        """Keep an answer; a disk that does not take it costs nothing but the next question."""
        head = {
            "version": VERSION, "url": url, "at": self.clock(), "status": reply.status, "type": reply.content_type,
            "sha256": sha256(reply.body).hexdigest(),
        }  # fmt: skip
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile(dir=self.folder, prefix="new-", delete=False) as stream:
                stream.write(json.dumps(head).encode() + b"\n" + reply.body)
            Path(stream.name).replace(self._path(url))
            self._make_room()
        except OSError as error:
            _logger.warning("answer not kept folder=%s reason=%s", self.folder, error.strerror)

    def _path(self, url: str) -> Path:
        return self.folder / f"answer-{sha256(url.encode()).hexdigest()[:32]}"

    def _believed(self, head: bytes, body: bytes, url: str) -> Reply | None:
        try:
            said = json.loads(head)
            age_s = self.clock() - float(said["at"])
            is_ours = (said["version"], said["url"], said["sha256"]) == (VERSION, url, sha256(body).hexdigest())
            reply = Reply(int(said["status"]), str(said["type"]), body)
        except (ValueError, KeyError, TypeError, RecursionError):
            return None
        return reply if is_ours and 0 <= age_s <= self.kept_s else None

    def _make_room(self) -> None:
        """Drop the oldest answers, and what an interrupted write left, until the rest fits."""
        found = [(entry.stat(), entry) for pattern in ("answer-*", "new-*") for entry in self.folder.glob(pattern)]
        size_bytes = sum(stat.st_size for stat, _ in found)
        for stat, entry in sorted(found, key=lambda pair: pair[0].st_mtime):
            if size_bytes <= self.max_bytes:
                return
            entry.unlink(missing_ok=True)
            size_bytes -= stat.st_size
