"""One llama.cpp context of many sequences that share its memory; for one thread at a time.

All sequences lie in one buffer (`kv_unified`): copying a sequence's beginning to another marks its cells as held by
both and moves nothing. Layers with a sliding window keep as many cells as the others (`swa_full`), so beginnings can
be copied there too.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from app.generators.llama.library import SEE_LOG
from app.generators.llama.model import LlamaModel
from indexes.errors import ModelFailed

MAX_SEQUENCES = 256
"""llama.cpp's LLAMA_MAX_SEQ since September 2025; more are an error when a context is made."""

_NO_ROOM, _STOPPED = 1, 2  # what llama_decode returns; below 0 it failed


BATCH_TOKENS, OFFLOADED_BATCH_TOKENS = 128, 512
"""Most tokens of a step, which llama.cpp makes its working memory for: on processors alone more read no faster (2,000
tokens in batches of 64, 128, 256 and 512: 20, 21, 22 and 21 s), on an accelerator they do."""


def attention_kind(llama: Any) -> int:
    """Return llama.cpp's `flash_attn_type`: plain products on processors, its own choice where it has an accelerator.

    Its flash attention on processors goes through the cells one by one for a batch under 64 tokens. Over a prefix of
    2,000 tokens one token takes 115 ms with it and 58 ms without, ten at once 680 and 240, nine beside a prompt's
    thirty 2,400 and 610; only to read a long prompt alone is it quicker, by a twelfth (half a billion weights, q4_k_m,
    two processors; docs/adr/0023).
    """
    kind = llama.LLAMA_FLASH_ATTN_TYPE_AUTO if has_accelerator(llama) else llama.LLAMA_FLASH_ATTN_TYPE_DISABLED
    return int(kind)


def has_accelerator(llama: Any) -> bool:
    """Return whether llama.cpp was built for an accelerator and has one: it then puts the layers there."""
    return bool(llama.llama_supports_gpu_offload())


class NoRoomError(ModelFailed):
    """llama.cpp found no cells for a batch, and read none of it."""


class StoppedError(ModelFailed):
    """`LlamaContext.stop` was called while a batch was read."""


@dataclass(frozen=True, slots=True)
class BatchPart:
    """Consecutive tokens of one sequence, the first at `position`; `wants_logits` is of the last."""

    sequence: int
    position: int
    tokens: Sequence[int] | npt.NDArray[np.int32]
    wants_logits: bool


