"""The ways to answer without an engine, as short loops on llama.cpp's C interface: the figures that ours is held to.

Nothing here waits, streams, cancels, holds to a grammar or is fair to anyone. Every text is greedy and of fixed length.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.generators.llama.context import attention_kind
from app.generators.llama.model import LlamaModel

BATCH_TOKENS = 512

Logits = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Entry:
    """A token to decode: where it stands in which sequence, and whether its logits are wanted."""

    token: int
    position: int
    sequence: int
    wants_logits: bool = False


class BareContext:
    """An open model with several sequences in one memory; a mistake in its use ends the process."""

    def __init__(self, path: Path, *, context_tokens: int, sequences: int, threads: int) -> None:
        self._model = LlamaModel(path)  # as the engine opens it, so that both run the same kernels
        self._llama = llama = self._model.llama
        parameters = llama.llama_context_default_params()
        parameters.n_ctx, parameters.n_seq_max = context_tokens, sequences
        parameters.n_batch = parameters.n_ubatch = BATCH_TOKENS
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.kv_unified = True  # a copied prefix then shares its cells
        parameters.flash_attn_type = attention_kind(llama)  # as the engine, which leaves most of the difference to it
        self._context = llama.llama_init_from_model(self._model.handle, parameters)
        if self._context is None:
            raise SystemExit(f"llama.cpp could not open {path} with {context_tokens} tokens")
        self._memory = llama.llama_get_memory(self._context)
        self._batch = llama.llama_batch_init(BATCH_TOKENS, 0, 1)

    @property
    def weight_bytes(self) -> int:
        """Bytes of the weights in memory."""
        return int(self._llama.llama_model_size(self._model.handle))

    def decode(self, entries: Sequence[Entry]) -> list[Logits]:
        """Decode up to `BATCH_TOKENS` entries; return the wanted logits in order, valid until the next call."""
        batch = self._batch
        batch.n_tokens = len(entries)
        for index, entry in enumerate(entries):
            batch.token[index], batch.pos[index] = entry.token, entry.position
            batch.n_seq_id[index], batch.seq_id[index][0] = 1, entry.sequence
            batch.logits[index] = entry.wants_logits
        if (status := self._llama.llama_decode(self._context, batch)) != 0:
            raise SystemExit(f"llama_decode returned {status}")
        return [self._logits(index) for index, entry in enumerate(entries) if entry.wants_logits]

    def read(self, tokens: Sequence[int], *, sequence: int = 0, start: int = 0) -> Logits:
        """Read a prompt's tokens from position `start`; return the logits after the last."""
        last = len(tokens) - 1
        entries = [Entry(token, start + index, sequence, index == last) for index, token in enumerate(tokens)]
        logits = [self.decode(entries[at : at + BATCH_TOKENS]) for at in range(0, len(entries), BATCH_TOKENS)]
        return logits[-1][0]

    def share(self, source: int, targets: Sequence[int]) -> None:
        """Let other sequences begin with all that one holds."""
        for target in targets:
            self._llama.llama_memory_seq_cp(self._memory, source, target, -1, -1)

    def forget(self, sequence: int = -1, *, start: int = 0) -> None:
        """Forget a sequence (-1: all of them) from a position on."""
        self._llama.llama_memory_seq_rm(self._memory, sequence, start, -1)

    def close(self) -> None:
        """Free everything."""
        self._llama.llama_batch_free(self._batch)
        self._llama.llama_free(self._context)
        self._model.close()

    def _logits(self, index: int) -> Logits:
        row = self._llama.llama_get_logits_ith(self._context, index)
        return np.ctypeslib.as_array(row, shape=(self._model.vocabulary_tokens,))


def write(context: BareContext, firsts: Sequence[int], starts: Sequence[int], *, count: int) -> list[list[int]]:
    """Continue sequences 0, 1, … greedily, all in one batch a step; return `count` tokens of each, first included."""
    texts = [[token] for token in firsts]
    for step in range(count - 1):
        entries = [Entry(text[-1], starts[index] + step, index, True) for index, text in enumerate(texts)]
        for text, logits in zip(texts, context.decode(entries), strict=True):
            text.append(int(np.argmax(logits)))
    return texts


def answer_cold(context: BareContext, prompt: Sequence[int], *, count: int) -> None:
    """Read a whole prompt, write `count` tokens."""
    context.forget()
    first = int(np.argmax(context.read(prompt)))
    write(context, [first], [len(prompt)], count=count)


def answer_with_prefix_kept(
    context: BareContext, prefix: Sequence[int], questions: Sequence[Sequence[int]], *, count: int
) -> None:
    """Read the prefix once, then answer one question after another."""
    context.forget()
    context.read(prefix)
    for question in questions:
        context.forget(0, start=len(prefix))
        first = int(np.argmax(context.read(question, start=len(prefix))))
        write(context, [first], [len(prefix) + len(question)], count=count)


def answer_together(
    context: BareContext, prefix: Sequence[int], questions: Sequence[Sequence[int]], *, count: int
) -> None:
    """Read the prefix once, share it between all questions, and write all answers in one batch a step."""
    context.forget()
    context.read(prefix)
    context.share(0, range(1, len(questions)))
    firsts = [
        int(np.argmax(context.read(question, sequence=index, start=len(prefix))))
        for index, question in enumerate(questions)
    ]
    write(context, firsts, [len(prefix) + len(question) for question in questions], count=count)


def opened(path: Path, *, context_tokens: int, sequences: int, threads: int) -> closing[BareContext]:
    """Open a model for the length of a `with` block."""
    return closing(BareContext(path, context_tokens=context_tokens, sequences=sequences, threads=threads))
