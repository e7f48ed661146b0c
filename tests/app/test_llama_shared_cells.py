"""The account of cells that sequences share, against llama.cpp's own rule: a cell is a set of sequences."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from app.generators.llama.prefix_cache.shared_cells import SharedCells

SEQUENCES = st.integers(0, 4)
LENGTHS = st.integers(0, 12)


class CellsOneByOne(RuleBasedStateMachine):
    """The second implementation keeps every cell: its position and the sequences in it."""

    def __init__(self) -> None:
        super().__init__()
        self.cells = SharedCells()
        self.by_hand: list[tuple[int, set[int]]] = []

    def length(self, sequence: int) -> int:
        return sum(sequence in sequences for _, sequences in self.by_hand)

    @rule(sequence=SEQUENCES, to=SEQUENCES, length=LENGTHS)
    def copy(self, sequence: int, to: int, length: int) -> None:
        if sequence == to or self.length(to):
            return
        self.cells.copy(sequence, to, length)
        for position, sequences in self.by_hand:
            if sequence in sequences and position < length:
                sequences.add(to)

    @rule(sequence=SEQUENCES, tokens=LENGTHS)
    def append(self, sequence: int, tokens: int) -> None:
        start = self.length(sequence)
        self.cells.append(sequence, tokens)
        self.by_hand += [(start + number, {sequence}) for number in range(tokens)]

    @rule(sequence=SEQUENCES, length=LENGTHS)
    def cut(self, sequence: int, length: int) -> None:
        before = len(self.by_hand)
        freed = self.cells.cut(sequence, length)
        for position, sequences in self.by_hand:
            if position >= length:
                sequences.discard(sequence)
        self.by_hand = [cell for cell in self.by_hand if cell[1]]
        assert freed == before - len(self.by_hand)

    @rule(reaches=st.dictionaries(SEQUENCES, LENGTHS))
    def hold(self, reaches: dict[int, int]) -> None:
        held = [
            position
            for position, sequences in self.by_hand
            if any(sequence in sequences and position < length for sequence, length in reaches.items())
        ]
        assert self.cells.held(reaches) == len(held)

    @invariant()
    def agree(self) -> None:
        assert self.cells.used == len(self.by_hand)
        for sequence in range(5):
            assert self.cells.length(sequence) == self.length(sequence)


CellsOneByOne.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
test_cells_agree_with_sets_of_sequences: Any = CellsOneByOne.TestCase


def test_ten_questions_over_one_paper_take_the_paper_once() -> None:
    cells = SharedCells()
    cells.append(0, 2000)
    for question in range(1, 11):
        cells.copy(0, question, 2000)
        cells.append(question, 50)
    assert cells.used == 2000 + 10 * 50
    assert cells.cut(0, 0) == 0
    assert sum(cells.cut(question, 0) for question in range(1, 11)) == 2500


def test_a_sequence_goes_on_in_its_own_cells_after_its_tail_was_cut_while_another_keeps_it() -> None:
    cells = SharedCells()
    cells.append(0, 10)
    cells.copy(0, 1, 10)
    assert cells.cut(0, 4) == 0
    cells.append(0, 3)
    assert (cells.used, cells.cut(0, 0), cells.cut(1, 0), cells.used) == (13, 3, 10, 0)


@pytest.mark.parametrize("sequence", [0, 7])
def test_what_is_empty_has_no_cells(sequence: int) -> None:
    cells = SharedCells()
    assert (cells.length(sequence), cells.cut(sequence, 0), cells.used) == (0, 0, 0)
