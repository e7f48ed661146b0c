"""The tree of kept sequences against a dictionary of lists: matches, cells, pins, eviction; and its speed."""

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from app.generators.llama.prefix_cache.prefix_tree import Match, PrefixTree

SLOTS = st.integers(0, 5)
TOKENS = st.lists(st.integers(0, 2), max_size=12)
LENGTHS = st.integers(0, 14)


def shared(left: list[int], right: list[int]) -> int:
    return next((n for n, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))


class KeptInLists(RuleBasedStateMachine):
    """The second implementation: each slot's list, compared one by one."""

    def __init__(self) -> None:
        super().__init__()
        self.tree = PrefixTree()
        self.kept: dict[int, list[int]] = {}
        self.pins: dict[int, int] = {}

    @rule(slot=SLOTS, tokens=TOKENS)
    def extend(self, slot: int, tokens: list[int]) -> None:
        self.tree.extend(slot, tokens)
        if tokens:
            self.kept[slot] = self.kept.get(slot, []) + tokens

    @rule(slot=SLOTS, tokens=TOKENS)
    def write_one_by_one(self, slot: int, tokens: list[int]) -> None:
        for token in tokens:
            self.extend(slot, [token])

    @rule(slot=SLOTS, tokens=TOKENS)
    def match_and_copy(self, slot: int, tokens: list[int]) -> None:
        match = self.tree.match(tokens)
        best = max((shared(tokens, kept) for kept in self.kept.values()), default=0)
        assert (match.length if match else 0) == best
        if match is None:
            return
        assert shared(tokens, self.kept[match.slot]) == best
        if slot in self.kept:
            with pytest.raises(ValueError, match="already"):
                self.tree.copy(match, slot)
            return
        before = self.tree.cells
        self.tree.copy(match, slot)
        self.kept[slot] = tokens[:best]
        assert self.tree.cells == before

    @rule(slot=SLOTS, tokens=TOKENS)
    def insert(self, slot: int, tokens: list[int]) -> None:
        if slot in self.kept or not tokens:
            return
        before = self.tree.cells
        self.tree.insert(slot, tokens)
        self.kept[slot] = tokens
        assert self.tree.cells == before + len(tokens)

    @rule(slot=SLOTS, length=LENGTHS)
    def cut(self, slot: int, length: int) -> None:
        before = self.tree.cells
        assert self.tree.cut(slot, length) == before - self.tree.cells
        self.kept[slot] = self.kept.get(slot, [])[:length]
        if not self.kept[slot]:
            del self.kept[slot]

    @rule(slot=SLOTS)
    def forget(self, slot: int) -> None:
        before = self.tree.cells
        assert self.tree.forget(slot) == before - self.tree.cells
        self.kept.pop(slot, None)
        self.pins.pop(slot, None)

    @rule(slot=SLOTS)
    def pin(self, slot: int) -> None:
        if slot in self.kept:
            self.tree.pin(slot)
            self.pins[slot] = self.pins.get(slot, 0) + 1

    @rule(slot=SLOTS)
    def unpin(self, slot: int) -> None:
        if self.pins.get(slot):
            self.tree.unpin(slot)
            self.pins[slot] -= 1

    @rule()
    def evict(self) -> None:
        slot = self.tree.evict()
        free = {slot for slot in self.kept if not self.pins.get(slot)}
        assert (slot in free) if free else (slot is None)
        if slot is not None:
            del self.kept[slot]

    @invariant()
    def agree(self) -> None:
        assert set(self.tree) == set(self.kept)
        assert len(self.tree) == len(self.kept)
        for slot, kept in self.kept.items():
            assert self.tree.tokens(slot).tolist() == kept
            assert self.tree.length(slot) == len(kept)
        assert self.tree.cells <= sum(map(len, self.kept.values()))

    @invariant()
    def has_no_needless_edges(self) -> None:
        """Every edge ends where sequences fork or one ends, so a tree of n slots has at most 2 n edges."""
        edges, nodes = 0, [self.tree._root]
        while nodes:
            node = nodes.pop()
            nodes += node.children.values()
            edges += len(node.children)
        assert edges <= 2 * len(self.kept)


KeptInLists.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
test_the_tree_agrees_with_lists: Any = KeptInLists.TestCase


