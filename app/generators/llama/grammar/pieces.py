"""A model's tokens as bytes, in an order in which an automaton can try all of them without reading any byte twice."""

from __future__ import annotations

import bisect
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from app.generators.llama.grammar.automaton import Automaton, State


class SortedPieces:
    """Distinct or equal byte strings, tried together against an automaton."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        order = sorted((number for number, piece in enumerate(pieces) if piece), key=pieces.__getitem__)
        self._order = np.array(order, dtype=np.int64)
        self._pieces = [pieces[number] for number in order]
        self._shared = _shared_lengths(self._pieces)

    def accepted(self, automaton: Automaton, state: State) -> NDArray[np.int64]:
        """Return the numbers of the pieces that the grammar takes after `state`, ascending.

        Where a byte is refused, the next piece is looked up that goes on with one that is not.
        """
        pieces, shared = self._pieces, self._shared
        reached: list[State] = [state]
        taken: list[int] = []
        at = self._at_next(b"", state.first_bytes, 0)
        while at < len(pieces):
            piece = pieces[at]
            del reached[shared[at] + 1 :]
            for depth in range(len(reached) - 1, len(piece)):
                after = automaton.step(reached[depth], piece[depth])
                if after is None:
                    at = self._past(at, depth, reached[depth])
                    break
                reached.append(after)
            else:
                taken.append(at)
                at += 1
        return np.sort(self._order[taken])

    def _past(self, at: int, depth: int, state: State) -> int:
        """Return the next place that may be taken, where `state` refused the byte at `depth` of the piece at `at`."""
        following = at + 1
        if following == len(self._pieces) or self._shared[following] < depth:
            return following
        piece = self._pieces[at]
        allowed = state.first_bytes
        return self._at_next(piece[:depth], allowed[bisect.bisect(allowed, piece[depth]) :], following)

    def _at_next(self, prefix: bytes, allowed: Sequence[int], begin: int) -> int:
        """Return the first place from `begin` on that is past `prefix`, or goes on with the next allowed byte."""
        if allowed:
            return bisect.bisect_left(self._pieces, prefix + bytes(allowed[:1]), lo=begin)
        prefix = prefix.rstrip(b"\xff")
        if not prefix:
            return len(self._pieces)
        return bisect.bisect_left(self._pieces, prefix[:-1] + bytes([prefix[-1] + 1]), lo=begin)

    def beginning_with(self, allowed: Sequence[int]) -> NDArray[np.int64]:
        """Return the numbers of the pieces whose first byte is one of these, in byte order."""
        places = [slice(*(bisect.bisect_left(self._pieces, edge) for edge in _edges(byte))) for byte in allowed]
        return np.concatenate([self._order[place] for place in places]) if places else self._order[:0]


class TokenTable:
    """The tokens of one model.

    Args:
        pieces: the bytes of each token; b"" where a token is never to be written as text (control, unknown, unused
            tokens, and those that end a text).
        ends: the tokens that end a text.
    """

    def __init__(self, pieces: Sequence[bytes], *, ends: Collection[int]) -> None:
        self.ends = frozenset(ends)
        self.pieces = tuple(b"" if token in self.ends else piece for token, piece in enumerate(pieces))
        self.sorted = SortedPieces(self.pieces)
        self.content = np.frombuffer(b"".join(self.pieces), dtype=np.uint8)
        self.lengths = np.array([len(piece) for piece in self.pieces], dtype=np.int64)
        self.offsets = np.cumsum(self.lengths) - self.lengths
        self.longest_bytes = int(self.lengths.max(initial=0))

    def __len__(self) -> int:
        """Return how many tokens there are."""
        return len(self.pieces)


def _edges(byte: int) -> tuple[bytes, bytes]:
    return bytes([byte]), bytes([byte + 1]) if byte < 0xFF else b"\xff" * 1024


def _shared_lengths(pieces: Sequence[bytes]) -> list[int]:
    """Return how many leading bytes each of the sorted pieces shares with the one before it."""
    shared = [0] * len(pieces)
    for at in range(1, len(pieces)):
        before, piece = pieces[at - 1], pieces[at]
        length = min(len(before), len(piece))
        if before[:length] == piece[:length]:
            shared[at] = length
            continue
        count = 0
        while before[count] == piece[count]:
            count += 1
        shared[at] = count
    return shared
