"""How much memory a model takes once it is open, from its header; and how much this machine has to give.

Measured with Qwen2's 0.5 B shape (q4_k_m, random weights, 1,024 tokens read): see docs/models.md. It holds for models
whose layers all attend; a layer with a sliding window is counted as if it kept everything, as the engine has it do;
recurrent layers, which keep little, are not counted.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from app.generators.gguf.header import GgufHeader
from app.generators.llama.context import MAX_SEQUENCES
from app.generators.llama.engine import DEFAULT_SEQUENCES
from app.generators.llama.opening import KEPT_SEQUENCES, step_tokens

_WINDOWS = 2  # that the engine's memory holds where no setting says otherwise
_FLOAT32, _FLOAT16 = 4, 2
_CELL_STEP = 256  # llama.cpp rounds a window up to a multiple
_VOCABULARY_BYTES = 325  # a token: names and merges as llama.cpp holds them (47 MiB at 151,936 tokens)
_WIDE_ROWS, _NARROW_ROWS = 3, 4  # of a batch alive at once: of the feed-forward width, of the embedding width
_CGROUPS = (
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
    (Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"), Path("/sys/fs/cgroup/memory/memory.usage_in_bytes")),
)
_MEMINFO = Path("/proc/meminfo")


@dataclass(frozen=True, slots=True)
class EngineSizes:
    """What the settings give an engine: its window, the texts at once, and the tokens for all (0: two windows)."""

    context_tokens: int
    parallel_texts: int = DEFAULT_SEQUENCES
    memory_tokens: int = 0

    @property
    def seats(self) -> int:
        """Texts that are written at once."""
        return min(self.parallel_texts, MAX_SEQUENCES // 2)

    @property
    def sequences(self) -> int:
        """Numbered by the engine: each has room for one row of the vocabulary."""
        return min(self.seats + KEPT_SEQUENCES + 1, MAX_SEQUENCES)


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """Bytes: the weights, mapped from the file; keys and values of all readers; buffers for work and vocabulary.

    Readers share `memory_tokens`; a prompt with its answer takes at most `window_tokens` of them.
    """

    window_tokens: int
    memory_tokens: int
    weights_bytes: int
    context_bytes: int
    work_bytes: int

    @property
    def total_bytes(self) -> int:
        """All of it."""
        return self.weights_bytes + self.context_bytes + self.work_bytes


def memory_need(header: GgufHeader, *, sizes: EngineSizes) -> MemoryNeed | None:
    """Return what a model takes with the sizes that it would be given; None where the header lacks its own."""
    trained_tokens = header.number("{}.context_length")
    token_bytes = context_bytes_a_token(header)
    if trained_tokens is None or token_bytes is None:
        return None
    window_tokens = min(sizes.context_tokens, trained_tokens)
    cells = max(sizes.memory_tokens or _WINDOWS * window_tokens, window_tokens)
    cells = -(-cells // _CELL_STEP) * _CELL_STEP
    batch_tokens = step_tokens(window=window_tokens, seats=sizes.seats)
    return MemoryNeed(
        window_tokens=window_tokens,
        memory_tokens=cells,
        weights_bytes=sum(tensor.size_bytes for tensor in header.tensors),
        context_bytes=cells * token_bytes,
        work_bytes=_work_bytes(header, cells=cells, batch_tokens=batch_tokens, rows=sizes.sequences),
    )


def context_bytes_a_token(header: GgufHeader) -> int | None:
    """Return the bytes of one token's keys and values in all layers (float16); None where the header lacks sizes."""
    layers, width = header.number("{}.block_count"), header.number("{}.embedding_length")
    if layers is None or width is None:
        return None
    heads = header.numbers("{}.attention.head_count", count=layers)
    kv_heads = header.numbers("{}.attention.head_count_kv", count=layers) or heads
    if heads is None or kv_heads is None or not max(heads, default=0):
        return None
    default_length = width / max(heads)
    lengths = [header.number(f"{{}}.attention.{part}_length") or default_length for part in ("key", "value")]
    return int(sum(kv_heads) * sum(lengths) * _FLOAT16)


def _work_bytes(header: GgufHeader, *, cells: int, batch_tokens: int, rows: int) -> int:
    """Return the bytes of a batch's attention or activations, whichever is more, `rows` of logits and vocabulary."""
    width = header.number("{}.embedding_length") or 0
    layers = header.number("{}.block_count") or 0
    feed_forward = max(header.numbers("{}.feed_forward_length", count=layers) or (), default=0)
    logits = rows * header.vocabulary_tokens * _FLOAT32
    token_width = _WIDE_ROWS * feed_forward + _NARROW_ROWS * width
    activations = batch_tokens * (token_width * _FLOAT32 + cells * _FLOAT16)
    attention = _attention_bytes(header, cells=cells, batch_tokens=batch_tokens)
    return max(activations, attention, logits) + logits + header.vocabulary_tokens * _VOCABULARY_BYTES


def _attention_bytes(header: GgufHeader, *, cells: int, batch_tokens: int) -> int:
    """Return the bytes of one layer's attention: each head's scores and the mask, all keys and values twice over."""
    layers = header.number("{}.block_count") or 0
    heads = max(header.numbers("{}.attention.head_count", count=layers) or (), default=0)
    layer_bytes = (context_bytes_a_token(header) or 0) // max(1, layers)
    return cells * (batch_tokens * (heads * _FLOAT32 + _FLOAT16) + 2 * _FLOAT32 // _FLOAT16 * layer_bytes)


def available_bytes() -> int | None:
    """Return the memory that could be taken now without swapping, container limits minded; None where unknown."""
    found = [_meminfo_available()]
    for limit, current in _CGROUPS:
        with contextlib.suppress(OSError, ValueError):
            found.append(int(limit.read_text()) - int(current.read_text()))
    known = [max(0, number) for number in found if number is not None]
    return min(known) if known else None


def _meminfo_available() -> int | None:
    with contextlib.suppress(OSError, ValueError):
        for line in _MEMINFO.read_text().splitlines():
            name, _, rest = line.partition(":")
            if name == "MemAvailable":
                return int(rest.split()[0]) * 1024
    with contextlib.suppress(OSError, ValueError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None
