import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.storage.row_ranges import RowRanges

NUMBERS = st.sets(st.integers(0, 60))


def ranges(numbers: set[int]) -> RowRanges:
    return RowRanges.of(np.array(sorted(numbers), dtype=np.int64))


@given(NUMBERS)
def test_rows_come_back_in_order_and_ranges_do_not_touch(numbers: set[int]) -> None:
    held = ranges(numbers)
    assert held.rows().tolist() == sorted(numbers)
    assert len(held) == len(numbers)
    assert RowRanges.from_pairs(held.pairs()).rows().tolist() == sorted(numbers)


@given(NUMBERS, NUMBERS)
def test_rows_put_in_are_those_of_both(first: set[int], second: set[int]) -> None:
    held = ranges(first).with_rows(np.array(sorted(second), dtype=np.int64))
    assert held.pairs() == ranges(first | second).pairs()


@given(NUMBERS, st.integers(-2, 62), st.integers(-2, 62))
def test_rows_taken_out_are_gone_and_others_stay(numbers: set[int], first: int, last: int) -> None:
    held = ranges(numbers).without(first, last)
    assert held.rows().tolist() == [row for row in sorted(numbers) if not first <= row <= last]


@given(NUMBERS, NUMBERS)
def test_contain_tells_each_row(numbers: set[int], asked: set[int]) -> None:
    found = ranges(numbers).contain(np.array(sorted(asked), dtype=np.int64))
    assert found.tolist() == [row in numbers for row in sorted(asked)]


@pytest.mark.parametrize("pairs", [[(3, 2)], [(1, 4), (5, 6)], [(5, 6), (1, 2)]])
def test_pairs_out_of_order_are_refused(pairs: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="out of order"):
        RowRanges.from_pairs(pairs)
