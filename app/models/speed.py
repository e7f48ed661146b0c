"""How fast a model may run here, roughly: what a token moves and multiplies, against what this machine does a second.

Writing a token reads every active weight once, so memory sets the pace; reading a prompt uses each weight for many
tokens, so arithmetic does. Nothing of the model is loaded: the figures are a range, to tell 2 tokens a second from 20.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from app.generators.gguf.header import GgufHeader
from app.models.memory import context_bytes_a_token

TYPICAL_TOKENS = 2000
"""Of context that a token looks back on: an answer over eight passages."""

# llama.cpp's share of NumPy's figures, one thread each, in CPU time (0.5 B shape, q4_k_m, weights not repacked, a Xeon
# with AVX-512): 12 tokens/s written at 391 MB a token against 9.6 GB/s is .5; 66 read at 0.71 GFLOP against 80 GFLOP/s
# is .6. More threads, and weights repacked for the machine, bring it nearer to the whole.
WRITING_SHARE = (0.35, 0.9)
READING_SHARE = (0.3, 0.9)

_SLAB_BYTES = 64 << 20  # a thread's; together more than a desktop's caches
_MATRIX, _MATRICES = 64, 256  # so small that NumPy's BLAS leaves the threads to us; a thread's
_MOST_BYTES = 512 << 20  # of all threads at a time; past 8 each slab is smaller, together still over most caches
_TRIALS_S = 0.2  # for each of the two figures


@dataclass(frozen=True, slots=True)
class MachineSpeed:
    """What NumPy reaches here: bytes read from memory and float32 operations, a second."""

    bytes_s: float
    operations_s: float


@dataclass(frozen=True, slots=True)
class TokenSpeed:
    """Tokens a second, from and to."""

    reading: tuple[float, float]
    writing: tuple[float, float]


def measure_machine(*, threads: int) -> MachineSpeed:
    """Measure for half a second. The best trial counts, as other work only slows: figures are of an idle machine."""
    with ThreadPoolExecutor(threads) as pool:
        return MachineSpeed(_bytes_s(pool, threads), _operations_s(pool, threads))


def _bytes_s(pool: ThreadPoolExecutor, threads: int) -> float:
    numbers = max(1, min(_SLAB_BYTES, _MOST_BYTES // threads) // 8)
    slabs = [np.ones(numbers, np.uint64) for _ in range(threads)]
    return threads * numbers * 8 / _best_s(lambda: list(pool.map(np.add.reduce, slabs)))


def _operations_s(pool: ThreadPoolExecutor, threads: int) -> float:
    factor_and_product_bytes = 2 * 4 * _MATRIX**2
    matrices = max(1, min(_MATRICES, _MOST_BYTES // threads // factor_and_product_bytes))
    stacks = np.ones((threads, matrices, _MATRIX, _MATRIX), np.float32)
    products = np.empty_like(stacks)
    multiplying_s = _best_s(lambda: list(pool.map(np.matmul, stacks, stacks, products)))
    return threads * matrices * 2 * _MATRIX**3 / multiplying_s


def token_speed(header: GgufHeader, machine: MachineSpeed) -> TokenSpeed:
    """Return the range for one reader; several at once write more together."""
    moved_bytes = _active(header, bytes_wanted=True) + TYPICAL_TOKENS * (context_bytes_a_token(header) or 0)
    operations = 2 * _active(header, bytes_wanted=False)
    reading, writing = machine.operations_s / max(operations, 1), machine.bytes_s / max(moved_bytes, 1)
    # A machine that multiplies slowly writes no faster than it reads one token after another.
    writing = min(writing, reading)
    return TokenSpeed(
        reading=(reading * READING_SHARE[0], reading * READING_SHARE[1]),
        writing=(writing * WRITING_SHARE[0], writing * WRITING_SHARE[1]),
    )


def _active(header: GgufHeader, *, bytes_wanted: bool) -> float:
    """Return the bytes or weights that one token uses: of experts a share, of the embedding what is output too."""
    experts, chosen = header.number("{}.expert_count"), header.number("{}.expert_used_count")
    share = chosen / experts if experts and chosen else 1.0
    has_output = any(tensor.name == "output.weight" for tensor in header.tensors)
    total = 0.0
    for tensor in header.tensors:
        if tensor.name == "token_embd.weight" and (has_output or not bytes_wanted):
            continue  # one row is looked up
        amount = tensor.size_bytes if bytes_wanted else tensor.weights
        total += amount * (share if "_exps." in tensor.name else 1.0)
    return total


def _best_s(work: Callable[[], object]) -> float:
    trials: list[float] = []
    while sum(trials) < _TRIALS_S:
        start = time.perf_counter()
        work()
        trials.append(time.perf_counter() - start)
    return min(trials)
