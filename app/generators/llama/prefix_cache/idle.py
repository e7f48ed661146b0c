"""Sequences that nobody uses, and for how much of the others' work they are worth their cells."""

from __future__ import annotations

IDLE_TOKENS, SAVED_IDLE_TOKENS = 4_096, 256
"""What nobody uses is forgotten after the engine has read and written so many tokens of others, the second where the
beginning is on disk too. Plain attention compares each token with every cell held: 4,000 cells of others add 8 ms to a
token that takes 9 to read, so a cell costs 2 microseconds at each; to read it anew takes 9 ms, to fetch it .3
(half a billion weights, q4_k_m, two processors; docs/adr/0023)."""


class IdleSequences:
    """When each was last used, in tokens of work. For one thread at a time."""

    def __init__(self) -> None:
        self._work_tokens = 0
        self._since: dict[int, tuple[int, int]] = {}

    def add(self, sequence: int, *, is_saved: bool) -> None:
        """Note that nobody uses a sequence any more."""
        self._since[sequence] = (self._work_tokens, SAVED_IDLE_TOKENS if is_saved else IDLE_TOKENS)

    def renew(self, sequence: int) -> None:
        """Note that a sequence has just been of use; one that is not idle stays so."""
        if sequence in self._since:
            self._since[sequence] = (self._work_tokens, self._since[sequence][1])

    def remove(self, sequence: int) -> None:
        """Forget a sequence, idle or not."""
        self._since.pop(sequence, None)

    def clear(self) -> None:
        """Forget all of them."""
        self._since.clear()

    def work(self, tokens: int) -> None:
        """Note that so many tokens were read or written."""
        self._work_tokens += tokens

    def stale(self) -> list[int]:
        """Return the sequences that have been idle for longer than they are worth."""
        return [one for one, (since, patience) in self._since.items() if self._work_tokens - since > patience]
