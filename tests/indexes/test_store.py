from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from factories import make_paper, make_passage
from fake_encoder import FakeEncoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexes.errors import BadInput, IndexMismatch, LibraryDamaged, NotFound
from indexes.library import Library, open_library
from indexes.listing import PaperOrder
from indexes.records import Box, Language, Paper, PassageKind, Span
from indexes.store import Store


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(tmp_path / "library", encoder=FakeEncoder(), create=True) as library:
        yield library


@pytest.fixture
def store(library: Library) -> Store:
    return library.store


def put(library: Library, paper: Paper, *texts: str, document_json: str = "{}") -> None:
    passages = [make_passage(paper_id=paper.paper_id, ordinal=n, text=text) for n, text in enumerate(texts)]
    vectors = library.encoder.encode_passages(texts)
    library.store.put_paper(paper, passages, vectors, parser="hand/1", document_json=document_json)


def ids(store: Store, **filters: object) -> list[str]:
    return [stored.paper.paper_id for stored in store.papers(**filters)]  # type: ignore[arg-type]


def test_paper_comes_back_as_it_was(library: Library) -> None:
    paper = make_paper(
        arxiv_id="2401.00001v2",
        doi="10.1/AbC",
        categories=("cs.CL", "cs.IR"),
        language=Language.JAPANESE,
        title="鶴を数える",
    )
    put(library, paper, "one", "two", document_json='{"ページ": 1}')
    stored = library.store.paper(paper.paper_id)
    assert (stored.paper, stored.passage_count, stored.parser) == (paper, 2, "hand/1")
    assert stored.added_at.endswith("+00:00")
    assert library.store.document_json(paper.paper_id) == '{"ページ": 1}'
    assert library.store.paper_with_content(paper.content_sha256) == stored
    assert library.store.paper_with_content("f" * 64) is None


boxes = st.none() | st.builds(Box, *[st.floats(0, 1000)] * 4)
spans = st.builds(Span, st.integers(0, 100), st.integers(101, 200), st.integers(1, 99), boxes)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
            st.text(st.characters(exclude_categories=["Cs"])),
            st.sampled_from(PassageKind),
            st.lists(spans, max_size=3),
        ),
        max_size=4,
    )
)
def test_passages_come_back_as_they_were(library: Library, drawn: list) -> None:
    paper = make_paper()
    passages = tuple(
        make_passage(ordinal=n, text=text, section=section, kind=kind, spans=tuple(spans))
        for n, (text, section, kind, spans) in enumerate(drawn)
    )
    vectors = library.encoder.encode_passages([passage.text for passage in passages])
    library.store.put_paper(paper, passages, vectors, parser="hand/1", document_json="{}")
    assert library.store.passages(paper.paper_id) == passages


def test_put_replaces_the_paper_and_its_sheets_but_not_when_it_was_added(library: Library) -> None:
    put(library, make_paper(), "old one", "old two")
    added_at = library.store.paper("0123456789ab").added_at
    library.sheets.put("0123456789ab", language=Language.ENGLISH, generator="g", sheet_json="{}")
    put(library, make_paper(title="New"), "new")
    stored = library.store.paper("0123456789ab")
    assert (stored.paper.title, stored.passage_count, stored.added_at) == ("New", 1, added_at)
    assert [passage.text for passage in library.store.passages("0123456789ab")] == ["new"]
    assert library.sheets.get("0123456789ab", language=Language.ENGLISH, generator="g") is None
    assert library.store.count_papers() == 1


def test_every_write_draws_a_generation_and_a_failed_one_none(library: Library) -> None:
    assert library.store.generation() == 0
    put(library, make_paper(), "a")
    put(library, make_paper(), "b")
    assert library.store.generation() == 2
    with pytest.raises(IndexMismatch, match=r"\(1, 5\).*\(1, 32\)"):
        library.store.put_paper(
            make_paper(), [make_passage()], np.ones((1, 5), dtype=np.float32), parser="x", document_json="{}"
        )
    with pytest.raises(NotFound):
        library.store.remove_paper("absent")
    assert library.store.generation() == 2
    library.store.remove_paper("0123456789ab")
    assert library.store.generation() == 3


def test_failed_put_leaves_the_old_paper(library: Library) -> None:
    put(library, make_paper(), "old")
    twice = [make_passage(), make_passage()]
    with pytest.raises(LibraryDamaged):
        library.store.put_paper(
            make_paper(title="New"), twice, library.encoder.encode_passages(["a", "b"]), parser="x", document_json="{}"
        )
    assert library.store.paper("0123456789ab").paper.title == make_paper().title
    assert [passage.text for passage in library.store.passages("0123456789ab")] == ["old"]


