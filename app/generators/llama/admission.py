"""Who of those that wait may start: there must be a seat and memory, and nobody may just be reading the same beginning.

A request whose beginning another is reading follows that one: it leaves the line, waits until the beginning is there,
and then copies it, so that ten questions about one paper read it once. Once the beginning is there it goes before the
line, with two bounds: for background work people go first, by the part that `turns.py` promises them, and one for which
there is no room lets as many by as one in the line does (`MAX_OVERTAKEN`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.generators.llama.memory import MIN_MATCH_TOKENS, SequenceMemory
from app.generators.llama.pace import Pace
from app.generators.llama.prefix_cache.prefix_tree import shared_tokens
from app.generators.llama.running import EngineRequest
from app.generators.protocol import Priority
from app.generators.turns import PEOPLES_WEIGHT, Turn
from app.generators.waiting import MAX_OVERTAKEN, WaitingLine
from app.generators.waiting_time import retry_after_s, tokens_until_free


@dataclass(slots=True)
class _Follower:
    """One that waits until `leader` has read the first `length` tokens that both share."""

    request: EngineRequest
    leader: EngineRequest
    length: int
    overtaken: int = 0  # how many started before it while there was no room for it


class Admission:
    """The line, and those that follow another. `put` and `place` are for any thread, the rest for the owner's.

    Args:
        memory: where a request must fit.
        pace: how fast the model works, for estimates.
        seats: how many may run at once, and how many may follow.
        max_waiting: how many may stand in line beside those who find a seat free.
    """

    def __init__(self, memory: SequenceMemory, *, pace: Pace, seats: int, max_waiting: int) -> None:
        self._memory = memory
        self._pace = pace
        self._seats = seats
        self._line: WaitingLine[EngineRequest] = WaitingLine(max_waiting=max_waiting)
        self._followers: list[_Follower] = []
        self._lock = threading.Lock()
        self._running: tuple[EngineRequest, ...] = ()
        self._running_tokens: tuple[int, ...] = ()
        self._is_stuck = False  # nobody in line can start before something changes
        self._peoples_tokens = 0  # of people who started while background work was ready, since the last of that did

    @property
    def waiting(self) -> int:
        """How many stand in line or follow another."""
        with self._lock:
            return len(self._line) + len(self._followers)

    def put(self, request: EngineRequest) -> None:
        """Join the line.

        Raises:
            Busy: it is full.
        """
        asked = request.generation.request
        with self._lock:
            turn = Turn(asked.reader, asked.priority, max(1, request.remaining_tokens - self._shared(request)))
            self._line.put(
                request,
                turn,
                tokens_per_s=self._pace.tokens_per_s,
                running_tokens=self._running_tokens,
                seats=self._seats,
            )
            self._is_stuck = False

    def place(self, request: EngineRequest) -> tuple[int, float | None] | None:
        """Return the position in line (1 is next) and the estimated wait in seconds; None where it has left.

        Those who follow another go before the line where no seat is free, background work behind people. They wait for
        what they share to be read, and for a seat as others do.
        """
        with self._lock:
            before = [one for one in self._followers if not _is_background(one.request) or _is_background(request)]
            own = next((one for one in before if one.request is request), None)
            if own is not None:
                number = before.index(own)
                left = max(own.length - own.leader.position, self._until_free(before[:number]))
                return number + 1, self._in_seconds(left)
            try:
                position = self._line.position(request)
            except KeyError:
                return None
            if len(self._running) < self._seats:
                before = []
            ahead = self._line.costs()[: position - 1]
            return len(before) + position, self._in_seconds(self._until_free(before, ahead))

    def _until_free(self, followers: Sequence[_Follower], ahead: Sequence[int] = ()) -> float:
        """Return the tokens until one more may start behind these followers and those `ahead` in line."""
        costs = [one.request.remaining_tokens - one.length for one in followers]
        return tokens_until_free([*costs, *ahead], running=self._running_tokens, seats=self._seats)

    def _in_seconds(self, tokens: float) -> float | None:
        speed = self._pace.tokens_per_s
        return tokens / speed if speed else None

    def take_left(self, *, has_left: Callable[[EngineRequest], bool]) -> list[EngineRequest]:
        """Remove and return those that wait and for whom `has_left` holds: cancelled, too late, or all."""
        with self._lock:
            left = [request for request in self._line.order() if has_left(request)]
            for request in left:
                self._line.remove(request)
            left += [follower.request for follower in self._followers if has_left(follower.request)]
            self._followers = [one for one in self._followers if one.request not in left]
            self._is_stuck = self._is_stuck and not left
            return left

    def retry_after_s(self) -> int:
        """Return when one that joins the line now should be served, in seconds to ask a reader for."""
        with self._lock:
            tokens = self._until_free(self._followers, self._line.costs())
            return retry_after_s(tokens, tokens_per_s=self._pace.tokens_per_s)

    def note_change(self, running: Sequence[EngineRequest]) -> None:
        """Say that a request has ended or its beginning was read, so that others may fit now beside `running`."""
        with self._lock:
            self._note_running(running)
            self._is_stuck = False

    def next(self, running: Sequence[EngineRequest]) -> EngineRequest | None:
        """Take one that may start now: first those that followed another, then by turn; None where nobody may."""
        with self._lock:
            self._note_running(running)
            if len(running) >= self._seats:
                return None
            ready = self._ready_followers(running)
            passed: list[_Follower] = []
            for follower in sorted(ready, key=lambda one: (one.overtaken < MAX_OVERTAKEN, self._yields(one))):
                if self._has_room(follower.request, running):
                    return self._note_start(self._take_at(follower, running), ready, passed)
                if follower.overtaken >= MAX_OVERTAKEN:
                    return None
                passed.append(follower)
            request = None if self._is_stuck else self._next_in_line(running)
            return self._note_start(request, ready, passed) if request else None

    def _note_running(self, running: Sequence[EngineRequest]) -> None:
        self._running = tuple(running)
        self._running_tokens = tuple(request.remaining_tokens for request in running)

    def _shared(self, request: EngineRequest) -> int:
        """Return the tokens of its prompt that another will have read: questions of one sheet read their paper once."""
        if not self._memory.can_share:
            return 0
        others = (*self._running, *(one.request for one in self._followers), *self._line.order())
        shared = max((shared_tokens(other.prompt, request.prompt[:-1]) for other in others), default=0)
        return shared if shared >= MIN_MATCH_TOKENS else 0

    def _yields(self, follower: _Follower) -> bool:
        """Tell whether people go before a ready follower: before background work, until it is the turn of that."""
        is_due = self._peoples_tokens >= PEOPLES_WEIGHT * follower.request.remaining_tokens
        return _is_background(follower.request) and not is_due and follower.overtaken < MAX_OVERTAKEN

    def _take_at(self, follower: _Follower, running: Sequence[EngineRequest]) -> EngineRequest:
        """Take a follower that has room, or one of the people in line to whom it yields."""
        if self._yields(follower) and not self._is_stuck:
            person = self._next_in_line(running, people_only=True)
            if person is not None:
                return person
        self._followers.remove(follower)
        return follower.request

    def _note_start(
        self, request: EngineRequest, ready: Sequence[_Follower], passed: Sequence[_Follower]
    ) -> EngineRequest:
        """Note who was passed by one that starts, and return that one."""
        for follower in passed:
            follower.overtaken += 1
        if _is_background(request):
            self._peoples_tokens = 0
        elif any(_is_background(one.request) for one in ready):
            self._peoples_tokens += request.remaining_tokens
        return request

    def _next_in_line(self, running: Sequence[EngineRequest], *, people_only: bool = False) -> EngineRequest | None:
        may_follow = len(self._followers) < self._seats

        def fits(request: EngineRequest) -> bool:
            if people_only and _is_background(request):
                return False
            if self._leader(request, running) is not None:
                return may_follow
            return self._has_room(request, running)

        while (request := self._line.next(fits=fits)) is not None:
            follower = self._leader(request, running)
            self._line.take(request)  # last: whom an error meets before is still in line
            if follower is None:
                return request
            self._followers.append(follower)
            may_follow = len(self._followers) < self._seats
        self._is_stuck = not people_only
        return None

    def _ready_followers(self, running: Sequence[EngineRequest]) -> list[_Follower]:
        """Return the followers whose beginning is there, or will not come; others get or keep a leader."""
        ready = []
        for follower in self._followers:
            if follower.leader in running and follower.leader.position < follower.length:
                continue
            again = self._leader(follower.request, running)
            if again is None:
                ready.append(follower)
            else:
                follower.leader, follower.length = again.leader, again.length
        return ready

    def _leader(self, request: EngineRequest, running: Sequence[EngineRequest]) -> _Follower | None:
        """Return whom to wait for: one that is reading more of the same beginning than is known by now."""
        if not self._memory.can_share:
            return None
        match = self._memory.match(request.prompt)
        known = match.length if match else 0
        for leader in running:
            length = shared_tokens(leader.prompt, request.prompt[:-1]) if leader.is_reading else 0
            if length >= known + MIN_MATCH_TOKENS and leader.position < length:
                return _Follower(request, leader, length)
        return None

    def _has_room(self, request: EngineRequest, running: Sequence[EngineRequest]) -> bool:
        match = self._memory.match(request.prompt)
        wanted = request.remaining_tokens - (match.length if match else 0)
        return self._memory.has_room(wanted, match=match, promised=sum(one.remaining_tokens for one in running))


def _is_background(request: EngineRequest) -> bool:
    return request.generation.request.priority is Priority.BACKGROUND
