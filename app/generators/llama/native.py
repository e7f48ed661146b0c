"""One llama.cpp model and context, through the C interface that llama-cpp-python exposes; for one thread at a time.

The class `llama_cpp.Llama` is not used: it compiles the Jinja template of the file it opens, redirects the process's
standard streams while loading, and does not check that a grammar could be read.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from indexes.errors import ModelFailed, ModelMissing

logger = logging.getLogger(__name__)

_BATCH_TOKENS = 512
_PIECE_BYTES = 256  # of one token; longer ones are asked for again
_INSTALL = 'Run `pip install "ronbun[llama]"` or `make llm` (it compiles llama.cpp: some minutes, and a C++ compiler).'
_SEE_LOG = "RONBUN_LOG_LEVEL=DEBUG shows what llama.cpp says; try another file."


class NativeModel:
    """An open model with one sequence; keeps what it has read, so a prompt's known beginning is not read again."""

    def __init__(self, path: Path, *, context_tokens: int, threads: int) -> None:
        self._path = path
        self._llama = _library()
        self._model = self._load()
        self._vocab = self._llama.llama_model_get_vocab(self._model)
        window = min(context_tokens, self._llama.llama_model_n_ctx_train(self._model))
        self._context = self._open_context(window, threads=threads)
        self._memory = self._llama.llama_get_memory(self._context)
        self._read: list[int] = []
        self._silent = self._silent_tokens()
        if self._memory is None or self._llama.llama_model_is_diffusion(self._model):
            self.close()
            raise ModelFailed(f"the model {path} does not write text", hint="Choose a GGUF file of a chat model.")

    @property
    def window(self) -> int:
        """Tokens that prompt and answer may take together."""
        return int(self._llama.llama_n_ctx(self._context))

    @property
    def read_tokens(self) -> tuple[int, ...]:
        """What the model has read and still keeps, in order."""
        return tuple(self._read)

    def begins_with(self) -> tuple[int, ...]:
        """Return the token that every prompt must begin with, or nothing."""
        token = int(self._llama.llama_vocab_bos(self._vocab))
        return (token,) if token >= 0 and self._llama.llama_vocab_get_add_bos(self._vocab) else ()

    def tokenize(self, text: str, *, is_markup: bool) -> list[int]:
        """Return the tokens of `text`; only in markup do control tokens' names stand for them."""
        content = text.encode("utf-8")
        room = len(content) + 8
        tokens = (self._llama.llama_token * room)()
        count = self._llama.llama_tokenize(self._vocab, content, len(content), tokens, room, False, is_markup)
        if count < 0:
            raise ModelFailed(f"{self._path} could not split {len(content)} bytes into tokens", hint=_SEE_LOG)
        return list(tokens[:count])

    def is_control_token(self, text: str) -> bool:
        """Tell whether `text` is the name of one control token."""
        tokens = self.tokenize(text, is_markup=True)
        return len(tokens) == 1 and bool(self._llama.llama_vocab_is_control(self._vocab, tokens[0]))

    def generate(
        self, tokens: Sequence[int], *, grammar: str, max_tokens: int, should_stop: Callable[[], bool]
    ) -> Iterator[bytes]:
        """Yield the most likely continuation that the grammar allows, one token's bytes at a time.

        Ends early, without an error, where `should_stop` turns true. Returns after the model's end token or
        `max_tokens`.

        Raises:
            ModelFailed: llama.cpp refused the grammar or could not decode.
        """
        chain = self._open_sampler(grammar)
        try:
            fresh: Sequence[int] = tokens[self._keep_prefix(tokens) :]
            for _ in range(max_tokens):
                if not self._decode(fresh, should_stop=should_stop):
                    return
                token = self._sample(chain)
                if self._llama.llama_vocab_is_eog(self._vocab, token):
                    return
                yield self._piece(token)
                fresh = (token,)
        finally:
            self._llama.llama_sampler_free(chain)

    def close(self) -> None:
        """Free the context and the model."""
        context, self._context = self._context, None
        model, self._model = self._model, None
        if context is not None:
            self._llama.llama_free(context)
        if model is not None:
            self._llama.llama_model_free(model)

    def _load(self) -> Any:
        parameters = self._llama.llama_model_default_params()
        model = self._llama.llama_model_load_from_file(os.fsencode(self._path), parameters)
        if model is None:
            raise ModelFailed(f"llama.cpp could not load {self._path}", hint=_SEE_LOG)
        return model

    def _open_context(self, window: int, *, threads: int) -> Any:
        parameters = self._llama.llama_context_default_params()
        parameters.n_ctx = window
        parameters.n_batch = parameters.n_ubatch = min(window, _BATCH_TOKENS)
        parameters.n_threads = parameters.n_threads_batch = threads
        context = self._llama.llama_init_from_model(self._model, parameters)
        if context is None:
            self._llama.llama_model_free(self._model)
            raise ModelFailed(
                f"llama.cpp could not make a window of {window} tokens for {self._path}",
                hint="It takes memory; lower RONBUN_CONTEXT_TOKENS, or try a smaller model.",
            )
        return context

    def _open_sampler(self, grammar: str) -> Any:
        rules = self._llama.llama_sampler_init_grammar(self._vocab, grammar.encode("utf-8"), b"root")
        if not rules:
            raise ModelFailed("llama.cpp refused the grammar of the reply", hint=_SEE_LOG)
        chain = self._llama.llama_sampler_chain_init(self._llama.llama_sampler_chain_default_params())
        self._llama.llama_sampler_chain_add(chain, rules)
        self._llama.llama_sampler_chain_add(chain, self._llama.llama_sampler_init_greedy())
        return chain

    def _keep_prefix(self, tokens: Sequence[int]) -> int:
        """Forget what does not begin `tokens`; return how many of its tokens stay read (never all)."""
        common = 0
        for known, wanted in zip(self._read, tokens[:-1], strict=False):
            if known != wanted:
                break
            common += 1
        if not self._llama.llama_memory_seq_rm(self._memory, 0, common, -1):  # recurrent models cannot forget a part
            self._llama.llama_memory_clear(self._memory, True)
            common = 0
        del self._read[common:]
        logger.debug("prompt tokens=%d kept=%d", len(tokens), common)
        return common

    def _decode(self, tokens: Sequence[int], *, should_stop: Callable[[], bool]) -> bool:
        for start in range(0, len(tokens), _BATCH_TOKENS):
            if should_stop():
                return False
            part = tokens[start : start + _BATCH_TOKENS]
            array = (self._llama.llama_token * len(part))(*part)
            status = self._llama.llama_decode(self._context, self._llama.llama_batch_get_one(array, len(part)))
            if status != 0:
                self._llama.llama_memory_clear(self._memory, True)
                self._read.clear()
                raise ModelFailed(f"llama.cpp stopped with status {status} in {self._path}", hint=_SEE_LOG)
            self._read.extend(part)
        return True

    def _sample(self, chain: Any) -> int:
        """Return the likeliest token that the grammar allows.

        The likeliest of all is tried first: the grammar then judges one token instead of the whole vocabulary, which
        costs 6 ms a token at 32,000 and 31 ms at 152,000.
        """
        count = self._llama.llama_vocab_n_tokens(self._vocab)
        logits: Any = np.ctypeslib.as_array(self._llama.llama_get_logits_ith(self._context, -1), shape=(count,))
        logits[self._silent] = -np.inf  # in llama.cpp's own memory, so the sampler below sees it too
        best = int(np.argmax(logits))
        candidate = (self._llama.llama_token_data * 1)(self._llama.llama_token_data(best, float(logits[best]), 0.0))
        candidates = self._llama.llama_token_data_array(data=candidate, size=1, selected=-1, sorted=False)
        rules = self._llama.llama_sampler_chain_get(chain, 0)
        self._llama.llama_sampler_apply(rules, ctypes.byref(candidates))
        if candidate[0].logit != -np.inf:
            self._llama.llama_sampler_accept(chain, best)
            return best
        return int(self._llama.llama_sampler_sample(chain, self._context, -1))

    def _silent_tokens(self) -> Any:
        """Return the tokens that print nothing and end nothing; to the grammar they are the text of their names."""
        llama, vocab = self._llama, self._vocab
        silent = llama.LLAMA_TOKEN_ATTR_CONTROL | llama.LLAMA_TOKEN_ATTR_UNKNOWN | llama.LLAMA_TOKEN_ATTR_UNUSED
        tokens = range(llama.llama_vocab_n_tokens(vocab))
        return np.array(
            [
                token
                for token in tokens
                if llama.llama_vocab_get_attr(vocab, token) & silent and not llama.llama_vocab_is_eog(vocab, token)
            ],
            dtype=np.int64,
        )

    def _piece(self, token: int) -> bytes:
        room = _PIECE_BYTES
        while True:
            buffer = ctypes.create_string_buffer(room)
            count = self._llama.llama_token_to_piece(self._vocab, token, buffer, room, 0, False)
            if count >= 0:
                return buffer.raw[:count]
            room = -count


