"""A paper of the library becomes its sheet, through the same answering that every other question goes through."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from app.answering.answer import answer_question
from app.answering.records import Answer, AnswerOptions
from app.generators.protocol import Generator, Task
from app.sheets.compose import compose_sheet
from app.sheets.records import QASheet
from indexes.library import Library
from indexes.records import Language

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
    paper = library.store.paper(paper_id).paper

    def ask(question: str, *, task: Task, query: str, max_sentences: int) -> Answer:
        options = AnswerOptions(
            language=language,
            paper_ids=(paper.paper_id,),
            k=EVIDENCE_PASSAGES,
            max_sentences=max_sentences,
            task=task,
            retrieval_query=query,
            with_notes=False,
        )
        return answer_question(question, library=library, generator=generator, options=options)

    sheet = compose_sheet(
        paper, library.store.passages(paper.paper_id), language=language, ask=ask, on_progress=on_progress
    )
    elapsed_ms = round((time.monotonic() - started) * 1000)
    _log.info("built sheet paper=%s items=%d elapsed_ms=%d", paper.paper_id, len(sheet.items), elapsed_ms)
    return sheet
