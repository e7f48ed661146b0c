"""Vectors looked up by the hash of their text: what is known is not encoded, what is not known is kept."""

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from fake_encoder import FakeEncoder

from bench.retrieval.stored_vectors import StoredVectors, VectorFile
from indexes.errors import IndexMismatch


def opened(folder: Path, encoder: FakeEncoder) -> StoredVectors:
    return StoredVectors(encoder, VectorFile(folder / "vectors.f32", dimension=encoder.dimension))


def test_a_text_is_encoded_once_over_two_runs(tmp_path: Path) -> None:
    first, second = FakeEncoder(), FakeEncoder()
    expected = first.encode_passages(["one", "two"])
    made = opened(tmp_path, first).encode_passages(["one", "two"])
    read = opened(tmp_path, second).encode_passages(["two", "three", "one"])
    assert second.encoded == ["three"]
    np.testing.assert_array_equal(made, expected)
    np.testing.assert_array_equal(read[[2, 0]], expected)


def test_a_query_is_not_mistaken_for_a_passage(tmp_path: Path) -> None:
    encoder = FakeEncoder()
    stored = opened(tmp_path, encoder)
    stored.encode_passages(["same"])
    stored.encode_queries(["same"])
    stored.encode_queries(["same"])
    assert encoder.encoded == ["same", "same"]


def test_queries_are_encoded_each_time_while_they_are_not_looked_up(tmp_path: Path) -> None:
    encoder = FakeEncoder()
    stored = opened(tmp_path, encoder)
    stored.encode_queries(["q"])
    stored.is_looking_up_queries = False
    stored.encode_queries(["q"])
    assert encoder.encoded == ["q", "q"]


def test_rows_of_zeros_are_places_not_filled_yet(tmp_path: Path) -> None:
    (tmp_path / "given.f32").write_bytes(np.zeros((1, 32), np.float32).tobytes())
    (tmp_path / "given.f32.sha256").write_bytes(sha256(b"one").digest())
    given = VectorFile(tmp_path / "given.f32", dimension=32)
    assert StoredVectors(FakeEncoder(), given).missing(["one"]) == 1


def test_vectors_that_a_killed_run_left_without_digest_are_cut_off(tmp_path: Path) -> None:
    opened(tmp_path, FakeEncoder()).encode_passages(["one"])
    with (tmp_path / "vectors.f32").open("ab") as stream:
        stream.write(b"x" * 70)
    opened(tmp_path, FakeEncoder()).encode_passages(["two"])
    third = FakeEncoder()
    found = opened(tmp_path, third).encode_passages(["two"])
    assert third.encoded == []
    np.testing.assert_array_equal(found, FakeEncoder().encode_passages(["two"]))


def test_vectors_of_another_encoder_are_refused(tmp_path: Path) -> None:
    opened(tmp_path, FakeEncoder()).encode_passages(["one two three"])
    digest = sha256(b"another text").digest()
    (tmp_path / "vectors.f32.sha256").write_bytes(digest)
    with pytest.raises(IndexMismatch, match="cosine"):
        opened(tmp_path, FakeEncoder()).check(["another text"])


def test_a_file_with_fewer_vectors_than_digests_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vectors.f32").write_bytes(b"")
    (tmp_path / "vectors.f32.sha256").write_bytes(bytes(32))
    with pytest.raises(IndexMismatch, match="holds 0 vectors"):
        opened(tmp_path, FakeEncoder())


def test_the_library_sees_the_encoder_behind(tmp_path: Path) -> None:
    encoder = FakeEncoder(name="behind", languages=frozenset({"en"}))
    stored = opened(tmp_path, encoder)
    assert (stored.sha256, stored.languages, stored.count_tokens(["a b"])) == (encoder.sha256, {"en"}, [4])


def test_word_pieces_come_from_the_encoder_unless_the_vector_is_given(tmp_path: Path) -> None:
    opened(tmp_path, FakeEncoder()).encode_passages(["given text"])
    given = VectorFile(tmp_path / "vectors.f32", dimension=32)
    encoder = FakeEncoder()
    stored = StoredVectors(encoder, VectorFile(tmp_path / "kept.f32", dimension=32), [given])
    rows, pieces = stored.encode_passages_with_tokens(["given text", "new text"])
    expected_rows, expected_pieces = FakeEncoder().encode_passages_with_tokens(["given text", "new text"])
    np.testing.assert_array_equal(rows, expected_rows)
    assert len(pieces[0].ids) == 0
    np.testing.assert_array_equal(pieces[1].vectors, expected_pieces[1].vectors)
    assert encoder.encoded == ["new text"]


def test_a_query_with_word_pieces_is_encoded_once_while_looked_up(tmp_path: Path) -> None:
    encoder = FakeEncoder()
    stored = opened(tmp_path, encoder)
    first, second = (stored.encode_query_with_tokens("q")[0] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert encoder.encoded == ["q"]
    stored.is_looking_up_queries = False
    stored.encode_query_with_tokens("q")
    assert encoder.encoded == ["q", "q"]
