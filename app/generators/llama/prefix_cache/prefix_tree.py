"""Token sequences kept in numbered slots (llama.cpp's sequence ids), found by the longest prefix they share.

A radix tree over tokens, as in SGLang's RadixAttention (Zheng et al., 2024), whose edges are int32 arrays compared by
NumPy. It mirrors what the model's memory holds and knows nothing of llama.cpp: whoever copies, extends, cuts or
forgets a sequence there does the same here. Not thread-safe: the owner thread calls it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.generators.llama.prefix_cache.shared_cells import SharedCells

Tokens = NDArray[np.int32]

MOST_USES = 16
"""Uses that count when a slot is kept or evicted. On 600 made-up requests (sheets, questions to the library and to
papers; 16,384 cells, 16 slots) 0.247 of all tokens are read anew, 0.262 by least recent use alone, 0.218 with endless
room; weighing by size as well gives no more (0.250), by size and age without uses 0.266."""


@dataclass(frozen=True, slots=True)
class Match:
    """The slot whose sequence begins with the first `length` tokens of what was asked for."""

    slot: int
    length: int


class _Node:
    """The tokens between two forks; the first `size` of `buffer`. `slots` are those that run through or end here."""

    __slots__ = ("buffer", "children", "parent", "size", "slots")

    def __init__(self, tokens: Tokens, parent: _Node | None) -> None:
        self.buffer = tokens
        self.size = len(tokens)
        self.parent = parent
        self.children: dict[int, _Node] = {}
        self.slots: set[int] = set()

    @property
    def tokens(self) -> Tokens:
        return self.buffer[: self.size]

    def append(self, tokens: Tokens) -> None:
        """Lengthen in place; the buffer doubles, so that a token at a time stays cheap."""
        if self.size + len(tokens) > len(self.buffer):
            grown = np.empty(max(2 * self.size, self.size + len(tokens), 64), np.int32)
            grown[: self.size] = self.tokens
            self.buffer = grown
        self.buffer[self.size : self.size + len(tokens)] = tokens
        self.size += len(tokens)


class PrefixTree:
    """What each slot holds. A slot is empty until it is copied to, inserted or extended."""

    def __init__(self) -> None:
        self._root = _Node(np.empty(0, np.int32), None)
        self._ends: dict[int, _Node] = {}
        self._cells = SharedCells()
        self._pins: dict[int, int] = {}
        self._used: dict[int, int] = {}
        self._uses: dict[int, int] = {}
        self._clock = 0

    def __contains__(self, slot: int) -> bool:
        return slot in self._ends

    def __iter__(self) -> Iterator[int]:
        """Go through the slots that hold something, least recently used first."""
        return iter(sorted(self._ends, key=lambda slot: self._used[slot]))

    def __len__(self) -> int:
        return len(self._ends)

    @property
    def cells(self) -> int:
        """Cells of the unified KV cache in use; those that slots share count once."""
        return self._cells.used

    def pinned_cells(self, also: Match | None = None) -> int:
        """Return the cells that no eviction frees, shared ones once, as if `also` were pinned up to its length."""
        reaches = {slot: self.length(slot) for slot in self._pins}
        if also is not None:
            reaches[also.slot] = max(reaches.get(also.slot, 0), also.length)
        return self._cells.held(reaches)

    def length(self, slot: int) -> int:
        """Return how many tokens the slot holds; 0 when empty."""
        return self._cells.length(slot)

    def tokens(self, slot: int) -> Tokens:
        """Return what the slot holds, (n,) int32."""
        parts = []
        node = self._ends.get(slot)
        while node is not None:
            parts.append(node.tokens)
            node = node.parent
        return np.concatenate(parts[::-1]) if parts else np.empty(0, np.int32)

    def match(self, tokens: Sequence[int] | Tokens) -> Match | None:
        """Return the slot that shares the longest beginning with `tokens`, or None where none shares any.

        Of equals it is the most recently used, so that the others grow old. A model needs one token to go on from: ask
        for all but the last of a prompt. An int32 array is matched at once, a list must be converted first.
        """
        slots, length = self.sharing(tokens)
        return Match(max(slots, key=lambda slot: self._used[slot]), length) if slots else None

    def sharing(self, tokens: Sequence[int] | Tokens) -> tuple[frozenset[int], int]:
        """Return all slots that share the longest beginning with `tokens`, and its length."""
        node, length = self._descend(_array(tokens))
        return frozenset(node.slots), length

    def copy(self, match: Match, slot: int) -> None:
        """Let the empty `slot` share the match's cells (as `llama_memory_seq_cp` over 0 ≤ position < length does)."""
        self._require_empty(slot)
        self._put(slot, self._root, self.tokens(match.slot)[: match.length])
        self._cells.copy(match.slot, slot, match.length)
        self._uses[match.slot] = self._uses.get(match.slot, 0) + 1
        self._touch(match.slot)

    def insert(self, slot: int, tokens: Sequence[int] | Tokens) -> None:
        """Let the empty `slot` hold `tokens` in cells of its own (as a restored context does)."""
        self._require_empty(slot)
        self.extend(slot, tokens)

    def extend(self, slot: int, tokens: Sequence[int] | Tokens) -> None:
        """Append what the model has just read or written in the slot; costs what is appended."""
        fresh = _array(tokens)
        if not len(fresh):
            return
        end = self._ends.get(slot, self._root)
        if slot in self and not end.children and len(end.slots) == 1:
            end.append(fresh)
            self._touch(slot)
        else:
            self._put(slot, end, fresh)
            _join(end)
        self._cells.append(slot, len(fresh))

    def cut(self, slot: int, length: int) -> int:
        """Forget the slot's tokens from position `length` on; return the cells freed."""
        if length >= self.length(slot):
            return 0
        kept = self.tokens(slot)[:length]
        self._take_out(slot)
        if length:
            self._put(slot, self._root, kept)
        else:
            self._uses.pop(slot, None)
        return self._cells.cut(slot, length)

    def forget(self, slot: int) -> int:
        """Empty the slot, pinned or not; return the cells freed."""
        self._pins.pop(slot, None)
        return self.cut(slot, 0)

    def pin(self, slot: int) -> None:
        """Keep the slot from eviction until it is unpinned as often as it was pinned."""
        self._pins[slot] = self._pins.get(slot, 0) + 1

    def unpin(self, slot: int) -> None:
        """Take one pin away, and count as a use."""
        self._pins[slot] -= 1
        if not self._pins[slot]:
            del self._pins[slot]
        if slot in self._ends:
            self._touch(slot)

    def evict(self) -> int | None:
        """Empty the unpinned slot that is needed least and return it; None where all are pinned or empty.

        It is the one unused for longest, where a slot that was copied from n times (up to `MOST_USES`) grows old n + 1
        times as slowly.
        """
        free = [slot for slot in self._ends if slot not in self._pins]
        if not free:
            return None
        slot = max(free, key=lambda slot: (self._age(slot), -slot))
        self.forget(slot)
        return slot

    def _descend(self, tokens: Tokens) -> tuple[_Node, int]:
        """Return the deepest node that shares tokens, and how many are shared in all."""
        node, length = self._root, 0
        while length < len(tokens):
            child = node.children.get(int(tokens[length]))
            if child is None:
                break
            shared = shared_tokens(child.tokens, tokens[length:])
            node, length = child, length + shared
            if shared < child.size:
                break
        return node, length

    def _put(self, slot: int, node: _Node, tokens: Tokens) -> None:
        """Let the slot, which runs as far as `node`, go on with `tokens`, splitting edges where it leaves others."""
        while len(tokens):
            child = node.children.get(int(tokens[0]))
            if child is None:
                child = node.children[int(tokens[0])] = _Node(tokens.copy(), node)
            shared = shared_tokens(child.tokens, tokens)
            if shared < child.size:
                child = _split(child, shared)
            child.slots.add(slot)
            node, tokens = child, tokens[shared:]
        self._ends[slot] = node
        self._touch(slot)

    def _take_out(self, slot: int) -> None:
        """Let the slot hold nothing; edges that no longer fork become one again."""
        node = self._ends.pop(slot, self._root)
        while (parent := node.parent) is not None:
            node.slots.discard(slot)
            if not node.slots:
                del parent.children[int(node.buffer[0])]
            else:
                _join(node)
            node = parent

    def _touch(self, slot: int) -> None:
        self._clock += 1
        self._used[slot] = self._clock

    def _age(self, slot: int) -> float:
        return (self._clock + 1 - self._used[slot]) / (1 + min(self._uses.get(slot, 0), MOST_USES))

    def _require_empty(self, slot: int) -> None:
        if slot in self:
            raise ValueError(f"slot {slot} holds {self.length(slot)} tokens already")


def _array(tokens: Sequence[int] | Tokens) -> Tokens:
    return np.asarray(tokens, np.int32)


def shared_tokens(left: Tokens, right: Tokens) -> int:
    """Return how many leading tokens are equal."""
    most = min(len(left), len(right))
    differs = left[:most] != right[:most]
    return int(differs.argmax()) if differs.any() else most


def _split(node: _Node, at: int) -> _Node:
    """Part a node in two and return the upper."""
    parent = node.parent
    assert parent is not None  # the root has no tokens to part
    upper = _Node(node.buffer[:at], parent)
    upper.slots = set(node.slots)
    parent.children[int(upper.buffer[0])] = upper
    node.buffer = node.buffer[at : node.size]
    node.size -= at
    node.parent = upper
    upper.children[int(node.buffer[0])] = node
    return upper


def _join(node: _Node) -> None:
    """Make one edge of a node and its only child where no slot ends between them."""
    parent = node.parent
    if parent is None or len(node.children) != 1:
        return
    (child,) = node.children.values()
    if child.slots == node.slots:
        child.buffer = np.concatenate([node.tokens, child.tokens])
        child.size = len(child.buffer)
        child.parent = parent
        parent.children[int(child.buffer[0])] = child
