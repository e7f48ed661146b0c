"""The vector index of a library as it grows, shrinks, is damaged and is changed while others search."""

import threading
import time
from pathlib import Path

import numpy as np
import pytest
from factories import make_paper, make_passage
from fake_encoder import FakeEncoder

from indexes import derived
from indexes.doctor.complaints import ComplaintCode
from indexes.doctor.examining import check_library, repair_library
from indexes.library import Library, open_library
from indexes.vectors import growth
from indexes.vectors.files import read_footer, vector_files
from indexes.vectors.growth import Growth, growth_needed
from indexes.vectors.index import VectorIndex

DIMENSION = 32
FLAT_ROWS, LISTED_ROWS = 150, 60


@pytest.fixture(autouse=True)
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "MAX_FLAT_ROWS", FLAT_ROWS)
    monkeypatch.setattr(growth, "MIN_LISTED_ROWS", LISTED_ROWS)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return opened(tmp_path)


def opened(path: Path) -> Library:
    return open_library(path, encoder=FakeEncoder(dimension=DIMENSION), create=True)


def put(library: Library, name: str, count: int) -> np.ndarray:
    vectors = np.random.default_rng(abs(hash(name)) % 2**32).normal(size=(count, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    passages = [make_passage(paper_id=name, ordinal=number) for number in range(count)]
    library.store.put_paper(make_paper(paper_id=name), passages, vectors, parser="x", document_json="{}")
    return vectors


def current(library: Library) -> VectorIndex:
    with library.vectors.current() as index:
        return index


def settled(library: Library) -> VectorIndex:
    """The index once its growth is done."""
    current(library)
    library.vectors.save()
    return current(library)


def vector_complaints(path: Path) -> list[Path | None]:
    return [each.place for each in check_library(path) if each.code is ComplaintCode.VECTORS_DAMAGED]


def check_agreement(library: Library) -> None:
    """Compare the index with the library's own vectors; all lists are looked into at this size."""
    index, rows = current(library), library.log.all_rows()
    assert index.rows().tolist() == rows.tolist()
    query = np.ones((1, DIMENSION), dtype=np.float32) / np.sqrt(np.float32(DIMENSION))
    held, vectors = library.log.vectors_of(rows)
    scores = vectors @ query[0]
    wanted = held[np.lexsort((held, -scores))[:10]].tolist()
    assert index.search(query, k=10)[0].tolist() == wanted


def test_growing_beyond_the_limit_makes_lists_and_shrinking_far_below_unmakes_them(library: Library) -> None:
    put(library, "a", FLAT_ROWS)
    assert settled(library).lists is None
    put(library, "b", 1)
    assert settled(library).lists is not None
    check_agreement(library)
    library.store.remove_paper("b")
    put(library, "c", 1)
    library.store.remove_paper("c")
    assert settled(library).lists is not None, "at the limit it does not swing"
    library.store.remove_paper("a")
    put(library, "d", LISTED_ROWS - 1)
    assert settled(library).lists is None
    check_agreement(library)
    library.close()


def test_growth_happens_beside_the_searches(library: Library) -> None:
    put(library, "a", FLAT_ROWS + 1)
    put(library, "b", 5)
    current(library)
    put(library, "c", FLAT_ROWS)
    current(library)
    until = time.monotonic() + 30
    while growth_needed(current(library)) is not Growth.NOTHING and time.monotonic() < until:
        time.sleep(0.01)
    assert growth_needed(current(library)) is Growth.NOTHING
    check_agreement(library)
    library.close()


def test_what_came_and_went_beside_the_lists_is_merged_when_it_is_much(library: Library) -> None:
    put(library, "a", 100)
    put(library, "b", 100)
    assert settled(library).lists is not None
    put(library, "c", 20)
    library.store.remove_paper("b")
    index = settled(library)
    assert (len(index.flat), index.removed_count) == (0, 0)
    check_agreement(library)
    library.close()


def test_lists_on_disk_are_not_written_again_for_a_few_papers(tmp_path: Path) -> None:
    with opened(tmp_path) as library:
        put(library, "a", FLAT_ROWS + 1)
    [file] = vector_files(tmp_path / "derived")
    written = file.stat().st_mtime_ns
    with opened(tmp_path) as library:
        put(library, "b", 5)
        check_agreement(library)
    assert [each.stat().st_mtime_ns for each in vector_files(tmp_path / "derived")] == [written]
    with opened(tmp_path) as library:
        index = current(library)
        assert (len(index.flat), index.lists is not None and index.lists.place) == (5, file)
        check_agreement(library)


def test_lists_far_behind_the_log_are_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derived, "MAX_GENERATIONS_BEHIND", 3)
    with opened(tmp_path) as library:
        put(library, "a", FLAT_ROWS + 1)
    with opened(tmp_path) as library:
        for name in "bcde":
            put(library, name, 1)
        check_agreement(library)
    [file] = vector_files(tmp_path / "derived")
    assert read_footer(file).state.generation == 5


@pytest.mark.parametrize("damage", ["cut", "head", "footer"])
def test_damaged_lists_are_made_anew(tmp_path: Path, damage: str) -> None:
    with opened(tmp_path) as library:
        put(library, "a", FLAT_ROWS + 1)
    [file] = vector_files(tmp_path / "derived")
    content = bytearray(file.read_bytes())
    if damage == "cut":
        content = content[: len(content) // 2]
    else:
        content[100 if damage == "head" else -80] ^= 1
    file.write_bytes(content)
    with opened(tmp_path) as library:
        check_agreement(library)


def test_flipped_row_number_in_the_lists_cannot_bring_up_what_is_not_there(tmp_path: Path) -> None:
    with opened(tmp_path) as library:
        put(library, "a", FLAT_ROWS + 1)
    [file] = vector_files(tmp_path / "derived")
    footer, content = read_footer(file), bytearray(file.read_bytes())
    for place in range(footer.head_bytes, footer.body_bytes, 3):
        content[place] ^= 0x81
    file.write_bytes(content)
    with opened(tmp_path) as library:
        query = library.log.vectors_of(library.log.all_rows())[1][:1]
        rows, scores = current(library).search(query, k=200)
        held, vectors = library.log.vectors_of(rows)
        assert sorted(rows.tolist()) == held.tolist()
        exact = dict(zip(held.tolist(), (vectors @ query[0]).tolist(), strict=True))
        assert scores.tolist() == pytest.approx([exact[row] for row in rows.tolist()], abs=1e-6)
    assert vector_complaints(tmp_path) == [file]
    repair_library(tmp_path)
    with opened(tmp_path) as library:
        check_agreement(library)
    assert vector_complaints(tmp_path) == []


def test_searches_go_on_and_are_whole_while_papers_come_and_go(library: Library) -> None:
    """Each paper is one direction: a search sees all of a paper's rows or none, and exact scores."""
    put(library, "a", 2 * FLAT_ROWS)
    settled(library)
    stop, faults, searches = threading.Event(), [], [0, 0, 0]

    def search(thread: int) -> None:
        query = np.eye(1, DIMENSION, dtype=np.float32)
        while not stop.is_set():
            with library.vectors.current() as index:
                rows, scores = index.search(query, k=600)
                if index.rows().tolist() != sorted(set(index.rows().tolist())) or len(set(rows.tolist())) != len(rows):
                    faults.append("rows twice")
                near = int((scores > 0.99).sum())
                if near % 7:
                    faults.append(f"{near} of papers of 7")
            searches[thread] += 1

    threads = [threading.Thread(target=search, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for number in range(40):
        vectors = np.repeat(np.eye(1, DIMENSION, dtype=np.float32), 7, axis=0)
        passages = [make_passage(paper_id=f"p{number}", ordinal=ordinal) for ordinal in range(7)]
        library.store.put_paper(make_paper(paper_id=f"p{number}"), passages, vectors, parser="x", document_json="{}")
        if number % 3 == 2:
            library.store.remove_paper(f"p{number - 1}")
    stop.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert min(searches) > 0
    check_agreement(library)
    library.close()


def test_search_does_not_wait_for_a_thread_that_catches_up_for_long(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derived, "CHANGING_TIMEOUT_S", 0.05)
    put(library, "a", 5)
    current(library)
    reading, go_on = threading.Event(), threading.Event()
    read = library.log.vectors

    def slow(span: object) -> object:
        reading.set()
        go_on.wait(30)
        return read(span)  # type: ignore[arg-type]

    monkeypatch.setattr(library.log, "vectors", slow)
    put(library, "b", 5)
    other = threading.Thread(target=current, args=(library,))
    other.start()
    assert reading.wait(30)
    started = time.monotonic()
    assert len(current(library)) == 5
    assert time.monotonic() - started < 5
    go_on.set()
    other.join()
    assert len(current(library)) == 10
    library.close()
