import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from factories import make_paper, make_passage
from fake_encoder import FakeEncoder
from token_projections import make_projection

from indexes import passage_encoding
from indexes.errors import IndexMismatch
from indexes.late_interaction.maxsim import compress
from indexes.library import Library, open_library
from indexes.passage_encoding import TEXTS_AT_ONCE, encode_for_storing

ENCODER = FakeEncoder()
PROJECTION = make_projection(ENCODER)


@pytest.fixture
def with_projection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passage_encoding, "projection_for", lambda encoder: PROJECTION)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(tmp_path / "library", encoder=ENCODER, create=True) as library:
        yield library


@pytest.mark.usefixtures("with_projection")
def test_texts_are_encoded_in_parts_and_stay_in_order() -> None:
    texts = [f"crane number {number}" for number in range(TEXTS_AT_ONCE + 3)]
    done: list[int] = []
    encoded = encode_for_storing(ENCODER, texts, on_batch=done.append)
    assert np.array_equal(encoded.vectors, ENCODER.encode_passages(texts))
    assert list(encoded.token_blobs) == [
        compress(ENCODER.encode_query_with_tokens(text)[1], PROJECTION) for text in texts
    ]
    assert done == [TEXTS_AT_ONCE, 3]


@pytest.mark.usefixtures("with_projection")
def test_japanese_and_empty_texts_keep_no_pieces() -> None:
    encoded = encode_for_storing(ENCODER, ["owls", "鶴を数える", "", "cranes"])
    assert [blob is None for blob in encoded.token_blobs] == [False, True, True, False]
    assert encoded.vectors.shape == (4, 32)


@pytest.mark.usefixtures("with_projection")
def test_no_text_is_encoded_to_nothing() -> None:
    encoded = encode_for_storing(ENCODER, [])
    assert (encoded.vectors.shape, list(encoded.token_blobs)) == ((0, 32), [])


def test_an_encoder_without_projection_keeps_no_pieces() -> None:
    encoded = encode_for_storing(ENCODER, ["owls", "cranes"])
    assert list(encoded.token_blobs) == [None, None]
    assert np.array_equal(encoded.vectors, ENCODER.encode_passages(["owls", "cranes"]))


@pytest.mark.usefixtures("with_projection")
def test_part_is_of_the_passages_between() -> None:
    encoded = encode_for_storing(ENCODER, ["a", "b", "c", "d"])
    part = encoded.part(1, 2)
    assert np.array_equal(part.vectors, encoded.vectors[1:3])
    assert list(part.token_blobs) == list(encoded.token_blobs[1:3])


def put(library: Library, blobs: list[bytes | None], *, paper_id: str = "0123456789ab") -> None:
    passages = [make_passage(paper_id=paper_id, ordinal=number) for number in range(3)]
    vectors = ENCODER.encode_passages([passage.text for passage in passages])
    paper = make_paper(paper_id=paper_id)
    library.store.put_paper(paper, passages, vectors, parser="x", document_json="{}", token_blobs=blobs)


def test_pieces_are_read_by_row_and_absent_where_there_are_none(library: Library) -> None:
    put(library, [b"one", None, b"three"])
    put(library, [], paper_id="cccccccccccc")
    rows = library.log.all_rows().tolist()
    assert library.log.token_blobs(rows) == {rows[0]: b"one", rows[2]: b"three"}
    assert library.log.token_blobs([rows[2], 10**6]) == {rows[2]: b"three"}
    assert library.log.token_blobs([]) == {}


def test_pieces_go_with_their_paper(library: Library) -> None:
    put(library, [b"one", b"two", b"three"])
    put(library, [None, b"anew", None])
    rows = library.log.all_rows().tolist()
    assert library.log.token_blobs(list(range(100))) == {rows[1]: b"anew"}
    library.store.remove_paper("0123456789ab")
    assert library.log.token_blobs(list(range(100))) == {}


def test_pieces_of_another_number_of_passages_are_refused_and_nothing_is_written(library: Library) -> None:
    with pytest.raises(IndexMismatch, match="word pieces of 2 passages, 3 expected"):
        put(library, [b"one", b"two"])
    assert library.papers.count() == 0


def test_a_library_of_the_revision_before_gets_the_table_empty(tmp_path: Path) -> None:
    with open_library(tmp_path / "library", encoder=ENCODER, create=True) as library:
        put(library, [])
        path = library.path / "library.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE token_vectors")
        connection.execute("UPDATE alembic_version SET version_num = '0003'")
    connection.close()
    with open_library(tmp_path / "library", encoder=ENCODER, create=False) as library:
        assert len(library.papers.passages("0123456789ab")) == 3
        assert library.log.token_blobs(library.log.all_rows().tolist()) == {}
        put(library, [b"one", None, None])
        assert list(library.log.token_blobs(library.log.all_rows().tolist()).values()) == [b"one"]
