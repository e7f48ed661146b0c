"""The line before the model: bounded, by turns (`turns.py`), and one for which there is no room yet may be overtaken.

Knows nothing of llama.cpp. Not thread-safe: the owner of the line holds a lock around every call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic

from app.generators.protocol import Priority
from app.generators.turns import Entry, Turn, Turns
from app.generators.waiting_time import retry_after_s, tokens_until_free
from indexes.errors import Busy

MAX_OVERTAKEN = 8
"""How many may be served before one whose turn it was but for which there was no room; then the line waits for it."""

RESERVED_PART = 8
"""One place in this many is kept for people who hold less than an equal share of the line."""


class WaitingLine(Generic[Entry]):
    """Entries (compared by `==`, so usually by identity) in the order in which they are to be served."""

    def __init__(self, *, max_waiting: int) -> None:
        self._max_waiting = max_waiting
        self._turns: Turns[Entry] = Turns()
        self._overtaken: dict[Entry, int] = {}

    def __len__(self) -> int:
        return len(self._turns)

    def put(
        self,
        entry: Entry,
        turn: Turn,
        *,
        tokens_per_s: float | None = None,
        running_tokens: Sequence[int] = (),
        seats: int = 0,
    ) -> None:
        """Join the line.

        Those who find a seat free stand in line for a moment only, and do not count among those that may wait. The
        last places (one of `RESERVED_PART`) are for people only, and for a reader only while it holds less than an
        equal share among all in the line and one more.

        Args:
            entry: who joins.
            turn: what decides its place.
            tokens_per_s: what the model reads and writes for all together, as measured.
            running_tokens: what is left to do for each that is being served.
            seats: how many are served at once; 0 where the caller serves whom it can before the next joins.

        Raises:
            Busy: the line is full, or has no place for this reader; `retry_after_s` is when one should be free.
        """
        if entry in self._turns or turn.cost_tokens < 1:
            raise ValueError(f"an entry joins the line once, at a cost of at least 1, not {turn.cost_tokens}")
        places = self._max_waiting + max(0, seats - len(running_tokens))
        free = places - len(self._turns)
        if free <= 0 or (free <= self._max_waiting // RESERVED_PART and not self._may_use_last(turn, places)):
            until_free = tokens_until_free((), running=running_tokens, seats=seats) if seats else self._next_cost()
            raise self._busy(places, retry_after_s=retry_after_s(until_free, tokens_per_s=tokens_per_s))
        self._turns.add(entry, turn)
        self._overtaken[entry] = 0

    def order(self) -> Sequence[Entry]:
        """Return all in the order in which they would be served if nobody else came."""
        return self._turns.order()

    def next(self, *, fits: Callable[[Entry], bool] = lambda _: True) -> Entry | None:
        """Return the first for which there is room, or None; it stays in the line until it is taken.

        Behind an entry that was overtaken `MAX_OVERTAKEN` times nobody is looked at. What can never fit must not be put
        in the line.
        """
        for entry in self.order():
            if fits(entry):
                return entry
            if self._overtaken[entry] >= MAX_OVERTAKEN:
                return None
        return None

    def take(self, entry: Entry) -> None:
        """Leave the line to be served: the reader is charged, and those who stood before it are noted as overtaken."""
        before = self.order()[: self.position(entry) - 1]
        for passed in before:
            self._overtaken[passed] += 1
        self._turns.serve(entry)
        del self._overtaken[entry]

    def remove(self, entry: Entry) -> bool:
        """Leave the line unserved, at no charge; tell whether it was there."""
        self._overtaken.pop(entry, None)
        return self._turns.drop(entry)

    def costs(self) -> list[int]:
        """Return the tokens that each will take, in order."""
        return [self._turns[entry].cost_tokens for entry in self.order()]

    def position(self, entry: Entry) -> int:
        """Return 1 for the next to be served. Raises KeyError where the entry is not in the line."""
        return self._turns.position(entry)

    def estimate_s(
        self, entry: Entry, *, tokens_per_s: float, running_tokens: Sequence[int] = (), seats: int = 1
    ) -> float:
        """Return the seconds until the entry's turn, if nobody else came.

        Args:
            entry: one in the line.
            tokens_per_s: what the model reads and writes for all together, as measured.
            running_tokens: what is left to do for each that is being served.
            seats: how many are served at once, each at the same speed.
        """
        ahead = [self._turns[one].cost_tokens for one in self.order()[: self.position(entry) - 1]]
        return tokens_until_free(ahead, running=running_tokens, seats=seats) / tokens_per_s

    def _may_use_last(self, turn: Turn, places: int) -> bool:
        readers = self._turns.readers
        share = places // (len({*readers, turn.reader}) + 1)
        return turn.priority is Priority.INTERACTIVE and readers.count(turn.reader) < max(1, share)

    def _next_cost(self) -> int:
        return self._turns[self.order()[0]].cost_tokens if self._turns else 0

    def _busy(self, places: int, *, retry_after_s: int) -> Busy:
        is_full = len(self._turns) >= places
        return Busy(
            f"{len(self._turns)} texts wait for the model already, "
            + ("and no more may" if is_full else f"and the last of {places} places are kept for others"),
            hint="Try again later, or give the line more places." if is_full else "Wait until one of yours is written.",
            retry_after_s=retry_after_s,
        )
