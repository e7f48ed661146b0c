"""One owner thread that holds a model, and a bounded queue of what it shall write; text comes back as it is written.

llama.cpp ends or hangs the process when one context is used from several threads. This class is the seam behind which
one sequence at a time can become many: a caller tokenizes, asks for a `Generation` and iterates over it.
"""

from __future__ import annotations

import codecs
import logging
import queue
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.generators.llama.chat_format import ChatFormat, choose_chat_format
from app.generators.llama.native import NativeModel
from app.generators.prompting import RenderedPrompt
from indexes.errors import Busy, ModelError, ModelFailed

logger = logging.getLogger(__name__)


class Generation:
    """One text being written. Iterate to receive it; leave early with `cancel`."""

    def __init__(self, tokens: Sequence[int], *, grammar: str, max_tokens: int) -> None:
        self.tokens = tokens
        self.grammar = grammar
        self.max_tokens = max_tokens
        self.written_tokens = 0
        self._events: queue.SimpleQueue[str | ModelError | None] = queue.SimpleQueue()
        self._cancelled = threading.Event()

    @property
    def is_cut_off(self) -> bool:
        """Whether writing stopped at the token limit; known at the end."""
        return self.written_tokens >= self.max_tokens

    @property
    def is_cancelled(self) -> bool:
        """Whether nobody waits for it any more."""
        return self._cancelled.is_set()

    def __iter__(self) -> Iterator[str]:
        """Yield pieces of text; raises ModelError where the work broke."""
        while (event := self._events.get()) is not None:
            if isinstance(event, ModelError):
                raise event
            yield event

    def cancel(self) -> None:
        """Stop the work after the token that is being written."""
        self._cancelled.set()

    def put(self, text: str) -> None:
        """Hand over a piece (the owner's side)."""
        self._events.put(text)

    def end(self, error: ModelError | None = None) -> None:
        """Say that nothing more comes (the owner's side)."""
        self._events.put(error)


class LlamaEngine:
    """Loads the model when first asked. Safe to call from several threads."""

    def __init__(self, path: Path, *, context_tokens: int, threads: int, max_queue: int) -> None:
        self._path = path
        self._context_tokens = context_tokens
        self._threads = threads
        self._max_queue = max_queue
        self._waiting: deque[Generation] = deque()
        self._changed = threading.Condition()  # guards everything below, and the model against being freed in use
        self._owner: threading.Thread | None = None
        self._model: NativeModel | None = None
        self._format: ChatFormat | None = None
        self._load_error: ModelError | None = None
        self._is_closed = False

    @property
    def window(self) -> int:
        """Tokens that prompt and answer may take together."""
        with self._changed:
            return self._opened()[0].window

    def tokenize(self, prompt: RenderedPrompt) -> list[int]:
        """Return a prompt's tokens in the model's chat format; text of papers and readers never becomes control tokens.

        Each part is tokenized alone, so that equal leading parts give equal leading tokens.
        """
        with self._changed:
            model, chat = self._opened()
            tokens = list(model.begins_with())
            for text, is_markup in (
                (chat.before_system, True),
                (prompt.system, False),
                (chat.before_user, True),
                (f"{prompt.paper}\n\n", False),
                (prompt.question, False),
                (chat.before_reply, True),
            ):
                tokens += model.tokenize(text, is_markup=is_markup)
            return tokens

    def generate(self, tokens: Sequence[int], *, grammar: str, max_tokens: int) -> Generation:
        """Queue a text to be written.

        Raises:
            Busy: the queue is full.
        """
        generation = Generation(tokens, grammar=grammar, max_tokens=max_tokens)
        with self._changed:
            self._opened()
            if len(self._waiting) >= self._max_queue:
                raise Busy(f"{self._max_queue} texts wait for the model already", hint="Try again in a moment.")
            self._waiting.append(generation)
            self._changed.notify_all()
        return generation

    def close(self) -> None:
        """Stop what is being written, refuse what waits, and free the model."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
            owner = self._owner
        if owner is not None:
            owner.join()

    def _opened(self) -> tuple[NativeModel, ChatFormat]:
        """Return the model, loading it first where need be; the caller holds the lock."""
        if self._owner is None and not self._is_closed:
            self._owner = threading.Thread(target=self._own, name="llama-owner", daemon=True)
            self._owner.start()
        self._changed.wait_for(lambda: self._model is not None or self._load_error is not None or self._is_closed)
        if self._load_error is not None:
            raise type(self._load_error)(self._load_error.message, hint=self._load_error.hint)
        if self._is_closed or self._model is None or self._format is None:
            raise self._closed()
        return self._model, self._format

    def _closed(self) -> ModelFailed:
        return ModelFailed(f"the generator for {self._path} is closed", hint="Open it again.")

    def _own(self) -> None:
        """Load, serve until closed, free: the owner thread's whole life."""
        try:
            model = NativeModel(self._path, context_tokens=self._context_tokens, threads=self._threads)
            chat = choose_chat_format(model.is_control_token)
        except Exception as error:  # the thread's root: whoever waits must hear of it
            known = error if isinstance(error, ModelError) else _unexpected(error)
            with self._changed:
                self._load_error = known
                self._changed.notify_all()
            return
        logger.info("loaded model=%s chat_format=%s window=%d", self._path.name, chat.name, model.window)
        with self._changed:
            self._model, self._format = model, chat
            self._changed.notify_all()
        while (generation := self._next()) is not None:
            generation.end(self._write(model, generation))
        with self._changed:
            self._model = None
            while self._waiting:
                self._waiting.popleft().end(self._closed())
            model.close()

    def _next(self) -> Generation | None:
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting) or self._is_closed)
            return None if self._is_closed else self._waiting.popleft()

    def _write(self, model: NativeModel, generation: Generation) -> ModelError | None:
        """Write one text, handing over each piece; return what broke."""
        if generation.is_cancelled:  # while it waited; what the model has read stays of use to the next
            return None
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            for piece in model.generate(
                generation.tokens,
                grammar=generation.grammar,
                max_tokens=generation.max_tokens,
                should_stop=lambda: generation.is_cancelled or self._is_closed,
            ):
                generation.written_tokens += 1
                generation.put(decoder.decode(piece))
        except UnicodeDecodeError as error:
            return ModelFailed(f"the model {self._path} wrote what is not UTF-8: {error}", hint="Try another model.")
        except ModelError as error:
            return error
        except Exception as error:  # the thread's root
            return _unexpected(error)
        return self._closed() if self._is_closed else None


def _unexpected(error: Exception) -> ModelFailed:
    logger.exception("the model's thread met an unexpected error", exc_info=error)
    return ModelFailed(f"the model broke: {type(error).__name__}: {error}", hint="The log has the traceback.")
