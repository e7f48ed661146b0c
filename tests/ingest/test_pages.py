"""Notes pages in the library: split, linked, brought up to date as a whole or not at all."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_encoder import FakeEncoder
from notes_pages import ALL, CRANES, PAGES, detailed_page, headings_page

from indexes.doctor.examining import check_library
from indexes.errors import LibraryFull
from indexes.library import Library, open_library
from indexes.records import PaperRole, PassageKind
from ingest.fetch import FetchSettings
from ingest.limits import ParsingLimits
from ingest.pipeline import ingest_sources
from ingest.report import IngestReport


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(tmp_path / "library", encoder=FakeEncoder(), create=True) as library:
        yield library


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "week.md"
    path.write_text(headings_page())
    return path


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    path = tmp_path / "papers.jsonl"
    lines = [{"paper_id": told.arxiv, "title": told.title, "text": f"{told.text} It was cold."} for told in ALL]
    path.write_text("\n".join(json.dumps(line) for line in lines))
    return path


def ingest(library: Library, *paths: Path) -> IngestReport:
    return ingest_sources(
        [str(path) for path in paths], library=library, limits=ParsingLimits(), jobs=1, fetching=FetchSettings()
    )


def links(library: Library) -> dict[str, str | None]:
    notes = library.papers.listed(role=PaperRole.NOTE)
    return {stored.paper.title: stored.paper.about for stored in notes if "#" in stored.paper.source}


def test_a_page_becomes_a_note_a_paper(library: Library, page: Path) -> None:
    report = ingest(library, page)
    assert [added.source.removeprefix(str(page)) for added in report.added] == ["", "#1", "#2", "#3"]
    for added in report.added:
        assert {passage.kind for passage in library.papers.passages(added.paper_id)} == {PassageKind.NOTE}
        assert library.papers.file_of(added.paper_id).read_bytes() == page.read_bytes()
    assert check_library(library.path) == ()


def test_an_unchanged_page_is_left_alone(library: Library, page: Path) -> None:
    first = ingest(library, page)
    generation = library.generation()
    again = ingest(library, page)
    assert [same.paper_id for same in again.unchanged] == [added.paper_id for added in first.added]
    assert (again.added, again.removed, again.failed) == ((), (), ())
    assert library.generation() == generation


def test_a_copy_of_a_page_is_unchanged(library: Library, page: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.md").write_bytes(page.read_bytes())
    report = ingest(library, page, tmp_path / "copy.md")
    assert (len(report.added), len(report.unchanged)) == (4, 1)


def test_an_edited_entry_alone_is_replaced(library: Library, page: Path) -> None:
    first = ingest(library, page)
    kept_rows = {added.paper_id: library.log.rows_of_papers([added.paper_id]).tolist() for added in first.added}
    page.write_text(headings_page().replace("A microphone beside", "A good microphone beside"))
    again = ingest(library, page)
    assert [added.source.rpartition("#")[2] for added in again.added] == ["2"]
    assert [removed.paper_id for removed in again.removed] == [first.added[2].paper_id]
    assert len(again.unchanged) == 3
    for same in again.unchanged:
        assert library.log.rows_of_papers([same.paper_id]).tolist() == kept_rows[same.paper_id]
        assert library.papers.file_of(same.paper_id).read_bytes() == page.read_bytes()
    assert library.papers.count() == 4
    assert check_library(library.path) == ()


def test_an_entry_that_is_gone_from_the_page_is_removed_and_comes_back(library: Library, page: Path) -> None:
    whole = headings_page()
    ingest(library, page)
    page.write_text(whole[: whole.index("## River Ice")])
    assert len(ingest(library, page).removed) == 1
    assert library.papers.count() == 3
    page.write_text(whole)
    assert len(ingest(library, page).added) == 1
    assert check_library(library.path) == ()


def test_an_entry_that_was_removed_by_hand_comes_back_with_the_same_page(library: Library, page: Path) -> None:
    first = ingest(library, page)
    library.store.remove_paper(first.added[1].paper_id)
    again = ingest(library, page)
    assert [added.paper_id for added in again.added] == [first.added[1].paper_id]


def test_another_page_of_the_same_name_removes_nothing(library: Library, page: Path) -> None:
    ingest(library, page)
    other = headings_page()
    for place, told in enumerate(ALL):
        other = other.replace(told.title, f"Another title number {place}").replace(told.arxiv, f"2404.2000{place}")
    page.write_text(other.replace("Three papers", "Some papers").replace("# Weekly paper notes", "# Other paper notes"))
    report = ingest(library, page)
    assert (len(report.added), report.removed) == (4, ())
    assert library.papers.count() == 8


def test_a_page_is_stored_whole_or_not_at_all(library: Library, page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ingest(library, page)
    before = [stored.paper for stored in library.papers.listed()]
    page.write_text(headings_page().replace("dusk", "dawn").replace("worn bearings", "old bearings"))
    written: list[Any] = []

    def break_second(*arguments: Any) -> None:
        written.append(arguments)
        if len(written) == 2:
            raise LibraryFull("disk full", hint="free some")

    monkeypatch.setattr("indexes.storage.store.link", break_second)
    with pytest.raises(LibraryFull):
        ingest(library, page)
    assert [stored.paper for stored in library.papers.listed()] == before
    monkeypatch.undo()
    assert len(ingest(library, page).removed) == 2
    assert check_library(library.path) == ()


@pytest.mark.parametrize("is_page_first", [True, False])
@pytest.mark.parametrize("name", ["headings.md", "detailed.txt", "translated.txt", "table.md", "page.html"])
def test_notes_are_linked_in_either_order(
    library: Library, papers: Path, tmp_path: Path, name: str, is_page_first: bool
) -> None:
    page = tmp_path / name
    page.write_text(PAGES[name])
    for path in [page, papers] if is_page_first else [papers, page]:
        assert not ingest(library, path).failed
    found = links(library)
    assert sorted(found.values(), key=str) == sorted(told.arxiv for told in ALL)
    for told in ALL:
        assert next(about for title, about in found.items() if told.title in title) == told.arxiv
    library.store.remove_paper(CRANES.arxiv)
    assert list(links(library).values()).count(None) == 1
    ingest(library, papers)
    assert links(library) == found


def test_a_question_about_a_paper_searches_its_notes_too(library: Library, page: Path, papers: Path) -> None:
    ingest(library, page, papers)
    (note,) = [stored.paper for stored in library.papers.listed() if stored.paper.about == CRANES.arxiv]
    assert library.papers.with_notes([CRANES.arxiv]) == (CRANES.arxiv, note.paper_id)
    assert library.papers.count(role=PaperRole.NOTE) == 4
    assert library.papers.count(role=PaperRole.PAPER) == 3


def test_a_page_of_many_encodings_is_the_same_page(library: Library, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(detailed_page().encode("utf-8"))
    (tmp_path / "b.txt").write_bytes(detailed_page().encode("cp932"))
    first, second = ingest(library, tmp_path / "a.txt"), ingest(library, tmp_path / "b.txt")
    assert [same.paper_id for same in second.unchanged] == [added.paper_id for added in first.added]
