import hashlib
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from factories import make_paper, make_passage
from fake_encoder import FakeEncoder

from indexes.doctor.complaints import ComplaintCode
from indexes.doctor.examining import check_library, repair_library
from indexes.encoding.encoder import open_encoder
from indexes.errors import LibraryMissing
from indexes.late_interaction.codes import encode
from indexes.late_interaction.projection import projection_for
from indexes.library import open_library
from indexes.records import SourceKind
from indexes.search import search


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A library of two papers, one with its original, searched once."""
    source = tmp_path / "source.pdf"
    source.write_bytes(b"%PDF original")
    sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
    with open_library(tmp_path / "library", encoder=FakeEncoder(), create=True) as library:
        library.store.put_file(source, sha256, ".pdf")
        for name, kind, content in (("a", SourceKind.PDF, sha256), ("b", SourceKind.JSONL, "b" * 64)):
            passages = [make_passage(paper_id=name, ordinal=n, text=f"cranes {name} {n}") for n in range(3)]
            library.store.put_paper(
                make_paper(paper_id=name, source_kind=kind, content_sha256=content),
                passages,
                library.encoder.encode_passages([passage.text for passage in passages]),
                parser="hand/1",
                document_json="{}",
            )
        search(library, "cranes", k=3)
    return tmp_path / "library"


def codes(path: Path) -> list[ComplaintCode]:
    return [complaint.code for complaint in check_library(path)]


def execute(path: Path, statement: str) -> None:
    with sqlite3.connect(path / "library.sqlite3") as connection:
        connection.execute(statement)
    connection.close()


def test_healthy_library_has_no_complaints(path: Path) -> None:
    assert check_library(path, encoder=FakeEncoder()) == ()
    assert repair_library(path) == ()


def test_index_that_is_behind_is_no_complaint(path: Path) -> None:
    library = open_library(path, encoder=FakeEncoder(), create=False)
    library.store.remove_paper("b")
    library.vectors.save()
    assert codes(path) == []
    library.close()


def test_missing_library_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(LibraryMissing):
        check_library(tmp_path)


def test_other_encoder_is_complained_of(path: Path) -> None:
    found = check_library(path, encoder=FakeEncoder(name="other"))
    assert [complaint.code for complaint in found] == [ComplaintCode.ENCODER_MISMATCH]
    assert "fake" in found[0].message
    assert "other" in found[0].message


def test_lost_vector_is_complained_of(path: Path) -> None:
    execute(path, "DELETE FROM vectors WHERE row = 2")
    found = check_library(path)
    assert found[0].code is ComplaintCode.PAPER_INCOMPLETE
    assert "paper a: 3 passages stated, 3 there, 2 vectors" in found[0].message
    assert not found[0].is_repairable


def test_short_vector_is_complained_of(path: Path) -> None:
    execute(path, "UPDATE vectors SET vector = x'0000' WHERE row = 2")
    assert ComplaintCode.VECTOR_DAMAGED in codes(path)


def test_damaged_database_is_complained_of(path: Path) -> None:
    content = (path / "library.sqlite3").read_bytes()
    (path / "library.sqlite3").write_bytes(content[: len(content) // 2])
    assert set(codes(path)) == {ComplaintCode.DATABASE_DAMAGED}


def test_later_library_is_complained_of(path: Path) -> None:
    execute(path, "UPDATE alembic_version SET version_num = 'later'")
    assert codes(path) == [ComplaintCode.LIBRARY_TOO_NEW]


def test_originals_are_compared_with_their_names(path: Path) -> None:
    original = next((path / "files").iterdir())
    original.write_bytes(b"something else")
    assert codes(path) == [ComplaintCode.ORIGINAL_CHANGED]
    original.unlink()
    assert codes(path) == [ComplaintCode.ORIGINAL_MISSING]
    assert repair_library(path) == ()


@pytest.mark.parametrize("suffix", [".faiss", ".term", ".fast"])
def test_damaged_index_is_repaired(path: Path, suffix: str) -> None:
    for damaged in list((path / "derived").rglob(f"*{suffix}")):
        damaged.write_bytes(damaged.read_bytes()[:-20])
    expected = ComplaintCode.VECTORS_DAMAGED if suffix == ".faiss" else ComplaintCode.KEYWORDS_DAMAGED
    assert [complaint.code for complaint in repair_library(path)] == [expected]
    assert codes(path) == []
    with open_library(path, encoder=FakeEncoder(), create=False) as library:
        assert len(search(library, "cranes", k=10).hits) == 6


def test_index_without_its_rows_is_repaired(path: Path) -> None:
    execute(path, "DELETE FROM passages WHERE row = 6")
    execute(path, "UPDATE papers SET passage_count = 2 WHERE paper_id = 'b'")
    execute(path, "DELETE FROM vectors WHERE row = 6")
    assert set(codes(path)) == {ComplaintCode.VECTORS_DAMAGED, ComplaintCode.KEYWORDS_DAMAGED}
    repair_library(path)
    assert codes(path) == []


def test_orphans_and_leftovers_are_removed(path: Path) -> None:
    (path / "files" / f"{'c' * 64}.pdf").write_bytes(b"nobody's")
    (path / "derived" / ".writing-x").write_bytes(b"half")
    assert set(codes(path)) == {ComplaintCode.ORPHAN_FILE, ComplaintCode.LEFTOVER}
    assert len(repair_library(path)) == 2
    assert codes(path) == []
    assert len(list((path / "files").iterdir())) == 1


@pytest.mark.parametrize("damage", ["substr(blob, 1, 20)", "x''", "7", "CAST(blob || x'00' AS BLOB)"])
def test_damaged_word_pieces_are_named_and_dropped(path: Path, damage: str) -> None:
    blob = encode(np.eye(8, dtype=np.float32), mark=1).hex()
    execute(path, f"INSERT INTO token_vectors SELECT row, x'{blob}' FROM passages")
    assert codes(path) == []
    execute(path, f"UPDATE token_vectors SET blob = {damage} WHERE row = (SELECT min(row) FROM passages)")
    (complaint,) = check_library(path)
    assert (complaint.code, complaint.is_repairable) == (ComplaintCode.TOKEN_VECTORS_DAMAGED, True)
    assert "paper a: word pieces of 1 passages" in complaint.message
    assert repair_library(path) == (complaint,)
    assert codes(path) == []


def test_word_pieces_of_an_earlier_version_are_named(path: Path) -> None:
    encoder = open_encoder("bundled", threads=1)
    projection = projection_for(encoder)
    assert projection is not None
    earlier, present = (encode(np.eye(8, dtype=np.float32), mark=mark).hex() for mark in (1, projection.mark))
    execute(path, f"INSERT INTO token_vectors SELECT row, x'{present}' FROM passages")
    execute(path, f"UPDATE token_vectors SET blob = x'{earlier}' WHERE row = (SELECT min(row) FROM passages)")
    complaints = check_library(path, encoder=encoder)
    (outdated,) = (one for one in complaints if one.code is ComplaintCode.TOKEN_VECTORS_OUTDATED)
    assert outdated.message.startswith("paper a: word pieces of 1 passages were kept by an earlier version")
    assert not outdated.is_repairable
