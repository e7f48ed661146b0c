import math
import resource
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tantivy

from indexes.analysis import terms_of
from indexes.errors import LibraryDamaged, LibraryError
from indexes.japanese.glossary import Alternative, Translation
from indexes.keywords import index as keyword_index
from indexes.keywords import searching
from indexes.keywords.files import check_footers, remove_index
from indexes.keywords.index import KeywordIndex
from indexes.keywords.schema import is_of_this_schema
from indexes.storage.paper_writing import State
from indexes.storage.row_log import IndexedText, RowRange

TEXTS = (
    "cranes fly over the marsh",
    "the drone counts cranes and cranes",
    "marsh birds are counted by people walking for hours in the cold morning",
    "nothing of the kind",
)
NOW = State(3, "mark")


def text(row: int, words: str, **changes: str) -> IndexedText:
    fields = {"paper_id": "p", "title": "", "section": ""} | changes
    return IndexedText(row=row, text=words, **fields)


def built(folder: Path, *texts: IndexedText, state: State = NOW) -> KeywordIndex:
    index = KeywordIndex(folder, create=True)
    index.apply(removed=(), added=texts, state=state, anew=True)
    return index


def found(index: KeywordIndex, *terms: str) -> list[int]:
    rows, _ = index.search(index.weighed(terms), k=10)
    return [int(row) for row in rows]


def bm25(term: str, document: str, documents: tuple[str, ...]) -> float:
    """Robertson's BM25 as Lucene and tantivy write it, k1 1.2 and b 0.75.

    The document that notes the index's state is counted too: one more, without words.
    """
    bags = [terms_of(words) for words in documents]
    count = len(bags) + 1
    containing = sum(term in bag for bag in bags)
    inverse = math.log(1 + (count - containing + 0.5) / (containing + 0.5))
    bag = terms_of(document)
    mean_length = sum(map(len, bags)) / count
    frequency = bag.count(term)
    return inverse * 2.2 * frequency / (frequency + 1.2 * (0.25 + 0.75 * len(bag) / mean_length))


def test_scores_follow_the_formula(tmp_path: Path) -> None:
    index = built(tmp_path / "k", *(text(row, words) for row, words in enumerate(TEXTS)))
    query = terms_of("cranes counting marsh")  # no two of them stand side by side, so pairs add nothing
    expected = [sum(bm25(term, words, TEXTS) for term in query) for words in TEXTS]
    rows, scores = index.search(index.weighed(query), k=4)
    assert rows.tolist() == sorted((row for row in range(4) if expected[row]), key=lambda row: -expected[row])
    assert scores == pytest.approx(sorted(filter(None, expected), reverse=True), rel=1e-4)
    asked = np.array([2, 3, 0], dtype=np.int64)
    assert index.scores(index.weighed(query), asked) == pytest.approx([expected[row] for row in asked], rel=1e-4)


def test_neighbouring_words_count_more(tmp_path: Path) -> None:
    index = built(tmp_path / "k", text(1, "rate of the death of birds"), text(2, "death rate of all the birds"))
    rows, scores = index.search(index.weighed(terms_of("death rate")), k=2)
    assert rows.tolist() == [2, 1]
    assert scores[0] > scores[1]


def test_rarity_is_counted_within_the_papers_asked_for(tmp_path: Path) -> None:
    """Cranes are everywhere in paper p and rare in the library; wind is the reverse."""
    own = [text(row, "cranes") for row in range(1, 6)] + [text(6, "wind")]
    others = [text(row, "wind", paper_id="q") for row in range(10, 60)]
    index = built(tmp_path / "k", *own, *others)
    assert index.search(index.weighed(["crane", "wind"]), k=1)[0].tolist() == [1]
    assert index.search(index.weighed(["crane", "wind"], paper_ids=["p"]), k=1)[0].tolist() == [6]


def test_translations_of_a_word_find_passages(tmp_path: Path) -> None:
    index = built(tmp_path / "k", *(text(row, words) for row, words in enumerate(TEXTS)))
    bird = Translation("鳥", (Alternative(("bird",), 1.0), Alternative(("crane",), 0.4)))
    rows, scores = index.search(index.weighed([], translations=[bird]), k=4)
    assert set(rows.tolist()) == {0, 1, 2}
    assert np.allclose(index.scores(index.weighed([], translations=[bird]), rows), scores)
    assert index.search(index.weighed([], translations=[bird], paper_ids=["elsewhere"]), k=4)[0].tolist() == []