def check_vocabulary(path: Path) -> None:
    """Read a file's metadata and vocabulary without its weights.

    Raises:
        ModelFailed: llama.cpp refuses the file.
    """
    llama = _library()
    parameters = llama.llama_model_default_params()
    parameters.vocab_only = True
    model = llama.llama_model_load_from_file(os.fsencode(path), parameters)
    if model is None:
        raise ModelFailed(f"llama.cpp could not read the vocabulary of {path}", hint=_SEE_LOG)
    llama.llama_model_free(model)


def require_llama_cpp() -> None:
    """Check, without loading it, that llama-cpp-python is installed.

    Raises:
        ModelMissing: it is not.
    """
    if importlib.util.find_spec("llama_cpp") is None:
        raise ModelMissing("GGUF models need llama-cpp-python, which is not installed", hint=_INSTALL)


@functools.cache
def _library() -> Any:
    """Load llama.cpp once a process; its log goes to this module's logger at DEBUG.

    OpenMP reads OMP_WAIT_POLICY when the library loads; threads that spin while they wait more than halve the speed
    (prompt 64 against 175 tokens/s on 2 cores).
    """
    require_llama_cpp()
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        import llama_cpp
    except (ImportError, OSError, RuntimeError) as error:
        raise ModelFailed(
            f"llama-cpp-python cannot be loaded: {error}", hint=f"Install it again. {_INSTALL}"
        ) from error
    _route_log(llama_cpp)
    llama_cpp.llama_backend_init()
    return llama_cpp


def _route_log(llama_cpp: Any) -> None:
    @llama_cpp.llama_log_callback  # type: ignore[untyped-decorator]
    def log(level: int, text: bytes, user_data: object) -> None:
        logger.debug("llama.cpp: %s", text.decode("utf-8", errors="replace").rstrip())

    llama_cpp.llama_log_set(log, ctypes.c_void_p(0))
    llama_cpp.ronbun_log = log  # llama.cpp keeps calling it: it must live as long as the library
