"""States of an automaton into masks over a vocabulary, each part computed once.

Inside repeated characters a mask is one comparison over the vocabulary (`letter_runs`); elsewhere the few tokens that
fit are walked. Both are kept without counts that no token can reach, so that the same place in a later sentence is
known already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.generators.llama.grammar.automaton import Automaton, Bytes, Stack, State
from app.generators.llama.grammar.letter_runs import LetterRuns, LetterSteps, letter_steps
from app.generators.llama.grammar.nodes import Node, Repeat, Sequence, parts_of
from app.generators.llama.grammar.pieces import TokenTable

RunsBySteps = dict[tuple[int, bytes], LetterRuns]


@dataclass(frozen=True, slots=True)
class _Span:
    """A lead and then `least` to `most` letters (None is no end), before `rest`."""

    runs: LetterRuns
    least: int
    most: int | None
    rest: Stack


@dataclass(frozen=True, slots=True)
class _Leaving:
    """The tokens that go through a span's letters into what follows, and how many letters each holds."""

    tokens: NDArray[np.int64]
    letters: NDArray[np.int64]


class TokenMasks:
    """The masks of one automaton. For one thread at a time; `runs` is shared by all grammars of a model."""

    def __init__(self, automaton: Automaton, *, table: TokenTable, runs: RunsBySteps) -> None:
        self.automaton = automaton
        self.table = table
        self._runs = runs
        self._steps: dict[tuple[State, Node], LetterSteps | None] = {}
        self._spans: dict[State, tuple[tuple[_Span, ...], tuple[Stack, ...]]] = {}
        self._ends = np.array(sorted(table.ends), dtype=np.int64)
        self._clipped: dict[tuple[Stack, int], Stack] = {}
        self._walked: dict[Stack, NDArray[np.int64]] = {}
        self._left: dict[tuple[LetterRuns, Stack], _Leaving] = {}

    def prepare(self, rules: Mapping[str, Node]) -> None:
        """Read the vocabulary for every repetition of letters in the rules, and for what may lead to one.

        It takes 30 to 60 ms for each at 152,000 tokens, once a model: better before a text than within it.
        """
        waiting = list(rules.values())
        while waiting:
            node = waiting.pop()
            ends = (
                [Sequence(node.parts[at:]) for at in range(len(node.parts))] if isinstance(node, Sequence) else [node]
            )
            for end in ends:
                self._split(self.automaton.state_of(self.automaton.push(end, self.automaton.end)))
            waiting += parts_of(node)

    def mask(self, state: State) -> NDArray[np.bool_]:
        """Return which tokens may come after `state`: (tokens,), the caller's to change."""
        spans, heads = self._split(state)
        mask = np.zeros(len(self.table), dtype=np.bool_)
        for span in spans:
            self._allow_span(span, mask)
        for head in heads:
            mask[self._fitting(head)] = True
        if state.is_complete:
            mask[self._ends] = True
        return mask

    def _allow_span(self, span: _Span, mask: NDArray[np.bool_]) -> None:
        runs, leaving = span.runs, self._leaving(span)
        if span.most is None or span.most >= runs.most:
            mask |= runs.mask
        else:
            mask[runs.tokens[runs.letters <= span.most]] = True
        fits = leaving.letters >= span.least
        if span.most is not None:
            fits &= leaving.letters <= span.most
        mask[leaving.tokens[fits]] = True

    def _split(self, state: State) -> tuple[tuple[_Span, ...], tuple[Stack, ...]]:
        """Split a state's heads into spans, those with the same letters below them together, and what is none."""
        if state not in self._spans:
            below: defaultdict[Stack, list[Stack]] = defaultdict(list)
            heads: list[Stack] = []
            for head in state.heads:
                letters = self._letters_below(head)
                (heads if letters is None else below[letters]).append(head)
            spans: list[_Span] = []
            for letters, leads in below.items():
                span = self._span(letters, leads)
                spans += [span] if span else []
                heads += [] if span else leads
            self._spans[state] = tuple(spans), tuple(heads)
        return self._spans[state]

    def _letters_below(self, head: Stack) -> Stack | None:
        """Return the first repetition of letters in a stack, where there is one."""
        stack = head
        while stack.rest is not None:
            if isinstance(stack.top, Repeat) and self._is_of_letters(stack.top.part):
                return stack
            stack = stack.rest
        return None

    def _is_of_letters(self, part: Node) -> bool:
        letter = self.automaton.state_of(self.automaton.push(part, self.automaton.end))
        return self._letter_steps(letter, part) is not None

    def _letter_steps(self, lead: State, part: Node) -> LetterSteps | None:
        key = (lead, part)
        if key not in self._steps:
            letter = self.automaton.state_of(self.automaton.push(part, self.automaton.end))
            self._steps[key] = letter_steps(self.automaton, lead, letter)
        return self._steps[key]

    def _span(self, letters: Stack, leads: list[Stack]) -> _Span | None:
        """Return the span of leads before a repetition of letters, or None where it is read otherwise."""
        top, rest = letters.top, letters.rest
        assert isinstance(top, Repeat)
        assert rest is not None
        lead = self.automaton.state_of(*(self._without(head, letters) for head in leads))
        steps = self._letter_steps(lead, top.part)
        if steps is None or steps.begins_with(self.automaton.state_of(rest)):
            return None
        if steps.key not in self._runs:
            self._runs[steps.key] = LetterRuns(self.table, steps)
        return _Span(self._runs[steps.key], top.least, top.most, rest)

    def _without(self, head: Stack, letters: Stack) -> Stack:
        """Return a stack that ends where `letters` would follow."""
        if head is letters or head.top is None or head.rest is None:
            return self.automaton.end
        return self.automaton.push(head.top, self._without(head.rest, letters))

    def _leaving(self, span: _Span) -> _Leaving:
        rest = self._clip(span.rest, self.table.longest_bytes)
        key = (span.runs, rest)
        if key not in self._left:
            runs = span.runs
            places = runs.rests.accepted(self.automaton, self.automaton.state_of(rest)).tolist()
            none = np.zeros(0, dtype=np.int64)
            self._left[key] = _Leaving(
                np.concatenate([none, *(runs.leaving[place] for place in places)]),
                np.concatenate([none, *(runs.leaving_letters[place] for place in places)]),
            )
        return self._left[key]

    def _fitting(self, head: Stack) -> NDArray[np.int64]:
        """Return the tokens that a head takes."""
        if head.top is None:
            return self._ends
        clipped = self._clip(head, self.table.longest_bytes)
        if clipped not in self._walked:
            self._walked[clipped] = self.table.sorted.accepted(self.automaton, self.automaton.state_of(clipped))
        return self._walked[clipped]

    def _clip(self, stack: Stack, size_bytes: int) -> Stack:
        """Return a stack that takes the same texts of up to `size_bytes`, with counts no larger than that needs."""
        if stack.rest is None or stack.top is None:
            return stack
        key = (stack, size_bytes)
        if key not in self._clipped:
            top: Node | Bytes = stack.top
            if isinstance(top, Repeat) and top.most is not None:
                enough = size_bytes // len(self.automaton.shortest(top.part)) + 2
                top = self.automaton.repeat(top.part, min(top.least, enough), min(top.most, enough))
            self._clipped[key] = self.automaton.push(top, self._clip(stack.rest, size_bytes))
        return self._clipped[key]
