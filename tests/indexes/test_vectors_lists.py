from collections.abc import Iterator

import numpy as np
import pytest

from indexes.arrays import Rows, Vectors
from indexes.vectors.flat import FlatVectors
from indexes.vectors.index import MAX_COMPARED_ROWS, VectorIndex
from indexes.vectors.lists import ListedVectors, inner_products, list_count_for, list_vectors

DIMENSION = 16
COUNT = 4_000


def unit(count: int, seed: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


VECTORS, ROWS = unit(COUNT, 1), np.arange(COUNT, dtype=np.int64) * 2 + 5


def batches() -> Iterator[tuple[Rows, Vectors]]:
    yield ROWS[:2_500], VECTORS[:2_500]
    yield ROWS[2_500:], VECTORS[2_500:]


class Library:
    """Holds the exact vectors, and remembers how many were asked for."""

    def __init__(self) -> None:
        self.held = dict(zip(ROWS.tolist(), VECTORS, strict=True))
        self.asked = 0

    def exact(self, rows: Rows) -> tuple[Rows, Vectors]:
        self.asked += len(rows)
        found = [row for row in sorted(rows.tolist()) if row in self.held]
        vectors = np.array([self.held[row] for row in found], dtype=np.float32).reshape(len(found), DIMENSION)
        return np.array(found, dtype=np.int64), vectors


@pytest.fixture(scope="module")
def lists() -> ListedVectors:
    return list_vectors(VECTORS, batches(), list_count=64)


def by_numpy(rows: np.ndarray, query: np.ndarray, k: int) -> list[int]:
    scores = VECTORS[(rows - 5) // 2] @ query[0]
    return [int(rows[place]) for place in np.lexsort((rows, -scores))[:k]]


def test_scores_are_exact_and_hardly_a_near_row_is_missed(lists: ListedVectors) -> None:
    index = VectorIndex.of_lists(lists, exact=Library().exact)
    shares = []
    for seed in range(20):
        query = unit(1, 100 + seed)
        rows, scores = index.search(query, k=10)
        assert scores.tolist() == sorted(scores.tolist(), reverse=True)
        assert scores.tolist() == inner_products(query, VECTORS[(rows - 5) // 2]).tolist()
        shares.append(len(set(rows.tolist()) & set(by_numpy(ROWS, query, 10))) / 10)
    assert np.mean(shares) > 0.99


def test_small_scope_is_compared_whole(lists: ListedVectors) -> None:
    index, query = VectorIndex.of_lists(lists, exact=Library().exact), unit(1, 7)
    scope = ROWS[100:400]
    rows, _ = index.search(query, k=20, allowed=scope)
    assert rows.tolist() == by_numpy(scope, query, 20)


def test_large_scope_is_searched_through_the_lists(lists: ListedVectors) -> None:
    library = Library()
    index, query = VectorIndex.of_lists(lists, exact=library.exact), unit(1, 8)
    scope = ROWS[: MAX_COMPARED_ROWS + 500]
    rows, _ = index.search(query, k=20, allowed=scope)
    assert rows.tolist() == by_numpy(scope, query, 20)
    assert library.asked < 100


def test_rows_added_beside_the_lists_are_found_and_removed_ones_are_not(lists: ListedVectors) -> None:
    query = unit(1, 9)
    index = VectorIndex.of_lists(lists, exact=Library().exact)
    changed = index.with_rows(np.array([90_001], dtype=np.int64), query)
    first, second = index.search(query, k=1)[0].tolist()[0], 90_001
    assert changed.search(query, k=2)[0].tolist() == [second, first]
    without = changed.without([(first, first)])
    assert without.search(query, k=1)[0].tolist() == [second]
    assert first not in without.search(query, k=200)[0].tolist()
    assert (len(changed), len(without), without.removed_count) == (COUNT + 1, COUNT, 1)
    assert without.holds(np.array([first, second, 6], dtype=np.int64)).tolist() == [False, True, False]
    assert index.search(query, k=1)[0].tolist() == [first]


def test_as_many_are_found_as_asked_where_most_near_ones_were_removed(lists: ListedVectors) -> None:
    query = unit(1, 10)
    near = by_numpy(ROWS, query, 3_000)
    index = VectorIndex.of_lists(lists, exact=Library().exact).without((row, row) for row in near)
    rows, _ = index.search(query, k=50)
    left = np.array(sorted(set(ROWS.tolist()) - set(near)), dtype=np.int64)
    assert len(rows) == 50
    assert set(rows.tolist()) <= set(left.tolist())


def test_row_that_the_library_lost_meanwhile_is_not_found_and_scores_lowest(lists: ListedVectors) -> None:
    library, query = Library(), unit(1, 11)
    index = VectorIndex.of_lists(lists, exact=library.exact)
    best, other = index.search(query, k=2)[0].tolist()
    del library.held[best]
    assert index.search(query, k=1)[0].tolist() == [other]
    asked = np.array([best, other, int(ROWS[0])], dtype=np.int64)
    scores = index.scores(query, asked).tolist()
    exact = inner_products(query, VECTORS[[(other - 5) // 2, 0]]).tolist()
    assert scores == [min(exact), *exact]


def test_merging_takes_in_what_came_and_drops_what_went(lists: ListedVectors) -> None:
    query = unit(1, 12)
    index = VectorIndex.of_lists(lists, exact=Library().exact)
    first = int(index.search(query, k=1)[0][0])
    index = index.with_rows(np.array([90_001], dtype=np.int64), query).without([(first, first)])
    merged = lists.merged(index.held, [(index.flat.rows, index.flat.vectors)])
    assert len(merged) == COUNT
    assert merged.rows.pairs() == index.held.pairs()
    assert 90_001 in merged.candidates(query, k=1).tolist()
    assert first not in merged.candidates(query, k=500).tolist()
    assert len(lists) == COUNT
    assert first in lists.candidates(query, k=500).tolist()


@pytest.mark.parametrize(("count", "lists_wanted"), [(1, 64), (30_000, 128), (100_000, 256), (1_000_000, 1024)])
def test_lists_grow_with_the_root_of_the_vectors(count: int, lists_wanted: int) -> None:
    assert list_count_for(count) == lists_wanted


def test_older_index_does_not_see_what_is_added_in_the_same_block() -> None:
    first = FlatVectors.empty(DIMENSION).with_rows(ROWS[:10], VECTORS[:10])
    second, third = first.with_rows(ROWS[10:12], VECTORS[10:12]), first.with_rows(ROWS[20:22], VECTORS[20:22])
    assert first.rows.tolist() == ROWS[:10].tolist()
    assert second.rows.tolist() == ROWS[:12].tolist()
    assert third.rows.tolist() == [*ROWS[:10].tolist(), *ROWS[20:22].tolist()]
    assert second.vectors.tolist() == VECTORS[:12].tolist()
