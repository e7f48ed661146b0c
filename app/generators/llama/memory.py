"""What the model has read, as sequences that share beginnings: llama.cpp's memory and the prefix tree, kept in step.

A sequence is in use (pinned) while a request reads and writes in it; afterwards what is worth keeping stays until its
cells or its number are needed. Every operation here is done in both, so the tree's account of cells is llama.cpp's.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from app.generators.llama.context import BatchPart
from app.generators.llama.prefix_cache.idle import IdleSequences
from app.generators.llama.prefix_cache.prefix_tree import Match, PrefixTree
from indexes.errors import ModelFailed

logger = logging.getLogger(__name__)

Tokens = npt.NDArray[np.int32]

MIN_MATCH_TOKENS = 16
"""Fewer known tokens are not worth a copy, nor a wait for another to read them: one step reads that many at once."""


class Context(Protocol):
    """The part of `LlamaContext` that is used here."""

    @property
    def cells(self) -> int: ...  # noqa: D102
    def decode(self, parts: Sequence[BatchPart]) -> None: ...  # noqa: D102
    def logits(self, part: int) -> npt.NDArray[np.float32]: ...  # noqa: D102
    def copy(self, sequence: int, to: int, *, length: int) -> None: ...  # noqa: D102
    def forget(self, sequence: int, *, start: int = 0) -> bool: ...  # noqa: D102
    def forget_all(self) -> None: ...  # noqa: D102
    def first_position(self, sequence: int) -> int: ...  # noqa: D102
    def length(self, sequence: int) -> int: ...  # noqa: D102
    def state(self, sequence: int) -> bytes: ...  # noqa: D102
    def restore(self, sequence: int, state: bytes) -> bool: ...  # noqa: D102


class SequenceMemory:
    """The sequences of one context. For one thread at a time.

    Args:
        context: llama.cpp's side.
        sequences: how many the context has; one of them is kept for `state`.
        can_share: whether a beginning can be copied and a rest forgotten.
        sliding_window: tokens that some layers look back, 0 where all look back to the start.
        forgets_idle: whether cells that nobody uses slow the others down, so that they are worth forgetting.
    """

    def __init__(
        self,
        context: Context,
        *,
        sequences: int,
        can_share: bool,
        sliding_window: int,
        forgets_idle: bool = False,
    ) -> None:
        self._context = context
        self._can_share = can_share
        self._sliding_window = sliding_window
        self._tree = PrefixTree()
        self._free = list(range(sequences - 1))
        self._spare = sequences - 1
        self._forgets_idle = forgets_idle
        self._idle = IdleSequences()

    @property
    def can_share(self) -> bool:
        """Whether a beginning can be copied from one sequence to another."""
        return self._can_share

    @property
    def cells(self) -> int:
        """Tokens that fit in all."""
        return self._context.cells

    @property
    def used_cells(self) -> int:
        """Tokens held; shared ones count once."""
        return self._tree.cells

    def match(self, tokens: Tokens) -> Match | None:
        """Return the sequence that shares the longest beginning with a prompt, less its last token."""
        found = self._tree.match(tokens[:-1]) if self._can_share else None
        if found is None or found.length < MIN_MATCH_TOKENS or not self._is_whole(found):
            return None
        return found

    def has_room(self, tokens: int, *, match: Match | None, promised: int) -> bool:
        """Tell whether `tokens` more fit beside what is in use and `promised`, `match` in use and all else gone."""
        return self.cells - self._tree.pinned_cells(match) - promised >= tokens

    def begin(self, match: Match | None) -> int:
        """Take a sequence into use that begins as `match`; there must be one that is not in use.

        Raises:
            ModelFailed: all are in use.
        """
        sequence = self._take_number(keep=match.slot if match else None)
        try:
            if match is not None:
                self._context.copy(match.slot, sequence, length=match.length)
                self._tree.copy(match, sequence)
                self._idle.renew(match.slot)
            self._tree.pin(sequence)
        except BaseException:
            self._drop(sequence)
            raise
        return sequence

    def end(self, sequence: int, *, keep: int, is_saved: bool = False) -> None:
        """Give a sequence back; its first `keep` tokens stay read, less long where they are on disk too."""
        kept = min(keep, self._tree.length(sequence)) if self._can_share else 0
        if kept and self._context.forget(sequence, start=kept):
            self._tree.cut(sequence, kept)
            self._tree.unpin(sequence)
            self._idle.add(sequence, is_saved=is_saved)
        else:
            self._drop(sequence)

    def decode(self, parts: Sequence[BatchPart]) -> None:
        """Read tokens, making room for them first; see `LlamaContext.decode` for what it raises."""
        tokens = sum(len(part.tokens) for part in parts)
        for sequence in self._idle.stale() if self._forgets_idle else ():
            self._drop(sequence)
        self.make_room(tokens)
        self._context.decode(parts)
        self._idle.work(tokens)
        for part in parts:
            self._tree.extend(part.sequence, part.tokens)

    def logits(self, part: int) -> npt.NDArray[np.float32]:
        """Return the (vocabulary,) logits after part `part` of the last batch."""
        return self._context.logits(part)

    def make_room(self, tokens: int) -> bool:
        """Forget what is not in use, used longest ago first, until `tokens` more fit; tell whether they do."""
        while self.cells - self._tree.cells < tokens:
            if not self.evict():
                return False
        return True

    def evict(self) -> bool:
        """Forget the sequence that is not in use and was used longest ago; False where there is none."""
        evicted = self._tree.evict()
        if evicted is None:
            return False
        self._context.forget(evicted)
        self._free.append(evicted)
        self._idle.remove(evicted)
        return True

    def state(self, sequence: int, *, length: int) -> bytes:
        """Return the first `length` tokens of a sequence as llama.cpp saves them.

        Raises:
            ModelFailed: llama.cpp did not give them.
        """
        self._context.copy(sequence, self._spare, length=length)
        try:
            return self._context.state(self._spare)
        finally:
            self._context.forget(self._spare)

    def restore(self, tokens: Tokens, state: bytes, *, held: int) -> bool:
        """Hold `tokens`, not in use, from a saved state of `held` tokens that begins with them.

        Returns:
            False where it does not fit, or where llama.cpp refuses it.
        """
        if not self._can_share or not self.make_room(held):
            return False
        sequence = self._take_number(keep=None)
        is_restored = False
        try:
            is_restored = self._context.restore(sequence, state) and self._context.length(sequence) == held
            is_restored = is_restored and self._context.forget(sequence, start=len(tokens))
        finally:
            if not is_restored:
                self._context.forget(sequence)
                self._free.append(sequence)
        if is_restored:
            self._tree.insert(sequence, tokens)
            self._idle.add(sequence, is_saved=True)
        return is_restored

    def clear(self) -> None:
        """Forget everything, also what is in use."""
        self._context.forget_all()
        self._tree = PrefixTree()
        self._free = list(range(self._spare))
        self._idle.clear()

    def _drop(self, sequence: int) -> None:
        self._idle.remove(sequence)
        self._context.forget(sequence)
        self._tree.forget(sequence)
        self._free.append(sequence)

    def _take_number(self, *, keep: int | None) -> int:
        """Return a free sequence, emptying one that is not in use where need be, `keep` last."""
        if not self._free:
            if keep is not None:
                self._tree.pin(keep)
            self.evict()
            if keep is not None:
                self._tree.unpin(keep)
        if not self._free:
            raise ModelFailed("every sequence of the model is in use", hint="This is an error in Ronbun.")
        return self._free.pop()

    def _is_whole(self, match: Match) -> bool:
        """Tell whether every layer holds what the token after `match` looks back on.

        Cells that a sliding window has passed may be written over (llama-kv-cache, `find_slot`).
        """
        if not self._sliding_window:
            return True
        return self._context.first_position(match.slot) <= max(0, match.length - self._sliding_window)