def make_tree(**slots: list[int]) -> PrefixTree:
    tree = PrefixTree()
    for name, tokens in slots.items():
        tree.insert(int(name.removeprefix("slot")), tokens)
    return tree


def test_a_part_of_a_kept_sequence_matches() -> None:
    tree = make_tree(slot3=[1, 2, 3, 4, 5])
    assert tree.match([1, 2, 3, 9, 9]) == Match(3, 3)
    assert tree.match([9]) is None
    assert tree.match([]) is None


def test_of_equals_the_most_recently_used_is_matched() -> None:
    tree = make_tree(slot0=[1, 2, 3], slot1=[1, 2, 4], slot2=[1, 2, 5])
    assert tree.match([1, 2]) == Match(2, 2)
    tree.pin(0)
    tree.unpin(0)
    assert tree.match([1, 2]) == Match(0, 2)


def test_sequences_read_twice_take_cells_twice_and_copied_ones_once() -> None:
    tree = make_tree(slot0=[1, 2, 3], slot1=[1, 2, 3])
    assert tree.cells == 6
    match = tree.match([1, 2, 3, 4])
    assert match is not None
    tree.copy(match, 2)
    tree.extend(2, [4])
    assert (tree.cells, tree.forget(2), tree.cells) == (7, 1, 6)


def test_pinned_cells_are_those_that_eviction_leaves() -> None:
    tree = make_tree(slot0=[1, 2, 3], slot1=[5, 6, 7, 8])
    tree.copy(Match(0, 2), 2)
    tree.extend(2, [4, 4])
    tree.pin(2)
    assert tree.pinned_cells() == 4
    assert tree.pinned_cells(Match(0, 3)) == 5
    assert tree.pinned_cells(Match(1, 1)) == 5
    while tree.evict() is not None:
        pass
    assert tree.cells == tree.pinned_cells() == 4


def test_eviction_takes_the_least_recently_used_that_is_not_pinned() -> None:
    tree = make_tree(slot0=[1], slot1=[2], slot2=[3], slot3=[4])
    tree.pin(0)
    tree.pin(1)
    tree.unpin(1)
    assert [tree.evict(), tree.evict(), tree.evict(), tree.evict()] == [2, 3, 1, None]
    assert 0 in tree


def test_what_was_copied_from_outlives_what_was_not_but_not_for_ever() -> None:
    tree = make_tree(slot0=[1, 2, 3])
    for slot in (1, 2):
        tree.copy(Match(0, 2), slot)
    tree.forget(1)
    tree.forget(2)
    tree.insert(1, [7])
    tree.insert(2, [8])
    assert tree.evict() == 1
    evicted: list[int | None] = [1]
    while evicted[-1] and len(evicted) < 10:
        tree.insert(evicted[-1], [10 + len(evicted)])
        evicted.append(tree.evict())
    assert evicted[-1] == 0


def test_a_slot_emptied_and_filled_again_has_no_past() -> None:
    tree = make_tree(slot0=[1, 2, 3])
    for slot in (1, 2, 3):
        tree.copy(Match(0, 2), slot)
        tree.forget(slot)
    tree.forget(0)
    tree.insert(0, [5])
    tree.insert(1, [6])
    assert tree.evict() == 0


def test_what_was_given_may_be_changed_afterwards() -> None:
    tokens = np.array([1, 2, 3], np.int32)
    tree = PrefixTree()
    tree.insert(0, tokens)
    tokens[:] = 9
    assert tree.match([1, 2, 3]) == Match(0, 3)


def test_eight_thousand_tokens_match_well_under_a_millisecond() -> None:
    random = np.random.default_rng(1)
    paper = random.integers(0, 150_000, 7000).astype(np.int32)
    prompts = [np.concatenate([paper, random.integers(0, 150_000, 1000).astype(np.int32)]) for _ in range(60)]
    tree = PrefixTree()
    for slot, prompt in enumerate(prompts):
        tree.insert(slot, prompt)
    times = []
    for slot, prompt in enumerate(prompts):
        started = time.thread_time()
        match = tree.match(prompt[:-1])
        times.append(time.thread_time() - started)
        assert match == Match(slot, 7999)
    assert np.median(times) < 0.001
