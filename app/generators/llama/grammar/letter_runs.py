"""Repeated characters, as in a JSON string: how many of them each token of a vocabulary holds.

Nearly every token may stand inside a text, so trying them one by one would cost most there. For one set of letters
(each a sequence of bytes, none the beginning of another) and one way to get there (the rest of a letter, an escape, a
first character of its own) all tokens are read side by side, in NumPy. After that a mask is one comparison with how
many letters may come.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.generators.llama.grammar.automaton import Automaton, State
from app.generators.llama.grammar.pieces import SortedPieces, TokenTable

_REFUSED, _BETWEEN = -1, 0
_MOST_STATES = 64  # of a lead and a letter; UTF-8 with escapes has about ten


@dataclass(frozen=True, slots=True, eq=False)
class LetterSteps:
    """How letters go on, by bytes: (states, 256), the next state, or refused; state 0 stands between two letters.

    `start` is where the lead begins.
    """

    table: NDArray[np.int16]
    start: int

    @property
    def key(self) -> tuple[int, bytes]:
        """What tells these steps from others."""
        return self.start, self.table.tobytes()

    def begins_with(self, state: State) -> bool:
        """Tell whether what `state` stands before may begin as a letter does."""
        return bool((self.table[_BETWEEN, state.first_bytes] != _REFUSED).any())


def letter_steps(automaton: Automaton, lead: State, letter: State) -> LetterSteps | None:
    """Return the steps of a lead and the letters after it.

    Args:
        automaton: walks both.
        lead: stands before the lead, after which nothing follows.
        letter: stands before one letter, after which nothing follows.

    Returns:
        None where one letter or lead begins another, so that a run could be read in several ways, or is long.
    """
    numbers = {letter: _BETWEEN}
    numbers.setdefault(lead, len(numbers))
    waiting, rows = list(numbers), []
    while waiting and len(numbers) <= _MOST_STATES:
        state = waiting.pop(0)
        row = np.full(256, _REFUSED, dtype=np.int16)
        for low, high in _intervals(state):
            after = automaton.step(state, low)
            if after is None:
                continue
            if after.is_complete and not after.is_finished:
                return None
            if not after.is_complete and after not in numbers:
                numbers[after] = len(numbers)
                waiting.append(after)
            row[low:high] = _BETWEEN if after.is_complete else numbers[after]
        rows.append(row)
    return None if waiting else LetterSteps(np.stack(rows), numbers[lead])


class LetterRuns:
    """The tokens that begin with a lead; made once for a vocabulary and the steps of lead and letters.

    `tokens` are nothing but the lead and letters, `letters` of them after the lead (a begun one counts). The others
    leave the run: `rests` are their distinct remainders, `leaving[i]` the tokens that end with the i-th and
    `leaving_letters[i]` their letters.
    """

    def __init__(self, table: TokenTable, steps: LetterSteps) -> None:
        allowed = np.flatnonzero(steps.table[steps.start] != _REFUSED)
        tokens = table.sorted.beginning_with(allowed.tolist())
        arrivals, read_bytes, state = _read(table, tokens, steps)
        is_run = state != _REFUSED
        self.tokens = tokens[is_run]
        begun = (state != _BETWEEN) & (arrivals > 0)
        self.letters = np.maximum(arrivals + begun - 1, 0)[is_run]
        self.most = int(self.letters.max(initial=0))
        self.mask = np.zeros(len(table), dtype=np.bool_)
        self.mask[self.tokens] = True
        self._sort_leaving(table, tokens, arrivals=np.where(is_run, 0, arrivals), read_bytes=read_bytes)

    def _sort_leaving(
        self,
        table: TokenTable,
        tokens: NDArray[np.int64],
        *,
        arrivals: NDArray[np.int64],
        read_bytes: NDArray[np.int64],
    ) -> None:
        leaving: defaultdict[bytes, list[int]] = defaultdict(list)
        for at in np.flatnonzero(arrivals).tolist():
            leaving[table.pieces[tokens[at]][read_bytes[at] :]].append(at)
        self.rests = SortedPieces(list(leaving))
        self.leaving = [tokens[places] for places in leaving.values()]
        self.leaving_letters = [arrivals[places] - 1 for places in leaving.values()]


def _read(
    table: TokenTable, tokens: NDArray[np.int64], steps: LetterSteps
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int16]]:
    """Read tokens side by side, one byte a turn.

    Returns:
        How often each came to stand between two letters, the bytes read when it last did, and its last state.
    """
    arrivals, read_bytes = np.zeros_like(tokens), np.zeros_like(tokens)
    state = np.full(len(tokens), steps.start, dtype=np.int16)
    lengths, offsets = table.lengths[tokens], table.offsets[tokens]
    reading = np.arange(len(tokens))
    for depth in range(int(lengths.max(initial=0))):
        reading = reading[lengths[reading] > depth]
        after = steps.table[state[reading], table.content[offsets[reading] + depth]]
        state[reading] = after
        arrived = reading[after == _BETWEEN]
        arrivals[arrived] += 1
        read_bytes[arrived] = depth + 1
        reading = reading[after != _REFUSED]
    return arrivals, read_bytes, state


def _intervals(state: State) -> list[tuple[int, int]]:
    """Return the intervals of bytes (end excluded) within which all go the same way."""
    cuts = sorted({cut for head in state.heads for low, high in head.first_ranges() for cut in (low, high + 1)})
    return list(itertools.pairwise(cuts))
