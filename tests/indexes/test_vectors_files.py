from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from indexes.errors import LibraryDamaged
from indexes.storage.paper_writing import State
from indexes.vectors.files import (
    Footer,
    check_body,
    is_of_earlier_layout,
    read_footer,
    read_vectors,
    vector_files,
    write_vectors,
)
from indexes.vectors.flat import FlatVectors
from indexes.vectors.lists import ListedVectors, list_vectors

DIMENSION = 16
STATE = State(7, "mark")
ROWS = np.array([*range(1, 1000), *range(2000, 5000)], dtype=np.int64)


def unit(count: int) -> np.ndarray:
    vectors = np.random.default_rng(3).normal(size=(count, DIMENSION)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


VECTORS = unit(len(ROWS))


@pytest.fixture(scope="module")
def lists() -> ListedVectors:
    return list_vectors(VECTORS, [(ROWS, VECTORS)], list_count=64)


@pytest.fixture
def flat_file(tmp_path: Path) -> Path:
    return write_vectors(tmp_path, FlatVectors(ROWS, VECTORS), STATE)


@pytest.fixture
def lists_file(tmp_path: Path, lists: ListedVectors) -> Path:
    return write_vectors(tmp_path, lists, STATE)


def test_single_vectors_come_back(flat_file: Path) -> None:
    vectors, state = read_vectors(flat_file, dimension=DIMENSION)
    assert isinstance(vectors, FlatVectors)
    assert (vectors.rows.tolist(), vectors.vectors.tolist(), state) == (ROWS.tolist(), VECTORS.tolist(), STATE)


def test_lists_come_back_and_stay_on_disk(lists_file: Path, lists: ListedVectors) -> None:
    again, state = read_vectors(lists_file, dimension=DIMENSION)
    assert isinstance(again, ListedVectors)
    assert (again.place, again.rows.pairs(), state) == (lists_file, [(1, 999), (2000, 4999)], STATE)
    for place in range(0, len(ROWS), 500):
        query = VECTORS[place : place + 1]
        assert again.candidates(query, k=50).tolist() == lists.candidates(query, k=50).tolist()


def test_lists_on_disk_are_merged_written_again_and_found_the_same(lists_file: Path, tmp_path: Path) -> None:
    opened, _ = read_vectors(lists_file, dimension=DIMENSION)
    assert isinstance(opened, ListedVectors)
    place = write_vectors(tmp_path, opened.merged(opened.rows.without(1, 500), ()), State(8, "next"))
    again, _ = read_vectors(place, dimension=DIMENSION)
    assert isinstance(again, ListedVectors)
    assert again.rows.pairs() == [(501, 999), (2000, 4999)]
    assert opened.candidates(VECTORS[:1], k=1).tolist() == [1], "a file that was removed can still be read where open"


def test_only_the_file_of_the_last_generation_stays(tmp_path: Path) -> None:
    for generation in (9, 10, 11):
        write_vectors(tmp_path, FlatVectors.empty(DIMENSION), State(generation, "mark"))
    assert [path.name for path in vector_files(tmp_path)] == ["vectors-11.faiss"]


def test_name_that_no_generation_has_comes_last(tmp_path: Path) -> None:
    place = write_vectors(tmp_path, FlatVectors(ROWS, VECTORS), STATE)
    stray = tmp_path / "vectors-².faiss"
    stray.touch()
    assert vector_files(tmp_path) == [place, stray]


def test_empty_index_comes_back(tmp_path: Path) -> None:
    vectors, _ = read_vectors(write_vectors(tmp_path, FlatVectors.empty(DIMENSION), STATE), dimension=DIMENSION)
    assert len(vectors) == 0


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.9, 0.999])
@pytest.mark.parametrize("kind", ["flat_file", "lists_file"])
def test_file_cut_anywhere_is_damage(request: pytest.FixtureRequest, kind: str, share: float) -> None:
    path: Path = request.getfixturevalue(kind)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(LibraryDamaged, match=path.name):
        read_vectors(path, dimension=DIMENSION)


def flipped(path: Path, place: Callable[[int], int]) -> None:
    content = bytearray(path.read_bytes())
    content[place(len(content))] ^= 0x10
    path.write_bytes(content)


@pytest.mark.parametrize(
    "place",
    [lambda size: 0, lambda size: size // 2, lambda size: size - 60, lambda size: size - 1],
)
def test_flipped_bit_among_single_vectors_is_damage(flat_file: Path, place: Callable[[int], int]) -> None:
    flipped(flat_file, place)
    with pytest.raises(LibraryDamaged, match=r"agree|does not end"):
        read_vectors(flat_file, dimension=DIMENSION)


@pytest.mark.parametrize("place", [lambda size: 30, lambda size: 2000, lambda size: size - 100, lambda size: size - 20])
def test_flipped_bit_in_head_or_footer_of_lists_is_damage(lists_file: Path, place: Callable[[int], int]) -> None:
    assert read_footer(lists_file).head_bytes > 2000
    flipped(lists_file, place)
    with pytest.raises(LibraryDamaged, match=r"agree|does not end"):
        read_vectors(lists_file, dimension=DIMENSION)


def test_flipped_bit_in_the_body_of_lists_is_found_by_the_whole_check(lists_file: Path) -> None:
    check_body(lists_file)
    footer = read_footer(lists_file)
    flipped(lists_file, lambda size: footer.body_bytes - 3)
    read_vectors(lists_file, dimension=DIMENSION)
    with pytest.raises(LibraryDamaged, match="does not agree with its checksum"):
        check_body(lists_file)


def test_other_dimension_is_damage(flat_file: Path) -> None:
    with pytest.raises(LibraryDamaged, match="dimension 16, not 9"):
        read_vectors(flat_file, dimension=9)


def test_file_of_the_earlier_layout_is_known_and_not_opened(tmp_path: Path, flat_file: Path) -> None:
    earlier = tmp_path / "vectors-3.faiss"
    earlier.write_bytes(b'{"generation": 3, "token": "x", "sha256": "00"}\nIxM2')
    assert is_of_earlier_layout(earlier)
    assert not is_of_earlier_layout(flat_file)
    with pytest.raises(LibraryDamaged, match="does not end"):
        read_vectors(earlier, dimension=DIMENSION)


def test_file_that_goes_away_while_it_is_opened_is_told_as_damage(
    lists_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def footer_of_one_that_goes(path: Path) -> Footer:
        footer = read_footer(path)
        path.unlink()
        return footer

    monkeypatch.setattr("indexes.vectors.files.read_footer", footer_of_one_that_goes)
    with pytest.raises(LibraryDamaged, match="cannot be read"):
        read_vectors(lists_file, dimension=DIMENSION)
