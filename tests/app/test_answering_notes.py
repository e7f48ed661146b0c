"""What a note says is evidence, marked as the note's, and never passes for the paper's."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_encoder import FakeEncoder
from notes_pages import ALL, CRANES, headings_page

from app.answering.answer import answer_question
from app.answering.records import Answer, AnswerOptions, Verdict
from app.generators.protocol import (
    Draft,
    DraftProgress,
    DraftRequest,
    DraftSentence,
    GeneratorIdentity,
    GeneratorKind,
    Usage,
)
from app.schemas import AnswerOutput
from app.sheets.build import build_sheet
from app.sheets.digest import build_digest
from indexes.library import Library, open_library
from indexes.records import Language, PaperRole
from ingest.fetch import FetchSettings
from ingest.limits import ParsingLimits
from ingest.pipeline import ingest_sources

TOLD_BY_NOTE = "They were seen with a camera of 250 grams."


class Scripted:
    """Gives the sentences it was made with and keeps what it was asked."""

    def __init__(self, *sentences: tuple[str, tuple[int, ...]]) -> None:
        self.sentences = tuple(DraftSentence(text, numbers) for text, numbers in sentences)
        self.requests: list[DraftRequest] = []
        self.identity = GeneratorIdentity(GeneratorKind.REMOTE, "scripted", None)
        self.parallel_drafts = 1

    def draft(
        self,
        request: DraftRequest,
        *,
        on_sentence: Callable[[DraftSentence], None] | None = None,
        on_progress: Callable[[DraftProgress], None] | None = None,
    ) -> Draft:
        self.requests.append(request)
        for sentence in self.sentences:
            if on_sentence is not None:
                on_sentence(sentence)
        return Draft(self.sentences, Usage(1, 1), (), None, None)

    def close(self) -> None:
        pass


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    page, papers = tmp_path / "week.md", tmp_path / "papers.jsonl"
    page.write_text(headings_page().replace("did it together.", f"did it together. {TOLD_BY_NOTE}", 1))
    lines = [{"paper_id": told.arxiv, "title": told.title, "text": f"{told.text} It was cold."} for told in ALL]
    papers.write_text("\n".join(json.dumps(line) for line in lines))
    with open_library(tmp_path / "library", encoder=FakeEncoder(), create=True) as library:
        ingest_sources(
            [str(papers), str(page)], library=library, limits=ParsingLimits(), jobs=1, fetching=FetchSettings()
        )
        yield library


def ask(library: Library, question: str, generator: Scripted, *, with_notes: bool = True) -> Answer:
    options = AnswerOptions(Language.ENGLISH, (CRANES.arxiv,), k=10, with_notes=with_notes)
    return answer_question(question, library=library, generator=generator, options=options)


def numbers_by_role(library: Library, question: str, text: str) -> dict[PaperRole, int]:
    """Where the hits for a question that hold `text` stand, first of each role."""
    answer = ask(library, question, Scripted())
    found: dict[PaperRole, int] = {}
    for number, hit in enumerate(answer.hits, start=1):
        if text in hit.passage.text:
            role = PaperRole.NOTE if hit.passage.paper_id != CRANES.arxiv else PaperRole.PAPER
            found.setdefault(role, number)
    return found


def test_what_only_a_note_says_is_cited_as_the_notes(library: Library) -> None:
    question = "What did the camera weigh in grams?"
    number = numbers_by_role(library, question, TOLD_BY_NOTE)[PaperRole.NOTE]
    answer = ask(library, question, Scripted((TOLD_BY_NOTE, (number,))))
    (claim,) = answer.claims
    assert (claim.verdict, claim.role) == (Verdict.SUPPORTED, PaperRole.NOTE)
    output = AnswerOutput.of(answer)
    assert [(citation.role, citation.title) for citation in output.citations] == [("note", CRANES.title)]
    assert output.claims[0].role == "note"
    assert {hit.paper_id == CRANES.arxiv: hit.role for hit in output.hits} == {True: "paper", False: "note"}


def test_what_both_say_is_found_and_cited_as_the_papers(library: Library) -> None:
    question = "How many cranes did the quiet drone find at dusk?"
    numbers = numbers_by_role(library, question, CRANES.text)
    assert numbers[PaperRole.PAPER] < numbers[PaperRole.NOTE]
    answer = ask(library, question, Scripted((CRANES.text, (numbers[PaperRole.NOTE], numbers[PaperRole.PAPER]))))
    assert [citation.paper_id for citation in answer.citations] == [CRANES.arxiv]
    assert answer.claims[0].role is PaperRole.PAPER


def test_a_claim_never_adds_up_a_paper_and_a_note(library: Library) -> None:
    question = "How many cranes did the quiet drone find, and what did its camera weigh in grams?"
    number_of_paper = numbers_by_role(library, question, CRANES.text)[PaperRole.PAPER]
    number_of_note = numbers_by_role(library, question, TOLD_BY_NOTE)[PaperRole.NOTE]
    mixed = "A quiet drone finds 412 birds with a camera of 250 grams."
    answer = ask(library, question, Scripted((mixed, (number_of_paper, number_of_note))))
    (claim,) = answer.claims
    assert claim.verdict is not Verdict.SUPPORTED
    assert {citation.role for citation in claim.citations} == {PaperRole.PAPER}


def test_without_notes_only_the_paper_is_searched(library: Library) -> None:
    answer = ask(library, "How many cranes did the quiet drone find at dusk?", Scripted(), with_notes=False)
    assert {hit.passage.paper_id for hit in answer.hits} == {CRANES.arxiv}


def test_sheets_and_digests_rest_on_papers_alone(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Answer] = []

    def recorded(question: str, **options: Any) -> Answer:
        answers.append(answer_question(question, **options))
        return answers[-1]

    monkeypatch.setattr("app.sheets.build.answer_question", recorded)
    generator = Scripted()
    build_sheet(CRANES.arxiv, library=library, generator=generator, language=Language.ENGLISH)
    assert {hit.passage.paper_id for answer in answers for hit in answer.hits} == {CRANES.arxiv}
    digest = build_digest(library, "2024-03-01", "2024-03-31", language=Language.ENGLISH, generator=generator)
    assert digest.entries == ()  # the notes are dated, the papers are not
