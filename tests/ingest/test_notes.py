"""Pages of notes are split by paper, completely, and texts about one thing are not."""

import re
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notes_pages import ALL, PAGES, PAPERS, detailed_page, table_page

from indexes.records import Language, PaperRole, SourceKind
from ingest.document import BlockKind, ParsedDocument
from ingest.html import page_pieces
from ingest.kinds import kind_of
from ingest.markdown import parse_markdown
from ingest.notes.documents import documents_of_page, note_id_of
from ingest.notes.reading import read_page
from ingest.notes.single import note_or_paper

REFERENCES = {
    "000_2063bfc8cdfcea9e.txt": (10, 0),
    "001_4ddc113921dcc0fd.txt": (0, 0),
    "002_da10d690c4ab7f6d.txt": (10, 98),
    "003_ba907573f732796d.txt": (10, 0),
    "004_c88c0da80ed8f99f.txt": (0, 0),
}


def split_page(name: str, text: str) -> tuple[ParsedDocument, ...]:
    return documents_of_page(text.encode(), source=name, kind=kind_of(Path(name)))


def entries(name: str, text: str | None = None) -> list[ParsedDocument]:
    documents = split_page(name, PAGES[name] if text is None else text)
    return [document for document in documents if "#" in document.paper.source]


def questions(document: ParsedDocument) -> list[str]:
    return [section.title for section in document.sections if re.match(r"Q\s*\d*\s*[:.]", section.title)]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_split_into_one_note_a_paper(name: str) -> None:
    found = entries(name)
    assert len(found) == len(ALL)
    for place, (document, told) in enumerate(zip(found, ALL, strict=True), start=1):
        paper = document.paper
        assert told.title in paper.title
        assert (paper.arxiv_id, paper.role, paper.about) == (told.arxiv, PaperRole.NOTE, None)
        assert paper.source == f"{name}#{place}"
        text = "\n".join(block.text for block in document.blocks)
        assert told.text in text or told.japanese_text in text
        others = [other for other in ALL if other is not told]
        assert not any(other.text in text or other.japanese_text in text for other in others)


@pytest.mark.parametrize("name", ["detailed.txt", "detailed.md", "headings.md", "page.html", "bracketed.txt"])
def test_fields_name_the_paper(name: str) -> None:
    for document, told in zip(entries(name), ALL, strict=True):
        assert document.paper.authors == tuple(told.authors.split(", "))
        assert document.paper.published == told.date
        assert document.paper.abstract in (told.text, told.japanese_text)


def test_unknown_fields_say_nothing_and_categories_are_split() -> None:
    paper = entries("detailed.txt")[0].paper
    assert (paper.updated, paper.language) == (None, Language.JAPANESE)
    assert paper.categories == ("Machine Learning", "Signal Processing")
    assert paper.url == "http://arxiv.org/pdf/2403.10001v1"


@pytest.mark.parametrize(("name", "count"), [("detailed.txt", 2), ("headings.md", 2), ("page.html", 1)])
def test_each_question_is_a_section_that_holds_its_answer(name: str, count: int) -> None:
    for document in entries(name):
        assert len(questions(document)) == count
        for place, section in enumerate(document.sections):
            if section.title in questions(document):
                held = [block for block in document.blocks if block.section == place]
                assert [block.kind for block in held] == [BlockKind.HEADING, BlockKind.FURNITURE, BlockKind.PARAGRAPH]


def test_what_belongs_to_no_entry_is_the_pages_own_record() -> None:
    page, *_ = split_page("translated.txt", PAGES["translated.txt"])
    text = "\n".join(block.text for block in page.blocks)
    assert (page.paper.source, page.paper.role) == ("translated.txt", PaperRole.NOTE)
    assert "今週は測定についての論文" in text
    assert "まだコメントはありません" in text
    assert ALL[2].japanese_text not in text


def test_a_list_above_the_notes_is_the_pages_own() -> None:
    page, *rest = split_page("detailed.txt", PAGES["detailed.txt"])
    assert len(rest) == len(ALL)
    assert all(told.title in "".join(block.text for block in page.blocks) for told in ALL)


@pytest.mark.parametrize("name", PAPERS)
def test_a_text_about_one_thing_is_not_split(name: str) -> None:
    assert split_page(name, PAPERS[name]) == ()


def letters(text: str) -> Counter[str]:
    return Counter(character for character in text if character.isalnum())


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_lost_and_nothing_is_doubled(name: str) -> None:
    documents = split_page(name, PAGES[name])
    held = sum((letters(block.text) for document in documents for block in document.blocks), Counter())
    rows = read_page(PAGES[name].encode(), source=name, kind=kind_of(Path(name))).rows
    assert held == sum((letters(row.text) for row in rows), Counter())