def test_large_index_finds_and_scores_as_a_small_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [text(row, words) for row, words in enumerate(TEXTS)] + [text(9, "it rests", title="A Stork at Dusk")]
    index = built(tmp_path / "k", *rows)
    cases = [(["drone", "count", "marsh"], 1), (["stork", "dusk"], 1), (["crane", "marsh"], 5), (["absent"], 1)]
    whole = [index.search(index.weighed(terms), k=k) for terms, k in cases]
    monkeypatch.setattr(searching, "LEAPING_FROM", 0)
    assert index._search.leaping(index.weighed(["stork", "dusk"]), 1)[0].tolist() == [9]
    for (terms, k), (expected, scores) in zip(cases, whole, strict=True):
        found_rows, found_scores = index.search(index.weighed(terms), k=k)
        assert found_rows.tolist() == expected.tolist()
        np.testing.assert_allclose(found_scores, scores, rtol=1e-6)


def test_search_that_found_all_knows_the_others_score_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = built(tmp_path / "k", *(text(row, words) for row, words in enumerate(TEXTS)))
    query = index.weighed(["drone"])
    rows, scores = index.search(query, k=2)
    monkeypatch.setattr(searching.KeywordSearch, "_best", None)
    assert index.scores(query, np.array([0, 1, 3])).tolist() == [0.0, scores[0], 0.0]
    assert rows.tolist() == [1]


def test_few_papers_and_many_are_asked_for_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = built(tmp_path / "k", *(text(row, f"cranes {row}", paper_id=f"p{row % 4}") for row in range(40)))
    few = index.search(index.weighed(["crane", "7"], paper_ids=["p1", "p3"]), k=50)
    monkeypatch.setattr(searching, "MOST_PAPERS_ONE_BY_ONE", 1)
    many = index.search(index.weighed(["crane", "7"], paper_ids=["p1", "p3"]), k=50)
    assert len(few[0]) == 20
    assert (few[0].tolist(), few[1].tolist()) == (many[0].tolist(), many[1].tolist())


def test_search_stays_within_papers(tmp_path: Path) -> None:
    texts = [text(row, "cranes", paper_id=f"paper{row % 3}") for row in range(9)]
    index = built(tmp_path / "k", *texts)
    rows, _ = index.search(index.weighed(["crane"], paper_ids=["paper1", "paper2", "unknown"]), k=10)
    assert rows.tolist() == [1, 2, 4, 5, 7, 8]


def test_title_and_section_are_searched_too(tmp_path: Path) -> None:
    index = built(tmp_path / "k", text(1, "a", title="Cranes"), text(2, "b", section="4 Marsh"), text(3, "c"))
    assert index.search(index.weighed(["crane"]), k=5)[0].tolist() == [1]
    assert index.search(index.weighed(["marsh"]), k=5)[0].tolist() == [2]


def test_equal_scores_are_ordered_by_row_even_beyond_k(tmp_path: Path) -> None:
    index = built(tmp_path / "k", *(text(row, "cranes") for row in range(200, 0, -1)))
    assert index.search(index.weighed(["crane"]), k=2)[0].tolist() == [1, 2]


def test_removed_rows_are_gone(tmp_path: Path) -> None:
    index = built(tmp_path / "k", *(text(row, "cranes") for row in range(1, 7)))
    index.apply(removed=[RowRange(2, 4)], added=[text(9, "cranes")], state=State(4, "next"), anew=False)
    assert index.rows().tolist() == [1, 5, 6, 9]
    assert index.state == State(4, "next")


def test_state_is_committed_with_the_rows(tmp_path: Path) -> None:
    built(tmp_path / "k", text(1, "cranes"))
    assert KeywordIndex(tmp_path / "k").state == NOW


def test_another_process_sees_a_commit_after_reload(tmp_path: Path) -> None:
    index = built(tmp_path / "k", text(1, "cranes"))
    other = KeywordIndex(tmp_path / "k")
    index.apply(removed=(), added=[text(2, "cranes")], state=State(4, "x"), anew=False)
    assert other.search(other.weighed(["crane"]), k=5)[0].tolist() == [1]
    other.reload()
    assert other.search(other.weighed(["crane"]), k=5)[0].tolist() == [1, 2]


def test_no_terms_find_nothing(tmp_path: Path) -> None:
    index = built(tmp_path / "k", text(1, "cranes"))
    assert index.search(index.weighed([]), k=5)[0].tolist() == []
    assert index.scores(index.weighed([]), np.array([1], dtype=np.int64)).tolist() == [0.0]


@pytest.mark.parametrize("change", ["flip", "truncate", "empty", "remove"])
def test_every_damaged_file_is_noticed(tmp_path: Path, change: str) -> None:
    built(tmp_path / "k", *(text(row, f"cranes number {row}") for row in range(50)))
    names = [path.name for path in (tmp_path / "k").iterdir() if not path.name.startswith(".")]
    assert len(names) > 5
    for name in names:
        path = tmp_path / "k" / name
        content = path.read_bytes()
        damage(path, content, change)
        with pytest.raises(LibraryDamaged, match="keyword index"):
            KeywordIndex(tmp_path / "k")
        path.write_bytes(content)
    assert found(KeywordIndex(tmp_path / "k"), "7") == [7]


