import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexes.errors import LibraryDamaged
from indexes.late_interaction.codes import HEADER, MIDDLE, STEP, TokenCodes, encode, join, mark_of


def normal_rows(count: int, dimension: int, *, seed: int = 0) -> np.ndarray:
    numbers = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    return numbers / np.linalg.norm(numbers, axis=1, keepdims=True)


def vectors_of(held: TokenCodes) -> np.ndarray:
    """Return the vectors as the products with each axis tell them."""
    return held.products(np.eye(held.dimension, dtype=np.float32))


def test_products_do_not_depend_on_how_many_are_asked_for() -> None:
    rows, query = normal_rows(700, 64), normal_rows(30, 64, seed=1)
    held = join([encode(rows[:300], mark=0), encode(rows[300:], mark=0)], dimension=64)
    np.testing.assert_allclose(held.products(query), vectors_of(held) @ query.T, atol=1e-5)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=5), st.sampled_from([32, 64, 128]))
def test_vectors_come_back_nearly_as_they_were_and_in_order(counts: list[int], dimension: int) -> None:
    passages = [normal_rows(count, dimension, seed=number) for number, count in enumerate(counts)]
    held = join([encode(rows, mark=7) for rows in passages], dimension=dimension)
    assert held.starts.tolist() == [sum(counts[:number]) for number in range(len(counts))]
    written, read = np.concatenate(passages), vectors_of(held)
    assert read.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(read, axis=1), 1.0, atol=1e-5)
    assert (written * read).sum(axis=1).min() > 0.97


def test_the_cosine_of_what_is_read_with_what_was_written_is_that_of_the_best_grid() -> None:
    rows = normal_rows(2000, 64)
    read = vectors_of(join([encode(rows, mark=0)], dimension=64))
    assert abs((rows * read).sum(axis=1).mean() - (1 - 0.0115) ** 0.5) < 0.001


def test_every_number_has_the_nearest_level() -> None:
    grid = (np.arange(16) - MIDDLE) * STEP / 8.0  # a vector of 64 numbers: variance 1/64
    rows = normal_rows(50, 64)
    nearest = grid[np.abs(rows[:, :, None] - grid).argmin(axis=2)]
    nearest /= np.linalg.norm(nearest, axis=1, keepdims=True)
    np.testing.assert_allclose(vectors_of(join([encode(rows, mark=0)], dimension=64)), nearest, atol=1e-6)


def test_size_is_half_a_byte_a_number() -> None:
    assert len(encode(normal_rows(100, 64), mark=0)) == HEADER.size + 100 * 32


def test_no_passage_is_no_vector() -> None:
    held = join([], dimension=64)
    assert (vectors_of(held).shape, len(held.starts)) == ((0, 64), 0)


def test_mark_is_kept() -> None:
    assert mark_of(encode(normal_rows(1, 32), mark=0xFEDCBA98)) == 0xFEDCBA98


def _changed(blob: bytes, at: int, value: int) -> bytes:
    return blob[:at] + bytes([value]) + blob[at + 1 :]


GOOD = encode(normal_rows(3, 32), mark=1)


@pytest.mark.parametrize(
    ("blob", "reason"),
    [
        (b"", "0 bytes, shorter than a header"),
        (GOOD[: HEADER.size - 1], "shorter than a header"),
        (GOOD[:-1], "47 bytes of codes, 48 expected"),
        (GOOD + b"\0", "49 bytes of codes, 48 expected"),
        (_changed(GOOD, 0, 9), "layout 9 with 4 bits"),
        (_changed(GOOD, 1, 8), "layout 1 with 8 bits"),
        (_changed(GOOD, 2, 64), "3 vectors of 64 numbers"),
        (_changed(GOOD, 4, 4), "48 bytes of codes, 64 expected"),
        (_changed(GOOD, len(GOOD) - 1, GOOD[-1] ^ 1), "checksum"),
        (HEADER.pack(1, 4, 32, 0, 1, 0), "0 vectors"),
    ],
)
def test_damage_is_told(blob: bytes, reason: str) -> None:
    with pytest.raises(LibraryDamaged, match=reason):
        join([GOOD, blob], dimension=32)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80))
def test_no_bytes_break_it_in_another_way(blob: bytes) -> None:
    try:
        join([blob], dimension=32)
    except LibraryDamaged:
        return
    assert struct.unpack_from("<BB", blob) == (1, 4)


def test_a_mark_cannot_be_read_off_a_stump() -> None:
    with pytest.raises(LibraryDamaged, match="shorter than a header"):
        mark_of(b"\1\4")