def test_rows_hold_what_the_readers_pieces_hold() -> None:
    content = PAGES["page.html"].encode()
    pieces, _, _ = page_pieces(content, source="page.html", before_reading=lambda page: None)
    rows = read_page(content, source="page.html", kind=SourceKind.HTML).rows
    assert sum((letters(row.text) for row in rows), Counter()) == letters("".join(piece.text for piece in pieces))


WORDS = st.text("abcdefghij klmnop.,:;()[]*_#|>-1234567890 論文著者概要「」", min_size=0, max_size=80)


@settings(max_examples=40, deadline=None)
@given(st.lists(WORDS, max_size=6), st.integers(0, 3))
def test_any_text_between_entries_is_kept_once(lines: list[str], place: int) -> None:
    parts = PAGES["translated.txt"].split("\n\n論文紹介\n\n")
    page = "\n\n論文紹介\n\n".join(
        [*parts[:place], "\n\n".join([*lines, *parts[place : place + 1]]), *parts[place + 1 :]]
    )
    documents = split_page("week.txt", page)
    if documents:
        held = sum((letters(block.text) for document in documents for block in document.blocks), Counter())
        assert held == letters(page)


def test_an_entrys_id_is_its_content_wherever_it_stands() -> None:
    first = {document.paper.title: document.paper.paper_id for document in entries("table.md")}
    head, *rows = table_page().rsplit("\n", 4)[:4]
    turned = [re.sub(r"\| \d\)", f"| {place})", row) for place, row in enumerate(reversed(rows), start=1)]
    again = entries("table.md", "\n".join([head, *turned]) + "\n")
    assert {document.paper.title: document.paper.paper_id for document in again} == first
    assert [document.paper.title for document in again] == list(reversed(first))


def test_numbered_entries_of_a_page_of_notes_may_be_short_or_lack_a_link() -> None:
    rows = "| 4) **Ice** - a survey of it | [Tweet](https://example.org/ice) |\n| 5) **Snow** - no link here | |\n"
    documents = entries("table.md", table_page() + rows)
    assert [document.paper.title for document in documents] == [*(told.title for told in ALL), "Ice", "Snow"]


def test_ids_can_be_made_again_from_what_is_stored() -> None:
    for document in split_page("detailed.md", PAGES["detailed.md"]):
        assert document.paper.paper_id == note_id_of(document)


def test_a_changed_entry_has_another_id_and_the_others_keep_theirs() -> None:
    before = [document.paper.paper_id for document in entries("detailed.txt")]
    after = entries("detailed.txt", detailed_page().replace("A: 静かな", "A: とても静かな"))
    assert [new.paper.paper_id == old for new, old in zip(after, before, strict=True)] == [False, True, True]


def test_a_note_about_one_paper_is_one_record_marked_as_a_note() -> None:
    note = note_or_paper(parse_markdown(PAPERS["questionnaire.md"].encode(), source="cranes.md"))
    assert note.paper.role is PaperRole.NOTE
    for name in ("sections.md", "links-in-prose.md", "changelog.md", "faq.md", "thesis.md"):
        paper = note_or_paper(parse_markdown(PAPERS[name].encode(), source=name))
        assert paper.paper.role is PaperRole.PAPER


@pytest.mark.parametrize("unit", ["- ", "Q: a\n", "著者:\n", "[", "【", "URL: https://a.b/", "1. x - y\n", "**a** "])
def test_hostile_pages_take_time_in_proportion(unit: str) -> None:
    page = (unit * (60_000 // len(unit))) + "\nhttps://a.b https://c.d\n"
    started = time.process_time()
    documents_of_page(page.encode(), source="x.txt", kind=SourceKind.TEXT)
    assert time.process_time() - started < 10


@pytest.mark.shared
@pytest.mark.parametrize("name", REFERENCES)
def test_pages_that_people_wrote(shared_data: Path, name: str) -> None:
    path = shared_data.parent / "reference" / name
    count, question_count = REFERENCES[name]
    for kind in (SourceKind.TEXT, SourceKind.MARKDOWN):
        documents = documents_of_page(path.read_bytes(), source=name, kind=kind)
        found = [document for document in documents if "#" in document.paper.source]
        assert len(found) == count
        assert sum(len(questions(document)) for document in found) == question_count
        assert sum(document.paper.url is not None for document in found) == count
        assert all(document.paper.abstract for document in found)