class LlamaContext:
    """Memory for `cells` tokens of up to `sequences` sequences."""

    def __init__(self, model: LlamaModel, *, cells: int, sequences: int, batch_tokens: int, threads: int) -> None:
        self._model = model
        self._llama = model.llama
        self._batch = _Batch(self._llama, batch_tokens)
        self._stop_flag = ctypes.create_string_buffer(2)  # "" until `stop` makes it "\x01"
        self._context = self._open(cells=cells, sequences=sequences, threads=threads)
        self._memory = self._llama.llama_get_memory(self._context)
        self._vocabulary_tokens = model.vocabulary_tokens
        if self._memory is None:
            self.close()
            raise ModelFailed(f"the model {model.path} does not write text", hint="Choose a GGUF file of a chat model.")

    @property
    def cells(self) -> int:
        """Tokens that all sequences together may hold: what was asked for, rounded up by llama.cpp (to 256)."""
        return int(self._llama.llama_n_ctx(self._context))

    @property
    def batch_tokens(self) -> int:
        """Most tokens of one `decode`."""
        return self._batch.capacity

    def decode(self, parts: Sequence[BatchPart]) -> None:
        """Read tokens of several sequences in one step.

        Raises:
            NoRoomError: there are no cells for them; nothing was read.
            StoppedError: `stop` was called.
            ModelFailed: llama.cpp failed; what the sequences hold is unknown.
        """
        status = self._llama.llama_decode(self._context, self._batch.filled(parts))
        if status == _NO_ROOM:
            raise NoRoomError(f"no cells for {self._batch.size} more tokens", hint="Ask for less at once.")
        if status == _STOPPED:
            raise StoppedError("stopped while reading", hint="Open the model again.")
        if status != 0:
            raise ModelFailed(f"llama.cpp stopped with status {status} in {self._model.path}", hint=SEE_LOG)

    def logits(self, part: int) -> npt.NDArray[np.float32]:
        """Return the (vocabulary,) logits after part `part` of the last batch: llama.cpp's memory, until the next."""
        pointer = self._llama.llama_get_logits_ith(self._context, self._batch.last_rows[part])
        logits: npt.NDArray[np.float32] = np.ctypeslib.as_array(pointer, shape=(self._vocabulary_tokens,))
        return logits

    def copy(self, sequence: int, to: int, *, length: int) -> None:
        """Let the empty sequence `to` begin with the first `length` tokens of `sequence`."""
        self._llama.llama_memory_seq_cp(self._memory, sequence, to, 0, length)

    def forget(self, sequence: int, *, start: int = 0) -> bool:
        """Drop a sequence's tokens from position `start` on; False where the model cannot drop a part."""
        return bool(self._llama.llama_memory_seq_rm(self._memory, sequence, start if start else -1, -1))

    def first_position(self, sequence: int) -> int:
        """Return the first position that every layer still holds of a sequence; -1 where it is empty."""
        return int(self._llama.llama_memory_seq_pos_min(self._memory, sequence))

    def length(self, sequence: int) -> int:
        """Return how many tokens a sequence holds, by its last position."""
        return int(self._llama.llama_memory_seq_pos_max(self._memory, sequence)) + 1

    def forget_all(self) -> None:
        """Drop every sequence."""
        self._llama.llama_memory_clear(self._memory, True)

    def state(self, sequence: int) -> bytes:
        """Return what was read of a sequence, for `restore` in a context of the same model and parameters.

        Raises:
            ModelFailed: llama.cpp did not give it.
        """
        size_bytes = int(self._llama.llama_state_seq_get_size(self._context, sequence))
        buffer = (ctypes.c_uint8 * size_bytes)()
        written_bytes = int(self._llama.llama_state_seq_get_data(self._context, buffer, size_bytes, sequence))
        if written_bytes == 0:
            raise ModelFailed(f"llama.cpp gave no state of {self._model.path}", hint=SEE_LOG)
        return bytes(memoryview(buffer)[:written_bytes])

    def restore(self, sequence: int, state: bytes) -> bool:
        """Fill an empty sequence from `state`; False, and still empty, where llama.cpp does not take it."""
        if not state:
            return False
        buffer = ctypes.cast(ctypes.c_char_p(state), ctypes.POINTER(ctypes.c_uint8))  # llama.cpp only reads it
        read_bytes = int(self._llama.llama_state_seq_set_data(self._context, buffer, len(state), sequence))
        if read_bytes != len(state):
            self.forget(sequence)
            return False
        return True

    def stop(self) -> None:
        """End a `decode` that is under way, and every later one; from any thread."""
        self._stop_flag[0] = b"\x01"

    def close(self) -> None:
        """Free the memory."""
        context, self._context = self._context, None
        if context is not None:
            self._llama.llama_free(context)

    def _open(self, *, cells: int, sequences: int, threads: int) -> Any:
        parameters = self._llama.llama_context_default_params()
        parameters.n_ctx = cells
        parameters.n_batch = parameters.n_ubatch = self._batch.capacity
        parameters.n_seq_max = sequences
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.kv_unified = parameters.swa_full = True
        parameters.flash_attn_type = attention_kind(self._llama)
        if hasattr(parameters, "n_outputs_max"):  # otherwise logits of a whole batch are kept room for
            parameters.n_outputs_max = sequences
        context = self._llama.llama_init_from_model(self._model.handle, parameters)
        if context is None:
            raise ModelFailed(
                f"llama.cpp could not make room for {cells} tokens for {self._model.path}",
                hint="It takes memory; lower RONBUN_CONTEXT_TOKENS, or try a smaller model.",
            )
        self._let_stop(context)
        return context

    def _let_stop(self, context: Any) -> None:
        """Have llama.cpp ask between two operations whether to go on.

        The question is C's own `strlen` of the flag: 0 is no, 1 is yes. One written in Python would take the
        interpreter's lock about a thousand times a step, and wait for whoever holds it.
        """
        callback_type = dict(self._llama.llama_context_params._fields_)["abort_callback"]
        strlen = ctypes.cast(ctypes.CDLL(None).strlen, callback_type)
        self._llama.llama_set_abort_callback(context, strlen, ctypes.cast(self._stop_flag, ctypes.c_void_p))
        self._strlen: Callable[..., Any] = strlen  # llama.cpp keeps it


class _Batch:
    """The arrays of a `llama_batch` for one sequence a token, filled anew at each step."""

    def __init__(self, llama: Any, capacity: int) -> None:
        self.capacity = capacity
        self.size = 0
        self.last_rows: list[int] = []
        self._tokens, self._positions, self._sequences = (np.zeros(capacity, np.int32) for _ in range(3))
        self._counts = np.ones(capacity, np.int32)
        self._wants_logits = np.zeros(capacity, np.int8)
        addresses = self._sequences.ctypes.data + self._sequences.itemsize * np.arange(capacity)
        self._sequence_pointers = addresses.astype(np.uintp)
        arrays: dict[str, npt.NDArray[Any]] = {
            "token": self._tokens,
            "pos": self._positions,
            "n_seq_id": self._counts,
            "seq_id": self._sequence_pointers,
            "logits": self._wants_logits,
        }
        fields = dict(llama.llama_batch._fields_)
        self._batch = llama.llama_batch()
        for name, array in arrays.items():
            setattr(self._batch, name, ctypes.cast(array.ctypes.data, fields[name]))

    def filled(self, parts: Sequence[BatchPart]) -> Any:
        """Return the batch of `parts`, at most `capacity` tokens."""
        self.last_rows.clear()
        start = 0
        for part in parts:
            end = start + len(part.tokens)
            self._tokens[start:end] = part.tokens
            self._positions[start:end] = np.arange(part.position, part.position + len(part.tokens))
            self._sequences[start:end] = part.sequence
            self._wants_logits[start:end] = 0
            self._wants_logits[end - 1] = part.wants_logits
            self.last_rows.append(end - 1)
            start = end
        self.size = self._batch.n_tokens = start
        return self._batch
