"""Who waits for the model and whose turn it is: a bounded line, fair between readers. Knows nothing of llama.cpp.

Within a class (people, background) turns go by tokens: each reader's next entry carries a virtual finish time, which
is the reader's last one, or the line's clock where that is later, plus the entry's cost, and the least is served first;
a reader's own entries stay in order (self-clocked fair queueing: Golestani, INFOCOM 1994). So a reader of fifty
requests delays another one's by about one of them. People go before background work, which ages by what is served
before it: after `PEOPLES_WEIGHT` times its own cost it is its turn, so it never starves and never delays people by
more than that part.

Not thread-safe: the owner of the line holds a lock around every call. The whole order is computed in O(n log n) after
a change and kept until the next, so that everybody may ask for a position (n is at most some hundreds).
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.generators.protocol import Priority
from indexes.errors import Busy

PEOPLES_WEIGHT = 4
"""Tokens for people to one for background work while both wait: an answer of a sheet costs a chat at most a fifth."""

MAX_OVERTAKEN = 8
"""How many may be served before one whose turn it was but for which there was no room; then the line waits for it."""

RESERVED_PART = 8
"""One place in this many is kept for people who hold less than an equal share of the line."""

MAX_RETRY_S = 600
UNKNOWN_RETRY_S = 5

Entry = TypeVar("Entry", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Turn:
    """What decides the order. `cost_tokens` are those to be read and written, at least 1."""

    reader: str
    priority: Priority
    cost_tokens: int


@dataclass(slots=True)
class _Waiting:
    turn: Turn
    number: int
    overtaken: int = 0


_Key = tuple[Priority, str]
_Keyed = list[tuple[float, int, Entry]]


class WaitingLine(Generic[Entry]):
    """Entries (compared by `==`, so usually by identity) in the order in which they are to be served."""

    def __init__(self, *, max_waiting: int) -> None:
        self._max_waiting = max_waiting
        self._waiting: dict[Entry, _Waiting] = {}
        self._arrived = 0
        self._clock = dict.fromkeys(Priority, 0.0)  # virtual time of each class
        self._served: dict[_Key, float] = {}  # virtual finish of the last that each reader was served, or when it came
        self._peoples_tokens = 0  # served to people while background work waited
        self._order: list[Entry] | None = []
        self._positions: dict[Entry, int] = {}

    def __len__(self) -> int:
        return len(self._waiting)

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
        if entry in self._waiting or turn.cost_tokens < 1:
            raise ValueError(f"an entry joins the line once, at a cost of at least 1, not {turn.cost_tokens}")
        places = self._max_waiting + max(0, seats - len(running_tokens))
        free = places - len(self._waiting)
        if free <= 0 or (free <= self._max_waiting // RESERVED_PART and not self._may_use_last(turn, places)):
            until_free = tokens_until_free((), running=running_tokens, seats=seats) if seats else self._next_cost()
            raise self._busy(places, retry_after_s=retry_after_s(until_free, tokens_per_s=tokens_per_s))
        key = turn.priority, turn.reader
        if not self._waits(key):
            self._served[key] = max(self._clock[turn.priority], self._served.get(key, 0.0))
        self._arrived += 1
        self._waiting[entry] = _Waiting(turn, self._arrived)
        self._order = None

    def order(self) -> Sequence[Entry]:
        """Return all in the order in which they would be served if nobody else came."""
        if self._order is None:
            self._order = self._merged(self._fair_order(Priority.INTERACTIVE), self._fair_order(Priority.BACKGROUND))
            self._positions = {entry: place for place, entry in enumerate(self._order, 1)}
        return self._order

    def next(self, *, fits: Callable[[Entry], bool] = lambda _: True) -> Entry | None:
        """Return the first for which there is room, or None; it stays in the line until it is taken.

        Behind an entry that was overtaken `MAX_OVERTAKEN` times nobody is looked at. What can never fit must not be put
        in the line.
        """
        for entry in self.order():
            if fits(entry):
                return entry
            if self._waiting[entry].overtaken >= MAX_OVERTAKEN:
                return None
        return None

    def take(self, entry: Entry) -> None:
        """Leave the line to be served: the reader is charged, and those who stood before it are noted as overtaken."""
        before = self.order()[: self.position(entry) - 1]
        for passed in before:
            self._waiting[passed].overtaken += 1
        same_class = (one for one in before if self._turn(one).priority is self._turn(entry).priority)
        first_finish = self._finish(next(same_class, entry))
        turn, finish = self._turn(entry), self._finish(entry)
        del self._waiting[entry]
        self._served[turn.priority, turn.reader] = finish
        self._clock[turn.priority] = max(self._clock[turn.priority], first_finish)
        self._age_background(turn)
        self._forget_readers()
        self._order = None

    def remove(self, entry: Entry) -> bool:
        """Leave the line unserved, at no charge; tell whether it was there."""
        self._order = None
        return self._waiting.pop(entry, None) is not None

    def position(self, entry: Entry) -> int:
        """Return 1 for the next to be served. Raises KeyError where the entry is not in the line."""
        self.order()
        return self._positions[entry]

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
        ahead = [self._turn(one).cost_tokens for one in self.order()[: self.position(entry) - 1]]
        return tokens_until_free(ahead, running=running_tokens, seats=seats) / tokens_per_s

    def _turn(self, entry: Entry) -> Turn:
        return self._waiting[entry].turn

    def _waits(self, key: _Key) -> bool:
        return any((one.turn.priority, one.turn.reader) == key for one in self._waiting.values())

    def _may_use_last(self, turn: Turn, places: int) -> bool:
        readers = [one.turn.reader for one in self._waiting.values()]
        share = places // (len({*readers, turn.reader}) + 1)
        return turn.priority is Priority.INTERACTIVE and readers.count(turn.reader) < max(1, share)

    def _next_cost(self) -> int:
        return self._turn(self.order()[0]).cost_tokens if self._waiting else 0

    def _busy(self, places: int, *, retry_after_s: int) -> Busy:
        is_full = len(self._waiting) >= places
        return Busy(
            f"{len(self._waiting)} texts wait for the model already, "
            + ("and no more may" if is_full else f"and the last of {places} places are kept for others"),
            hint="Try again later, or give the line more places." if is_full else "Wait until one of yours is written.",
            retry_after_s=retry_after_s,
        )

    def _finish(self, entry: Entry) -> float:
        """Return the virtual finish of an entry that is the first of its reader (in its class)."""
        turn = self._turn(entry)
        return self._served[turn.priority, turn.reader] + turn.cost_tokens

    def _fair_order(self, priority: Priority) -> list[Entry]:
        """Return one class in order: each reader's entries carry finish times that add up."""
        by_reader: dict[str, list[Entry]] = defaultdict(list)
        for entry, one in self._waiting.items():
            if one.turn.priority is priority:
                by_reader[one.turn.reader].append(entry)
        keyed: _Keyed[Entry] = []
        for own in by_reader.values():
            finish = self._finish(own[0])
            for entry in own:
                finish += self._turn(entry).cost_tokens if entry is not own[0] else 0
                keyed.append((finish, self._waiting[entry].number, entry))
        return [entry for _, _, entry in sorted(keyed, key=lambda one: one[:2])]

    def _merged(self, people: list[Entry], background: list[Entry]) -> list[Entry]:
        """Put background entries among people's where enough has been served before them."""
        order: list[Entry] = []
        served, place = self._peoples_tokens, 0
        for entry in background:
            due = PEOPLES_WEIGHT * self._turn(entry).cost_tokens
            while place < len(people) and served < due:
                served = min(served + self._turn(people[place]).cost_tokens, due)
                order.append(people[place])
                place += 1
            order.append(entry)
            served = 0
        return order + people[place:]

    def _age_background(self, taken: Turn) -> None:
        """Note what was served before background work, up to what makes it the next one's turn."""
        waiting = self._fair_order(Priority.BACKGROUND)
        if taken.priority is Priority.BACKGROUND or not waiting:
            self._peoples_tokens = 0
        else:
            due = PEOPLES_WEIGHT * self._turn(waiting[0]).cost_tokens
            self._peoples_tokens = min(self._peoples_tokens + taken.cost_tokens, due)

    def _forget_readers(self) -> None:
        """Drop those who wait no more and whom their class's clock has passed: they would start at the clock anyway."""
        waiting = {(one.turn.priority, one.turn.reader) for one in self._waiting.values()}
        for key in [key for key, finish in self._served.items() if finish <= self._clock[key[0]]]:
            if key not in waiting:
                del self._served[key]


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
