import numpy as np
import pytest
from fake_encoder import FakeEncoder
from token_projections import make_projection

from indexes.arrays import TokenVectors
from indexes.errors import LibraryDamaged
from indexes.late_interaction.held_pieces import held_pieces
from indexes.late_interaction.maxsim import QueryTokens, compress, nearness, query_tokens

PROJECTION = make_projection(FakeEncoder(dimension=64))


def tokens(count: int, *, seed: int) -> TokenVectors:
    vectors = np.random.default_rng(seed).standard_normal((count, 64)).astype(np.float32)
    return TokenVectors(np.zeros(count, np.int32), vectors)


def blobs() -> dict[int, bytes]:
    made = {row: compress(tokens(row, seed=row), PROJECTION) for row in (1, 7, 30, 90)}
    return {row: blob for row, blob in made.items() if blob is not None}


def test_nearness_is_that_of_late_interaction_in_any_order() -> None:
    query = query_tokens(tokens(5, seed=0), PROJECTION)
    held = held_pieces(blobs(), query)
    for rows in ([1, 7, 30, 90], [90, 1], [7]):
        expected = nearness(query, [blobs()[row] for row in rows])
        found = held.nearness(query, rows)
        np.testing.assert_allclose(found.pieces, expected.pieces, atol=2e-6)
        np.testing.assert_allclose(found.windows, expected.windows, atol=2e-6)


def test_pieces_of_another_projection_are_left_out() -> None:
    query = query_tokens(tokens(5, seed=0), PROJECTION)
    other = QueryTokens(query.vectors, query.mark + 1)
    assert held_pieces(blobs(), other).places == {}
    assert set(held_pieces(blobs(), query).places) == {1, 7, 30, 90}


def test_damaged_pieces_are_named() -> None:
    query = query_tokens(tokens(5, seed=0), PROJECTION)
    with pytest.raises(LibraryDamaged, match="token vectors"):
        held_pieces({1: blobs()[1][:-3]}, query)