def test_removed_paper_is_gone(library: Library) -> None:
    put(library, make_paper(), "a")
    library.store.remove_paper("0123456789ab")
    for ask in (library.store.paper, library.store.passages, library.store.document_json, library.store.file_of):
        with pytest.raises(NotFound, match="0123456789ab"):
            ask("0123456789ab")


def test_row_numbers_are_never_used_twice(library: Library) -> None:
    put(library, make_paper(), "a", "b")
    first = library.log.all_rows().tolist()
    library.store.remove_paper("0123456789ab")
    put(library, make_paper(), "a")
    assert set(first).isdisjoint(library.log.all_rows().tolist())


@pytest.fixture
def three(library: Library) -> Store:
    put(library, make_paper(paper_id="a1", title="beta Cranes", published="2024", content_sha256="1" * 64), "x")
    put(
        library,
        make_paper(
            paper_id="a2",
            title="Alpha ＣＲＡＮＥＳ",
            published="2024-03-29",
            authors=("Zoë 100%",),
            content_sha256="2" * 64,
        ),
        "x",
    )
    put(
        library,
        make_paper(paper_id="b3", title="鶴", published=None, language=Language.JAPANESE, content_sha256="3" * 64),
        "x",
    )
    return library.store


def test_papers_are_ordered(three: Store) -> None:
    assert ids(three) == ["b3", "a2", "a1"]
    assert ids(three, order=PaperOrder.PUBLISHED) == ["a2", "a1", "b3"]
    assert ids(three, order=PaperOrder.TITLE) == ["a2", "a1", "b3"]
    assert ids(three, order=PaperOrder.TITLE, limit=1, offset=1) == ["a1"]


def test_papers_are_filtered(three: Store) -> None:
    assert ids(three, text="cranes", order=PaperOrder.TITLE) == ["a2", "a1"]
    assert ids(three, text="ZOË 100%") == ["a2"]
    assert ids(three, text="100_") == []
    assert ids(three, language=Language.JAPANESE) == ["b3"]
    assert ids(three, published_from="2024-02") == ["a2"]
    assert ids(three, published_to="2024-01") == ["a1"]
    assert ids(three, published_from="2024", published_to="2024") == ["a2", "a1"]
    assert three.count_papers(text="cranes", published_to="2024-02-30") == 1


def test_resolve_knows_every_name_of_a_paper(library: Library) -> None:
    put(library, make_paper(paper_id="abc123", arxiv_id="2310.10631v2", doi="10.1000/X.Y"), "x")
    put(library, make_paper(paper_id="abd", content_sha256="4" * 64), "x")
    put(library, make_paper(paper_id="ab_", content_sha256="5" * 64), "x")
    names = ("abc123", "2310.10631", "arXiv:2310.10631v7", "https://arxiv.org/abs/2310.10631", "10.1000/x.y")
    for name in (*names, "https://doi.org/10.1000/X.y", " abc123 "):
        assert library.store.resolve(name) == "abc123"
    assert library.store.resolve("ab_") == "ab_"
    for name in ("", "zzz", "%", "2310"):
        with pytest.raises(NotFound):
            library.store.resolve(name)


def test_beginning_of_an_id_names_its_paper_from_six_characters_on(library: Library) -> None:
    for number, name in enumerate(("6abc0012", "6abc0034", "77")):
        put(library, make_paper(paper_id=name, content_sha256=str(number) * 64), "x")
    assert library.store.resolve("6abc001") == "6abc0012"
    assert library.store.resolve("77") == "77"
    with pytest.raises(BadInput, match="several ids: 6abc0012, 6abc0034"):
        library.store.resolve("6abc00")
    for name in ("7", "6abc0"):
        with pytest.raises(NotFound) as caught:
            library.store.resolve(name)
        assert "at least 6 characters" in caught.value.hint


def test_several_names_of_one_paper_are_one(library: Library) -> None:
    put(library, make_paper(paper_id="b", content_sha256="1" * 64, doi="10.1/B"), "x")
    put(library, make_paper(paper_id="a", content_sha256="2" * 64), "x")
    assert library.store.resolve_all(["b", "a", "10.1/b"]) == ("b", "a")
    with pytest.raises(NotFound):
        library.store.resolve_all(["a", "c"])
