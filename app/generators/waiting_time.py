"""How long those who wait still will: the tokens until a seat is free, and the seconds that a refusal names."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence

MAX_RETRY_S = 600
UNKNOWN_RETRY_S = 5


def retry_after_s(tokens: float, *, tokens_per_s: float | None) -> int:
    """Return the seconds to ask a refused reader for until the model has handled `tokens`; at most `MAX_RETRY_S`."""
    wait_s = math.ceil(tokens / tokens_per_s) if tokens_per_s else UNKNOWN_RETRY_S
    return min(MAX_RETRY_S, max(1, wait_s))


def tokens_until_free(ahead: Sequence[int], *, running: Sequence[int], seats: int) -> float:
    """Return the tokens the model handles before it can admit one more.

    Args:
        ahead: the costs of those admitted before, in order.
        running: what is left of those being served; all go at the same speed (processor sharing).
        seats: how many may be served at once.
    """
    finishes: list[float] = [float(tokens) for tokens in running]
    heapq.heapify(finishes)
    clock, handled = 0.0, 0.0  # tokens of each that is served, and of all
    for cost in (*ahead, 0):
        while len(finishes) >= seats:
            finish = heapq.heappop(finishes)
            handled += (finish - clock) * (len(finishes) + 1)
            clock = finish
        heapq.heappush(finishes, clock + cost)
    return handled
