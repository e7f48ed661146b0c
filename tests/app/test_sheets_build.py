"""A sheet whose questions are asked together over one context is the sheet whose questions are asked one by one."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_encoder import FakeEncoder
from sheet_factories import HERON, make_heron_passages

from app.answering.records import AnswerOptions
from app.generators.extractive import ExtractiveGenerator
from app.generators.protocol import (
    Draft,
    DraftProgress,
    DraftRequest,
    DraftSentence,
    GeneratorIdentity,
    Priority,
    Stage,
    Task,
)
from app.sheets.build import build_sheet
from app.sheets.held_context import with_held_context
from app.sheets.records import QASheet
from app.sheets.stored import get_or_build_sheet
from indexes.errors import ModelFailed
from indexes.library import Library, open_library
from indexes.records import Language


class TogetherGenerator:
    """Quotes as the extractive generator does, and says that it writes several drafts at once."""

    def __init__(self, library: Library, *, parallel_drafts: int) -> None:
        self.parallel_drafts = parallel_drafts
        self.requests: list[DraftRequest] = []
        self._lock = threading.Lock()
        self._met = threading.Barrier(min(parallel_drafts, 2), timeout=20)
        self._quoting = ExtractiveGenerator(encoder=library.encoder)

    @property
    def identity(self) -> GeneratorIdentity:
        return self._quoting.identity

    def draft(
        self,
        request: DraftRequest,
        *,
        on_sentence: Callable[[DraftSentence], None] | None = None,
        on_progress: Callable[[DraftProgress], None] | None = None,
    ) -> Draft:
        with self._lock:
            self.requests.append(request)
            is_early = len(self.requests) <= self._met.parties
        if is_early:
            self._met.wait()  # fails unless another draft is being written
        return self._quoting.draft(request, on_sentence=on_sentence, on_progress=on_progress)

    def close(self) -> None:
        pass


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    encoder = FakeEncoder(dimension=256, languages=frozenset({"en"}))
    with open_library(tmp_path / "library", encoder=encoder, create=True) as library:
        passages = make_heron_passages(paper_id=HERON.paper_id)
        vectors = encoder.encode_passages([passage.text for passage in passages])
        library.store.put_paper(HERON, passages, vectors, parser="hand 1", document_json="{}")
        yield library


def sheet_by(library: Library, generator: TogetherGenerator) -> QASheet:
    return build_sheet(HERON.paper_id, library=library, generator=generator, language=Language.ENGLISH)


def texts(sheet: QASheet) -> list[tuple[str, str]]:
    return [(item.question, item.answer.text) for item in sheet.items]


def test_the_sheet_is_the_same_asked_together_or_one_by_one(library: Library) -> None:
    shared, alone = (sheet_by(library, TogetherGenerator(library, parallel_drafts=count)) for count in (4, 1))
    assert texts(shared) == texts(alone)
    assert (shared.one_line.text, shared.summary.text) == (alone.one_line.text, alone.summary.text)
    assert alone.context == ()


def test_every_question_reads_the_same_context_first_in_the_background(library: Library) -> None:
    generator = TogetherGenerator(library, parallel_drafts=4)
    sheet = sheet_by(library, generator)
    begins = {
        tuple(one.passage.passage_id for one in request.evidence[: len(sheet.context)])
        for request in generator.requests
    }
    assert begins == {sheet.context}
    assert {request.priority for request in generator.requests} == {Priority.BACKGROUND}
    assert {request.reader for request in generator.requests} == {f"sheet:{HERON.paper_id}:en"}
    assert all(request.citable for request in generator.requests)


def test_a_sheet_that_is_given_up_stops_what_is_being_written(library: Library) -> None:
    generator, began, told = TogetherGenerator(library, parallel_drafts=2), threading.Event(), []

    def writes_for_ever(request: DraftRequest, *, on_sentence: object = None, on_progress: Any = None) -> Draft:
        if request.task is Task.ONE_LINE:
            assert began.wait(20)
            raise ModelFailed("broken", hint="")
        began.set()
        while True:
            on_progress(DraftProgress(Stage.WRITING))
            told.append(request.task)
            time.sleep(0.01)

    generator.draft = writes_for_ever  # type: ignore[method-assign, assignment]
    with pytest.raises(ModelFailed, match="broken"):
        sheet_by(library, generator)
    assert told  # a second draft was under way, and has ended: build_sheet has returned


def test_a_question_that_follows_reads_the_sheets_context(library: Library) -> None:
    generator = TogetherGenerator(library, parallel_drafts=4)
    options = AnswerOptions(language=None, paper_ids=(HERON.paper_id,), k=3)
    question = "How many cranes were counted?"
    assert with_held_context(question, options, library=library, generator=generator) == options
    sheet = get_or_build_sheet(HERON.paper_id, library=library, generator=generator, language=Language.ENGLISH)
    held = with_held_context(question, options, library=library, generator=generator)
    assert tuple(passage.passage_id for passage in held.context) == sheet.context
    for others in (replace(options, language=Language.JAPANESE), replace(options, paper_ids=None)):
        assert with_held_context(question, others, library=library, generator=generator) == others
