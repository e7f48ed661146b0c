"""A grammar and a model's tokens into which token may come next, and what would end the text in form.

One token is tested by walking its bytes; a mask over all tokens is made only when asked for (`token_masks`).
docs/adr/0024-grammar-masks.md has the figures.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from app.generators.llama.grammar.automaton import Automaton, State
from app.generators.llama.grammar.gbnf import parse_gbnf
from app.generators.llama.grammar.nodes import Node
from app.generators.llama.grammar.pieces import TokenTable
from app.generators.llama.grammar.token_masks import RunsBySteps, TokenMasks
from indexes.errors import ModelFailed

_KEPT_GRAMMARS = 16  # a sheet asks ten questions, each with its own passage numbers
_KEPT_STATES = 10_000  # of one grammar, about 1 kB each; a long answer reaches some 1,000
_TRY_ANOTHER = "Try another model."


class Constraints:
    """The grammars in use with one model. Safe to call from several threads; what it gives is for one at a time."""

    def __init__(self, table: TokenTable) -> None:
        self._table = table
        self._runs: RunsBySteps = {}
        self._kept: OrderedDict[str, Constraint] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, grammar: str) -> Constraint:
        """Return the constraint of a GBNF text, kept from the last time where it was used lately.

        Raises:
            ModelFailed: the text is not GBNF, or is recursive.
        """
        with self._lock:
            if grammar not in self._kept:
                self._kept[grammar] = Constraint(parse_gbnf(grammar), table=self._table, runs=self._runs)
            self._kept.move_to_end(grammar)
            while len(self._kept) > _KEPT_GRAMMARS:
                self._kept.popitem(last=False)
            return self._kept[grammar]


class Constraint:
    """One grammar over one model's tokens."""

    def __init__(self, rules: dict[str, Node], *, table: TokenTable, runs: RunsBySteps) -> None:
        self._rules = rules
        self._table = table
        self._runs = runs
        self._masks = TokenMasks(Automaton(rules), table=table, runs=runs)
        self._masks.prepare(rules)

    def open(self) -> Matcher:
        """Return a matcher that stands before the first token."""
        if len(self._masks.automaton) > _KEPT_STATES:
            self._masks = TokenMasks(Automaton(self._rules), table=self._table, runs=self._runs)
        return Matcher(self._masks)


class Matcher:
    """Where one text stands in its grammar."""

    def __init__(self, masks: TokenMasks) -> None:
        self._masks = masks
        self._state = masks.automaton.start
        self._tried: tuple[int, State | None] = (-1, None)

    @property
    def is_finished(self) -> bool:
        """Whether the text is complete and nothing but an end may follow: there is no need to ask the model."""
        return self._state.is_finished

    def allows(self, token: int) -> bool:
        """Tell whether `token` may come next."""
        if token in self._masks.table.ends:
            return self._state.is_complete
        return self._after(token) is not None

    def accept(self, token: int) -> None:
        """Go on by `token`; an end leaves the matcher where it is.

        Raises:
            ModelFailed: the grammar does not allow it.
        """
        if not self.allows(token):
            raise ModelFailed(f"token {token} does not fit the form of the reply", hint=_TRY_ANOTHER)
        if token not in self._masks.table.ends:
            self._state = self._after(token) or self._state
            self._tried = (-1, None)

    def mask(self) -> NDArray[np.bool_]:
        """Return which tokens may come next: (tokens,), the caller's to change.

        Raises:
            ModelFailed: none may.
        """
        mask = self._masks.mask(self._state)
        if not mask.any():
            raise ModelFailed("none of the model's tokens fits the form of the reply", hint=_TRY_ANOTHER)
        return mask

    def closing(self) -> bytes:
        """Return a shortest text that makes what was written whole: b"" where it is.

        What is cut off ends so without asking the model, and no tokens need to be kept back for it. What was open when
        it came was never finished by the model and must not be taken for its own; see `DraftReader.finish`.
        """
        return self._masks.automaton.closing(self._state)

    def _after(self, token: int) -> State | None:
        if self._tried[0] != token:
            piece = self._masks.table.pieces[token]
            self._tried = (token, self._masks.automaton.walk(self._state, piece) if piece else None)
        return self._tried[1]
