"""A question to an answer: retrieve, gate, generate, cite, check. Grounded or silent."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from app.answering.claims import Claims, answer_text, citations_of
from app.answering.gate import assess
from app.answering.languages import language_of
from app.answering.provenance import Stopwatch, provenance_of
from app.answering.records import (
    Answer,
    AnswerEvent,
    AnswerOptions,
    AnswerStatus,
    Claim,
    Claimed,
    Done,
    Retrieved,
    Verdict,
)
from app.answering.retrieval import evidence_of, retrieve, scope_of
from app.generators.protocol import Draft, DraftRequest, Evidence, Generator, Task, Usage
from indexes.errors import BadInput, TooLarge
from indexes.library import Library
from indexes.records import Hit, Language, Paper

__all__ = ["AnswerEvent", "AnswerOptions", "Claimed", "Done", "Retrieved", "answer_question"]

logger = logging.getLogger(__name__)

MAX_QUESTION_CHARACTERS = 4000

NOT_STATED = {Language.ENGLISH: "Not stated in the paper.", Language.JAPANESE: "本文に記載なし"}

_NOTHING = Draft(sentences=(), usage=Usage(0, 0), dropped_evidence=(), prompt_id=None, prompt_sha256=None)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question that has passed its checks, with its scope resolved."""

    question: str
    query: str
    language: Language
    paper_ids: tuple[str, ...] | None
    options: AnswerOptions


def answer_question(
    question: str,
    *,
    library: Library,
    generator: Generator,
    options: AnswerOptions,
    on_event: Callable[[AnswerEvent], None] | None = None,
) -> Answer:
    """Answer from the library's papers, or say that they do not.

    Args:
        question: what is asked, at most `MAX_QUESTION_CHARACTERS` characters.
        library: where to look.
        generator: what writes; every sentence of it is cited and checked here.
        options: language, scope and bounds.
        on_event: told what was retrieved, each claim as it is checked, and the end; what it raises stops the work.

    Raises:
        BadInput: the question is empty, or an option is out of its range.
        TooLarge: the question is too long.
        NotFound: a paper that is named is not there.
        ModelError, Busy: the generator's trouble.
    """
    tell = on_event or _ignore
    watch = Stopwatch()
    asked = _read(question, library, options)
    hits = retrieve(library, asked.query, task=options.task, k=options.k, paper_ids=asked.paper_ids)
    watch.lap("retrieve")
    tell(Retrieved(hits))
    evidence = evidence_of(library, hits)
    is_enough = bool(hits) and (options.task is not Task.ANSWER or assess(asked.query, hits, encoder=library.encoder).is_enough)
    watch.lap("gate")
    claims = Claims(evidence, query=asked.query, on_claim=lambda claim: tell(Claimed(claim)))
    draft = _draft(asked, library, generator, evidence, claims) if is_enough else _NOTHING
    done = claims.finish()
    watch.lap("generate")
    answer = _answer(asked, done, hits)
    provenance = provenance_of(library, generator, draft, hits=hits, seed=options.seed, watch=watch)
    answer = Answer(*answer, provenance=provenance)
    logger.info("answered status=%s hits=%d claims=%d elapsed_ms=%.0f", answer.status, len(hits), len(done), watch.total_ms)
    tell(Done(answer))
    return answer
