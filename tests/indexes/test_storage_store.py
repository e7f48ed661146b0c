from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from factories import make_paper, make_passage
from fake_encoder import FakeEncoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexes.errors import IndexMismatch, LibraryDamaged, NotFound
from indexes.library import Library, open_library
from indexes.records import Box, Language, Paper, PassageKind, Span


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(tmp_path / "library", encoder=FakeEncoder(), create=True) as library:
        yield library


def put(library: Library, paper: Paper, *texts: str, document_json: str = "{}") -> None:
    passages = [make_passage(paper_id=paper.paper_id, ordinal=n, text=text) for n, text in enumerate(texts)]
    vectors = library.encoder.encode_passages(texts)
    library.store.put_paper(paper, passages, vectors, parser="hand/1", document_json=document_json)


def test_paper_comes_back_as_it_was(library: Library) -> None:
    paper = make_paper(
        arxiv_id="2401.00001v2",
        doi="10.1/AbC",
        categories=("cs.CL", "cs.IR"),
        language=Language.JAPANESE,
        title="鶴を数える",
    )
    put(library, paper, "one", "two", document_json='{"ページ": 1}')
    stored = library.papers.get(paper.paper_id)
    assert (stored.paper, stored.passage_count, stored.parser) == (paper, 2, "hand/1")
    assert stored.added_at.endswith("+00:00")
    assert library.papers.document_json(paper.paper_id) == '{"ページ": 1}'
    assert library.papers.with_content(paper.content_sha256) == stored
    assert library.papers.with_content("f" * 64) is None


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
    assert library.papers.passages(paper.paper_id) == passages


def test_put_replaces_the_paper_and_its_sheets_but_not_when_it_was_added(library: Library) -> None:
    put(library, make_paper(), "old one", "old two")
    added_at = library.papers.get("0123456789ab").added_at
    library.sheets.put("0123456789ab", language=Language.ENGLISH, generator="g", sheet_json="{}")
    put(library, make_paper(title="New"), "new")
    stored = library.papers.get("0123456789ab")
    assert (stored.paper.title, stored.passage_count, stored.added_at) == ("New", 1, added_at)
    assert [passage.text for passage in library.papers.passages("0123456789ab")] == ["new"]
    assert library.sheets.get("0123456789ab", language=Language.ENGLISH, generator="g") is None
    assert library.papers.count() == 1


def test_every_write_draws_a_generation_and_a_failed_one_none(library: Library) -> None:
    assert library.generation() == 0
    put(library, make_paper(), "a")
    put(library, make_paper(), "b")
    assert library.generation() == 2
    with pytest.raises(IndexMismatch, match=r"\(1, 5\).*\(1, 32\)"):
        library.store.put_paper(
            make_paper(), [make_passage()], np.ones((1, 5), dtype=np.float32), parser="x", document_json="{}"
        )
    with pytest.raises(NotFound):
        library.store.remove_paper("absent")
    assert library.generation() == 2
    library.store.remove_paper("0123456789ab")
    assert library.generation() == 3


def test_failed_put_leaves_the_old_paper(library: Library) -> None:
    put(library, make_paper(), "old")
    twice = [make_passage(), make_passage()]
    with pytest.raises(LibraryDamaged):
        library.store.put_paper(
            make_paper(title="New"), twice, library.encoder.encode_passages(["a", "b"]), parser="x", document_json="{}"
        )
    assert library.papers.get("0123456789ab").paper.title == make_paper().title
    assert [passage.text for passage in library.papers.passages("0123456789ab")] == ["old"]


def test_removed_paper_is_gone(library: Library) -> None:
    put(library, make_paper(), "a")
    library.store.remove_paper("0123456789ab")
    for ask in (library.papers.get, library.papers.passages, library.papers.document_json, library.papers.file_of):
        with pytest.raises(NotFound, match="0123456789ab"):
            ask("0123456789ab")


def test_row_numbers_are_never_used_twice(library: Library) -> None:
    put(library, make_paper(), "a", "b")
    first = library.log.all_rows().tolist()
    library.store.remove_paper("0123456789ab")
    put(library, make_paper(), "a")
    assert set(first).isdisjoint(library.log.all_rows().tolist())