def test_large_file_is_read_whole_by_the_full_check_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built(tmp_path / "k", *(text(row, f"cranes number {row}") for row in range(2000)))
    large = max((tmp_path / "k").iterdir(), key=lambda path: path.stat().st_size)
    content = large.read_bytes()
    monkeypatch.setattr(keyword_index, "CHECKED_AT_OPENING_BYTES", len(content) - 1)
    large.write_bytes(bytes([content[0] ^ 0xFF]) + content[1:])
    check_footers(tmp_path / "k", most_bytes=keyword_index.CHECKED_AT_OPENING_BYTES)
    with pytest.raises(LibraryDamaged, match=large.name):
        check_footers(tmp_path / "k")
    large.write_bytes(content[:-20])
    with pytest.raises(LibraryDamaged, match=large.name):
        KeywordIndex(tmp_path / "k")


def damage(path: Path, content: bytes, change: str) -> None:
    middle = len(content) // 2
    if change == "flip":
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :])
    elif change == "remove":
        path.unlink()
    else:
        path.write_bytes(content[:middle] if change == "truncate" else b"")


def test_half_written_file_of_a_process_that_ended_is_no_damage(tmp_path: Path) -> None:
    built(tmp_path / "k", text(1, "cranes"))
    (tmp_path / "k" / f"{'0f' * 16}.fast").write_bytes(b"half")
    assert found(KeywordIndex(tmp_path / "k"), "crane") == [1]


def test_index_in_memory_finds_and_scores_as_one_on_disk(tmp_path: Path) -> None:
    texts = [text(row, words, paper_id=f"p{row % 2}") for row, words in enumerate(TEXTS)]
    on_disk, in_memory = built(tmp_path / "k", *texts), KeywordIndex(None)
    in_memory.apply(removed=(), added=texts, state=NOW, anew=True)
    assert in_memory.state == NOW
    for paper_ids in (None, ["p0"]):
        expected = on_disk.search(on_disk.weighed(["crane", "marsh"], paper_ids=paper_ids), k=9)
        given = in_memory.search(in_memory.weighed(["crane", "marsh"], paper_ids=paper_ids), k=9)
        assert (given[0].tolist(), given[1].tolist()) == (expected[0].tolist(), expected[1].tolist())


def test_error_of_the_texts_is_let_through_and_nothing_is_written(tmp_path: Path) -> None:
    index = built(tmp_path / "k", text(1, "cranes"))

    def broken() -> Iterator[IndexedText]:
        yield text(2, "cranes")
        raise ValueError("not the index's own")

    with pytest.raises(ValueError, match="not the index's own"):
        index.apply(removed=(), added=broken(), state=State(4, "x"), anew=False)
    index.reload()
    assert (index.rows().tolist(), index.state) == ([1], NOW)


def test_index_with_other_fields_is_known_by_them(tmp_path: Path) -> None:
    built(tmp_path / "ours", text(1, "cranes"))
    other_schema(tmp_path / "other")
    assert is_of_this_schema(tmp_path / "ours")
    assert not is_of_this_schema(tmp_path / "other")
    with pytest.raises(LibraryDamaged):
        is_of_this_schema(tmp_path)


def other_schema(folder: Path) -> None:
    folder.mkdir()
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("words")
    tantivy.Index(builder.build(), path=str(folder)).writer(15_000_000, 1).commit()


def test_write_that_finds_no_room_is_our_error(tmp_path: Path) -> None:
    index = built(tmp_path / "k", text(1, "cranes"))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(LibraryError, match="keyword"):
            index.apply(removed=(), added=[text(2, "cranes")], state=State(4, "x"), anew=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert found(KeywordIndex(tmp_path / "k"), "crane") == [1]


def test_index_that_cannot_be_removed_is_said_so(tmp_path: Path) -> None:
    remove_index(tmp_path / "none")
    (tmp_path / "file").touch()
    with pytest.raises(LibraryError, match="file"):
        remove_index(tmp_path / "file")


def test_long_query_of_many_words_ends_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = [f"w{number}" for number in range(1500)]
    index = built(tmp_path / "k", *(text(row, " ".join(words[row::40])) for row in range(40)))
    monkeypatch.setattr(searching, "LEAPING_FROM", 0)
    query = index.weighed(words)
    rows = np.arange(40, dtype=np.int64)
    scores = index.scores(query, rows)
    assert (scores > 0).all()


def test_words_looked_up_together_score_as_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = built(tmp_path / "k", *(text(row, words) for row, words in enumerate(TEXTS)))
    terms, rows = ["drone", "count", "marsh", "crane"], np.arange(4, dtype=np.int64)
    alone = index.scores(index.weighed(terms), rows)
    monkeypatch.setattr(searching, "MOST_LEVELS", 2)
    assert index.scores(index.weighed(terms), rows).tolist() == pytest.approx(alone.tolist(), rel=1e-6)
