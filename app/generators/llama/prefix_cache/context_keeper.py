"""Papers' contexts to disk after they were read, and back: when it is worth it, and when there is room.

The owner's thread copies a state out of llama.cpp (about a millisecond a megabyte) and leaves its writing to a thread
of the keeper's own. Reading a file and handing its state to llama.cpp hold up the owner's thread.
"""

from __future__ import annotations

import logging
import queue
import sys
import threading

from app.generators.llama.memory import SequenceMemory, Tokens
from app.generators.llama.prefix_cache.saved_contexts import SavedContexts
from app.generators.llama.running import EngineRequest
from indexes.errors import ModelFailed

logger = logging.getLogger(__name__)

MIN_SAVED_TOKENS = 256
"""Shorter contexts are read again as fast as they are found; a paper with one passage has more."""

MIN_GAIN_TOKENS = 128
"""A saved context is fetched where it spares the reading of this many tokens: reading a file has a cost of its own."""


class ContextKeeper:
    """Saves and restores contexts of one memory. For the owner's thread, besides the thread that it starts itself."""

    def __init__(self, saved: SavedContexts, *, memory: SequenceMemory) -> None:
        self._saved = saved
        self._memory = memory
        self._jobs: queue.SimpleQueue[tuple[Tokens, bytes] | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._under_way = b""
        self._too_long = sys.maxsize  # tokens whose state is over the folder's limit

    def bring(self, prompt: Tokens, *, known: int, wanted: int, promised: int) -> int:
        """Restore the saved context that begins `prompt`, if it spares enough and fits; return its tokens, or 0.

        A restored context shares cells with nobody, so there must be room for the whole request without any match:
        `wanted` tokens, of prompt and text, beside what others were `promised`. Whatever is returned, what the memory
        matched before may be gone.
        """
        found = self._saved.longest(prompt[:-1])
        if found is None or found.length < known + MIN_GAIN_TOKENS:
            return 0
        if not self._memory.has_room(wanted, match=None, promised=promised):
            return 0
        if not self._memory.has_room(found.tokens, match=None, promised=0):
            return 0
        state = self._saved.load(found)
        if state is None:
            return 0
        if not self._memory.restore(prompt[: found.length], state, held=found.tokens):
            self._saved.refuse(found)  # there was room: llama.cpp would refuse it at every request
            return 0
        return found.length

    def save(self, request: EngineRequest) -> bool:
        """Have the beginning of a request's prompt saved that others will share, if it is long, and not saved yet.

        Returns:
            whether it is on disk, or on its way there.
        """
        length = _shared_length(request)
        tokens = request.prompt[:length]
        if length < MIN_SAVED_TOKENS:
            return False
        if tokens.tobytes() == self._under_way:
            return True
        found = self._saved.longest(tokens)
        if found is not None and found.length == length:
            return True
        if not self._jobs.empty() or length >= self._too_long or not self._saved.may_keep(0):
            return False
        try:
            state = self._memory.state(request.sequence, length=length)
        except ModelFailed as error:
            logger.warning("could not save a context of %d tokens: %s", length, error)
            return False
        if not self._saved.may_keep(len(state)):
            self._too_long = length
            return False
        self._start()
        self._under_way = tokens.tobytes()
        self._jobs.put((tokens, state))
        return True

    def close(self) -> None:
        """Wait until what was handed over is written."""
        if self._writer is not None:
            self._jobs.put(None)
            self._writer.join()

    def _start(self) -> None:
        if self._writer is None:
            writer = threading.Thread(target=self._write, name="llama-context-writer", daemon=True)
            writer.start()
            self._writer = writer

    def _write(self) -> None:
        while (job := self._jobs.get()) is not None:
            tokens, state = job
            try:
                self._saved.save(tokens, state)
            except Exception:  # the thread's root: one context is lost, the next is written
                logger.exception("could not save a context of %d tokens", len(tokens))
            finally:
                if self._under_way == tokens.tobytes():
                    self._under_way = b""  # from here on the folder says what is saved


def _shared_length(request: EngineRequest) -> int:
    """Return how much of a prompt is worth saving: as much as another had in common with it, or else all it may keep.

    Questions of one sheet share a context and each have passages of their own behind it; the first that is done cannot
    tell where the one ends, the others can.
    """
    lengths = [length for length in request.generation.request.keep if length <= request.position]
    if len(lengths) > 1 and lengths[0] + MIN_GAIN_TOKENS <= request.cached_tokens < lengths[-1]:
        return request.cached_tokens
    return max(lengths, default=0)
