"""One GGUF file's weights and vocabulary: text into tokens, tokens into bytes, and what kind of memory it needs.

llama.cpp's vocabulary functions are const and make their working state anew at every call (`llama-vocab.cpp`; upstream
tests them from many threads, `test-tokenizer-parallel`), so one thread may split text while another decodes. The lock
here keeps the vocabulary from being freed under a reader.
"""

from __future__ import annotations

import ctypes
import os
import threading
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.generators.llama.library import SEE_LOG, llama_library
from indexes.errors import ModelFailed

_AMX = b"AMX_INT8 = 1"
"""A build for Intel's AMX ends the process (SIGILL) at the first quantised batch: GCC drops the stores that configure
the tiles (ggml-org/llama.cpp, pull request 26954). Without extra buffer types those kernels are not chosen."""

_PIECE_BYTES = 256  # of one token; longer ones are asked for again


class LlamaModel:
    """An open model file. Safe to call from several threads until it is closed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.llama = llama_library()
        self.handle = _load(path, vocabulary_only=False)
        self._vocab = self.llama.llama_model_get_vocab(self.handle)
        self._lock = threading.Lock()
        if self.llama.llama_model_is_diffusion(self.handle) or self.llama.llama_model_has_encoder(self.handle):
            self.close()
            raise ModelFailed(f"the model {path} does not write text", hint="Choose a GGUF file of a chat model.")

    @property
    def trained_tokens(self) -> int:
        """The window that the model was trained for."""
        return int(self.llama.llama_model_n_ctx_train(self.handle))

    @property
    def sliding_window(self) -> int:
        """Tokens that layers with a sliding window look back; 0 without such layers."""
        return int(self.llama.llama_model_n_swa(self.handle))

    @property
    def keeps_every_token(self) -> bool:
        """Whether what was read stays as one entry a token, so that a beginning can be copied.

        Recurrent models and hybrids fold what they read into one state, which has no beginning.
        """
        recurrent = self.llama.llama_model_is_recurrent(self.handle) or self.llama.llama_model_is_hybrid(self.handle)
        return not recurrent

    @property
    def vocabulary_tokens(self) -> int:
        """How many tokens the vocabulary has."""
        return int(self.llama.llama_vocab_n_tokens(self._vocab))

    def begins_with(self) -> tuple[int, ...]:
        """Return the token that every prompt must begin with, or nothing.

        Raises:
            ModelFailed: the model is closed.
        """
        with self._lock:
            if self.handle is None:
                raise ModelFailed(f"the model {self.path} is closed", hint="Open it again.")
            token = int(self.llama.llama_vocab_bos(self._vocab))
            return (token,) if token >= 0 and self.llama.llama_vocab_get_add_bos(self._vocab) else ()

    def tokenize(self, text: str, *, is_markup: bool) -> list[int]:
        """Return the tokens of `text`; only in markup do control tokens' names stand for them.

        Raises:
            ModelFailed: llama.cpp could not split the text, or the model is closed.
        """
        content = text.encode("utf-8", errors="replace")  # a PDF may hold half a surrogate pair
        room = len(content) + 8
        tokens = (self.llama.llama_token * room)()
        with self._lock:
            if self.handle is None:
                raise ModelFailed(f"the model {self.path} is closed", hint="Open it again.")
            count = self.llama.llama_tokenize(self._vocab, content, len(content), tokens, room, False, is_markup)
        if count < 0:
            raise ModelFailed(f"{self.path} could not split {len(content)} bytes into tokens", hint=SEE_LOG)
        return list(tokens[:count])

    def is_control_token(self, text: str) -> bool:
        """Tell whether `text` is the name of one control token."""
        tokens = self.tokenize(text, is_markup=True)
        return len(tokens) == 1 and bool(self.llama.llama_vocab_is_control(self._vocab, tokens[0]))

    @cached_property
    def pieces(self) -> tuple[bytes, ...]:
        """Each token's bytes as text shows them; those that no text may hold, and those that end one, have none."""
        buffer = ctypes.create_string_buffer(_PIECE_BYTES)
        wordless = self.end_tokens.union(self.silent_tokens.tolist())
        tokens = range(self.vocabulary_tokens)
        return tuple(b"" if token in wordless else self._piece(token, buffer) for token in tokens)

    @cached_property
    def end_tokens(self) -> frozenset[int]:
        """The tokens that end a text."""
        is_end = self.llama.llama_vocab_is_eog
        return frozenset(token for token in range(self.vocabulary_tokens) if is_end(self._vocab, token))

    @cached_property
    def silent_tokens(self) -> npt.NDArray[np.int64]:
        """The tokens that print nothing and end nothing, which no text may hold."""
        llama = self.llama
        silent = llama.LLAMA_TOKEN_ATTR_CONTROL | llama.LLAMA_TOKEN_ATTR_UNKNOWN | llama.LLAMA_TOKEN_ATTR_UNUSED
        found = (
            token
            for token in range(self.vocabulary_tokens)
            if llama.llama_vocab_get_attr(self._vocab, token) & silent and token not in self.end_tokens
        )
        return np.fromiter(found, dtype=np.int64)

    def close(self) -> None:
        """Free the weights; contexts on them are freed first."""
        with self._lock:
            handle, self.handle = self.handle, None
            if handle is not None:
                self.llama.llama_model_free(handle)

    def _piece(self, token: int, buffer: Any) -> bytes:
        count = self.llama.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, False)
        if count < 0:
            return self._piece(token, ctypes.create_string_buffer(-count))
        return bytes(buffer.raw[:count])


def check_vocabulary(path: Path) -> None:
    """Read a file's metadata and vocabulary without its weights.

    Raises:
        ModelFailed: llama.cpp refuses the file.
    """
    llama_library().llama_model_free(_load(path, vocabulary_only=True))


def _load(path: Path, *, vocabulary_only: bool) -> Any:
    llama = llama_library()
    parameters = llama.llama_model_default_params()
    parameters.vocab_only = vocabulary_only
    if _AMX in llama.llama_print_system_info():
        parameters.use_extra_bufts = False
    handle = llama.llama_model_load_from_file(os.fsencode(path), parameters)
    if handle is None:
        what = "read the vocabulary of" if vocabulary_only else "load"
        raise ModelFailed(f"llama.cpp could not {what} {path}", hint=SEE_LOG)
    return handle
