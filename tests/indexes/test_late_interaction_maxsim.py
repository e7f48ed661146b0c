from time import perf_counter

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from token_projections import make_projection

from indexes.arrays import TokenVectors
from indexes.errors import LibraryDamaged
from indexes.late_interaction.codes import PER_BYTE
from indexes.late_interaction.maxsim import compress, is_comparable, maxsim, nearness, query_tokens

ENCODER = FakeEncoder(dimension=64)
PROJECTION = make_projection(ENCODER)
TEXTS = ("The drone counted 412 cranes.", "Rain hid the owls in May.", "Cranes and owls are birds")


def tokens_of(text: str) -> TokenVectors:
    return ENCODER.encode_query_with_tokens(text)[1]


def blobs_of(*texts: str) -> list[bytes]:
    return [blob for text in texts if (blob := compress(tokens_of(text), PROJECTION)) is not None]


def random_tokens(count: int, *, seed: int) -> TokenVectors:
    vectors = np.random.default_rng(seed).standard_normal((count, 64)).astype(np.float32)
    return TokenVectors(np.zeros(count, np.int32), vectors)


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_maxsim_is_each_pieces_best_cosine_in_each_passage() -> None:
    query, passages = random_tokens(5, seed=0), [random_tokens(count, seed=count) for count in (7, 1, 30)]
    blobs = [compress(tokens, PROJECTION) for tokens in passages]
    found = maxsim(query_tokens(query, PROJECTION), [blob for blob in blobs if blob is not None])
    kept = [unit(tokens.vectors @ PROJECTION.matrix) for tokens in passages]
    plain = [(unit(query.vectors @ PROJECTION.matrix) @ vectors.T).max(axis=1) for vectors in kept]
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.array(plain), atol=0.06)


def test_a_pieces_weight_scales_its_column_alone() -> None:
    weight = np.zeros(64, dtype=np.float32)
    query = tokens_of("owls counted")
    weight[np.abs(query.vectors[0]).argmax()] = 3.0 * query.vectors[0].sum()
    weighted = make_projection(ENCODER)
    heavy = query_tokens(query, type(weighted)(**{**_fields(weighted), "weight": weight}))
    plain = query_tokens(query, PROJECTION)
    ratio = maxsim(heavy, blobs_of(*TEXTS)) / maxsim(plain, blobs_of(*TEXTS))
    np.testing.assert_allclose(ratio[:, 0], np.log1p(np.exp(3.5413249)), rtol=1e-4)
    np.testing.assert_allclose(ratio[:, 1], 1.0, rtol=1e-4)


def _fields(projection: object) -> dict[str, object]:
    return {name: getattr(projection, name) for name in projection.__slots__}  # type: ignore[attr-defined]


def test_every_piece_is_kept_in_half_a_byte_a_number() -> None:
    four, one = blobs_of("owls cranes drones rain", "owls")
    assert len(four) - len(one) == 3 * 64 // PER_BYTE
    assert maxsim(query_tokens(tokens_of("owls cranes drones rain"), PROJECTION), [four]).min() > 0.85


def test_order_of_pieces_is_kept_so_that_what_stands_together_is_nearer() -> None:
    rain = " ".join(["rain"] * 40)
    together, apart = f"owls cranes {rain} {rain}", f"owls {rain} {rain} cranes"
    near = nearness(query_tokens(tokens_of("owls cranes"), PROJECTION), blobs_of(together, apart))
    np.testing.assert_allclose(near.pieces[0], near.pieces[1], atol=1e-5)
    assert near.windows[0, 0] > near.windows[1, 0] + 0.2


def test_order_of_passages_is_that_of_the_blobs() -> None:
    query = query_tokens(tokens_of("owls"), PROJECTION)
    forth, back = maxsim(query, blobs_of(*TEXTS)), maxsim(query, blobs_of(*TEXTS[::-1]))
    np.testing.assert_allclose(forth, back[::-1], rtol=1e-5)


def test_a_text_without_pieces_keeps_nothing() -> None:
    assert compress(TokenVectors(np.zeros(0, np.int32), np.zeros((0, 64), np.float32)), PROJECTION) is None


def test_a_query_without_pieces_and_no_passages_give_empty_arrays() -> None:
    empty = query_tokens(TokenVectors(np.zeros(0, np.int32), np.zeros((0, 64), np.float32)), PROJECTION)
    assert maxsim(empty, blobs_of(*TEXTS)).shape == (3, 0)
    assert maxsim(query_tokens(tokens_of("owls"), PROJECTION), []).shape == (0, 1)


def test_damage_is_told_even_where_the_query_has_no_pieces() -> None:
    empty = query_tokens(TokenVectors(np.zeros(0, np.int32), np.zeros((0, 64), np.float32)), PROJECTION)
    with pytest.raises(LibraryDamaged, match="shorter than a header"):
        maxsim(empty, [b"x"])


def test_passages_of_another_projection_are_not_comparable() -> None:
    query = query_tokens(tokens_of("owls"), PROJECTION)
    other = compress(tokens_of("owls"), make_projection(ENCODER, mark=6))
    assert other is not None
    assert not is_comparable(query, other)
    assert is_comparable(query, blobs_of("owls")[0])


def test_fifty_passages_take_a_moment() -> None:
    """Under a millisecond on a quiet core (ADR 18); here the bound is loose, for a core that others use."""
    rng = np.random.default_rng(0)
    passages = [TokenVectors(np.zeros(120, np.int32), rng.standard_normal((120, 64)).astype(np.float32))] * 50
    blobs = [blob for tokens in passages if (blob := compress(tokens, PROJECTION)) is not None]
    query = query_tokens(TokenVectors(np.zeros(20, np.int32), passages[0].vectors[:20]), PROJECTION)
    elapsed_ms = []
    for _ in range(20):
        started = perf_counter()
        maxsim(query, blobs)
        elapsed_ms.append((perf_counter() - started) * 1000)
    assert min(elapsed_ms) < 20
