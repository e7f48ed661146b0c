"""One parsing process as its parent holds it: asked, watched by the clock, killed when it oversteps.

Everything that comes back is bounded and checked; a child that breaks the protocol is killed like one that hangs.
"""

from __future__ import annotations

import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from indexes.errors import ParsingFailed
from ingest import frames
from ingest.limits import MEBIBYTE, ParsingLimits

START_TIMEOUT_S = 60.0
"""Importing the parsers takes under a second on an idle machine."""

_STDERR_KEPT_BYTES = 4096
_logger = logging.getLogger(__name__)
_CHUNK_BYTES = 256 * 1024
_SIGNALS = frozenset(int(number) for number in signal.Signals)
_ROOT = Path(__file__).resolve().parent.parent
_HINT = "The file may be damaged or hostile; raise the parsing limits if it is only large."


class ChildEnded(ParsingFailed):
    """The child is gone: it crashed, ran out of time, or broke the protocol.

    `recognising` is the page that it had last announced to recognise, None where it had announced none.
    """

    recognising: int | None = None


class OutOfTime(ChildEnded):
    """The child was killed because the clock ran out; trying the file again would only take as long again."""


class Child:
    """A running worker. Not thread-safe: its owner lends it to one thread at a time."""

    def __init__(self, limits: ParsingLimits, *, command: Sequence[str] | None = None) -> None:
        """Start it; `command` stands in for the worker where a test needs a child that misbehaves."""
        self._limits = limits
        self._process = subprocess.Popen(
            command or [sys.executable, "-P", "-m", "ingest.worker", str(limits.memory_mb)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=_ROOT.anchor,
            env=_environment(),
            bufsize=0,
            start_new_session=True,
        )
        for stream in self._streams():
            os.set_blocking(stream.fileno(), False)
        self._stderr = b""
        self._is_ready = False
        self._recognising: int | None = None
        self._notices = 0
        self.answers = 0
        self.peak_mb = 0

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def ask(self, request: frames.Head, body: bytes = b"", *, max_reply_bytes: int) -> tuple[frames.Head, bytes]:
        """Send one request and return its answer.

        Raises:
            ChildEnded: it crashed, broke the protocol, or its answer is over the limit. It is dead then.
            OutOfTime: it took longer than the limit. It is dead then.
        """
        if not self._is_ready:
            self._exchange(b"", timeout_s=START_TIMEOUT_S, max_reply_bytes=0)
            self._is_ready = True
        timeout_s = self._limits.timeout_s
        self._recognising, self._notices = None, 0
        message = frames.pack({**request, "timeout_s": timeout_s}, body)
        try:
            head, reply = self._exchange(message, timeout_s=timeout_s, max_reply_bytes=max_reply_bytes)
        except ChildEnded as error:
            error.recognising = self._recognising
            raise
        self.answers += 1
        peak_mb = head.get("peak_mb")
        self.peak_mb = peak_mb if isinstance(peak_mb, int) else self.peak_mb
        return head, reply

    def kill(self) -> None:
        """Kill the child and whatever it started; the thread that waits for its answer learns that it ended."""
        if self._process.poll() is None:
            _kill_group(self._process.pid)

    def close(self) -> None:
        """Kill the child and let go of its pipes; only for the thread that owns it. May be called more than once."""
        self.kill()
        self._process.wait()
        for stream in self._streams():
            stream.close()

    def _streams(self) -> Iterator[IO[bytes]]:
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                yield stream

    def _exchange(self, message: bytes, *, timeout_s: float, max_reply_bytes: int) -> tuple[frames.Head, bytes]:
        """Write the message and read one answer, draining stderr, until the deadline.

        Each page that the child announces to recognise moves the deadline.
        """
        deadline = time.monotonic() + timeout_s
        to_send, received = memoryview(message), bytearray()
        with selectors.DefaultSelector() as selector:
            stdin, stdout, stderr = self._streams()
            if to_send:
                selector.register(stdin, selectors.EVENT_WRITE)
            selector.register(stdout, selectors.EVENT_READ)
            selector.register(stderr, selectors.EVENT_READ)
            while True:
                ready = selector.select(deadline - time.monotonic())
                if time.monotonic() >= deadline:
                    raise self._out_of_time(timeout_s)
                for key, _ in ready:
                    if key.fileobj is stdin:
                        to_send = self._write(to_send)
                        if not to_send:
                            selector.unregister(stdin)
                    elif key.fileobj is stderr:
                        if not self._drain():
                            selector.unregister(stderr)
                    else:
                        chunk = os.read(stdout.fileno(), _CHUNK_BYTES)
                        if not chunk:
                            raise self._ended()
                        received += chunk
                        answer = self._answer_in(received, max_reply_bytes=max_reply_bytes)
                        while answer is not None and self._is_notice(answer[0]):
                            deadline += self._limits.ocr_page_timeout_s
                            timeout_s += self._limits.ocr_page_timeout_s
                            answer = self._answer_in(received, max_reply_bytes=max_reply_bytes)
                        if answer is not None:
                            return answer

    def _write(self, to_send: memoryview) -> memoryview:
        """Send on, and return what is left; nothing where the child reads no more: it may have answered already."""
        stdin = next(self._streams())
        try:
            return to_send[os.write(stdin.fileno(), to_send[:_CHUNK_BYTES]) :]
        except BrokenPipeError:
            return to_send[:0]

    def _drain(self) -> bool:
        """Read what is on stderr, keeping its end; say whether more can come."""
        _, _, stderr = self._streams()
        chunk = os.read(stderr.fileno(), _CHUNK_BYTES)
        self._stderr = (self._stderr + chunk)[-_STDERR_KEPT_BYTES:]
        return bool(chunk)

    def _is_notice(self, head: frames.Head) -> bool:
        """Return whether the message only announces a page to recognise; take note of it."""
        page = head.get(frames.RECOGNISING)
        if page is None:
            return False
        self._recognising, self._notices = (page if isinstance(page, int) else 0), self._notices + 1
        if self._notices > self._limits.ocr_max_pages:
            self.close()
            raise ChildEnded("the parser's answer breaks the protocol", hint=_HINT)
        _logger.info("recognising page=%d count=%d", self._recognising, self._notices)
        return True

    def _answer_in(self, received: bytearray, *, max_reply_bytes: int) -> tuple[frames.Head, bytes] | None:
        """Take the first message out of `received` if all of it is there.

        It is refused as soon as its announced length is over the limit; after an answer nothing may come.
        """
        if len(received) < frames.PREFIX.size:
            return None
        head_bytes, body_bytes = frames.PREFIX.unpack_from(received)
        if head_bytes > frames.MAX_HEAD_BYTES or body_bytes > max_reply_bytes:
            self.close()
            size_mb, limit_mb = body_bytes / MEBIBYTE, max_reply_bytes / MEBIBYTE
            raise ChildEnded(f"parsing gave {size_mb:.1f} MiB, the limit is {limit_mb:.0f} MiB", hint=_HINT)
        body_start = frames.PREFIX.size + head_bytes
        if len(received) < body_start + body_bytes:
            return None
        try:
            head = json.loads(bytes(received[frames.PREFIX.size : body_start]))
        except (ValueError, RecursionError) as error:
            self.close()
            raise ChildEnded("the parser's answer is not JSON", hint=_HINT) from error
        end = body_start + body_bytes
        if not isinstance(head, dict) or (len(received) > end and frames.RECOGNISING not in head):
            self.close()
            raise ChildEnded("the parser's answer breaks the protocol", hint=_HINT)
        reply = bytes(received[body_start:end])
        del received[:end]
        return head, reply

    def _out_of_time(self, timeout_s: float) -> OutOfTime:
        self.close()
        return OutOfTime(f"parsing took longer than the limit of {timeout_s:g} s", hint=_HINT)

    def _ended(self) -> ChildEnded:
        """Return why the child is gone, from its exit status and the last line that it wrote."""
        try:
            status = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.close()
            status = self._process.returncode
        _kill_group(self._process.pid)  # a recogniser that it left; while one lives, no other group has this id
        while self._process.stderr and not self._process.stderr.closed and self._drain_left():
            pass
        last = self._stderr.decode(errors="replace").strip().rpartition("\n")[2][:300]
        self.close()
        if status == -signal.SIGXCPU:
            return OutOfTime(f"parsing took more CPU than the limit of {self._limits.timeout_s:g} s", hint=_HINT)
        if status < 0:
            name = signal.Signals(-status).name if -status in _SIGNALS else str(-status)
            memory = f" (its memory limit is {self._limits.memory_mb} MiB)"
            return ChildEnded(f"the parser was ended by signal {name}{memory}{': ' + last if last else ''}", hint=_HINT)
        return ChildEnded(f"the parser ended with status {status}{': ' + last if last else ''}", hint=_HINT)

    def _drain_left(self) -> bool:
        try:
            return self._drain()
        except BlockingIOError:
            return False


def _environment() -> dict[str, str]:
    """Return the least that the child needs to find its modules: no keys, no tokens, no settings."""
    places = [str(_ROOT), *(str(Path(place).resolve()) for place in sys.path if place)]
    given = {
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(places)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "LANG": "C.UTF-8",
        "MALLOC_ARENA_MAX": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    return given | {
        name: os.environ[name]
        for name in ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TESSDATA_PREFIX")
        if name in os.environ
    }


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
