"""Whose turn it is of those who wait: fair between readers, and people before background work.

Within a class (people, background) turns go by tokens: each reader's next entry carries a virtual finish time, which
is the reader's last one, or the line's clock where that is later, plus the entry's cost, and the least is served first;
a reader's own entries stay in order (self-clocked fair queueing: Golestani, INFOCOM 1994). So a reader of fifty
requests delays another one's by about one of them. People go before background work, which ages by what is served
before it: after `PEOPLES_WEIGHT` times its own cost it is its turn, so it never starves and never delays people by
more than that part.

The whole order is computed in O(n log n) after a change and kept until the next, so that everybody may ask for a
position (n is at most some hundreds).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.generators.protocol import Priority

PEOPLES_WEIGHT = 4
"""Tokens for people to one for background work while both wait: an answer of a sheet costs a chat at most a fifth."""

Entry = TypeVar("Entry", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Turn:
    """What decides the order. `cost_tokens` are those to be read and written, at least 1."""

    reader: str
    priority: Priority
    cost_tokens: int


_Key = tuple[Priority, str]


class Turns(Generic[Entry]):
    """Entries (compared by `==`, so usually by identity), each with its turn, in the order in which they are served."""

    def __init__(self) -> None:
        self._turns: dict[Entry, Turn] = {}  # in the order in which they came
        self._clock = dict.fromkeys(Priority, 0.0)  # virtual time of each class
        self._served: dict[_Key, float] = {}  # virtual finish of the last that each reader was served, or when it came
        self._peoples_tokens = 0  # served to people while background work waited
        self._order: list[Entry] | None = []
        self._positions: dict[Entry, int] = {}

    def __len__(self) -> int:
        return len(self._turns)

    def __contains__(self, entry: Entry) -> bool:
        return entry in self._turns

    def __getitem__(self, entry: Entry) -> Turn:
        return self._turns[entry]

    @property
    def readers(self) -> list[str]:
        """The reader of each entry."""
        return [turn.reader for turn in self._turns.values()]

    def add(self, entry: Entry, turn: Turn) -> None:
        """Add one that comes now."""
        key = turn.priority, turn.reader
        if key not in self._keys():
            self._served[key] = max(self._clock[turn.priority], self._served.get(key, 0.0))
        self._turns[entry] = turn
        self._order = None

    def order(self) -> Sequence[Entry]:
        """Return all in the order in which they would be served if nobody else came."""
        if self._order is None:
            self._order = self._merged(self._fair_order(Priority.INTERACTIVE), self._fair_order(Priority.BACKGROUND))
            self._positions = {entry: place for place, entry in enumerate(self._order, 1)}
        return self._order

    def position(self, entry: Entry) -> int:
        """Return 1 for the next to be served. Raises KeyError where the entry is not there."""
        self.order()
        return self._positions[entry]

    def serve(self, entry: Entry) -> None:
        """Take one out to be served: its reader is charged, and its class's clock goes on to the first in turn."""
        turn, finish = self[entry], self._finish(entry)
        first_finish = self._finish(next(one for one in self.order() if self[one].priority is turn.priority))
        del self._turns[entry]
        self._served[turn.priority, turn.reader] = finish
        self._clock[turn.priority] = max(self._clock[turn.priority], first_finish)
        self._age_background(turn)
        self._forget_readers()
        self._order = None

    def drop(self, entry: Entry) -> bool:
        """Take one out unserved, at no charge; tell whether it was there."""
        self._order = None
        return self._turns.pop(entry, None) is not None

    def _keys(self) -> set[_Key]:
        return {(turn.priority, turn.reader) for turn in self._turns.values()}

    def _finish(self, entry: Entry) -> float:
        """Return the virtual finish of an entry that is the first of its reader (in its class)."""
        turn = self[entry]
        return self._served[turn.priority, turn.reader] + turn.cost_tokens

    def _fair_order(self, priority: Priority) -> list[Entry]:
        """Return one class in order: each reader's entries carry finish times that add up."""
        finishes: dict[Entry, float] = {}
        last: dict[str, float] = {}
        for entry, turn in self._turns.items():
            if turn.priority is priority:
                before = last.get(turn.reader, self._served[priority, turn.reader])
                finishes[entry] = last[turn.reader] = before + turn.cost_tokens
        return sorted(finishes, key=finishes.__getitem__)  # of equal ones, who came first

    def _merged(self, people: list[Entry], background: list[Entry]) -> list[Entry]:
        """Put background entries among people's where enough has been served before them."""
        order: list[Entry] = []
        served, place = self._peoples_tokens, 0
        for entry in background:
            due = PEOPLES_WEIGHT * self[entry].cost_tokens
            while place < len(people) and served < due:
                served = min(served + self[people[place]].cost_tokens, due)
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
            due = PEOPLES_WEIGHT * self[waiting[0]].cost_tokens
            self._peoples_tokens = min(self._peoples_tokens + taken.cost_tokens, due)

    def _forget_readers(self) -> None:
        """Drop those who wait no more and whom their class's clock has passed: they would start at the clock anyway."""
        waiting = self._keys()
        for key in [key for key, finish in self._served.items() if finish <= self._clock[key[0]]]:
            if key not in waiting:
                del self._served[key]
