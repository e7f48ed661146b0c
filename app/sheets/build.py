"""A paper of the library becomes its sheet, through the same answering that every other question goes through."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from app.answering.answer import answer_question
from app.answering.records import Answer, AnswerEvent, AnswerOptions
from app.answering.retrieval import retrieve
from app.generators.protocol import Generator, Priority, Task
from app.sheets.ahead import AskedAhead
from app.sheets.asking import Asked
from app.sheets.compose import compose_sheet
from app.sheets.context import shared_context
from app.sheets.records import QASheet
from indexes.library import Library
from indexes.records import Language, Passage

EVIDENCE_PASSAGES = 6
"""Passages retrieved for each question of a sheet."""

_log = logging.getLogger(__name__)


def build_sheet(
    paper_id: str,
    *,
    library: Library,
    generator: Generator,
    language: Language,
    on_progress: Callable[[float, str], None] | None = None,
) -> QASheet:
    """Make a paper's sheet anew; nothing is stored.

    Where the generator writes several drafts at once, the questions that can be foreseen are asked together, over one
    context of passages that the model reads once.

    Args:
        paper_id: a paper of the library.
        library: searched for every question, in this paper only.
        generator: writes the answers.
        language: of the questions, labels and, where the generator writes it, answers.
        on_progress: called with the share done, from 0 to 1, and what was last kept.

    Raises:
        NotFound: the library has no such paper.
        ModelFailed: the generator broke.
        Busy: the generator's queue is full.
    """
    started = time.monotonic()
    paper = library.papers.get(paper_id).paper
    passages = library.papers.passages(paper.paper_id)
    asker = _Asker(paper.paper_id, library=library, generator=generator, language=language)
    with AskedAhead(asker, workers=generator.parallel_drafts, stop=asker.stop) as ahead:

        def foresee(questions: Sequence[Asked]) -> None:
            asker.read_for(questions)
            ahead.foresee(questions)

        sheet = compose_sheet(
            paper,
            passages,
            language=language,
            ask=ahead,
            on_plan=foresee if generator.parallel_drafts > 1 else None,
            on_progress=on_progress,
        )
    sheet = replace(sheet, context=tuple(passage.passage_id for passage in asker.context))
    elapsed_ms = round((time.monotonic() - started) * 1000)
    _log.info("built sheet paper=%s items=%d elapsed_ms=%d", paper.paper_id, len(sheet.items), elapsed_ms)
    return sheet


class _StoppedError(Exception):
    """The sheet is done or given up: the answer is not wanted."""


class _Asker:
    """Asks one paper's questions, each over `context`, which is empty until it is chosen."""

    def __init__(self, paper_id: str, *, library: Library, generator: Generator, language: Language) -> None:
        self._library = library
        self._generator = generator
        self._options = AnswerOptions(
            language=language,
            paper_ids=(paper_id,),
            k=EVIDENCE_PASSAGES,
            with_notes=False,
            reader=f"sheet:{paper_id}:{language}",
            priority=Priority.BACKGROUND,
        )
        self._stopping = threading.Event()
        self.context: tuple[Passage, ...] = ()

    def read_for(self, questions: Sequence[Asked]) -> None:
        """Choose the context: what these questions find."""
        paper_ids = self._options.paper_ids
        self.context = shared_context(
            [
                retrieve(self._library, one.query, task=one.task, k=EVIDENCE_PASSAGES, paper_ids=paper_ids)
                for one in questions
            ]
        )

    def __call__(self, question: str, *, task: Task, query: str, max_sentences: int) -> Answer:
        """Answer one question; see `app.sheets.asking.Ask`."""
        options = replace(
            self._options, max_sentences=max_sentences, task=task, retrieval_query=query, context=self.context
        )
        return answer_question(
            question, library=self._library, generator=self._generator, options=options, on_event=self._check
        )

    def stop(self) -> None:
        """End every answer under way at its next event."""
        self._stopping.set()

    def _check(self, _event: AnswerEvent) -> None:
        if self._stopping.is_set():
            raise _StoppedError
