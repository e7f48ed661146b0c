"""How fast the model reads and writes, as measured while it runs, and how many tokens a step may therefore take."""

from __future__ import annotations

BESIDE_S = 0.3
"""How long a step may read while somebody writes, or several are read: a pause that readers of a text bear, and what a
short prompt waits for the long one in its step."""

ALONE_S = 1.2
"""How long a step may read for one request alone: what a short question that comes meanwhile waits at most."""

LEAST_TOKENS = 64
"""Smaller chunks waste the model's speed: a token of a 256-token prompt takes 24.6 ms of the processor in chunks of 32,
18.2 in chunks of 64 and 17.2 in one of 256 (half a billion weights, q4_k_m, one thread; docs/adr/0023)."""

_OF_LATEST = 0.2  # how much the latest step counts in the running mean


class Pace:
    """Running means of seconds a token. Knows nothing until the first step."""

    def __init__(self) -> None:
        self._s_per_token: float | None = None
        self._s_per_read_token: float | None = None

    @property
    def tokens_per_s(self) -> float | None:
        """What the model reads and writes for all together; None before the first step."""
        return 1 / self._s_per_token if self._s_per_token else None

    def note(self, *, read_tokens: int, written_tokens: int, elapsed_s: float) -> None:
        """Take one step into account."""
        self._s_per_token = _mean(self._s_per_token, elapsed_s / (read_tokens + written_tokens))
        if read_tokens >= LEAST_TOKENS:
            self._s_per_read_token = _mean(self._s_per_read_token, elapsed_s / (read_tokens + written_tokens))

    def chunk_tokens(self, *, is_beside: bool, most: int) -> int:
        """Return how many tokens of prompts the next step may read, beside others or alone, of at most `most`."""
        if self._s_per_read_token is None:
            return min(LEAST_TOKENS, most)
        wanted = (BESIDE_S if is_beside else ALONE_S) / self._s_per_read_token
        return int(min(max(wanted, LEAST_TOKENS), most))


def _mean(so_far: float | None, latest: float) -> float:
    return latest if so_far is None else so_far + _OF_LATEST * (latest - so_far)
