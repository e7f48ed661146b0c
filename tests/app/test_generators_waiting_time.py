"""Estimates of the wait for a seat, against a clock that ticks."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from app.generators.waiting_time import tokens_until_free


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 60), max_size=6),
    st.lists(st.integers(1, 60), max_size=4),
    st.integers(1, 4),
)
def test_tokens_until_free_agree_with_a_clock_that_ticks(ahead: list[int], running: list[int], seats: int) -> None:
    assert tokens_until_free(ahead, running=running, seats=seats) == tick_until_free(ahead, running, seats)


def tick_until_free(ahead: Sequence[int], running: Sequence[int], seats: int) -> int:
    left, line, handled = list(running), list(ahead), 0
    while True:
        while line and len(left) < seats:
            left.append(line.pop(0))
        if len(left) < seats:
            return handled
        handled += len(left)
        left = [tokens - 1 for tokens in left if tokens > 1]
